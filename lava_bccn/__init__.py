"""lava-bccn: bursting cortico-cortical networks in PyTorch, on Lava and for Loihi 2.

``nn`` trains, ``mapping`` converts, ``sim`` and ``processes`` execute; :func:`run` is one call for
every executor.
"""

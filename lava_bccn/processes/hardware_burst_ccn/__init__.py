"""The hardware form of ``BurstCCN``: made only of Lava's own Processes that Loihi 2 has.

It is a second model of that Process, in a folder of its own so that Lava does not come across it
unless a run configuration names it.
"""

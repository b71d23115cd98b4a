"""Experiments that reproduce published findings.

The ones of the paper, as ``bccn reproduce`` runs them, are in ``paper``. What else there is to call
is imported from its module: ``regression``, ``multiplexing``, ``xor``, ``poisson_rule``,
``regular_trains``, ``coupled``.
"""

"""One call for every executor, and one result type.

An executor knows nothing of the others; each is one function here that takes a mapped network and
samples in the network's own units.
"""

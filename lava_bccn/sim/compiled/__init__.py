"""Online learning in Loihi 2 integers as one compiled loop over samples: the same bits, fast.

Every equation is that of ``dynamics``, compiled here for single numbers; what this folder adds is
the order of the loops. Weights are held presynaptic-major, (units below, units), so that one
presynaptic event meets its synapses in a row; those of few units the other way round.
"""

"""Every equation of the model, written once, as pure functions of arrays.

``rate``           the discrete rate model in floating point (NumPy and PyTorch)
``continuous``     its continuous-time form
``plasticity``     the learning rules
``backprop``, ``burstprop``, ``error_dendrites``  the models that BurstCCN is compared with
``fixed_point``    number formats and elementary operations of Loihi 2
``integer_rate``   the rate model in those integers, ``integer_continuous`` its continuous form
``ensembles``      one layer's equations with their constants, ``layer`` their order
"""

"""Every equation of the model, written once, as pure functions of arrays.

Equations are imported from their modules, whose public names are the API:

``rate``             the rate model, in floating point (NumPy, PyTorch) and Loihi 2 integers
``sigmoid``, ``hard_sigmoid``  its activations; ``activations`` finds them by name
``plasticity``, ``integer_plasticity``  the learning rules in either arithmetic
``synapses``, ``ensembles``  the same with their constants, for executors of either arithmetic;
                     ``states`` is what ensembles have
``schedule``, ``stochastic_rounding``  when and how fast connections learn, and how they round
``engine``, ``engine_rule``, ``engine_plasticity``  Loihi's own learning engine, the language of its
                     rules, and the learning rules in it
``convolution``      the linear map between layers of images
``backprop``, ``burstprop``, ``error_dendrites``  the models that BurstCCN is compared with
``arithmetic``, ``fixed_point``, ``constants``  in what the two arithmetics differ, and formats
``spiking``          equations of spiking ensembles
"""

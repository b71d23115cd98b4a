"""Hidden ensembles that learn inside the learning engine, one neuron each."""

"""The two-compartment neuron that bursts."""

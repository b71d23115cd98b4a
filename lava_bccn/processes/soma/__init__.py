"""The somatic compartment: synaptic input in, event rate out."""

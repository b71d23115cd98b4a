"""Exchange with the Neuromorphic Intermediate Representation."""

"""A whole spiking network."""

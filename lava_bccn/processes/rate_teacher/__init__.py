"""The teacher of spiking ensembles."""

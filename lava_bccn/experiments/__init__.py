"""Experiments on spiking ensembles that reproduce published findings."""

"""Equations of spiking ensembles, each once for both arithmetics.

``arithmetic`` has the few operations in which floating point and Loihi 2 integers differ; neurons,
synapses and plasticity are written in terms of them. All functions are elementwise and pure.
"""

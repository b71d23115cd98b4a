"""Experiments that reproduce published findings."""

"""Currents into the compartments of a population."""

"""Spikes, events and bursts of a population, counted."""

"""Noise on the way from a sender to what its layer's W receives."""

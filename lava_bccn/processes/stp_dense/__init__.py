"""A connection with short-term and burst-dependent plasticity."""

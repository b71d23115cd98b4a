"""A whole mapped network."""

"""A whole mapped network that learns inside the learning engine."""

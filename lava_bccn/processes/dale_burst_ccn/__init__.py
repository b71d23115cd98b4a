"""A whole network under Dale's law."""

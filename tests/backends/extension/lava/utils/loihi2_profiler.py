"""The module by which Lava tells that the extension is installed."""

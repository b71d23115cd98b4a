"""A layer of ensembles: somata and apical dendrites."""

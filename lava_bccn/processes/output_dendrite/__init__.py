"""The apical compartment of output ensembles: the teacher in, bursts out."""

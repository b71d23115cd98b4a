"""The apical compartment of hidden ensembles: feedback in, bursts out."""

"""Exchange with the Neuromorphic Intermediate Representation."""

from lava_bccn.mapping.nir.exchange import from_nir, read_nir, to_nir, write_nir

__all__ = ["from_nir", "read_nir", "to_nir", "write_nir"]

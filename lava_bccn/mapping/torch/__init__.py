"""From models of PyTorch to mapped networks, and back."""

from lava_bccn.mapping.torch.export import to_torch
from lava_bccn.mapping.torch.models import from_torch, read_model

__all__ = ["from_torch", "read_model", "to_torch"]

"""Standardised inputs as a module, which mapping folds into the first layer."""

from __future__ import annotations

import torch
from torch import Tensor

from lava_bccn.errors import InvalidInputError
from lava_bccn.validation import finite, plain_array


class Normalize(torch.nn.Module):
    """(x − mean) / std, for data that is standardised for training.

    Mapping folds it into the first layer, so that executors still take event rates in [0, 1].

    Args:
        mean, std: scalars or tensors that broadcast against the inputs; std must be positive.

    Raises:
        InvalidInputError: they are not finite, or a std is not positive.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: float | Tensor, std: float | Tensor) -> None:
        super().__init__()
        for name, given in (("mean", mean), ("std", std)):
            if isinstance(given, Tensor) and given.is_meta:  # a model that is only described
                self.register_buffer(name, given.to(torch.get_default_dtype()))
                continue
            values = finite(plain_array(given, name), name)
            if values.size == 0:
                raise InvalidInputError(f"{name} of a Normalize has no number in it")
            kept = torch.as_tensor(given if isinstance(given, Tensor) else values)
            self.register_buffer(name, kept.to(torch.get_default_dtype()))
        if not self.std.is_meta and not bool((self.std > 0).all()):
            raise InvalidInputError(f"std must be positive, not {self.std}")

    def forward(self, inputs: Tensor) -> Tensor:
        """Standardised inputs."""
        return (inputs - self.mean) / self.std

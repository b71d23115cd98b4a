"""The three products between a layer and the one below: all that knows them to be dense."""

from __future__ import annotations

import torch
from torch import Tensor


def up(below: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """W r_below + c, (batch, units), in the precision of the weight.

    Under autocast the product is in a lower one, but rates would be too coarse for small changes.
    """
    return torch.nn.functional.linear(below, weight, bias).to(weight.dtype)


def down(above: Tensor, weight: Tensor) -> Tensor:
    """The transposed map, Yᵀ of rates (..., units) above: (..., units below)."""
    return above @ weight


def mean_outer(above: Tensor, below: Tensor) -> Tensor:
    """Mean over the batch of above belowᵀ, shaped as the weight."""
    return (above / len(above)).T @ below.to(above.dtype)

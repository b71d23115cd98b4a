"""The linear maps between layers: W upwards, Y and Q of the same shape downwards.

What a layer does with its bursts is the same for every connection; these three products are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import grad

from lava_bccn.dynamics import plasticity


class Connection(Protocol):
    """A linear map that shares the shape of ``weight`` between W, Y and Q."""

    def up(self, below: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """W e_below + c, from rates (batch, ...) below to potentials (batch, ...) above."""

    def down(self, above: Tensor, weight: Tensor, below: Tensor) -> Tensor:
        """The transposed map, Yᵀ b: from rates above to potentials in the shape of ``below``."""

    def down_both(
        self, above: tuple[Tensor, Tensor], weight: tuple[Tensor, Tensor], below: Tensor
    ) -> Tensor:
        """The sum of two transposed maps, each with its own rates and weight."""

    def outer(self, above: Tensor, below: Tensor, weight: Tensor) -> Tensor:
        """Σ above · below over the batch and all places that share a synapse, as ``weight``."""


@dataclass(frozen=True)
class Dense:
    """Every unit with every unit: weight (units, units below), rates (batch, units).

    Layers of images below are taken as ``torch.nn.Flatten`` takes them.
    """

    def up(self, below: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """W e_below + c."""
        return torch.nn.functional.linear(below.flatten(1), weight, bias)

    def down(self, above: Tensor, weight: Tensor, below: Tensor) -> Tensor:
        """Yᵀ b."""
        return (above @ weight).view(below.shape)

    def down_both(
        self, above: tuple[Tensor, Tensor], weight: tuple[Tensor, Tensor], below: Tensor
    ) -> Tensor:
        """Two products, the second added where the first is."""
        first = above[0] @ weight[0]
        return torch.addmm(first, above[1], weight[1]).view(below.shape)

    def outer(self, above: Tensor, below: Tensor, weight: Tensor) -> Tensor:
        """Σ above belowᵀ over the batch."""
        return plasticity.outer_sum(above, below.flatten(1))


@dataclass(frozen=True)
class Convolution:
    """A two-dimensional convolution: weight (channels, channels below / groups, height, width).

    Rates are images, (batch, channels, height, width). Downwards it is the transposed convolution,
    padded at its end where a stride left rows or columns of the layer below unread.

    Attributes:
        stride, padding: vertical and horizontal.
        groups: into how many blocks the channels are divided, each connected to its like.
    """

    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    groups: int = 1

    def up(self, below: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """W ∗ e_below + c."""
        return torch.nn.functional.conv2d(
            below, weight, bias, self.stride, self.padding, groups=self.groups
        )

    def down(self, above: Tensor, weight: Tensor, below: Tensor) -> Tensor:
        """The transposed convolution of b with Y."""
        return grad.conv2d_input(
            below.shape, weight, above, self.stride, self.padding, groups=self.groups
        )

    def down_both(
        self, above: tuple[Tensor, Tensor], weight: tuple[Tensor, Tensor], below: Tensor
    ) -> Tensor:
        """Both as the channels of one transposed convolution, which takes less than two."""
        if self.groups > 1:  # whose channels belong to blocks
            return self.down(above[0], weight[0], below) + self.down(above[1], weight[1], below)
        return self.down(torch.cat(above, 1), torch.cat(weight), below)

    def outer(self, above: Tensor, below: Tensor, weight: Tensor) -> Tensor:
        """Σ above · below over the batch and all places."""
        return grad.conv2d_weight(
            below, weight.shape, above, self.stride, self.padding, groups=self.groups
        )

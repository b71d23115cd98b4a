"""The linear maps between layers: W upwards, Y and Q of the same shape downwards.

What a layer does with its bursts is the same for every connection; these three products are not.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import repeat

import torch
from torch import Tensor

from lava_bccn.dynamics import plasticity
from lava_bccn.errors import InvalidInputError
from lava_bccn.nn import windows

Couple = tuple[Tensor, Tensor]
"""Rates above and below, batch first; or two of one kind."""

Combine = Callable[[Tensor, Tensor], Tensor]
"""A weight out of two of the same shape, elementwise."""

LARGE_BYTES = 2**22
"""Gradients of this size take longer to get the memory for than a cache can make up for."""


class LinearMap(ABC):
    """A linear map that shares the shape of ``weight`` between W, Y and Q."""

    @abstractmethod
    def up(self, below: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """W e_below + c, from rates (batch, ...) below to potentials (batch, ...) above."""

    @abstractmethod
    def down(self, above: Tensor, weight: Tensor, below: Tensor) -> Tensor:
        """The transposed map, Yᵀ b: from rates above to potentials in the shape of ``below``."""

    @abstractmethod
    def outer(
        self, above: Tensor, below: Tensor, weight: Tensor, kept: Tensor | None = None
    ) -> Tensor:
        """Σ above · below over the batch and all places that share a synapse, as ``weight``.

        ``kept`` is memory of that shape that the result may come in.
        """

    def down_both(self, above: Couple, weights: Couple, second: Combine, below: Tensor) -> Tensor:
        """The sum of two transposed maps: ``above[0]`` with the first of the weights, ``above[1]``
        with ``second`` of both."""
        first = self.down(above[0], weights[0].to(above[0].dtype), below)
        return first + self.down(above[1], second(*weights).to(above[1].dtype), below)

    def outers(
        self, pairs: Sequence[Couple], weight: Tensor, kept: Sequence[Tensor | None] = ()
    ) -> Sequence[Tensor]:
        """:meth:`outer` of every pair (above, below), and of the memory for it if there is any."""
        return [
            self.outer(above, below, weight, memory)
            for (above, below), memory in zip(pairs, kept or repeat(None), strict=False)
        ]

    def down_blocks(
        self, above: Tensor, weight: Tensor, below: Tensor, blocks: Sequence[slice]
    ) -> Tensor:
        """:meth:`down` of each of some blocks of the units above, (blocks, *``below``)."""
        parts = [self.down(above[:, block], weight[block], below) for block in blocks]
        return torch.stack(parts)

    def outer_blocks(
        self,
        above: Tensor,
        below: Tensor,
        weight: Tensor,
        blocks: Sequence[slice],
        kept: Tensor | None = None,
    ) -> Tensor:
        """:meth:`outer` of every block of the units above with a ``below`` of its own, stacked."""
        result = torch.empty_like(weight, dtype=above.dtype) if kept is None else kept
        for block, received in zip(blocks, below, strict=True):
            result[block] = self.outer(above[:, block], received, weight[block])
        return result

    def potential(self, below: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """:meth:`up` in the precision of the weight.

        Under autocast only products are in a lower one: there rates would be too coarse for small
        changes.
        """
        return self.up(below, weight, bias).to(weight.dtype)

    def mean_outer(self, above: Tensor, below: Tensor, weight: Tensor) -> Tensor:
        """:meth:`outer` as the mean over the batch."""
        return self.outer(above / len(above), below.to(above.dtype), weight)


def mean_bias(above: Tensor) -> Tensor:
    """:meth:`LinearMap.mean_outer` for an input that is always 1: (units,) or (channels,)."""
    return plasticity.burst_dependent_bias(above / len(above))


def sent_through(feedback: Tensor | None) -> Tensor:
    """Y of a layer that has one below that learns.

    Raises:
        InvalidInputError: it was built for a first layer.
    """
    if feedback is None:
        raise InvalidInputError(
            "this layer was built with feedback=None, for the first layer of a network, but the "
            "layer below it learns; give it a feedback regime"
        )
    return feedback


@dataclass(frozen=True)
class Dense(LinearMap):
    """Every unit with every unit: weight (units, units below), rates (batch, units).

    Layers of images below are taken as ``torch.nn.Flatten`` takes them.
    """

    def up(self, below: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """W e_below + c."""
        return torch.nn.functional.linear(below.flatten(1), weight, bias)

    def down(self, above: Tensor, weight: Tensor, below: Tensor) -> Tensor:
        """Yᵀ b."""
        return (above @ weight).view(below.shape)

    def down_both(self, above: Couple, weights: Couple, second: Combine, below: Tensor) -> Tensor:
        """A block of rows at a time where the weight is large and on a CPU.

        A whole second one costs more to store, to read back, and to get the memory for, than to
        calculate. In lower precision every block would round the sum.
        """
        first, dtype = weights[0], above[0].dtype
        total = above[0] @ first.to(dtype)
        in_blocks = first.device.type == "cpu" and dtype.itemsize >= 4
        if not in_blocks or first.nbytes <= windows.CACHED_BYTES:
            return torch.addmm(total, above[1], second(*weights).to(dtype)).view(below.shape)
        rows = max(1, len(first) * windows.CACHED_BYTES // first.nbytes)
        for rates, *pair in zip(
            above[1].split(rows, 1), first.split(rows), weights[1].split(rows), strict=True
        ):
            total.addmm_(rates, second(*pair).to(dtype))
        return total.view(below.shape)

    def outer(
        self, above: Tensor, below: Tensor, weight: Tensor, kept: Tensor | None = None
    ) -> Tensor:
        """Σ above belowᵀ over the batch, as :func:`plasticity.outer_sum`."""
        if kept is not None and kept.dtype != above.dtype:
            return kept.copy_(torch.mm(above.T, below.flatten(1)))
        return torch.mm(above.T, below.flatten(1), out=kept)

    def outers(
        self, pairs: Sequence[Couple], weight: Tensor, kept: Sequence[Tensor | None] = ()
    ) -> Sequence[Tensor]:
        """One after the other, but large ones as one batched product, with one block of memory.

        What ``zero_grad`` frees glibc returns to the system once it is twice the largest block,
        and getting it back takes as long as the products do. Where W and Q both learn, blocks as
        large as both leave it where it is where W learns alone.
        """
        has_memory = any(memory is not None for memory in kept)
        is_small = weight.nbytes < LARGE_BYTES or weight.device.type != "cpu"
        if len(pairs) < 2 or is_small or has_memory:
            return super().outers(pairs, weight, kept)
        above = torch.stack([above for above, _ in pairs])
        below = torch.stack([below.flatten(1) for _, below in pairs])
        return list(torch.bmm(above.transpose(1, 2), below))

    def down_blocks(
        self, above: Tensor, weight: Tensor, below: Tensor, blocks: Sequence[slice]
    ) -> Tensor:
        """One batched product where the blocks are equal."""
        if not _are_equal(blocks):
            return super().down_blocks(above, weight, below, blocks)
        stacked = _stacked(above, blocks) @ weight.view(len(blocks), -1, weight.shape[1])
        return stacked.view(len(blocks), *below.shape)

    def outer_blocks(
        self,
        above: Tensor,
        below: Tensor,
        weight: Tensor,
        blocks: Sequence[slice],
        kept: Tensor | None = None,
    ) -> Tensor:
        """One batched product where the blocks are equal."""
        if not _are_equal(blocks):
            return super().outer_blocks(above, below, weight, blocks, kept)
        product = torch.bmm(_stacked(above, blocks).mT, below.flatten(2)).view(weight.shape)
        return product if kept is None else kept.copy_(product)


def _are_equal(blocks: Sequence[slice]) -> bool:
    return len({block.stop - block.start for block in blocks}) == 1


def _stacked(above: Tensor, blocks: Sequence[slice]) -> Tensor:
    """Rates of equal blocks of all units, (blocks, batch, units of each)."""
    return above.view(len(above), len(blocks), -1).transpose(0, 1)


@dataclass(frozen=True)
class Convolution(LinearMap):
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
        return self._backward(above, _in_dtype_of(above, below), weight, (True, False))[0]

    def down_both(self, above: Couple, weights: Couple, second: Combine, below: Tensor) -> Tensor:
        """Both as the channels of one transposed convolution, which takes less than two."""
        if self.groups > 1:  # whose channels belong to blocks
            return super().down_both(above, weights, second, below)
        pair = (weights[0].to(above[0].dtype), second(*weights).to(above[1].dtype))
        return self.down(torch.cat(above, 1), torch.cat(pair), below)

    def outer(
        self, above: Tensor, below: Tensor, weight: Tensor, kept: Tensor | None = None
    ) -> Tensor:
        """Σ above · below over the batch and all places; always in new memory."""
        if windows.pay_off(above, below, self.groups):
            kernel_size = (weight.shape[2], weight.shape[3])
            return windows.outer_of_windows(above, below, kernel_size, self.stride, self.padding)
        return self._backward(above, below, _in_dtype_of(above, weight), (False, True))[1]

    def _backward(
        self, above: Tensor, below: Tensor, weight: Tensor, mask: tuple[bool, bool]
    ) -> tuple[Tensor, Tensor]:
        """Both products of PyTorch's own backward pass, or one of them.

        ``torch.nn.grad`` would do, but copies a placeholder in the shape of what is not asked for.
        """
        result: tuple[Tensor, Tensor, Tensor] = torch.ops.aten.convolution_backward(
            above,
            below,
            weight,
            None,
            self.stride,
            self.padding,
            (1, 1),
            False,
            (0, 0),
            self.groups,
            (*mask, False),
        )
        return result[:2]


def _in_dtype_of(above: Tensor, shaped: Tensor) -> Tensor:
    """What only gives its shape, in the dtype of what it stands beside."""
    if shaped.dtype == above.dtype:
        return shaped
    return above.new_empty(1).expand(shaped.shape)

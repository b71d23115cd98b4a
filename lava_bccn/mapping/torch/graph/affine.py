"""What a model computes between two activations: an affine map, held as small as it can be.

    y = A x + c

A is one of three: entries that are picked and scaled, a matrix, or a kernel. Operations of the
model extend it (``linear``, ``convolved``, ``scaled``, ``moved``, …); what fits none of these is
applied to the columns of A as a matrix, which is exact for whatever is linear.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.errors import MappingError
from lava_bccn.mapping.torch.graph.kernels import Kernel, adjoint, composed, convolve

MAX_ENTRIES = 2**27
"""Largest matrix that is made of what a model gives as a smaller operation: 0.5 GB."""


_MIXES_SAMPLES = "it moves the axis of the samples, or mixes them; they must stay the first axis"


_PART = 2**20
"""Numbers of a matrix that are in double precision at a time."""


@dataclass(frozen=True)
class Pick:
    """out[i] = scale[i] · in[index[i]], and 0 where the index is −1.

    Attributes:
        scale: (out,), float64.
        index: (out,); None: every entry in its place.
    """

    scale: Tensor
    index: Tensor | None = None


@dataclass(frozen=True)
class Matrix:
    """out = weight @ in, with ``weight`` (out, in)."""

    weight: Tensor


@dataclass(frozen=True)
class Affine:
    """A value of one sample in terms of what the layer it comes from sends.

    Attributes:
        source: that layer, from 0; −1 is the model's input.
        size_in: how many values the source has.
        shape: of the value, without the samples.
        operator: A.
        offset: c, (entries,), float64.
    """

    source: int
    size_in: int
    shape: tuple[int, ...]
    operator: Pick | Matrix | Kernel
    offset: Tensor

    @property
    def size(self) -> int:
        """How many entries the value has."""
        return math.prod(self.shape)


def identity(source: int, shape: Sequence[int], scale: float = 1.0, offset: float = 0.0) -> Affine:
    """What a source sends, as it is or on another scale."""
    size = math.prod(shape)
    ones = torch.ones(size, dtype=torch.float64)
    return Affine(source, size, tuple(shape), Pick(scale * ones), offset * ones)


def bounds(value: Affine) -> tuple[float, float] | None:
    """Between what entries that are only picked and scaled lie, of event rates in [0, 1]."""
    if not isinstance(value.operator, Pick):
        return None
    scale = value.operator.scale
    low, high = value.offset + scale.clamp(max=0), value.offset + scale.clamp(min=0)
    return float(low.min()), float(high.max())


def is_input(value: Affine) -> bool:
    """Whether a value is the model's input, as it is."""
    operator = value.operator
    if value.source >= 0 or not isinstance(operator, Pick) or operator.index is not None:
        return False
    return bool((operator.scale == 1).all() and (value.offset == 0).all())


def applied(value: Affine, rows: Tensor) -> Tensor:
    """A x without c, of x as rows, (samples, size_in): (samples, entries)."""
    operator = value.operator
    if isinstance(operator, Matrix):
        return rows @ operator.weight.to(rows.dtype).T
    if isinstance(operator, Kernel):
        images = rows.reshape(-1, *operator.geometry.input_shape)
        return convolve(images, operator.weight.to(rows.dtype), operator.geometry).flatten(1)
    if operator.index is None:
        return rows * operator.scale.to(rows.dtype)
    return rows[:, operator.index] * (operator.scale * (operator.index >= 0)).to(rows.dtype)


def as_matrix(value: Affine) -> Tensor:
    """A as a matrix, (entries, size_in).

    Raises:
        MappingError: it would have more than ``MAX_ENTRIES``.
    """
    if isinstance(value.operator, Matrix):
        return value.operator.weight
    if value.size * value.size_in > MAX_ENTRIES:
        raise MappingError(
            f"it makes a matrix of {value.size} times {value.size_in} weights, more than "
            f"{MAX_ENTRIES}, of what is no plain convolution"
        )
    return applied(value, torch.eye(value.size_in)).T


def scaled(value: Affine, factor: Tensor) -> Affine:
    """The value times constants that broadcast to its shape."""
    factor = _entries(value, factor)
    offset, operator = value.offset * factor, value.operator
    if (factor == 1).all():
        return value
    if isinstance(operator, Pick):
        return replace(value, operator=Pick(operator.scale * factor, operator.index), offset=offset)
    if isinstance(operator, Kernel):
        channels = factor.reshape(len(operator.weight), -1)
        if (channels == channels[:, :1]).all():
            weight = times(operator.weight, channels[:, 0].reshape(-1, 1, 1, 1))
            return replace(value, operator=Kernel(weight, operator.geometry), offset=offset)
    weight = times(as_matrix(value), factor[:, None])
    return replace(value, operator=Matrix(weight), offset=offset)


def shifted(value: Affine, addend: Tensor) -> Affine:
    """The value plus constants that broadcast to its shape."""
    return replace(value, offset=value.offset + _entries(value, addend))


def moved(value: Affine, operation: Callable[[Tensor], Tensor]) -> Affine:
    """The value after an operation that only moves its entries, drops some or adds zeros.

    Args:
        value: before it.
        operation: of a tensor with one sample in front.
    """
    places = torch.arange(1, value.size + 1, dtype=torch.float64).reshape(1, *value.shape)
    result = operation(places)
    if result.shape[:1] != (1,):
        raise MappingError(_MIXES_SAMPLES)
    index = result.flatten().long() - 1
    shape = tuple(result.shape[1:])
    if torch.equal(index, torch.arange(value.size)):
        return replace(value, shape=shape)
    is_there = index >= 0
    offset = value.offset[index] * is_there
    if isinstance(value.operator, Pick):
        before = value.operator.index
        chosen = torch.where(is_there, index if before is None else before[index], -1)
        operator: Pick | Matrix = Pick(value.operator.scale[index] * is_there, chosen)
    else:
        operator = Matrix(times(as_matrix(value)[index], is_there[:, None]))
    return replace(value, shape=shape, operator=operator, offset=offset)


def linear(value: Affine, weight: Tensor, bias: Tensor | None) -> Affine:
    """W y + b of a value that is a vector."""
    offset = (
        _product(weight, value.offset) if value.offset.any() else torch.zeros(len(weight)).double()
    )
    if bias is not None:
        offset = offset + bias.double()
    operator = value.operator
    if isinstance(operator, Pick):
        product = weight if (operator.scale == 1).all() else times(weight, operator.scale)
        if operator.index is not None:
            columns = torch.zeros(len(weight), value.size_in, dtype=product.dtype)
            # Of entries that are −1 the scale is 0.
            product = columns.index_add_(1, operator.index.clamp(min=0), product)
    elif isinstance(operator, Matrix):
        product = (weight.double() @ operator.weight.double()).to(weight.dtype)
    else:
        rows = weight.double().reshape(len(weight), *value_images(value))
        images = adjoint(rows, operator.weight.double(), operator.geometry)
        product = images.flatten(1).to(weight.dtype)
    return Affine(value.source, value.size_in, (len(weight),), Matrix(product), offset)


def convolved(
    value: Affine, kernel: Tensor, bias: Tensor | None, geometry: ConvolutionGeometry
) -> Affine | None:
    """A convolution of a value that is an image; None: as a kernel it has no form here."""
    shape = geometry.output_shape(tuple(kernel.shape))
    offset = torch.zeros(shape).double()
    if value.offset.any():
        images = value.offset.reshape(1, *geometry.input_shape)
        offset = convolve(images, kernel.double(), geometry)[0]
    if bias is not None:
        offset = offset + bias.double().reshape(-1, 1, 1)
    operator = value.operator
    if isinstance(operator, Pick) and operator.index is None:
        channels = operator.scale.reshape(geometry.input_shape[0], -1)
        if not (channels == channels[:, :1]).all():
            return None
        below = channels[:, 0].reshape(geometry.groups, 1, -1, 1, 1)
        by_group = kernel.reshape(geometry.groups, -1, *kernel.shape[1:])
        weight = kernel if (below == 1).all() else times(by_group, below).reshape(kernel.shape)
        return Affine(
            value.source, value.size_in, shape, Kernel(weight, geometry), offset.flatten()
        )
    if isinstance(operator, Kernel):
        both = composed(operator, kernel, geometry)
        if both is not None:
            return Affine(value.source, value.size_in, shape, both, offset.flatten())
    return None


def through(values: Sequence[Affine], operation: Callable[..., Tensor]) -> Affine:
    """Values of one source after any operation that is linear in all of them together.

    Args:
        values: before it.
        operation: of tensors, each with one sample in front.

    Raises:
        MappingError: the matrix would be too large.
    """
    columns = [as_matrix(value).T.reshape(-1, 1, *value.shape) for value in values]
    zeros = [
        torch.zeros(1, *value.shape, dtype=each.dtype)
        for value, each in zip(values, columns, strict=True)
    ]
    at_rest = operation(*zeros)
    if at_rest.shape[:1] != (1,):
        raise MappingError(_MIXES_SAMPLES)
    if at_rest.numel() * values[0].size_in > MAX_ENTRIES:
        raise MappingError(
            f"it makes a matrix of {at_rest.numel()} times {values[0].size_in} weights, more than "
            f"{MAX_ENTRIES}"
        )
    product = torch.vmap(operation)(*columns) - at_rest
    offset = operation(
        *(
            value.offset.reshape(1, *value.shape).to(each.dtype)
            for value, each in zip(values, columns, strict=True)
        )
    )
    return Affine(
        values[0].source,
        values[0].size_in,
        tuple(at_rest.shape[1:]),
        Matrix(product.flatten(1).T.contiguous()),
        offset.double().flatten(),
    )


def value_images(value: Affine) -> tuple[int, int, int]:
    """(channels, height, width) of a value that is a kernel's."""
    assert isinstance(value.operator, Kernel)
    return value.operator.geometry.output_shape(tuple(value.operator.weight.shape))


def _entries(value: Affine, constant: Tensor) -> Tensor:
    """A constant for every entry."""
    constant = torch.as_tensor(constant).double()
    return constant.expand(1, *value.shape).flatten()


def times(weight: Tensor, factor: Tensor) -> Tensor:
    """A product with what broadcasts to it, rounded once; its double is there in parts only."""
    factors, product = factor.double().expand(weight.shape), torch.empty_like(weight)
    for each, by, into in zip(*map(_parts, (weight, factors, product)), strict=True):
        into.copy_(each.double() * by)
    return product


def _product(weight: Tensor, vector: Tensor) -> Tensor:
    """A product with a vector in double precision, likewise."""
    return torch.cat([each.double() @ vector for each in _parts(weight)])


def _parts(tensor: Tensor) -> tuple[Tensor, ...]:
    return tensor.split(max(1, _PART * len(tensor) // max(tensor.numel(), 1)))

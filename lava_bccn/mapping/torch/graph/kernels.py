"""Kernels on images: applied, transposed, and two in a row as one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.grad import conv2d_input

from lava_bccn.dynamics.convolution import ConvolutionGeometry


@dataclass(frozen=True)
class Kernel:
    """The cross-correlation of images with a kernel, (channels, channels below / groups, …)."""

    weight: Tensor
    geometry: ConvolutionGeometry


def convolve(images: Tensor, kernel: Tensor, geometry: ConvolutionGeometry) -> Tensor:
    """Its cross-correlation with images, (samples, channels, height, width)."""
    return torch.nn.functional.conv2d(
        images,
        kernel,
        stride=geometry.stride,
        padding=geometry.padding,
        groups=geometry.groups,
    )


def adjoint(images: Tensor, kernel: Tensor, geometry: ConvolutionGeometry) -> Tensor:
    """The transpose of :func:`convolve`, onto images of its input's size."""
    return conv2d_input(
        (len(images), *geometry.input_shape),
        kernel,
        images,
        stride=geometry.stride,
        padding=geometry.padding,
        groups=geometry.groups,
    )


def composed(first: Kernel, second: Tensor, geometry: ConvolutionGeometry) -> Kernel | None:
    """One kernel for two convolutions in a row; None where their edges do not allow it.

    The padding of the second is silence, but the first kernel, put on the same places, would still
    see the image. So it must fit between: no place that is padded may reach into the image.
    """
    inner = first.geometry
    padding, stride = [], []
    for axis in range(2):
        size, step = first.weight.shape[2 + axis], inner.stride[axis]
        margin, extent = inner.padding[axis], inner.input_shape[1 + axis]
        outputs = geometry.input_shape[1 + axis]
        padded = geometry.padding[axis]
        reaches_in = size > step + margin or outputs * step - margin < extent
        if padded and reaches_in:
            return None
        padding.append(margin + padded * step)
        stride.append(step * geometry.stride[axis])
    groups = geometry.groups
    rows = second.double()
    if groups > 1:  # as blocks of one kernel for all channels
        full = torch.zeros(len(second), geometry.input_shape[0], *second.shape[2:]).double()
        kernels, channels = len(second) // groups, second.shape[1]
        for group in range(groups):
            to, of = (
                slice(group * kernels, (group + 1) * kernels),
                slice(group * channels, (group + 1) * channels),
            )
            full[to, of] = rows[to]
        rows = full
    product = torch.nn.functional.conv_transpose2d(
        rows, first.weight.double(), stride=inner.stride, groups=inner.groups
    )
    outer = ConvolutionGeometry(inner.input_shape, (stride[0], stride[1]), (padding[0], padding[1]))
    weight = product.to(second.dtype)
    if groups > 1 and groups == inner.groups:
        kernels, channels = len(weight) // groups, weight.shape[1] // groups
        weight = torch.cat(
            [
                weight[g * kernels : (g + 1) * kernels, g * channels : (g + 1) * channels]
                for g in range(groups)
            ]
        )
        outer = replace(outer, groups=groups)
    expected = geometry.output_shape(tuple(second.shape))
    return Kernel(weight, outer) if outer.output_shape(tuple(weight.shape)) == expected else None

"""Networks with convolutions that several test folders share."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import strategies as st

from lava_bccn import mapping
from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.mapping import MappedNetwork
from lava_bccn.nn import BurstConv2d, BurstLinear, BurstReadout, Normalize


@st.composite
def geometries(draw: st.DrawFn) -> ConvolutionGeometry:
    """Every stride, padding and number of groups, on images that need not be square."""
    groups = draw(st.integers(1, 3))
    return ConvolutionGeometry(
        (groups * draw(st.integers(1, 2)), draw(st.integers(3, 8)), draw(st.integers(3, 8))),
        (draw(st.integers(1, 3)), draw(st.integers(1, 3))),
        (draw(st.integers(0, 2)), draw(st.integers(0, 2))),
        groups,
    )


def kernel_for(geometry: ConvolutionGeometry, random: np.random.Generator) -> np.ndarray:
    """A kernel of up to 3 x 3 that fits."""
    groups = geometry.groups
    shape = (2 * groups, geometry.input_shape[0] // groups, *random.integers(1, 4, 2))
    return random.integers(-127, 128, shape).astype(np.int8)


def model_for(
    geometry: ConvolutionGeometry, *, normalize: bool = False, **options
) -> tuple[torch.nn.Sequential, torch.Tensor]:
    """Two convolutions, a hidden and an output layer in float64, and five images for them."""
    channels = geometry.input_shape[0]
    images = torch.rand(5, *geometry.input_shape, dtype=torch.float64)
    rules = {"gain": 2.0, "feedback_std": 0.8, "dtype": torch.float64}
    convolutions = [
        BurstConv2d(
            channels,
            2 * geometry.groups,
            (3, 2),
            stride=geometry.stride,
            padding=geometry.padding,
            groups=geometry.groups,
            feedback=None,
            **rules,
        ),
        BurstConv2d(2 * geometry.groups, 4, (1, 2), padding=(0, 1), **rules, **options),
    ]
    torch.nn.init.normal_(convolutions[0].bias)
    units = torch.nn.Sequential(*convolutions)(images)[0].numel()
    dense = [
        BurstLinear(units, 6, **rules, **options),
        BurstReadout(6, 3, **rules, **options),
    ]
    first = [Normalize(torch.rand(channels, 1, 1), torch.rand(channels, 1, 1) + 0.5).double()]
    modules = [*convolutions, torch.nn.Flatten(), *dense]
    return torch.nn.Sequential(*(first if normalize else []), *modules), images


def conv_network(
    generator: np.random.Generator, **options
) -> tuple[MappedNetwork, MappedNetwork, np.ndarray]:
    """Two convolutions and two fully connected layers, fixed and float, and images for them."""
    rules = {"gain": 3.0, "feedback_std": 1.0, "feedback_event": "random", **options}
    model = torch.nn.Sequential(
        Normalize(0.4, 0.3),
        BurstConv2d(2, 4, 3, stride=2, padding=1, groups=2, feedback=None),
        BurstConv2d(4, 3, (3, 2), stride=(1, 2), **rules),
        torch.nn.Flatten(),
        BurstLinear(12, 8, **rules),
        BurstReadout(8, 4, **rules),
    )
    images = generator.random((20, 2, 7, 8))
    fixed, floating = (
        mapping.from_torch(model, images, precision=precision) for precision in ("fixed", "float")
    )
    return fixed, floating, images

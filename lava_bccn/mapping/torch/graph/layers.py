"""Layers of what was read between two activations."""

from __future__ import annotations

import numpy as np
import torch

from lava_bccn.mapping.torch.graph.affine import Affine, as_matrix, times
from lava_bccn.mapping.torch.graph.kernels import Kernel
from lava_bccn.network.layer import MappedLayer


def layer_of(
    value: Affine, activation: str, gain: float, start: float, below: tuple[int, ...] | None
) -> MappedLayer:
    """A layer whose somata have (value − start) · gain.

    Args:
        value: in terms of what the layer below sends.
        activation: its name.
        gain, start: see above.
        below: the shape of the layer below; None: it is the first. A kernel on images that the
            layer below does not have becomes a matrix.
    """
    operator_ = value.operator
    geometry = None
    if isinstance(operator_, Kernel) and below in (None, operator_.geometry.input_shape):
        weight, geometry = operator_.weight, operator_.geometry
    else:
        weight = as_matrix(value)
    if gain != 1:
        weight = times(weight, torch.tensor(gain, dtype=torch.float64))
    bias = ((value.offset - start) * gain).to(weight.dtype)
    return MappedLayer(
        weight=np.ascontiguousarray(weight.numpy()),
        bias=bias.numpy().copy(),
        geometry=geometry,
        activation=activation,
    )

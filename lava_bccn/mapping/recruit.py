"""Waking output units that never fire, so that they can learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_bccn.dynamics.states import LayerStates
from lava_bccn.network.network import MappedNetwork
from lava_bccn.settings import check, instance, integer
from lava_bccn.sim.settled import settle
from lava_bccn.validation import event_rates


def silent_outputs(network: MappedNetwork, inputs: ArrayLike) -> NDArray[np.intp]:
    """Output units without an event on any input; they cannot burst, and so never learn.

    A network trained with a class absent teaches its unit silence, in floating point without end.

    Args:
        network: any mapped network.
        inputs: event rates in [0, 1], (samples, inputs) or images.

    Raises:
        InvalidInputError: inputs that do not fit the network.
    """
    return np.flatnonzero((_output(network, inputs).event_rate == 0).all(axis=0))


def recruit(network: MappedNetwork, unit: int, inputs: ArrayLike) -> MappedNetwork:
    """The network with one output unit's bias raised until the input that suits it best drives it.

    That input then has somatic potential 0 and event rate ½, every other less.

    Args:
        network: any mapped network.
        unit: index of the output unit.
        inputs: event rates in [0, 1], (samples, inputs) or images, of what the unit is to learn.

    Raises:
        InvalidInputError: no such unit, or inputs that do not fit the network.
    """
    check("network", network, instance(MappedNetwork))
    output = network.layers[-1]
    unit = check("unit", unit, integer(0, output.units - 1))
    bias = output.bias.copy()
    bias[unit] -= _output(network, inputs).soma[:, unit].max().astype(bias.dtype)
    return replace(network, layers=(*network.layers[:-1], replace(output, bias=bias)))


def _output(network: MappedNetwork, inputs: ArrayLike) -> LayerStates:
    check("network", network, instance(MappedNetwork))
    samples = network.quantise_inputs(event_rates(inputs, network.input_shape))
    return settle(network, samples)[0][-1]

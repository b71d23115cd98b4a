"""A mapped network as Loihi's learning engine has it, and what it learned there as a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.arithmetic import is_integer, shifted
from lava_bccn.dynamics.constants import Constants
from lava_bccn.dynamics.engine import EngineSynapses
from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.fixed_point import STATE_BITS
from lava_bccn.network.engine_options import EngineOptions
from lava_bccn.network.engine_state import (
    ENGINE_WEIGHT_BITS,
    EngineState,
    continued,
    nearest,
    widened,
)
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork

CONSTANT_PAYLOAD = 255
"""What inputs that are always on send."""


class EngineConnections(NamedTuple):
    """The synapses of one layer as the engine has them: weights of 9 bits.

    Attributes:
        weight: of W, (units, units below + constants); the constants' come last.
        feedback: of Y, which ends at the layer below, (units below, units); None sends nothing.
    """

    weight: EngineSynapses
    feedback: EngineSynapses | None


class EngineNetwork(NamedTuple):
    """A network as it learns in the engine.

    Attributes:
        ensembles: equations of every layer, of weights in the engine's units.
        connections: synapses of every layer.
        bias: c of every layer, which stays: constant inputs' synapses learn in its place.
    """

    ensembles: list[Ensembles]
    connections: list[EngineConnections]
    bias: list[NDArray[np.int64]]


def with_constants(events: NDArray[Any], count: int) -> NDArray[Any]:
    """Event rates, (..., units), and after them those of inputs that are always on."""
    always = CONSTANT_PAYLOAD if is_integer(events) else 1.0
    constants = np.full((*events.shape[:-1], count), always, dtype=events.dtype)
    return np.concatenate([events, constants], axis=-1)


def engine_network(network: MappedNetwork, options: EngineOptions) -> EngineNetwork:
    """A mapped network in the engine: where it learned there before, as it was then.

    Args:
        network: in integers.
        options: of the engine.
    """
    ensembles = engine_ensembles(network)
    connections = [_connections(network, layer, options) for layer in network.layers]
    bias = [
        layer.bias.astype(np.int64) - _constant_bias(each.weight, layer, own.constants)
        for layer, each, own in zip(network.layers, connections, ensembles, strict=True)
    ]
    return EngineNetwork(ensembles, connections, bias)


def engine_ensembles(network: MappedNetwork) -> list[Ensembles]:
    """The equations of every layer of a network in integers, of weights in the engine's units."""
    return [_in_engine_units(each, network) for each in network.all_ensembles()]


def learned_network(
    network: MappedNetwork,
    options: EngineOptions,
    engine: EngineNetwork,
    follows: Sequence[bool],
) -> MappedNetwork:
    """A mapped network with what it learned in the engine.

    Its weights are the nearest ones of its own bits, its biases hold what constant inputs do, and
    the rest is kept beside them (``MappedLayer.engine``).

    Args:
        network: as it was.
        options: of the engine.
        engine: as it is now.
        follows: whether the Y of each layer learned.
    """
    layers = []
    for layer, each, own, bias, learns in zip(
        network.layers, engine.connections, engine.ensembles, engine.bias, follows, strict=True
    ):
        layers.append(_learned(network, layer, options, each, own, bias, learns=learns))
    return replace(network, layers=tuple(layers))


def _learned(
    network: MappedNetwork,
    layer: MappedLayer,
    options: EngineOptions,
    connections: EngineConnections,
    ensembles: Ensembles,
    bias: NDArray[np.int64],
    *,
    learns: bool,
) -> MappedLayer:
    assert network.number_format is not None
    bits, (synapses, feedback) = network.number_format.weight_bits, connections
    limit = 2 ** (STATE_BITS - 1)
    total = bias + _constant_bias(synapses, layer, ensembles.constants)
    changed: dict[str, Any] = {
        "weight": nearest(synapses, bits)[:, : layer.units_below].astype(layer.weight.dtype),
        "bias": np.clip(total, -limit, limit - 1).astype(layer.bias.dtype),
    }
    kept: dict[str, Any] = {}
    if learns and feedback is not None:
        kept = {"feedback": feedback.weight.T, "feedback_tag": feedback.tag.T}
        matrix = nearest(feedback, bits).T.astype(layer.weight.dtype)
        changed |= {"feedback_burst": matrix, "feedback_event": matrix}
    changed["engine"] = EngineState(options.half, synapses.weight, synapses.tag, **kept)
    return replace(layer, **changed)


def _connections(
    network: MappedNetwork, layer: MappedLayer, options: EngineOptions
) -> EngineConnections:
    assert network.number_format is not None
    bits, state = network.number_format.weight_bits, layer.engine
    constants = EngineSynapses(*np.zeros((2, layer.units, options.constants), dtype=np.int64))
    synapses = widened(layer.weight, bits)
    if state is not None:
        below = layer.units_below
        kept = EngineSynapses(state.weight[:, :below], state.tag[:, :below])
        synapses = continued(layer.weight, kept, options.half, state.half, bits)
        if state.weight.shape[1] - below == options.constants:
            kept = EngineSynapses(state.weight[:, below:], state.tag[:, below:])
            own = nearest(kept, bits)
            constants = continued(own, kept, options.half, state.half, bits)
    weight = EngineSynapses(
        np.hstack((synapses.weight, constants.weight)), np.hstack((synapses.tag, constants.tag))
    )
    if layer.feedback_burst is None:
        return EngineConnections(weight, None)
    feedback = widened(layer.feedback_burst, bits)
    follows = layer.feedback == "kolen_pollack"  # one that does not has the network's own bits
    if follows and state is not None and state.feedback is not None:
        assert state.feedback_tag is not None
        kept = EngineSynapses(state.feedback, state.feedback_tag)
        feedback = continued(layer.feedback_burst, kept, options.half, state.half, bits)
    return EngineConnections(weight, EngineSynapses(feedback.weight.T, feedback.tag.T))


def _constant_bias(
    synapses: EngineSynapses, layer: MappedLayer, constants: Constants
) -> NDArray[np.int64]:
    """What constant inputs add to somatic potentials."""
    sums = CONSTANT_PAYLOAD * synapses.weight[:, layer.units_below :].sum(axis=1, dtype=np.int64)
    potentials: NDArray[np.int64] = shifted(sums, constants.soma_places)
    return potentials


def _in_engine_units(ensembles: Ensembles, network: MappedNetwork) -> Ensembles:
    """The equations of ensembles whose weights are in the finer units of the engine."""
    assert network.number_format is not None
    constants, finer = ensembles.constants, ENGINE_WEIGHT_BITS - network.number_format.weight_bits
    return replace(
        ensembles,
        constants=constants._replace(
            soma_places=constants.soma_places - finer,
            apical_places=constants.apical_places - finer,
        ),
    )

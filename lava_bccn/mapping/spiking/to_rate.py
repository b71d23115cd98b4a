"""From spiking ensembles that have learned back to the network of event rates they came from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lava_bccn.errors import InvalidInputError
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.spiking.connection import Connection
from lava_bccn.network.spiking.network import SpikingNetwork
from lava_bccn.network.spiking.scales import weight_unit
from lava_bccn.settings import POSITIVE, check, instance


def to_rate(
    learned: SpikingNetwork,
    network: MappedNetwork,
    start: SpikingNetwork,
    *,
    current_per_unit: float = 400.0,
) -> MappedNetwork:
    """The network of event rates with what its spiking form has learned.

    A weight of the rate model is the mean over an ensemble of the synapses that each of its neurons
    has from another ensemble, added up; a bias the mean over the ensemble. Both are taken as
    differences from the start, and in its scales. Feedback stays as it was.

    Args:
        learned: what became of ``start``; populations may be divided into other ensembles.
        network: of event rates, in floating point.
        start: what :func:`~lava_bccn.mapping.spiking.from_rate` made of it.
        current_per_unit: κ that it was made with.

    Raises:
        InvalidInputError: networks that do not belong together.
    """
    for name, each in (("learned", learned), ("start", start)):
        check(name, each, instance(SpikingNetwork))
    check("network", network, instance(MappedNetwork))
    check("current_per_unit", current_per_unit, POSITIVE)
    if network.number_format is not None:
        raise InvalidInputError(
            "what was learned in spikes goes into a network in floating point; give the one that "
            "from_rate was called with, made with precision='float'"
        )
    layers = []
    for number, layer in enumerate(network.layers, start=1):
        before, after = (_connection(each, f"weight{number}") for each in (start, learned))
        if not np.array_equal(before.presynaptic, after.presynaptic) or not np.array_equal(
            before.postsynaptic, after.postsynaptic
        ):
            raise InvalidInputError(
                f"connection weight{number} joins other neurons than at the start; give to_rate "
                "the network that the learned one started as"
            )
        change = _picoamperes(learned, after) - _picoamperes(start, before)
        mean = _sums(start, before, change) * _weight_per_current(start, before, current_per_unit)
        if mean.shape != layer.weight.shape:
            raise InvalidInputError(
                f"layer {number} of the network of event rates has weights of shape "
                f"{layer.weight.shape}, and its ensembles are joined as {mean.shape}"
            )
        target = start.population(before.target)
        moved = _bias(learned, before.target) - _bias(start, before.target)
        bias = moved.reshape(target.ensembles, -1).mean(axis=1) / current_per_unit
        layers.append(replace(layer, weight=layer.weight + mean, bias=layer.bias + bias))
    return replace(network, layers=tuple(layers))


def _connection(network: SpikingNetwork, name: str) -> Connection:
    for connection in network.connections:
        if connection.name == name:
            return connection
    raise InvalidInputError(
        f"there is no connection {name!r}, so this network was not made by from_rate of a network "
        "of that many layers"
    )


def _picoamperes(network: SpikingNetwork, connection: Connection) -> NDArray[np.float64]:
    """Weights in pA, (synapses,)."""
    if not network.units.is_fixed:
        return np.asarray(connection.weight, dtype=np.float64)
    target = network.population(connection.target)
    return connection.weight * weight_unit(connection, target, network.units)


def _sums(
    network: SpikingNetwork, connection: Connection, weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Σ of a neuron's synapses from each ensemble, their mean over its own: (targets, sources)."""
    source, target = network.population(connection.source), network.population(connection.target)
    below = connection.presynaptic // source.neurons
    above = connection.postsynaptic // target.neurons
    sums = np.bincount(
        above * source.ensembles + below, weight, minlength=target.ensembles * source.ensembles
    )
    return sums.reshape(target.ensembles, source.ensembles) / target.neurons


def _weight_per_current(
    network: SpikingNetwork, connection: Connection, current_per_unit: float
) -> float:
    """Weight of the rate model for a sum of synapses of 1 pA."""
    target, source = network.population(connection.target), network.population(connection.source)
    ratio = network.time_step_ms / target.neuron.synapse_time
    held = source.neuron.gain_rate * network.time_step_ms / 1000 / -np.expm1(-ratio)
    return float(held) / current_per_unit


def _bias(network: SpikingNetwork, name: str) -> NDArray[np.float64]:
    population = network.population(name)
    return np.zeros(population.size) if population.bias is None else population.bias

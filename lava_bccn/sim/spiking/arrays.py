"""What the loop works on, made of the description of a network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.spiking import neuron as neuron_dynamics
from lava_bccn.dynamics.spiking.homeostasis import HomeostasisConstants
from lava_bccn.dynamics.spiking.plasticity import AverageConstants, LearningConstants
from lava_bccn.dynamics.spiking.receptors import ReceptorConstants
from lava_bccn.dynamics.spiking.short_term_plasticity import StpConstants, StpState
from lava_bccn.dynamics.spiking.teacher import TeacherConstants
from lava_bccn.network.spiking.connection import Connection
from lava_bccn.network.spiking.constants import (
    bias_constants,
    delivery_scale,
    homeostasis_constants,
    learning_constants,
    message_flag,
    receptor_constants,
)
from lava_bccn.network.spiking.network import SpikingNetwork
from lava_bccn.network.spiking.population import Population
from lava_bccn.sim.spiking.compiled import ConnectionArrays, PopulationArrays, TeacherArrays
from lava_bccn.sim.spiking.neurons import BLOCK

LINE = 64
"""Neurons whose narrowest states fill a cache line."""


def part_bounds(size: int, parts: int) -> NDArray[np.int64]:
    """(parts + 1,) where each part of a population's neurons begins and ends.

    In whole cache lines, so that threads do not wait for each other's.
    """
    lines = -(-size // LINE)
    return np.minimum(np.arange(parts + 1) * lines // parts * LINE, size)


def population_arrays(
    network: SpikingNetwork, population: Population, parts: int = 1
) -> PopulationArrays:
    """State of a population at rest."""
    units, size = network.units, population.size
    bias, rise, fall = bias_constants(network, population)
    states = {
        name: np.full(
            size,
            neuron_dynamics.INITIAL.get(name, 0),
            dtype=np.int64 if name in neuron_dynamics.COUNTED else units.dtype,
        )
        for name in neuron_dynamics.STATES
    }
    return PopulationArrays(
        bounds=part_bounds(size, parts),
        state=neuron_dynamics.NeuronState(**states),
        bias=bias,
        flags=np.zeros(size, dtype=np.uint8),
        sent=np.zeros(size, dtype=np.int64),
        sent_count=np.zeros(parts, dtype=np.int64),
        activation=np.zeros((parts, BLOCK), dtype=units.dtype),
        changed=np.zeros((parts, BLOCK), dtype=units.dtype),
        fires=np.zeros((parts, BLOCK), dtype=np.uint8),
        soma_input=np.zeros(size, dtype=units.dtype),
        apical_input=np.zeros(size, dtype=units.dtype),
        constants=population.neuron.constants(units),
        ensemble_size=population.neurons,
        first_ensemble=network.columns(population.name).start,
        bias_rise=rise,
        bias_fall=fall,
        bias_places=0,
        learns_bias=population.bias_rate > 0,
    )


def no_connection(network: SpikingNetwork) -> ConnectionArrays:
    """Of the type of its connections, where it has none."""
    name, nothing = network.populations[0].name, np.zeros(0, dtype=np.int32)
    none = Connection("", name, name, "soma", "spikes", nothing, nothing, nothing)
    return connection_arrays(network, none)


def _synapses_of(connection: Connection, source: int, target: int, parts: int) -> NDArray[np.int64]:
    """(presynaptic, parts + 1) where each neuron's synapses to each part of the targets begin."""
    ends = np.column_stack([connection.presynaptic, connection.postsynaptic]).astype(np.int64)
    at = ends @ [target, 1]  # ascends, as synapses are sorted by both
    begins = np.arange(source)[:, None] * target + part_bounds(target, parts)
    return np.searchsorted(at, begins)


def connection_arrays(
    network: SpikingNetwork, connection: Connection, parts: int = 1
) -> ConnectionArrays:
    """State of a connection before anything has been sent."""
    units = network.units
    source, target = network.population(connection.source), network.population(connection.target)
    learning = connection.learning
    zero = units.dtype(0)
    stp = StpConstants(zero, zero, zero, zero)
    if connection.stp is not None:
        stp = StpConstants(*(units.dtype(value) for value in connection.stp.constants(units)))
    receptor = receptor_constants(network, connection)
    constants = LearningConstants(*[zero] * 6)
    average = AverageConstants(False, 0.0)
    if learning is not None:
        constants = rule_constants(network, connection)
        average = learning.average_constants(network.time_step_ms)
    balance = HomeostasisConstants(zero, 0, zero, zero)
    if connection.homeostasis is not None:
        rate, dropped, *limits = homeostasis_constants(network, connection)
        balance = HomeostasisConstants(
            units.dtype(rate), dropped, *(units.dtype(limit) for limit in limits)
        )
    order = np.lexsort((connection.presynaptic, connection.postsynaptic))
    averages = target.size if average.active else 0
    delay = np.atleast_1d(np.asarray(connection.delay, dtype=np.int64))
    return ConnectionArrays(
        source=network.index(connection.source),
        target=network.index(connection.target),
        to_soma=connection.compartment == "soma",
        message=message_flag(connection.message),
        offsets=_synapses_of(connection, source.size, target.size, parts),
        postsynaptic=connection.postsynaptic.astype(np.uint32),
        weight=connection.weight.astype(np.int8 if units.is_fixed else np.float64),
        delay=delay,
        arriving=np.zeros((connection.max_delay + 1, target.size), dtype=units.dtype),
        scale=delivery_scale(network, connection),
        has_receptor=receptor is not None,
        receptor=np.zeros(0 if receptor is None else target.size, dtype=units.dtype),
        receptor_constants=ReceptorConstants(*(units.dtype(value) for value in receptor or (0, 0))),
        has_stp=connection.stp is not None,
        stp=StpState(*(np.zeros(source.size, dtype=units.dtype) for _ in range(2))),
        stp_constants=stp,
        released=np.zeros(0 if connection.stp is None else source.size, dtype=units.dtype),
        learns=learning is not None,
        trace=np.zeros((parts, source.size), dtype=units.dtype),
        learning=constants,
        balances=connection.homeostasis is not None,
        homeostasis=balance,
        average=average,
        burst_average=np.full(averages, learning.p_baseline if learning else 0.0),
        event_average=np.ones(averages),
        incoming_offsets=np.searchsorted(
            connection.postsynaptic[order], np.arange(target.size + 1)
        ),
        incoming_synapse=order.astype(np.uint32),
        incoming_presynaptic=connection.presynaptic[order].astype(np.uint32),
    )


def rule_constants(
    network: SpikingNetwork, connection: Connection, rate_shift: int = 0
) -> LearningConstants:
    """Constants of a connection's plasticity in the dtype of the network."""
    constants = learning_constants(network, connection, rate_shift)
    return LearningConstants(*(network.units.dtype(value) for value in constants))


def teacher_arrays(network: SpikingNetwork) -> TeacherArrays:
    """State of the teacher before anything has happened; population −1 where there is none."""
    units = network.units
    if network.teacher is None:
        zero = units.dtype(0)
        nothing = np.zeros(0, dtype=units.dtype)
        return TeacherArrays(-1, nothing, TeacherConstants(zero, zero, zero))
    population = network.population(network.teacher.population)
    constants = network.teacher.constants(population, units)
    return TeacherArrays(
        network.index(population.name),
        np.zeros(population.ensembles, dtype=units.dtype),
        TeacherConstants(*(units.dtype(value) for value in constants)),
    )

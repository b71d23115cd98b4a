"""The loop over time steps, compiled once and kept between runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lava_bccn.dynamics.spiking.arithmetic import delivered
from lava_bccn.dynamics.spiking.neuron import BURST, EVENT, SPIKE
from lava_bccn.dynamics.spiking.receptors import bound_receptors, receptor_current
from lava_bccn.dynamics.spiking.short_term_plasticity import StpState, transmit
from lava_bccn.dynamics.spiking.teacher import event_count, teacher_current
from lava_bccn.dynamics.stochastic_rounding import connection_key
from lava_bccn.sim.jit import INTEGERS, fingerprint, jit, kept
from lava_bccn.sim.spiking import compiled, learning, neurons
from lava_bccn.sim.spiking.learning import balance, learn, learn_biases
from lava_bccn.sim.spiking.neurons import advance_population


@jit
def _stimulate(population: Any, soma: Any, apical: Any) -> None:
    """Start a step's input with the currents into each ensemble."""
    size, first = population.ensemble_size, population.first_ensemble
    for ensemble in range(len(population.bias) // size):
        population.soma_input[ensemble * size : (ensemble + 1) * size] = soma[first + ensemble]
        population.apical_input[ensemble * size : (ensemble + 1) * size] = apical[first + ensemble]


@jit
def _collect(connection: Any, population: Any, step: int) -> None:
    """Take what arrives in this step to the target's compartment."""
    slot = connection.arriving[step % len(connection.arriving)]
    into = population.soma_input if connection.to_soma else population.apical_input
    if connection.has_receptor:
        bound, constants = connection.receptor, connection.receptor_constants
        for i in range(len(slot)):
            bound[i] = bound_receptors(bound[i], delivered(slot[i], connection.scale), constants)
            into[i] += receptor_current(bound[i], constants)
            slot[i] = 0
    else:
        for i in range(len(slot)):
            into[i] += delivered(slot[i], connection.scale)
            slot[i] = 0


@jit
def _send(connection: Any, neuron: int, payload: Any, step: int) -> None:
    """Add one neuron's message to the sums that will arrive."""
    slots, uniform = len(connection.arriving), len(connection.delay) == 1
    first, last = connection.offsets[neuron], connection.offsets[neuron + 1]
    if uniform:
        into = connection.arriving[(step + connection.delay[0]) % slots]
        for synapse in range(first, last):
            into[connection.postsynaptic[synapse]] += connection.weight[synapse] * payload
    else:
        for synapse in range(first, last):
            into = connection.arriving[(step + connection.delay[synapse]) % slots]
            into[connection.postsynaptic[synapse]] += connection.weight[synapse] * payload


@jit
def _transmit(
    connection: Any, flags: Any, current: Any, key: Any, step: int, one: Any, plastic: bool
) -> Any:
    """Send the messages of all presynaptic neurons; returns their sum.

    ``current`` is that of the dendrites that they reach.
    """
    total = 0 * one
    is_plastic = plastic and connection.balances
    if connection.has_stp:
        utilisation, depletion = connection.stp.utilisation, connection.stp.depletion
        for j in range(len(flags)):
            fired = (flags[j] & connection.message) != 0
            old = StpState(utilisation[j], depletion[j])
            new, released = transmit(old, fired, connection.stp_constants)
            utilisation[j], depletion[j] = new.utilisation, new.depletion
            if fired:
                _send(connection, j, released, step)
                total += released
                if is_plastic and released != 0:
                    balance(connection, j, released, current, key)
    else:
        for j in range(len(flags)):
            if flags[j] & connection.message:
                _send(connection, j, one, step)
                total += one
                if is_plastic:
                    balance(connection, j, one, current, key)
    return total


@jit
def _teach(teacher: Any, populations: Any, targets: Any, taught: Any) -> None:
    population = populations[teacher.population]
    for ensemble in range(len(teacher.trace)):
        current = teacher_current(
            targets[ensemble], taught[ensemble], teacher.trace[ensemble], teacher.constants
        )
        first = ensemble * population.ensemble_size
        for i in range(first, first + population.ensemble_size):
            population.apical_input[i] += current


@jit
def _receive(
    populations: Any, connections: Any, teacher: Any, currents: Any, taught: Any, now: Any
) -> None:
    """Start a step with what reaches every neuron: currents, the teacher, synaptic sums."""
    step, sample = now
    (soma, apical), (targets, has_target) = currents, taught
    for population in populations:
        _stimulate(population, soma[sample], apical[sample])
    if teacher.population >= 0:
        _teach(teacher, populations, targets[sample], has_target[sample])
    for connection in connections:
        _collect(connection, populations[connection.target], step)


@jit
def _watch(teacher: Any, populations: Any) -> None:
    """Let the teacher's running event rates see this step's events."""
    population = populations[teacher.population]
    for ensemble in range(len(teacher.trace)):
        events = 0
        begin = ensemble * population.ensemble_size
        for i in range(begin, begin + population.ensemble_size):
            events += (population.flags[i] & EVENT) != 0
        teacher.trace[ensemble] = event_count(teacher.trace[ensemble], events, teacher.constants)


@jit
def _count(population: Any, counts: Any) -> None:
    """Add a step's spikes, events and bursts of each ensemble."""
    for i in range(len(population.flags)):
        sent = population.flags[i]
        if sent:
            ensemble = population.first_ensemble + i // population.ensemble_size
            counts[ensemble, 0] += (sent & SPIKE) != 0
            counts[ensemble, 1] += (sent & EVENT) != 0
            counts[ensemble, 2] += (sent & BURST) != 0


def _loop(fingerprint: str) -> Callable[..., None]:
    def run_steps(
        populations: Any,
        connections: Any,
        teacher: Any,
        currents: Any,
        taught: Any,
        one: Any,
        counts: Any,
        transmitted: Any,
        flags: Any,
        timing: Any,
        seed: int,
        plastic: Any,
    ) -> None:
        """Run all samples, one after the other.

        Args:
            populations, connections: typed lists of arrays and constants.
            teacher: :class:`~lava_bccn.sim.spiking.compiled.TeacherArrays`.
            currents: into somata and dendrites, (samples, ensembles) each.
            taught: targets, and where there are any, (samples, taught ensembles).
            one: what a message transmits without short-term plasticity.
            counts: (intervals, ensembles, 3), filled: spikes, events, bursts.
            transmitted: (intervals, connections), filled: sums of what presynaptic neurons release.
            flags: (steps, neurons) or (0, neurons), filled with every neuron's flags.
            timing: first step, steps of a sample, steps of an interval.
            seed: of background noise and stochastic rounding.
            plastic: (samples,), whether plasticity is on.
        """
        _ = fingerprint
        first_step, sample_steps, interval_steps = timing
        learns = plastic.any()
        for index in range(len(plastic) * sample_steps):
            step, sample = first_step + index, index // sample_steps
            interval = index // interval_steps
            _receive(populations, connections, teacher, currents, taught, (step, sample))
            neurons = 0
            for number in range(len(populations)):
                population = populations[number]
                advance_population(population, number, step, seed)
                _count(population, counts[interval])
                if len(flags) > 0:
                    flags[index, neurons : neurons + len(population.flags)] = population.flags
                if plastic[sample] and population.learns_bias:
                    learn_biases(population, number, step, seed)
                neurons += len(population.flags)
            for number in range(len(connections)):
                connection = connections[number]
                target, before = (
                    populations[connection.target],
                    populations[connection.source].flags,
                )
                current = target.state.apical_current
                key = connection_key(
                    np.uint32(seed), np.uint32(step & 0xFFFFFFFF), np.uint32(number)
                )
                transmitted[interval, number] += _transmit(
                    connection, before, current, key, step, one, plastic[sample]
                )
                if learns and connection.learns:
                    learn(connection, before, target.flags, key, plastic[sample])
            if teacher.population >= 0:
                _watch(teacher, populations)

    return run_steps


run_steps: Callable[..., None] = kept(
    _loop(fingerprint((*INTEGERS, *compiled.EQUATIONS, compiled, learning, neurons)))
)

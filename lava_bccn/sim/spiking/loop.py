"""The loop over time steps, compiled once and kept between runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lava_bccn.dynamics.spiking.neuron import BURST, EVENT, SPIKE
from lava_bccn.dynamics.spiking.teacher import event_count, teacher_current
from lava_bccn.dynamics.stochastic_rounding import connection_key
from lava_bccn.sim import borrowed
from lava_bccn.sim.borrowed import borrow, entry
from lava_bccn.sim.jit import INTEGERS, fingerprint, kept, vectorised
from lava_bccn.sim.spiking import compiled, learning, neurons, synapses
from lava_bccn.sim.spiking.learning import learn, learn_biases
from lava_bccn.sim.spiking.neurons import advance_population
from lava_bccn.sim.spiking.synapses import collect, transmit_all


@vectorised
def _stimulate(population: Any, soma: Any, apical: Any) -> None:
    """Start a step's input with the currents into each ensemble."""
    size, first = population.ensemble_size, population.first_ensemble
    for ensemble in range(len(population.bias) // size):
        population.soma_input[ensemble * size : (ensemble + 1) * size] = soma[first + ensemble]
        population.apical_input[ensemble * size : (ensemble + 1) * size] = apical[first + ensemble]


@vectorised
def _teach(teacher: Any, populations: Any, targets: Any, taught: Any) -> None:
    population = entry(populations, teacher.population)
    for ensemble in range(len(teacher.trace)):
        current = teacher_current(
            targets[ensemble], taught[ensemble], teacher.trace[ensemble], teacher.constants
        )
        first = ensemble * population.ensemble_size
        for i in range(first, first + population.ensemble_size):
            population.apical_input[i] += current


@vectorised
def _receive(network: Any, currents: Any, taught: Any, now: Any) -> None:
    """Start a step with what reaches every neuron: currents, the teacher, synaptic sums."""
    populations, connections, teacher = network
    step, sample = now
    (soma, apical), (targets, has_target) = currents, taught
    for number in range(populations.length):
        _stimulate(entry(populations, number), soma[sample], apical[sample])
    if teacher.population >= 0:
        _teach(teacher, populations, targets[sample], has_target[sample])
    for number in range(connections.length):
        connection = entry(connections, number)
        collect(connection, entry(populations, connection.target), step)


@vectorised
def _watch(teacher: Any, populations: Any) -> None:
    """Let the teacher's running event rates see this step's events."""
    population = entry(populations, teacher.population)
    for ensemble in range(len(teacher.trace)):
        events = 0
        begin = ensemble * population.ensemble_size
        for i in range(begin, begin + population.ensemble_size):
            events += (population.flags[i] & EVENT) != 0
        teacher.trace[ensemble] = event_count(teacher.trace[ensemble], events, teacher.constants)


@vectorised
def _count(population: Any, counts: Any) -> None:
    """Add a step's spikes, events and bursts of each ensemble."""
    for index in range(population.sent_count[0]):
        neuron = population.sent[index]
        sent = population.flags[neuron]
        ensemble = population.first_ensemble + neuron // population.ensemble_size
        counts[ensemble, 0] += (sent & SPIKE) != 0
        counts[ensemble, 1] += (sent & EVENT) != 0
        counts[ensemble, 2] += (sent & BURST) != 0


@vectorised
def _advance(populations: Any, counts: Any, flags: Any, now: Any, plastic: bool) -> None:
    """Let every neuron take a step, and count and record what it sends."""
    index, step, seed = now
    first = 0
    for number in range(populations.length):
        population = entry(populations, number)
        advance_population(population, number, step, seed)
        _count(population, counts)
        if len(flags) > 0:
            for i in range(len(population.flags)):
                flags[index, first + i] = population.flags[i]
        if plastic and population.learns_bias:
            learn_biases(population, number, step, seed)
        first += len(population.flags)


@vectorised
def _transmit(network: Any, transmitted: Any, one: Any, now: Any, modes: Any) -> None:
    """Send what every neuron has to send, and let synapses learn of it."""
    populations, connections, _ = network
    (step, seed), (learns, plastic) = now, modes
    for number in range(connections.length):
        connection = entry(connections, number)
        source = entry(populations, connection.source)
        target = entry(populations, connection.target)
        key = connection_key(np.uint32(seed), np.uint32(step & 0xFFFFFFFF), np.uint32(number))
        transmitted[number] += transmit_all(connection, source, target, key, step, one, plastic)
        if learns and connection.learns:
            learn(connection, source, target, key, plastic)


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
        network = (borrow(populations), borrow(connections), teacher)
        learns = plastic.any()
        for index in range(len(plastic) * sample_steps):
            step, sample = first_step + index, index // sample_steps
            interval = index // interval_steps
            _receive(network, currents, taught, (step, sample))
            modes = (learns, plastic[sample])
            _advance(network[0], counts[interval], flags, (index, step, seed), plastic[sample])
            _transmit(network, transmitted[interval], one, (step, seed), modes)
            if teacher.population >= 0:
                _watch(teacher, network[0])

    return run_steps


PARTS = (borrowed, compiled, learning, neurons, synapses)
"""Modules whose functions the loop calls."""

run_steps: Callable[..., None] = kept(_loop(fingerprint((*INTEGERS, *compiled.EQUATIONS, *PARTS))))

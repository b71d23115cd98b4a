"""The loop over time steps, compiled once and kept between runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lava_bccn.dynamics.spiking.neuron import BURST, EVENT, SPIKE
from lava_bccn.dynamics.spiking.teacher import event_count, teacher_current
from lava_bccn.dynamics.stochastic_rounding import connection_key
from lava_bccn.sim import borrowed, meeting
from lava_bccn.sim.borrowed import entry
from lava_bccn.sim.jit import INTEGERS, fingerprint, kept, vectorised
from lava_bccn.sim.meeting import meet
from lava_bccn.sim.spiking import compiled, learning, neurons, synapses
from lava_bccn.sim.spiking.learning import learn, learn_biases, remember
from lava_bccn.sim.spiking.neurons import advance_population
from lava_bccn.sim.spiking.synapses import collect, release_all, transmit_all


@vectorised
def _ensembles(population: Any, part: int) -> Any:
    """The ensembles that a part has neurons of."""
    size = population.ensemble_size
    return range(population.bounds[part] // size, -(-population.bounds[part + 1] // size))


@vectorised
def _neurons(population: Any, ensemble: int, part: int) -> Any:
    """Where an ensemble's neurons in a part begin and end."""
    first = ensemble * population.ensemble_size
    last = first + population.ensemble_size
    return max(first, population.bounds[part]), min(last, population.bounds[part + 1])


@vectorised
def _stimulate(population: Any, soma: Any, apical: Any, part: int) -> None:
    """Start a step's input with the currents into each ensemble."""
    for ensemble in _ensembles(population, part):
        first, last = _neurons(population, ensemble, part)
        population.soma_input[first:last] = soma[population.first_ensemble + ensemble]
        population.apical_input[first:last] = apical[population.first_ensemble + ensemble]


@vectorised
def _teach(teacher: Any, populations: Any, targets: Any, taught: Any, part: int) -> None:
    population = entry(populations, teacher.population)
    for ensemble in _ensembles(population, part):
        current = teacher_current(
            targets[ensemble], taught[ensemble], teacher.trace[ensemble], teacher.constants
        )
        first, last = _neurons(population, ensemble, part)
        for i in range(np.uint64(first), np.uint64(last)):
            population.apical_input[i] += current


@vectorised
def _receive(network: Any, currents: Any, taught: Any, now: Any, part: int) -> None:
    """Start a step with what reaches a part's neurons: currents, the teacher, synaptic sums."""
    populations, connections, teacher = network
    step, sample = now
    (soma, apical), (targets, has_target) = currents, taught
    for number in range(populations.length):
        _stimulate(entry(populations, number), soma[sample], apical[sample], part)
    if teacher.population >= 0:
        _teach(teacher, populations, targets[sample], has_target[sample], part)
    for number in range(connections.length):
        connection = entry(connections, number)
        collect(connection, entry(populations, connection.target), step, part)


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
    for part in range(len(population.sent_count)):
        first = population.bounds[part]
        for index in range(first, first + population.sent_count[part]):
            neuron = population.sent[index]
            sent = population.flags[neuron]
            ensemble = population.first_ensemble + neuron // population.ensemble_size
            counts[ensemble, 0] += (sent & SPIKE) != 0
            counts[ensemble, 1] += (sent & EVENT) != 0
            counts[ensemble, 2] += (sent & BURST) != 0


@vectorised
def _advance(network: Any, flags: Any, now: Any, plastic: bool, part: int) -> None:
    """Let a part's neurons take a step; record what they send, and what synapses release of it."""
    populations, connections, _ = network
    index, step, seed = now
    first = 0
    for number in range(populations.length):
        population = entry(populations, number)
        advance_population(population, number, step, seed, part)
        if len(flags) > 0:
            for i in range(population.bounds[part], population.bounds[part + 1]):
                flags[index, first + i] = population.flags[i]
        if plastic and population.learns_bias:
            learn_biases(population, number, step, seed, part)
        first += len(population.flags)
    for number in range(connections.length):
        connection = entry(connections, number)
        if connection.has_stp:
            release_all(connection, entry(populations, connection.source), part)


@vectorised
def _transmit(network: Any, transmitted: Any, one: Any, now: Any, modes: Any, part: int) -> None:
    """Send a part's neurons what there is to send, and let their synapses learn of it."""
    populations, connections, _ = network
    (step, seed), (learns, plastic) = now, modes
    for number in range(connections.length):
        connection = entry(connections, number)
        source = entry(populations, connection.source)
        target = entry(populations, connection.target)
        key = connection_key(np.uint32(seed), np.uint32(step & 0xFFFFFFFF), np.uint32(number))
        total = transmit_all(connection, source, target, key, step, one, plastic, part)
        if part == 0:
            transmitted[number] += total
        if learns and connection.learns:
            learn(connection, target, key, plastic, part)
            remember(connection, source, part)


@vectorised
def _note(network: Any, counts: Any) -> None:
    """Count what all neurons have sent, and let the teacher see it."""
    populations, _, teacher = network
    for number in range(populations.length):
        _count(entry(populations, number), counts)
    if teacher.population >= 0:
        _watch(teacher, populations)


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
        done: Any,
        barrier: Any,
        part: int,
    ) -> None:
        """Run all samples, one after the other, for a part of each population's neurons.

        Every thread runs one part. What it writes is its own neurons' and their incoming synapses',
        so that the threads need to meet only twice in a step: when all know what was sent, and when
        all have learned from it. Any number of them gives the same bits.

        Args:
            populations, connections: arrays and constants of each, as
                :class:`~lava_bccn.sim.borrowed.Borrowed`.
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
            done: (1,), counts the steps that are done.
            barrier: where the threads meet, see :func:`~lava_bccn.sim.meeting.meet`.
            part: number of the part.
        """
        _ = fingerprint
        first_step, sample_steps, interval_steps = timing
        network = (populations, connections, teacher)
        learns = plastic.any()
        if not meet(barrier):
            return
        for index in range(len(plastic) * sample_steps):
            step, sample = first_step + index, index // sample_steps
            interval = index // interval_steps
            _receive(network, currents, taught, (step, sample), part)
            modes = (learns, plastic[sample])
            _advance(network, flags, (index, step, seed), plastic[sample], part)
            meet(barrier)
            if part == 0:
                _note(network, counts[interval])
            _transmit(network, transmitted[interval], one, (step, seed), modes, part)
            meet(barrier)
            if part == 0:
                done[0] += 1

    return run_steps


PARTS = (borrowed, compiled, learning, meeting, neurons, synapses)
"""Modules whose functions the loop calls."""

run_steps: Callable[..., None] = kept(_loop(fingerprint((*INTEGERS, *compiled.EQUATIONS, *PARTS))))

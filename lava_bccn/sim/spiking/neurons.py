"""A step of a population of neurons, field by field: many neurons at once.

Every loop below is one equation of ``dynamics.spiking`` over a block of neurons whose state stays
in the fastest cache. None branches by what a neuron does, each writes one array and reads a few, so
compilers make vectors of them. The few neurons that fire are looked at one by one afterwards.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.dynamics.spiking.arithmetic import scaled
from lava_bccn.dynamics.spiking.background import background_key, gaussian, neuron_draw
from lava_bccn.dynamics.spiking.firing import crosses, fire, second_is_due
from lava_bccn.dynamics.spiking.neuron import (
    NeuronState,
    apical_arriving,
    dendrite,
    dendrite_adaptation,
    later,
    plateau_activation,
    reads_plateau,
    soma,
    synaptic_current,
)
from lava_bccn.sim.jit import entries, store, vectorised

BLOCK = 256
"""Neurons whose state stays in the fastest cache."""

_CROSSED, _SECOND = np.uint8(1), np.uint8(2)


@vectorised
def advance_population(population: Any, number: int, step: int, seed: int, part: int) -> None:
    """One step of a part's neurons; those that send anything are listed in ``sent``."""
    state, constants = population.state, population.constants
    first, last = population.bounds[part], population.bounds[part + 1]
    key = background_key(seed, step, number)
    population.sent_count[part] = 0
    for begin in range(first, last, BLOCK):
        # Unsigned, for a signed index might count from the end.
        block = (np.uint64(begin), np.uint64(min(begin + BLOCK, last)), part)
        _currents(population, block, key)
        if reads_plateau(constants):
            _activations(population, block)
        _clocks(population, block)
        _potentials(population, block)
        _decays(state, constants, block)
        _crossings(population, block)
        _fire(population, block, key)


@vectorised
def _currents(population: Any, block: Any, key: Any) -> None:
    """Synaptic currents and background noise."""
    state, constants = population.state, population.constants
    first, last, _ = block
    into, arriving = state.soma_current, population.soma_input
    retention, strength = constants.soma_synapse_retention, constants.soma_noise
    if strength == 0:
        for i in range(first, last):
            into[i] = synaptic_current(into[i], arriving[i], 0, retention, strength)
    else:
        for i in range(first, last):
            noise = gaussian(neuron_draw(key, np.uint32(i), 0))
            into[i] = synaptic_current(into[i], arriving[i], noise, retention, strength)
    into, arriving = state.apical_current, population.apical_input
    retention, strength = constants.apical_synapse_retention, constants.apical_noise
    if strength == 0:
        for i in range(first, last):
            given = apical_arriving(NeuronState(*entries(state, i)), arriving[i])
            into[i] = synaptic_current(into[i], given, 0, retention, strength)
    else:
        for i in range(first, last):
            given = apical_arriving(NeuronState(*entries(state, i)), arriving[i])
            noise = gaussian(neuron_draw(key, np.uint32(i), 1))
            into[i] = synaptic_current(into[i], given, noise, retention, strength)


@vectorised
def _activations(population: Any, block: Any) -> None:
    """How open the regenerative conductance is, before the step."""
    state, constants = population.state, population.constants
    first, last, part = block
    activation = population.activation[part]
    for i in range(first, last):
        activation[i - first] = plateau_activation(NeuronState(*entries(state, i)), constants)


@vectorised
def _clocks(population: Any, block: Any) -> None:
    """Count steps; mark the burst-Poisson neurons whose second spike is due."""
    state, constants = population.state, population.constants
    first, last, part = block
    fires = population.fires[part]
    for i in range(first, last):
        state.since_crossing[i] = later(state.since_crossing[i])
    fires[:] = 0
    if constants.burst_poisson:
        for i in range(first, last):
            due = second_is_due(NeuronState(*entries(state, i)), constants)
            fires[i - first] = _SECOND * np.uint8(due)
        for i in range(first, last):
            state.until_second[i] = max(state.until_second[i] - 1, 0)


@vectorised
def _potentials(population: Any, block: Any) -> None:
    """Soma and dendrite, both by where the dendrite was before the step."""
    state, constants = population.state, population.constants
    first, last, part = block
    activation, changed = population.activation[part], population.changed[part]
    for i in range(first, last):
        state.soma[i] = soma(
            NeuronState(*entries(state, i)),
            state.soma_current[i],
            population.bias[i],
            activation[i - first],
            state.since_crossing[i],
            constants,
        )
    for i in range(first, last):
        changed[i - first] = dendrite(
            NeuronState(*entries(state, i)),
            state.apical_current[i],
            activation[i - first],
            state.since_crossing[i],
            constants,
        )
    for i in range(first, last):
        old = NeuronState(*entries(state, i))
        state.dendrite_adaptation[i] = dendrite_adaptation(old, constants)
    for i in range(first, last):
        state.dendrite[i] = changed[i - first]


@vectorised
def _decays(state: Any, constants: Any, block: Any) -> None:
    """What a spike raises."""
    first, last, _ = block
    _decay(state.soma_adaptation, constants.adaptation_retention, first, last)
    _decay(state.threshold, constants.threshold_retention, first, last)
    _decay(state.event_rate, constants.gain_retention, first, last)


@vectorised
def _decay(values: Any, retention: Any, first: int, last: int) -> None:
    for i in range(first, last):
        values[i] = scaled(values[i], retention)


@vectorised
def _crossings(population: Any, block: Any) -> None:
    """Mark the neurons whose soma is beyond its threshold."""
    state, constants = population.state, population.constants
    first, last, part = block
    fires = population.fires[part]
    for i in range(first, last):
        fires[i - first] |= np.uint8(crosses(NeuronState(*entries(state, i)), constants))


@vectorised
def _fire(population: Any, block: Any, key: Any) -> None:
    """What spikes change in the neurons that are marked, and the flags of all."""
    first, last, part = block
    flags, fires = population.flags, population.fires[part]
    for i in range(first, last):
        flags[i] = 0
    eight_at_once = fires.view(np.uint64)
    for word in range(len(eight_at_once)):
        if eight_at_once[word] != 0:
            for offset in range(8 * word, 8 * word + 8):
                if fires[offset] != 0:
                    _fire_one(population, part, np.int64(first) + offset, fires[offset], key)


@vectorised
def _fire_one(population: Any, part: int, neuron: int, mark: Any, key: Any) -> None:
    state, count = population.state, population.sent_count
    random = np.int64(neuron_draw(key, np.uint32(neuron), 2))
    crossed, second = (mark & _CROSSED) != 0, (mark & _SECOND) != 0
    old = NeuronState(*entries(state, neuron))
    new, flags = fire(old, crossed, second, random, population.constants)
    store(state, neuron, new)
    population.flags[neuron] = flags
    population.sent[population.bounds[part] + count[part]] = neuron
    count[part] += 1

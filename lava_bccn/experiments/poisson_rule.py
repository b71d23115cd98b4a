"""The sign of the plasticity rule: Poisson trains on both sides of a synapse.

As in Payeur et al., Nature Neuroscience 24:1010, 2021: nothing but chance makes two spikes of a
Poisson train follow each other within the burst window, more often the higher its rate. So the
share of bursts grows with the rate, and the rule depresses at low rates and potentiates at high
ones; the baseline p^b sets where it changes sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lava_bccn.errors import InvalidInputError
from lava_bccn.network.spiking import (
    Connection,
    NeuronParameters,
    Population,
    SpikeLearning,
    SpikingNetwork,
)
from lava_bccn.sim.spiking import SpikingSimulator

RELAY = NeuronParameters(
    soma_time=1.0,
    synapse_time=1.0,
    refractory=0.0,
    adaptation_jump=0.0,
    threshold_jump=0.0,
    dendrite_to_soma=0.0,
    plateau=0.0,
    pulse=0.0,
    dendrite_adaptation=0.0,
)
"""A neuron that fires in exactly those steps of 1 ms in which it gets ``RELAY_CURRENT``."""

RELAY_CURRENT = (
    (RELAY.threshold - RELAY.rest)
    / 0.8
    * RELAY.soma_capacitance
    / (RELAY.soma_time * (1 - np.exp(-1 / RELAY.soma_time)))
    / (1 - np.exp(-1 / RELAY.synapse_time))
)
"""In pA: lifts the potential to 1.25 times the threshold in one step. What is left of it a step
later, even after a series of spikes (Σ exp(−k) = 0.58 of it), is 0.73 of the threshold."""

CHUNK_STEPS = 2000

WINDOW_STEPS = 15
"""Steps of 1 ms before a spike in which another one makes it part of a burst."""

TRACE_MS = 100.0
"""τ of the presynaptic trace."""


@dataclass(frozen=True)
class PoissonRule:
    """Mean change of a weight between Poisson trains.

    Attributes:
        presynaptic_rate, postsynaptic_rate: (points,) spikes per second.
        change: (points,) mean change of a weight per second, in units of the learning rate η.
        error: (points,) standard error of ``change``.
    """

    presynaptic_rate: NDArray[np.float64]
    postsynaptic_rate: NDArray[np.float64]
    change: NDArray[np.float64]
    error: NDArray[np.float64]


def poisson_rule(
    presynaptic_rates: Sequence[float],
    postsynaptic_rates: Sequence[float] | None = None,
    *,
    p_baseline: float = 0.5,
    pairs: int = 50,
    seconds: float = 20.0,
    seed: int = 0,
) -> PoissonRule:
    """Let synapses learn between neurons that fire as independent Poisson processes.

    Args:
        presynaptic_rates: (points,) in Hz.
        postsynaptic_rates: (points,) in Hz; None: equal to the presynaptic ones.
        p_baseline: p^b of the rule.
        pairs: of neurons, for each point.
        seconds: for which they fire.
        seed: of the trains.

    Raises:
        InvalidInputError: rates are not in [0, 1000) Hz, or of different numbers.
    """
    before = np.asarray(presynaptic_rates, dtype=float)
    after = before if postsynaptic_rates is None else np.asarray(postsynaptic_rates, dtype=float)
    if before.ndim != 1 or before.shape != after.shape:
        raise InvalidInputError("give as many postsynaptic as presynaptic rates")
    rates = np.stack([before, after])
    if not ((rates >= 0) & (rates < 1000)).all():
        raise InvalidInputError("rates of Poisson trains are at least 0 and below 1000 Hz")
    count = len(before) * pairs
    one_to_one = np.arange(count, dtype=np.int32)
    connection = Connection(
        *("synapses", "presynaptic", "postsynaptic", "apical", "events"),
        *(one_to_one, one_to_one, np.zeros(count)),
        learning=SpikeLearning(rate=1.0, p_baseline=p_baseline),
    )
    names = (connection.source, connection.target)
    populations = tuple(Population(name, count, 1, RELAY) for name in names)
    simulator = SpikingSimulator(SpikingNetwork(populations, (connection,)), seed)
    generator = np.random.default_rng(seed)
    chance = np.repeat(rates / 1000, pairs, axis=1).reshape(1, -1)
    steps = round(1000 * seconds)
    network = simulator.network
    for first in range(0, steps, CHUNK_STEPS):
        length = min(CHUNK_STEPS, steps - first)
        fires = generator.random((length, 2 * count)) < chance
        network = simulator.run(RELAY_CURRENT * fires, sample_steps=1, learn=True).network
    changes = network.connections[0].weight.reshape(len(before), pairs) / seconds
    return PoissonRule(
        before, after, changes.mean(axis=1), changes.std(axis=1) / np.sqrt(max(1, pairs - 1))
    )


def expected_change(
    presynaptic_rates: NDArray[np.float64],
    postsynaptic_rates: NDArray[np.float64],
    p_baseline: float,
) -> NDArray[np.float64]:
    """What :func:`poisson_rule` measures, in closed form.

    A train of rate r has, per step of 1 ms, r q events, q = (1 − r)^15; of these 1 − q become
    bursts. The mean change is η x̃ r q (1 − q − p^b), with the presynaptic trace x̃.

    Args:
        presynaptic_rates, postsynaptic_rates: (points,) in Hz.
        p_baseline: p^b of the rule.
    """
    before, after = presynaptic_rates / 1000, postsynaptic_rates / 1000
    quiet = (1 - after) ** WINDOW_STEPS
    trace = before * (1 - before) ** WINDOW_STEPS / -np.expm1(-1 / TRACE_MS)
    return np.asarray(1000 * trace * after * quiet * (1 - quiet - p_baseline))

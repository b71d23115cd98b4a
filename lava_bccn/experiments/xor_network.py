"""The spiking network that learns XOR: two input, two hidden and one output ensemble.

After Payeur et al. (Nature Neuroscience 24:1010, 2021) and Greedy et al. (2026), with signed
current synapses in the place of excitatory conductances and fixed feedforward inhibition. Feedback
bursts excite the first hidden ensemble and inhibit the second, and never change.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lava_bccn.experiments.xor_circuit import (
    ENSEMBLES,
    PATTERNS,
    SYNAPSES,
    Decoding,
    XorCircuit,
    XorConfig,
)
from lava_bccn.network.spiking.connection import Connection, Message
from lava_bccn.network.spiking.network import SpikingNetwork, Teacher
from lava_bccn.network.spiking.neuron import NeuronParameters
from lava_bccn.network.spiking.plasticity import SpikeLearning
from lava_bccn.network.spiking.population import Population
from lava_bccn.network.spiking.stp import StpParameters
from lava_bccn.network.spiking.synapses import random_synapses
from lava_bccn.sim.spiking import SpikingSimulator

Synapses = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]

BURSTPROP_AVERAGE_MS = 2000.0
"""τ of Burstprop's moving average (published: 2 to 4 s)."""

BALANCE_NEURONS = 500
"""Of the ensemble whose feedback is measured."""


@dataclass(frozen=True)
class Balance:
    """How the event feedback cancels the burst feedback without a teacher.

    Attributes:
        ratio: Q = ratio · Y.
        offset_hz: what is left: burst feedback ≈ ratio · event feedback + offset, in Hz.
    """

    ratio: float
    offset_hz: float


def feedback_balance(circuit: XorCircuit, decoding: Decoding, seed: int = 0) -> Balance:
    """The balance of the output's feedback.

    With ideal decoding Q = p^b Y. What facilitating synapses release also grows with the square of
    the event rate; so with STP decoding it is measured: one ensemble at the output's event rates,
    dendrites at rest, and the least-squares line of what facilitating over what depressing synapses
    release.

    Args:
        circuit: whose output ensemble is measured.
        decoding: of the network.
        seed: of the background noise.
    """
    if decoding == "ideal":
        return Balance(circuit.p_baseline, 0.0)
    neuron = replace(
        circuit.neuron,
        soma_background=circuit.soma_background,
        soma_noise=circuit.output_noise,
    )
    synapses = {"facilitating": circuit.facilitating, "depressing": circuit.depressing}
    every = np.arange(BALANCE_NEURONS, dtype=np.int32)
    nothing = np.zeros(BALANCE_NEURONS)
    network = SpikingNetwork(
        (
            Population("ensemble", 1, BALANCE_NEURONS, neuron),
            Population("target", 1, 1, NeuronParameters()),
        ),
        tuple(
            Connection(
                name, "ensemble", "target", "soma", "spikes", every, 0 * every, nothing, stp=stp
            )
            for name, stp in synapses.items()
        ),
    )
    currents = np.arange(-100.0, 500.0, 25.0)
    stimulus = np.zeros((2 * len(currents), 2))
    stimulus[:, 0] = np.repeat(currents, 2)  # each shown twice, so that the first can settle
    result = SpikingSimulator(network, seed).run(stimulus, sample_steps=1000)
    rates = result.event_rate("ensemble")[1::2, 0]
    used = (rates >= circuit.target_low / 2) & (rates <= circuit.target_high)
    facilitating, depressing = (result.transmitted(name)[1::2][used] for name in synapses)
    ratio, offset = np.polyfit(depressing, facilitating, 1)
    return Balance(float(ratio), float(offset))


def xor_network(config: XorConfig, balance: Balance) -> SpikingNetwork:
    """The network before learning, in floating point.

    Args:
        config: of the run; only its rates depend on the length of an example.
        balance: of the event feedback with the burst feedback.
    """
    neurons, probability = config.neurons, config.connection_probability
    circuit = config.circuit
    scale = config.rate_scale * 1000.0 / config.taught_ms
    per_synapse = SYNAPSES / (neurons * probability)
    average_ms = BURSTPROP_AVERAGE_MS if config.rule == "burstprop" else None
    generator = np.random.default_rng(config.seed)

    def synapses(weights: NDArray[np.float64], jitter: float) -> Synapses:
        return _synapses(generator, weights * per_synapse, neurons, probability, jitter)

    def rule(rate: float, low: float, high: float) -> SpikeLearning | None:
        if rate == 0:
            return None
        eta, limits = rate * scale * per_synapse, (low * per_synapse, high * per_synapse)
        return SpikeLearning(eta, circuit.p_baseline, *limits, average_time=average_ms)

    events, of_events = _message(circuit, "events", config.decoding)
    bursts, of_bursts = _message(circuit, "bursts", config.decoding)
    weight_1 = Connection(
        *("weight_1", "input", "hidden", "soma", events),
        *synapses(np.full((2, 2), circuit.weight_1), circuit.jitter),
        stp=of_events,
        learning=rule(config.hidden_learns * circuit.rate_1, 0.0, circuit.limit_1),
    )
    weight_2 = Connection(
        *("weight_2", "hidden", "output", "soma", events),
        *synapses(np.array([circuit.weight_2]), circuit.jitter),
        stp=of_events,
        learning=rule(circuit.rate_2, -circuit.limit_2, circuit.limit_2),
    )
    feedback_burst = Connection(
        *("feedback_burst_2", "output", "hidden", "apical", bursts),
        *synapses(circuit.feedback * np.array([[1.0], [-1.0]]), 0.0),
        stp=of_bursts,
    )
    feedback_event = replace(
        feedback_burst,
        name="feedback_event_2",
        message=events,
        weight=-balance.ratio * feedback_burst.weight,
        stp=of_events,
    )
    return SpikingNetwork(
        _populations(config, scale),
        (weight_1, weight_2, feedback_burst, feedback_event),
        Teacher("output", circuit.teacher_gain, circuit.teacher_time),
    )


def _populations(config: XorConfig, scale: float) -> tuple[Population, ...]:
    """Inputs, hidden ensembles and output; ``scale`` multiplies the rates of biases."""
    circuit, neurons = config.circuit, config.neurons
    hidden_rate = config.hidden_learns * circuit.bias_rate_1
    return tuple(
        Population(
            name,
            len(bias),
            neurons,
            replace(circuit.neuron, soma_background=circuit.soma_background, soma_noise=noise),
            np.repeat(bias, neurons),
            rate * scale,
            circuit.p_baseline,
        )
        for name, noise, bias, rate in (
            ("input", circuit.input_noise, (0.0, 0.0), 0.0),
            ("hidden", circuit.hidden_noise, circuit.hidden_bias, hidden_rate),
            ("output", circuit.output_noise, (circuit.output_bias,), circuit.bias_rate_2),
        )
    )


def _synapses(
    generator: np.random.Generator,
    weights: NDArray[np.float64],
    neurons: int,
    connection_probability: float,
    jitter: float,
) -> Synapses:
    """Random synapses, ordered by their source: its neuron, its target's, its weight (synapses,).

    ``weights`` are the means of each pair (target ensembles, source ensembles), ``jitter`` their
    relative spread.
    """
    parts = []
    for source, target in np.ndindex(weights.T.shape):
        before, after = random_synapses(
            generator,
            (source * neurons, neurons),
            (target * neurons, neurons),
            connection_probability,
        )
        spread = generator.uniform(1 - jitter, 1 + jitter, len(before))
        parts.append((before, after, weights[target, source] * spread))
    before, after, weight = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.lexsort((after, before))
    return before[order], after[order], weight[order]


def _message(
    circuit: XorCircuit, what: Literal["events", "bursts"], decoding: Decoding
) -> tuple[Message, StpParameters | None]:
    """How events, or bursts, are transmitted."""
    if decoding == "ideal":
        return what, None
    return "spikes", circuit.depressing if what == "events" else circuit.facilitating


def pattern_currents(
    circuit: XorCircuit, balance: Balance
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Somatic and apical currents (patterns, ``ENSEMBLES``) in pA.

    The patterns go to the somata of the inputs; the dendrites of the hidden ensembles get what is
    left of the balance of their feedback.
    """
    soma, apical = (np.zeros((len(PATTERNS), ENSEMBLES)) for _ in range(2))
    levels = np.array([circuit.input_low, circuit.input_high])
    soma[:, :2] = levels[np.array(PATTERNS)]
    # What a message of 1 Hz makes of a weight of 1 pA in a synapse that decays in steps of 1 ms.
    seconds = 1e-3 / -np.expm1(-1.0 / circuit.neuron.synapse_time)
    apical[:, 2] = -balance.offset_hz * circuit.feedback * SYNAPSES * seconds
    apical[:, 3] = -apical[:, 2]
    return soma, apical

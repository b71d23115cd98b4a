"""The spiking network that learns XOR: two input, two hidden and one output ensemble.

After Payeur et al. (Nature Neuroscience 24:1010, 2021) and Greedy et al. (2026), with signed
current synapses in the place of excitatory conductances and fixed feedforward inhibition. Feedback
bursts excite the first hidden ensemble and inhibit the second, and never change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.experiments.xor_circuit import (
    HOMEOSTASIS,
    SYNAPSES,
    XorCircuit,
    XorConfig,
)
from lava_bccn.mapping.spiking.balance import balance_feedback
from lava_bccn.network.spiking.connection import Connection, Message
from lava_bccn.network.spiking.homeostasis import HomeostaticLearning
from lava_bccn.network.spiking.network import SpikingNetwork, Teacher
from lava_bccn.network.spiking.neuron import NeuronParameters
from lava_bccn.network.spiking.plasticity import SpikeLearning
from lava_bccn.network.spiking.population import Population
from lava_bccn.network.spiking.stp import StpParameters
from lava_bccn.network.spiking.synapses import random_synapses

BURSTPROP_AVERAGE_MS = 2000.0
"""τ of Burstprop's moving average (published: 2 to 4 s)."""


@dataclass(frozen=True)
class Inhibition:
    """A channel of Q.

    Attributes:
        name: of its connection.
        message, stp: what it transmits, and how.
        share: of Y, negative for inhibition.
    """

    name: str
    message: Message
    stp: StpParameters | None
    share: float


def output_neuron(circuit: XorCircuit) -> NeuronParameters:
    """Neurons of the output, with their background currents."""
    return _neuron(circuit, circuit.output_noise)


def feedback_channels(config: XorConfig) -> tuple[tuple[Inhibition, ...], float]:
    """How Q balances Y without a teacher, and the release in Hz that it leaves.

    With ideal decoding Q = p^b Y. What facilitating synapses release also grows with the event rate
    and its square; so with STP decoding the balance is measured, see
    :func:`~lava_bccn.mapping.spiking.balance_feedback`. A Q that learns starts from nothing.

    Raises:
        InvalidInputError: the channels of the circuit cannot balance its output.
    """
    circuit, learned = config.circuit, config.feedback == "learned"
    if config.decoding == "ideal":
        share = 0.0 if learned else -circuit.p_baseline
        return (Inhibition("feedback_event_2", "events", None, share),), 0.0
    shares, offset = (0.0,) * len(circuit.channels), 0.0
    if not learned:
        balance = balance_feedback(
            output_neuron(circuit),
            circuit.facilitating,
            circuit.channels,
            highest_hz=circuit.highest_hz,
        )
        shares, offset = balance.shares, balance.offset_hz
    channels = tuple(
        Inhibition(f"feedback_{channel.name}_2", "spikes", channel.stp, -share)
        for channel, share in zip(circuit.channels, shares, strict=True)
    )
    return channels, offset


def xor_network(config: XorConfig, channels: Sequence[Inhibition]) -> SpikingNetwork:
    """The network before learning, in floating point.

    Args:
        config: of the run; only its rates depend on the length of an example.
        channels: of Q.
    """
    neurons, probability = config.neurons, config.connection_probability
    circuit = config.circuit
    scale = config.rate_scale * 1000.0 / config.taught_ms
    per_synapse = SYNAPSES / (neurons * probability)
    average_ms = BURSTPROP_AVERAGE_MS if config.rule == "burstprop" else None
    generator = np.random.default_rng(config.seed)

    def synapses(weights: NDArray[np.float64], jitter: float) -> dict[str, Any]:
        return _synapses(generator, weights * per_synapse, neurons, probability, jitter)

    def rule(rate: float, low: float, high: float) -> SpikeLearning | None:
        if rate == 0:
            return None
        eta, limits = rate * scale * per_synapse, (low * per_synapse, high * per_synapse)
        return SpikeLearning(eta, circuit.p_baseline, *limits, average_time=average_ms)

    ideal = config.decoding == "ideal"
    forward: dict[str, Any] = {
        "compartment": "soma",
        "message": "events" if ideal else "spikes",
        "stp": None if ideal else circuit.forward,
        "receptor_time": circuit.soma_receptor,
    }
    weight_1 = Connection(
        name="weight_1",
        source="input",
        target="hidden",
        **synapses(np.full((2, 2), circuit.weight_1), circuit.jitter),
        **forward,
        learning=rule(config.hidden_learns * circuit.rate_1, 0.0, circuit.limit_1),
    )
    weight_2 = Connection(
        name="weight_2",
        source="hidden",
        target="output",
        **synapses(np.array([circuit.weight_2]), circuit.jitter),
        **forward,
        learning=rule(circuit.rate_2, -circuit.limit_2, circuit.limit_2),
    )
    excitation = Connection(
        name="feedback_burst_2",
        source="output",
        target="hidden",
        compartment="apical",
        message="bursts" if ideal else "spikes",
        **synapses(circuit.feedback * np.array([[1.0], [-1.0]]), 0.0),
        stp=None if ideal else circuit.facilitating,
        receptor_time=circuit.apical_receptor,
    )
    largest = circuit.largest_share * circuit.feedback * per_synapse
    eta = HOMEOSTASIS * per_synapse
    inhibition = (
        replace(
            excitation,
            name=channel.name,
            message=channel.message,
            stp=channel.stp,
            weight=channel.share * excitation.weight,
            homeostasis=HomeostaticLearning(eta * faster, -largest, largest)
            if config.feedback == "learned"
            else None,
        )
        for channel, faster in zip(channels, circuit.homeostasis, strict=False)
    )
    return SpikingNetwork(
        _populations(config, scale),
        (weight_1, weight_2, excitation, *inhibition),
        Teacher("output", circuit.teacher_gain, circuit.teacher_time),
    )


def _neuron(circuit: XorCircuit, noise: float) -> NeuronParameters:
    return replace(circuit.neuron, soma_background=circuit.soma_background, soma_noise=noise)


def _populations(config: XorConfig, scale: float) -> tuple[Population, ...]:
    """Inputs, hidden ensembles and output; ``scale`` multiplies the rates of biases."""
    circuit, neurons = config.circuit, config.neurons
    hidden_rate = config.hidden_learns * circuit.bias_rate_1
    return tuple(
        Population(
            name,
            len(bias),
            neurons,
            _neuron(circuit, noise),
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
) -> dict[str, Any]:
    """Random synapses, ordered by their source: fields of a connection, (synapses,) each.

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
    return {
        "presynaptic": before[order],
        "postsynaptic": after[order],
        "weight": weight[order],
    }

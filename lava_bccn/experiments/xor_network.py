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

from lava_bccn.errors import InvalidInputError
from lava_bccn.network.spiking.network import (
    Compartment,
    Connection,
    Message,
    Population,
    SpikingNetwork,
    Teacher,
    random_synapses,
)
from lava_bccn.network.spiking.neuron import NeuronParameters
from lava_bccn.network.spiking.plasticity import SpikeLearning
from lava_bccn.network.spiking.stp import DEPRESSING, FACILITATING, StpParameters
from lava_bccn.sim.spiking import SpikingSimulator

Decoding = Literal["ideal", "stp"]

PATTERNS = ((0, 0), (0, 1), (1, 0), (1, 1))
"""The four patterns, in the order in which they are shown."""

LOW_HZ, HIGH_HZ = 2.0, 10.0
"""Event rates that stand for 0 and 1."""

ENSEMBLES = 5
"""Two input, two hidden, one output: the columns of a stimulus."""


@dataclass(frozen=True)
class XorCircuit:
    """Working points, weights and learning rates; currents in pA.

    The weights hold for ``SYNAPSES`` inputs per neuron and ensemble; with more or fewer they are
    scaled, so that the mean current stays.

    Attributes:
        neuron: of all ensembles; each has its own background.
        soma_background: of all somata.
        input_noise, hidden_noise, output_noise: of the somata.
        input_low, input_high: currents that make inputs fire at ``LOW_HZ`` and ``HIGH_HZ``.
        hidden_bias: initial biases of the two hidden ensembles.
        output_bias: initial bias of the output.
        weight_1: initial weights from the inputs.
        weight_2: initial weights from the first and second hidden ensemble.
        limit_1, limit_2: weights stay in [0, limit_1] and in [−limit_2, limit_2].
        feedback: of Y to the first hidden ensemble; − that to the second.
        teacher_gain: in pA per Hz.
        rate_1, rate_2: η of the weights, for examples of a second.
        bias_rate_1, bias_rate_2: η of the biases, likewise.
        p_baseline: p^b, the burst probability at rest.
        target_low, target_high: event rates in Hz that the output should have.
        jitter: relative spread of the initial weights.
        teacher_time: of the teacher's running event rate, in ms.
        depressing, facilitating: synapses that read events and bursts from spikes.
    """

    neuron: NeuronParameters
    soma_background: float
    input_noise: float
    hidden_noise: float
    output_noise: float
    input_low: float
    input_high: float
    hidden_bias: tuple[float, float]
    output_bias: float
    weight_1: float
    weight_2: tuple[float, float]
    limit_1: float
    limit_2: float
    feedback: float
    teacher_gain: float
    rate_1: float
    rate_2: float
    bias_rate_1: float
    bias_rate_2: float
    p_baseline: float = 0.5
    target_low: float = LOW_HZ
    target_high: float = HIGH_HZ
    jitter: float = 0.3
    teacher_time: float = 200.0
    depressing: StpParameters = DEPRESSING
    facilitating: StpParameters = FACILITATING


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


BALANCE_NEURONS = 500

SYNAPSES = 100
"""Inputs per neuron and ensemble for which circuits are written: 500 neurons, probability 0.2."""

IDEAL = XorCircuit(
    # At rest the dendrite is where half of the events become bursts.
    neuron=NeuronParameters.burst_poisson_neuron(
        dendrite_background=13.0 * 170.0 / 7.0, dendrite_noise=50.0, gain_rate=16.0
    ),
    soma_background=350.0,
    input_noise=150.0,
    hidden_noise=90.0,
    output_noise=200.0,
    input_low=-32.0,
    input_high=75.0,
    hidden_bias=(-91.7, -91.7),
    output_bias=-61.2,
    weight_1=17.8,
    weight_2=(18.5, -18.5),
    limit_1=60.0,
    limit_2=120.0,
    feedback=261.0,
    teacher_gain=43.0,
    rate_1=0.28,
    rate_2=4.8,
    bias_rate_1=1.6,
    bias_rate_2=1.0,
)
"""Burst-Poisson neurons, connections that transmit detected events and bursts."""


def xor_network(
    circuit: XorCircuit,
    balance: Balance,
    *,
    decoding: Decoding = "ideal",
    neurons: int = 500,
    connection_probability: float = 0.2,
    taught_ms: float = 8000.0,
    hidden_learns: bool = True,
    average_ms: float | None = None,
    rate_scale: float = 1.0,
    seed: int = 0,
) -> SpikingNetwork:
    """The network before learning, in floating point.

    Args:
        circuit: working points, weights and rates.
        balance: of the event feedback with the burst feedback.
        decoding: ``ideal``: detected events and bursts are transmitted; ``stp``: spikes, through
            depressing and facilitating synapses.
        neurons: of each ensemble.
        connection_probability: between neurons of connected ensembles, in (0, 1].
        taught_ms: for how long the teacher is on in an example; learning rates are inversely
            proportional to it.
        hidden_learns: whether weights and biases of the hidden ensembles learn; without, what the
            output learns on its own.
        average_ms: τ of Burstprop's moving average; None: the constant baseline of BurstCCN.
        rate_scale: multiplies all learning rates.
        seed: of the random connections and initial weights.

    Raises:
        InvalidInputError: an argument is out of its range.
    """
    if neurons < 1 or not 0 < connection_probability <= 1 or not taught_ms > 0:
        raise InvalidInputError(
            f"neurons ({neurons}) must be at least 1, connection_probability "
            f"({connection_probability}) in (0, 1] and the taught time ({taught_ms} ms) positive"
        )
    generator = np.random.default_rng(seed)
    scale = rate_scale * 1000.0 / taught_ms
    per_synapse = SYNAPSES / (neurons * connection_probability)

    def population(
        name: str, ensembles: int, noise: float, bias: tuple[float, ...], rate: float
    ) -> Population:
        neuron = replace(circuit.neuron, soma_background=circuit.soma_background, soma_noise=noise)
        biases = np.repeat(bias, neurons)
        return Population(
            name, ensembles, neurons, neuron, biases, rate * scale, circuit.p_baseline
        )

    learning_1 = hidden_learns * circuit.bias_rate_1
    inputs = population("input", 2, circuit.input_noise, (0.0, 0.0), 0.0)
    hidden = population("hidden", 2, circuit.hidden_noise, circuit.hidden_bias, learning_1)
    output = population(
        "output", 1, circuit.output_noise, (circuit.output_bias,), circuit.bias_rate_2
    )

    def rule(rate: float, low: float, high: float) -> SpikeLearning | None:
        if rate == 0:
            return None
        eta, limits = rate * scale * per_synapse, (low * per_synapse, high * per_synapse)
        return SpikeLearning(
            eta, circuit.p_baseline, low=limits[0], high=limits[1], average_time=average_ms
        )

    def connect(
        name: str,
        source: Population,
        target: Population,
        weights: NDArray[np.float64],
        jitter: float,
        compartment: Compartment,
        learning: SpikeLearning | None = None,
    ) -> Connection:
        """``weights`` (target ensembles, source ensembles)."""
        parts = []
        for j in range(source.ensembles):
            for i in range(target.ensembles):
                before, after = random_synapses(
                    generator,
                    (j * neurons, neurons),
                    (i * neurons, neurons),
                    connection_probability,
                )
                spread = generator.uniform(1 - jitter, 1 + jitter, len(before))
                parts.append((before, after, weights[i, j] * per_synapse * spread))
        before, after, weight = (np.concatenate(part) for part in zip(*parts, strict=True))
        order = np.lexsort((after, before))
        message, stp = _message(circuit, "events", decoding)
        return Connection(
            name,
            source.name,
            target.name,
            compartment,
            message,
            before[order],
            after[order],
            weight[order],
            stp=stp,
            learning=learning,
        )

    first = rule(hidden_learns * circuit.rate_1, 0.0, circuit.limit_1)
    second = rule(circuit.rate_2, -circuit.limit_2, circuit.limit_2)
    weight_1 = connect(
        "weight_1", inputs, hidden, np.full((2, 2), circuit.weight_1), circuit.jitter, "soma", first
    )
    weight_2 = connect(
        "weight_2", hidden, output, np.array([circuit.weight_2]), circuit.jitter, "soma", second
    )
    down = circuit.feedback * np.array([[1.0], [-1.0]])
    feedback_event = connect("feedback_event_2", output, hidden, down, 0.0, "apical")
    message, stp = _message(circuit, "bursts", decoding)
    feedback_burst = replace(feedback_event, name="feedback_burst_2", message=message, stp=stp)
    feedback_event = replace(feedback_event, weight=-balance.ratio * feedback_event.weight)
    return SpikingNetwork(
        (inputs, hidden, output),
        (weight_1, weight_2, feedback_burst, feedback_event),
        Teacher("output", circuit.teacher_gain, circuit.teacher_time),
    )


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


def pattern_targets(circuit: XorCircuit) -> NDArray[np.float64]:
    """Event rates (patterns, 1) in Hz that the output should have."""
    return np.array([[circuit.target_high if a != b else circuit.target_low] for a, b in PATTERNS])

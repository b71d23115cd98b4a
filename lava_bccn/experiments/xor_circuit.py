"""What learns XOR: a run's options, and the circuits with working points, weights and rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.convolution import MAX_VALUES
from lava_bccn.mapping.spiking.balance import FEEDBACK_CHANNELS, FeedbackChannel
from lava_bccn.network.spiking.neuron import NeuronParameters
from lava_bccn.network.spiking.stp import FAST_FACILITATING, SLOW_DEPRESSING, StpParameters
from lava_bccn.network.spiking.units import Precision
from lava_bccn.settings import (
    NOT_NEGATIVE,
    POSITIVE,
    SEED,
    SHARE,
    check_fields,
    instance,
    integer,
    number,
    one_of,
    tuple_of,
)

Decoding = Literal["ideal", "stp"]
Feedback = Literal["fit", "learned"]
Rule = Literal["burstccn", "burstprop"]

PATTERNS = ((0, 0), (0, 1), (1, 0), (1, 1))
"""The four patterns, in the order in which they are shown."""

LOW_HZ, HIGH_HZ = 2.0, 10.0
"""Event rates that stand for 0 and 1."""

HOMEOSTASIS = 5e-3
"""η of a Q that learns: pA by which a release of 1 changes a weight for each pA that it finds."""

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
        epochs, example_ms: how many epochs of how long examples it needs.
        halvings: epochs after which all learning rates are halved.
        forward: with STP decoding, the synapses onto somata.
        facilitating, channels: with STP decoding, the synapses of Y and those of Q.
        highest_hz: event rate of the output up to which they are balanced.
        soma_receptor, apical_receptor: τ of the receptors of somata and dendrites in ms; None:
            they have none of their own.
        ramp_ms: in which a pattern, and its target, goes over to the next.
        homeostasis: of a Q that learns, η of each channel relative to ``HOMEOSTASIS``; larger for
            those that release less.
        largest_share: of Y that a Q can learn.
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
    epochs: int = 30
    example_ms: float = 8000.0
    halvings: tuple[int, ...] = ()
    forward: StpParameters = SLOW_DEPRESSING
    facilitating: StpParameters = FAST_FACILITATING
    channels: tuple[FeedbackChannel, ...] = FEEDBACK_CHANNELS
    highest_hz: float = 20.0
    soma_receptor: float | None = None
    apical_receptor: float | None = None
    ramp_ms: float = 0.0
    homeostasis: tuple[float, ...] = (1.0, 4.0)
    largest_share: float = 0.6

    def __post_init__(self) -> None:
        check_fields(
            self,
            "of a circuit",
            epochs=integer(0),
            example_ms=POSITIVE,
            halvings=tuple_of(integer(1)),
            channels=tuple_of(instance(FeedbackChannel)),
            highest_hz=POSITIVE,
            ramp_ms=NOT_NEGATIVE,
            homeostasis=tuple_of(POSITIVE),
            largest_share=POSITIVE,
        )

    def rate_shift(self, epoch: int) -> int:
        """How often the learning rates have been halved when an epoch (from 0) begins."""
        return sum(epoch >= halved for halved in self.halvings)


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


STP = XorCircuit(
    # At rest a quarter of the events become bursts at all event rates from 1 to 10 Hz. With a few
    # percent more, potentiation wins everywhere, and weights and biases drift upwards.
    neuron=NeuronParameters(dendrite_background=90.0, dendrite_noise=180.0, gain_rate=20.0),
    soma_background=250.0,
    input_noise=350.0,
    hidden_noise=120.0,
    output_noise=140.0,
    input_low=-110.0,
    input_high=310.0,
    hidden_bias=(-340.0, -340.0),
    output_bias=60.0,
    weight_1=70.0,
    weight_2=(50.0, -50.0),
    limit_1=185.0,
    limit_2=370.0,
    feedback=500.0,
    teacher_gain=25.0,
    rate_1=0.6,
    rate_2=16.0,
    bias_rate_1=2.4,
    bias_rate_2=0.5,
    p_baseline=0.25,
    target_high=8.0,
    epochs=60,
    example_ms=2000.0,
    halvings=(60, 80, 110, 150, 200),
    # Feedback spikes are shot noise, and burst probability is convex in the dendrite's current:
    # without slow (NMDA) receptors noise alone raises it.
    soma_receptor=80.0,
    apical_receptor=50.0,
    ramp_ms=300.0,
    largest_share=0.35,
)
"""Full neurons; depressing synapses read events, facilitating ones bursts from the same spikes."""

CIRCUITS: dict[Decoding, XorCircuit] = {"ideal": IDEAL, "stp": STP}

LEARNED_RATIO = 1.5
"""XOR counts as learned when the lower of the two high output rates is this many times the higher
of the two low ones."""

TEACHER_SHARE = 0.1
"""Of an example with two phases, the share at its end with the teacher on (0.8 of 8 s)."""


@dataclass(frozen=True)
class XorConfig:
    """One training run.

    Attributes:
        seed: of connections, weights, noise and rounding.
        epochs: of four examples; None: as many as the circuit of the decoding needs.
        example_ms: length of an example; None: likewise.
        neurons: of each ensemble.
        connection_probability: between neurons of connected ensembles.
        decoding: ``ideal`` with burst-Poisson neurons, or ``stp`` with the full neuron.
        feedback: ``fit``: Q is balanced beforehand, by measurement; ``learned``: it starts from
            nothing, learns while the output is driven without a teacher, and goes on learning.
        precision: ``float`` or ``fixed``.
        rule: ``burstccn`` (constant baseline) or ``burstprop`` (moving average).
        phases: 1: teacher and plasticity are always on; 2: at the end of each example.
        hidden_learns: False: only the output learns, for comparison.
        rate_scale: multiplies all learning rates.
    """

    seed: int = 0
    epochs: int = cast(int, None)
    example_ms: float = cast(float, None)
    neurons: int = 500
    connection_probability: float = 0.2
    decoding: Decoding = "ideal"
    feedback: Feedback = "fit"
    precision: Precision = "float"
    rule: Rule = "burstccn"
    phases: Literal[1, 2] = 1
    hidden_learns: bool = True
    rate_scale: float = 1.0

    def __post_init__(self) -> None:
        check_fields(
            self,
            seed=SEED,
            decoding=one_of("ideal", "stp"),
            epochs=integer(0).or_none(),
            neurons=integer(1, MAX_VALUES // 2),
            rate_scale=number(),
            example_ms=POSITIVE.or_none(),
            feedback=one_of("fit", "learned"),
            connection_probability=SHARE,
        )
        for name in ("epochs", "example_ms"):
            if getattr(self, name) is None:
                object.__setattr__(self, name, getattr(self.circuit, name))

    @property
    def circuit(self) -> XorCircuit:
        """Working points, weights and learning rates."""
        return CIRCUITS[self.decoding]

    @property
    def taught_ms(self) -> float:
        """For how long the teacher is on in an example; learning rates are inversely so large."""
        return self.example_ms * (TEACHER_SHARE if self.phases == 2 else 1.0)


def pattern_targets(circuit: XorCircuit) -> NDArray[np.float64]:
    """Event rates (patterns, 1) in Hz that the output should have."""
    return np.array([[circuit.target_high if a != b else circuit.target_low] for a, b in PATTERNS])


def xor_ratio(rates: NDArray[np.float64]) -> float:
    """min(high) / max(low) of the output's rates for the four patterns."""
    return float(min(rates[1], rates[2]) / max(rates[0], rates[3], 1e-9))

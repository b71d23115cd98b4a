"""What turns quantities of the rate model into those of spiking ensembles: pA, Hz, synapses."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.logistic import logit
from lava_bccn.mapping.spiking.rate_code import measure, rheobase, sigmoid_biases
from lava_bccn.network.spiking.connection import Compartment, Connection, Message
from lava_bccn.network.spiking.neuron import NeuronParameters
from lava_bccn.network.spiking.population import Population
from lava_bccn.network.spiking.units import StepUnits

TYPICAL_EVENT_RATE = 0.5
"""e of the rate model at which the noise of an ensemble and of its synapses is judged."""


MOST_UNEQUAL = 4.0
"""A mean of the units' noise, as variance, that is more than so many times their median is made by
a few of them, and would spoil the calibration of all others."""


class Calibrated(NamedTuple):
    """Ensembles of a layer and what a typical one of them does at e = ``TYPICAL_EVENT_RATE``."""

    population: Population
    irregularity: float
    """Of its events; see :class:`~lava_bccn.mapping.spiking.rate_code.FrequencyCurve`."""
    gain: float
    """Mean of its neurons' h over its events, as a share of the h(e) of the rate model."""


@dataclass(frozen=True)
class RateScales:
    """Scales of one mapped network."""

    p_baseline: float
    connection_probability: float
    max_rate_hz: float
    current_per_unit: float
    neuron: NeuronParameters
    units: StepUnits

    def events_held(self) -> float:
        """Σ over events of a neuron at ``max_rate_hz`` of what is left of them in a synapse."""
        ratio = self.units.time_step_ms / self.neuron.synapse_time
        return self.max_rate_hz * self.units.time_step_ms / 1000 / -math.expm1(-ratio)

    def synapses(self, source: Population) -> int:
        """K, to each neuron from each ensemble of a population."""
        return max(1, round(self.connection_probability * source.neurons))

    def soma_weight(self, source: Population) -> float:
        """pA of a somatic synapse of weight 1."""
        return self.current_per_unit / (self.synapses(source) * self.events_held())

    def dendritic_current(self, target: Calibrated) -> float:
        """κ_u, pA for an apical potential of 1."""
        slope = self.p_baseline * (1 - self.p_baseline) / self.neuron.burst_width
        per_volt = self.neuron.dendrite_capacitance / self.neuron.dendrite_time
        return per_volt / (slope * target.gain)

    def apical_weight(self, source: Population, target: Calibrated) -> float:
        """pA of an apical synapse of weight 1."""
        return self.dendritic_current(target) / (self.synapses(source) * self.events_held())

    def teacher_gain(self, target: Calibrated) -> float:
        """pA per Hz of error for ∂p / ∂((target − e) h(e)) = p^b, as in the rate model."""
        return self.dendritic_current(target) * self.p_baseline / self.max_rate_hz

    def synaptic_noise(self, weight: NDArray[np.float64], source: Calibrated) -> float:
        """Standard deviation in pA of the synaptic current of a layer's neurons.

        That of events at a typical rate: variance w² r τ_s / 2 for each synapse, times the
        irregularity of the events. It stands for the synapses' noise in calibration, whose
        background noise has the same time course.
        """
        kept = math.exp(-self.units.time_step_ms / self.neuron.synapse_time)
        rate = TYPICAL_EVENT_RATE * self.max_rate_hz * self.units.time_step_ms / 1000
        below = source.population
        squares = _typical(np.sum((self.soma_weight(below) * weight) ** 2, axis=1))
        return math.sqrt(
            source.irregularity * self.synapses(below) * squares * rate / (1 - kept**2)
        )

    def calibrate(
        self, name: str, neurons: int, bias: NDArray[np.float64], noise: float
    ) -> Calibrated:
        """Ensembles whose event rate is the sigmoid of their current.

        Args:
            name: of the population.
            neurons: of each ensemble.
            bias: c of the rate model, (ensembles,).
            noise: of their synapses, in pA.
        """
        noisy = replace(self.neuron, soma_noise=math.hypot(self.neuron.soma_noise, noise))
        curve = measure(noisy, self.units.time_step_ms)
        within = sigmoid_biases(
            curve, rheobase(noisy), self.current_per_unit, neurons, self.max_rate_hz
        )
        biases = (self.current_per_unit * bias[:, None] + within[None, :]).ravel()
        population = Population(
            name, len(bias), neurons, self.neuron, biases, p_baseline=self.p_baseline
        )
        typical = within + self.current_per_unit * float(logit(TYPICAL_EVENT_RATE))
        gain = curve.ensemble_gain(typical, self.max_rate_hz) / (1 - TYPICAL_EVENT_RATE)
        return Calibrated(population, curve.ensemble_irregularity(typical), gain)

    def connect(
        self,
        generator: np.random.Generator,
        name: str,
        ends: tuple[Population, Population],
        message: Message,
        weight: NDArray[np.float64],
        compartment: Compartment = "soma",
    ) -> Connection:
        """K synapses from every ensemble to each neuron of every ensemble.

        Args:
            generator: of the choice of synapses.
            name: of the connection.
            ends: source and target.
            message: what it transmits.
            weight: (target ensembles, source ensembles) pA; none where it is 0.
            compartment: of the target.
        """
        source, target = ends
        neurons, synapses = source.neurons, self.synapses(source)
        shape = (target.ensembles, source.ensembles, target.neurons, synapses)
        # One of each K-th of the ensemble, whose neurons are in the order of their thresholds.
        part = (np.arange(synapses) + generator.random(shape)) * (neurons / synapses)
        to, of = np.nonzero(weight)
        chosen = np.minimum(part[to, of].astype(np.int64), neurons - 1)
        chosen += (of * neurons)[:, None, None]
        reached = (to * target.neurons)[:, None] + np.arange(target.neurons)[None, :]
        reached = np.broadcast_to(reached[:, :, None], chosen.shape)
        order = np.argsort((chosen * target.size + reached).ravel(), kind="stable")
        weights = np.broadcast_to(weight[to, of][:, None, None], chosen.shape)
        return Connection(
            name,
            source.name,
            target.name,
            compartment,
            message,
            chosen.ravel()[order].astype(np.int32),
            reached.ravel()[order].astype(np.int32),
            weights.ravel()[order],
        )


def _typical(squares: NDArray[np.float64]) -> float:
    """Mean noise of the units of a layer; where a few enormous weights make it, the median."""
    mean, some = float(np.mean(squares)), squares[squares > 0]
    median = float(np.median(some)) if some.size else 0.0
    return median if mean > MOST_UNEQUAL * median else mean

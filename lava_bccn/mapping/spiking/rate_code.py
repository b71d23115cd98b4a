"""How ensembles of spiking neurons stand for the event rates e in [0, 1] of the rate model.

An event rate e is ``e_max · e`` events per neuron and second, where e_max is the neurons' own
``gain_rate``: the rate at which h(e) = 1 − e / e_max reaches 0, so that it is the h(e) = 1 − e of
the rate model. The activation function is a property of the ensemble, not of its neurons: a single
neuron's event rate g(I) starts abruptly at its rheobase, but biases that differ between the neurons
of an ensemble recruit them one after the other, so that the mean over neurons follows the sigmoid,

    (1/N) Σ_k g(I_0 + κ (v − θ_k)) = e_max σ(v),

with I_0 the rheobase, κ in pA the current that stands for a somatic potential v of 1, and θ_k the
threshold of neuron k. This is the scheme of distributed intercepts of the Neural Engineering
Framework (Eliasmith & Anderson, *Neural Engineering*, 2003, ch. 4) with a given curve as its aim.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_bccn.dynamics.logistic import expit
from lava_bccn.errors import InvalidInputError
from lava_bccn.extras import require
from lava_bccn.network.spiking.network import SpikingNetwork
from lava_bccn.network.spiking.neuron import NeuronParameters
from lava_bccn.network.spiking.population import Population
from lava_bccn.settings import check, instance, integer
from lava_bccn.validation import event_rates

if TYPE_CHECKING:  # it reads networks of this package, so it comes after it
    from lava_bccn.sim.spiking.result import SpikingResult

INPUT, OUTPUT = "input", "output"
"""Names of the first and the last population of a network that was mapped from rates."""

MEASURED_MS = 2000
"""For how long each current is applied when a neuron's event rate is measured."""

TRANSIENT_MS = 200
"""For how long it has been applied before."""

MEASURED_NEURONS = 40
"""Neurons that it is averaged over; with both, a rate of 20 Hz is known to 0.5 Hz."""

POTENTIALS = np.linspace(-6.0, 6.0, 121)
"""Somatic potentials v at which an ensemble's curve is compared with the sigmoid."""

MAX_MISFIT = 0.05
"""Root mean square difference from the sigmoid with which an ensemble's curve is accepted."""

_THRESHOLDS = np.linspace(-8.0, 8.0, 129)
_NEVER = 40.0
"""Threshold of neurons that stay silent: somatic potentials do not get there."""
_SMOOTHNESS = 1.0
_ALL = 100.0
"""Weights, against the curve being the sigmoid, of the thresholds' density being smooth, and of its
sum being all neurons."""


@dataclass(frozen=True)
class FrequencyCurve:
    """The event rate of a single neuron by the constant current into its soma.

    Attributes:
        currents: in pA, ascending, (points,).
        rates: in Hz, (points,), never falling.
        irregularity: variance of the number of events over its mean, in the time over which a
            soma averages its synaptic input; 1 for Poisson events, (points,).
    """

    currents: NDArray[np.float64]
    rates: NDArray[np.float64]
    irregularity: NDArray[np.float64]

    def __call__(self, currents: NDArray[np.float64]) -> NDArray[np.float64]:
        """Event rates in Hz at any currents in pA; constant beyond the ends."""
        return np.interp(currents, self.currents, self.rates)

    def ensemble(
        self, currents: NDArray[np.float64], bias: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Mean event rate in Hz of neurons with these biases (neurons,), for each current."""
        return self(currents[:, None] + bias[None, :]).mean(axis=1)

    def ensemble_irregularity(self, bias: NDArray[np.float64]) -> float:
        """Mean irregularity of the events of neurons with these biases (neurons,), in [0, 1]."""
        rates = self(bias)
        irregularity = np.interp(bias, self.currents, self.irregularity)
        total = float(rates.sum())
        return min(float(rates @ irregularity) / total, 1.0) if total > 0 else 1.0

    def ensemble_gain(self, bias: NDArray[np.float64], max_rate_hz: float) -> float:
        """h(e) = 1 − e / e_max of neurons with these biases (neurons,), as their events see it.

        The mean over events: neurons that are recruited fire nearly at e_max, so it is smaller than
        h of the ensemble's mean rate.
        """
        rates = self(bias)
        total = float(rates.sum())
        return float(rates @ np.maximum(1 - rates / max_rate_hz, 0)) / total if total > 0 else 1.0


def rheobase(neuron: NeuronParameters) -> float:
    """The constant current in pA that just drives a soma without noise to its threshold."""
    conductance = neuron.soma_capacitance / neuron.soma_time
    return (neuron.threshold - neuron.rest) * conductance - neuron.soma_background


@lru_cache(maxsize=32)
def measure(neuron: NeuronParameters, time_step_ms: float = 1.0) -> FrequencyCurve:
    """The event rate of a neuron by its current, from a simulation of isolated neurons.

    Always the same for the same neuron: the noise has a fixed seed, 0.
    """
    from lava_bccn.sim.spiking import SpikingSimulator

    unit = rheobase(replace(neuron, soma_background=0.0))
    relative = np.concatenate([np.linspace(-0.6, 2.5, 63), np.geomspace(2.6, 12, 12)])
    currents = unit * relative - neuron.soma_background
    isolated = Population(INPUT, len(currents), MEASURED_NEURONS, neuron)
    network = SpikingNetwork((isolated,), time_step_ms=time_step_ms)
    # White noise through two filters, τ_s and τ_m, varies as much as its mean over 2 (τ_s + τ_m).
    window = network.units.steps(2 * (neuron.synapse_time + neuron.soma_time))
    windows = max(2, round(MEASURED_MS / (window * time_step_ms)))
    simulator = SpikingSimulator(network)
    simulator.run(currents[None], sample_steps=network.units.steps(TRANSIENT_MS))
    result = simulator.run(currents[None], sample_steps=window * windows, interval_steps=window)
    events = result.counts[:, :, 1]
    mean, variance = events.mean(axis=0), events.var(axis=0, ddof=1)
    irregularity = np.divide(variance, mean, out=np.ones_like(mean), where=mean > 0)
    rates = result.event_rate(INPUT).mean(axis=0)
    return FrequencyCurve(currents, np.maximum.accumulate(rates), irregularity)


def sigmoid_biases(
    curve: FrequencyCurve,
    zero_current: float,
    current_per_unit: float,
    neurons: int,
    max_rate_hz: float,
) -> NDArray[np.float64]:
    """Biases of an ensemble's neurons that make its event rate e_max σ(v) of a current κ v.

    The thresholds θ_k are the quantiles of the density that gives the sigmoid by non-negative least
    squares, so any number of neurons has the same curve, in finer or coarser steps. Where all
    neurons together would fire too fast, some are never recruited.

    Args:
        curve: of a single neuron.
        zero_current: I_0 in pA, at which a neuron of threshold 0 begins to fire.
        current_per_unit: κ in pA.
        neurons: of the ensemble.
        max_rate_hz: e_max.

    Returns:
        (neurons,) in pA, descending: neuron 0 is the first to be recruited.

    Raises:
        InvalidInputError: neurons of this curve cannot give the sigmoid.
    """
    require("scipy.optimize", "data", "an ensemble of spiking neurons")
    from scipy.optimize import nnls

    drive = current_per_unit * (POTENTIALS[:, None] - _THRESHOLDS[None, :])
    curves = curve(zero_current + drive) / max_rate_hz
    count = len(_THRESHOLDS)
    bends = np.diff(np.eye(count), n=2, axis=0) * _SMOOTHNESS
    # The last column is of neurons that are never recruited.
    rows = np.concatenate([curves, bends, np.full((1, count), _ALL)])
    rows = np.column_stack([rows, [0.0] * (len(rows) - 1) + [_ALL]])
    wanted = np.concatenate([expit(POTENTIALS), np.zeros(len(bends)), [_ALL]])
    density, _ = nnls(rows, wanted)
    difference = curves @ density[:-1] - expit(POTENTIALS)
    misfit = float(np.sqrt(np.mean(difference**2)))
    if misfit > MAX_MISFIT:
        raise InvalidInputError(
            f"neurons that reach {curve.rates[-1]:.1f} Hz cannot give a sigmoid up to "
            f"{max_rate_hz:g} Hz at {current_per_unit:g} pA per unit of somatic potential (best: "
            f"{misfit:.1%} off in the mean); take a larger current_per_unit or a lower max_rate_hz"
        )
    share = np.concatenate([[0.0], np.cumsum(density[:-1]) / density.sum()])
    step = _THRESHOLDS[1] - _THRESHOLDS[0]
    edges = np.append(_THRESHOLDS, _THRESHOLDS[-1] + step) - step / 2
    middle = (np.arange(neurons) + 0.5) / neurons  # of each neuron's share of the density
    thresholds = np.where(middle < share[-1], np.interp(middle, share, edges), _NEVER)
    return zero_current - current_per_unit * thresholds


def max_rate(population: Population) -> float:
    """e_max of a population in Hz.

    Raises:
        InvalidInputError: it has none, so it was not mapped from a rate network.
    """
    if not math.isfinite(population.neuron.gain_rate):
        raise InvalidInputError(
            f"population {population.name!r} has no gain_rate, so no event rate stands for 1; take "
            "a network made by from_rate"
        )
    return population.neuron.gain_rate


def input_currents(network: SpikingNetwork, samples: ArrayLike) -> NDArray[np.float64]:
    """Somatic currents in pA that make the input ensembles fire at the event rates of samples.

    They follow from the inverse of the input ensembles' own curve, which is measured anew: about a
    second, for any number of samples.

    Args:
        network: made by :func:`~lava_bccn.mapping.spiking.from_rate`, in either arithmetic.
        samples: (samples, ...) event rates in [0, 1], one for each input.

    Returns:
        (samples, ensembles of all populations), for
        :meth:`~lava_bccn.sim.spiking.SpikingSimulator.run`; 0 for all but the inputs.

    Raises:
        InvalidInputError: samples of the wrong shape or range, or a network made otherwise.
    """
    check("network", network, instance(SpikingNetwork))
    population = network.population(INPUT)
    rates = event_rates(samples, population.ensembles, "samples") * max_rate(population)
    curve = measure(population.neuron, network.time_step_ms)
    bias = np.zeros(1) if population.bias is None else population.bias[: population.neurons]
    reach = float(np.ptp(bias)) + rheobase(population.neuron)
    currents: NDArray[Any] = np.linspace(-2 * reach, 2 * reach, 2001)
    by_current = curve.ensemble(currents, bias)
    # The inverse starts at the last current without an event.
    first = max(int(np.searchsorted(by_current, 0.0, side="right")) - 1, 0)
    all_currents = np.zeros((len(rates), network.ensembles))
    columns = network.columns(INPUT)
    all_currents[:, columns] = np.interp(rates, by_current[first:], currents[first:])
    return all_currents


def decode(
    result: SpikingResult, samples: int, *, skip: int = 0, population: str = OUTPUT
) -> NDArray[np.float64]:
    """Event rates of the rate model that the events of a population stand for.

    Args:
        result: of a run whose samples each span the same number of whole intervals.
        samples: that were shown.
        skip: intervals at the start of each sample that are not counted: while the events of the
            sample before are still on their way.
        population: whose event rates.

    Returns:
        (samples, ensembles), about [0, 1]; the most active output is the predicted class.

    Raises:
        InvalidInputError: intervals that do not fit the samples, or none left to count.
    """
    from lava_bccn.sim.spiking.result import SpikingResult

    check("result", result, instance(SpikingResult))
    samples, skip = check("samples", samples, integer(1)), check("skip", skip, integer(0))
    rates = result.event_rate(population)
    intervals = len(rates) // max(samples, 1)
    if samples < 1 or intervals * samples != len(rates):
        raise InvalidInputError(
            f"{len(rates)} intervals are not the same number for each of {samples} samples; choose "
            "interval_steps so that it divides sample_steps"
        )
    if not 0 <= skip < intervals:
        raise InvalidInputError(f"skip must be from 0 to {intervals - 1} intervals, not {skip}")
    by_sample = rates.reshape(samples, intervals, -1)[:, skip:].mean(axis=1)
    return by_sample / max_rate(result.network.population(population))

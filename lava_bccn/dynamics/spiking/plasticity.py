"""Burst-dependent plasticity of spiking ensembles: each synapse by its own two neurons' spikes.

    Δw = + η x̃_pre     when a burst of the postsynaptic neuron starts
    Δw = − η P x̃_pre   at each of its events

with x̃_pre the presynaptic event trace. BurstCCN has the constant P = p^b (Greedy et al., NeurIPS
2022); Burstprop has P̄, a moving average of the neuron's own burst probability (Payeur et al.,
Nature Neuroscience 24:1010, 2021), which needs a division and so exists in floating point only.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from lava_bccn.dynamics.arithmetic import Number, either, held
from lava_bccn.dynamics.integer_plasticity import TRACE_BITS
from lava_bccn.dynamics.spiking.arithmetic import FRACTION_BITS, GUARD_BITS, ONE, scaled, select
from lava_bccn.dynamics.stochastic_rounding import UIntArray, stochastic_shift

TRACE_RANGE = 8
"""Events at which an integer trace saturates: 7 bits in units of 1/16 event."""

MAX_TRACE_STATE = ONE << GUARD_BITS

_READ_SHIFT = GUARD_BITS + FRACTION_BITS - TRACE_BITS


class LearningConstants(NamedTuple):
    """Constants of one connection's plasticity, in floating point or integers."""

    trace_retention: Number
    """exp(−dt / τ), a 12-bit fraction."""
    trace_jump: Number
    """One event: 1.0, or 1 / ``TRACE_RANGE`` of a guarded fraction."""
    rate: Number
    """η, in the unit of the weights; as an integer, places by which a 7-bit trace is shifted."""
    baseline: Number
    """p^b; as an integer, k of p^b = 2^−k."""
    low: Number
    high: Number
    """Ends of the range of a weight."""


class AverageConstants(NamedTuple):
    """Burstprop's moving average; floating point."""

    active: bool
    retention: float
    """exp(−dt / τ)."""


@either(lambda trace: trace)
def trace_limited(trace: Number) -> Number:
    """A trace as it is held: integers end at ``TRACE_RANGE`` events."""
    return np.minimum(trace, MAX_TRACE_STATE)


@either(lambda trace, rate, random: rate * trace)
def potentiation(trace: Number, rate: Number, random: UIntArray) -> Number:
    """Δw = η x̃_pre; integers read 7 bits of the trace and are rounded stochastically."""
    return stochastic_shift(trace >> _READ_SHIFT, rate, random)


@either(lambda trace, rate, baseline, random: -rate * baseline * trace)
def depression(trace: Number, rate: Number, baseline: Number, random: UIntArray) -> Number:
    """Δw = − η p^b x̃_pre; integers are rounded stochastically."""
    return stochastic_shift(-(trace >> _READ_SHIFT), rate + baseline, random)


@either(lambda trace, rate, baseline: -rate * baseline * trace)
def moving_depression(trace: Number, rate: Number, baseline: Number) -> Number:
    """Δw = − η P̄ x̃_pre with Burstprop's P̄. Mapping refuses it in integers; compiled code needs a
    form all the same, which changes nothing."""
    return 0 * trace


def event_trace(trace: Number, event: Number, constants: LearningConstants) -> Number:
    """x̃ ← x̃ exp(−dt/τ), + 1 at an event."""
    jump = select(event, constants.trace_jump, 0 * constants.trace_jump)
    return trace_limited(scaled(trace, constants.trace_retention) + jump)


class Limits(Protocol):
    """Ends of the range of a weight, in its unit."""

    @property
    def low(self) -> Number:
        """The least."""

    @property
    def high(self) -> Number:
        """The largest."""


def limited(weight: Number, constants: Limits) -> Number:
    """A weight within its range."""
    above = select(weight < constants.low, constants.low, weight)
    return select(above > constants.high, constants.high, above)


@either(lambda change, places, random: change * 2.0**-places)
def slowed(change: Number, places: int, random: UIntArray) -> Number:
    """A change times 2^−places; integers are rounded stochastically."""
    return stochastic_shift(change, places, random)


def bias_after(bias: Number, event: Number, burst: Number, rise: Number, fall: Number) -> Number:
    """A somatic bias current: + η_c when a burst starts, − η_c p^b at an event."""
    return held(bias + select(burst, rise, 0 * rise) - select(event, fall, 0 * fall))


def moving_average(average: Number, happened: Number, constants: AverageConstants) -> Number:
    """An exponential average of events or of bursts, per step."""
    return average * constants.retention + happened * (1.0 - constants.retention)


def moving_baseline(burst_average: Number, event_average: Number) -> Number:
    """P̄ = burst average / event average, Burstprop's baseline; events must have happened.

    At an event, of the averages before it: with the event in it, but not yet the burst that it may
    become, P̄ would be below the burst probability, and weights would drift upwards.
    """
    return burst_average / event_average

"""The softmax readout, whose errors are those of cross entropy.

    e = exp(v) / Σ exp(v)
    p = 2 p^b σ(4 p^b s (target − e) / (e + a)),  b = p (e + a) − p^b a        a > 0
    p = 2 p^b σ(4 s (target − e) / (e + 10⁻⁸)),   b = p e                      a = 0
    b = p^b e + 2 (p^b)² s (target − e)                                        in integers, a = 1

a is a tonic event rate added to every unit, so that a class with e near 0 can still burst; what is
sent down are the events without it. s scales errors. To first order b − p^b e is
2 (p^b)² s (target − e), and with a = 0 it is 2 p^b s (target − e), which for p^b = ½ is twice as
much: minus the gradient of cross entropy with respect to v, times p^b s.

Source: "Cell-type-specific cortical feedback coordinates hierarchical credit assignment", 2026
(doi 10.64898/2026.06.16.732595).
"""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np

from lava_bccn.dynamics.activation import Activation, Normalised
from lava_bccn.dynamics.arithmetic import either, rescaled
from lava_bccn.dynamics.constants import Constants, IntegerForm
from lava_bccn.dynamics.fixed_point import (
    PROBABILITY_BITS,
    SIGMOID_INPUT_FRACTION_BITS,
    shift,
)
from lava_bccn.dynamics.sigmoid import tanh
from lava_bccn.dynamics.unbounded_relu import LEAST_RATE

Array = Any

_STEP_BITS = SIGMOID_INPUT_FRACTION_BITS - 5

HALVING_TABLE = np.rint(2.0 ** (16 - np.arange(33) / 32)).astype(np.int64)
"""2^(−i / 32) in units of 2^−16."""

LOG2_E = round(2**SIGMOID_INPUT_FRACTION_BITS / log(2))


def floating_event_rate(soma: Array, constants: Constants) -> Array:
    """Event rates exp(v) / Σ exp(v) of the units of a layer, along the last axis."""
    if not isinstance(soma, np.ndarray | np.generic):
        return soma.softmax(-1)
    exponential = np.exp(soma - soma.max(-1, keepdims=True))
    return exponential / exponential.sum(-1, keepdims=True)


@either(floating_event_rate)
def event_rate(soma: Array, constants: Constants) -> Array:
    """Event rates exp(v) / Σ exp(v) of the units of a layer, along the last axis.

    In integers by a table of exponentials and one division a unit, with E bits: what a host reads
    out where the teacher is, or a core that sums up a layer.
    """
    exponentials = integer_exponential(soma - soma.max(-1, keepdims=True), constants)
    return share(exponentials, exponentials.sum(-1, keepdims=True), constants)


def integer_exponential(below: Array, constants: Constants) -> Array:
    """exp of potentials less their largest, in units of 2^−16, from tables of 2^(−i / 32).

    Between entries it is a straight line; its relative error is below 2^−11 where it is not 0.
    """
    argument = shift(below, constants.event_places)  # 2^−12, at most 0
    halvings = -((argument * LOG2_E) >> SIGMOID_INPUT_FRACTION_BITS)
    whole = halvings >> SIGMOID_INPUT_FRACTION_BITS
    fraction = halvings & ((1 << SIGMOID_INPUT_FRACTION_BITS) - 1)
    entry, within = fraction >> _STEP_BITS, fraction & ((1 << _STEP_BITS) - 1)
    fall = (HALVING_TABLE[entry] - HALVING_TABLE[entry + 1]) * within
    return (HALVING_TABLE[entry] - (fall >> _STEP_BITS)) >> np.minimum(whole, 31)


def share(exponential: Array, total: Array, constants: Constants) -> Array:
    """One exponential over the sum of all, in E bits, to the nearest."""
    rounded = ((exponential << constants.event_bits) + (total >> 1)) // total
    return np.minimum(rounded, constants.event_one - 1)


def taught_deviation(target: Array, event_rate: Array, constants: Constants) -> Array:
    """b − p^b e = 2 (p^b)² s (target − e) in integers, in units of burst rates.

    0 without a teacher. The first order of :func:`teacher_modulation` with a > 0; what that bounds
    is small for s ≤ 1.
    """
    error_gain = constants.teacher_places - PROBABILITY_BITS + constants.baseline_shift
    twice_baseline = 1 - constants.baseline_shift
    places = constants.balance_places + error_gain + 2 * constants.event_bits + twice_baseline
    return rescaled(target - event_rate, places, constants.rounds) * (target >= 0)


def teacher_modulation(error: Array, event_rate: Array, constants: Constants) -> Array:
    """Change of the burst probability relative to p^b, of an error target − e times s."""
    if constants.activity_shift == 0:
        return tanh(2.0 * error / (event_rate + LEAST_RATE))
    return tanh(2.0 * constants.p_baseline * error / (event_rate + constants.activity_shift))


def hidden_modulation(gated_apical: Array, constants: Constants) -> Array:
    """Change of the burst probability of a hidden unit: none, since it is for readouts."""
    return gated_apical * 0


def event_rate_slope(event_rate: Array) -> Array:
    """f′ of one unit, from its event rate: e (1 − e)."""
    return event_rate * (1 - event_rate)


def delta(error: Array, event_rate: Array, soma: Array) -> Array:
    """The gradient of cross entropy with respect to v, e − target, is the error itself."""
    return error


SOFTMAX = Activation(
    name="softmax",
    summary="exp(v) / Σ exp(v), a readout that learns by cross entropy",
    event_rate=event_rate,
    hidden_modulation=hidden_modulation,
    slope=event_rate_slope,
    potential=log,
    teacher_modulation=teacher_modulation,
    integers=IntegerForm(probability_bits=PROBABILITY_BITS, is_relative=False, rounds=True),
    delta=delta,
    is_elementwise=False,
    is_readout=True,
    taught_deviation=taught_deviation,
    normalised=Normalised(integer_exponential, share),
)

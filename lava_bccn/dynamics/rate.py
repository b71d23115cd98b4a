"""The rate model of BurstCCN in floating point, one function an equation.

Source of every equation unless it says otherwise: Greedy, Zhu, Pemberton, Mellor & Ponte Costa,
"Single-phase deep learning in cortico-cortical networks", NeurIPS 2022 (arXiv 2206.11769), with
the sign of the burst feedback chosen so that ``apical = burst_input - event_input``.

All functions take NumPy arrays or PyTorch tensors of any shape, elementwise over a batch of
ensembles, and return the same kind. (Operators and two dispatches serve both libraries;
array-api-compat would too, but torch.compile warns about tracing through it.) Potentials and rates
are dimensionless.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit
from scipy.special import logit as scipy_logit

Array = Any
"""A NumPy array or a PyTorch tensor."""

NO_TEACHER = -1.0
"""Target of a unit that has no teacher: any negative target leaves it at ``p_baseline``."""


def sigmoid(x: Array) -> Array:
    """σ(x) = 1 / (1 + exp(−x)), without overflow for any finite x."""
    return expit(x) if isinstance(x, np.ndarray | np.generic) else x.sigmoid()


def logit(x: Array) -> Array:
    """The inverse of σ, for x in (0, 1)."""
    return scipy_logit(x) if isinstance(x, np.ndarray | np.generic) else x.logit()


def tanh(x: Array) -> Array:
    """Hyperbolic tangent."""
    return np.tanh(x) if isinstance(x, np.ndarray | np.generic) else x.tanh()


def sigmoid_change(sigmoid: Array, shift: Array) -> Array:
    """σ(x + shift) − σ(x), from σ(x) alone.

    With t = tanh(shift / 2) it is 2 σ (1 − σ) t / (1 + (2σ − 1) t), which keeps its full relative
    precision for small shifts and cannot overflow.
    """
    t = tanh(0.5 * shift)
    # The addend matters only where σ is exactly 0 or 1 and the shift as large: 0 / 0.
    return 2 * sigmoid * (1 - sigmoid) * t / (1 + (2 * sigmoid - 1) * t + 1e-30)


def soma(synaptic_input: Array, bias: Array) -> Array:
    """Somatic potential v = W e_below + c.

    ``synaptic_input`` is W e_below, shape (..., units); ``bias`` is c, shape (units,).
    """
    return synaptic_input + bias


def event_rate(soma: Array) -> Array:
    """Event rate e = f(v) = σ(v), in [0, 1]."""
    return sigmoid(soma)


def event_rate_slope(event_rate: Array) -> Array:
    """f′ of backprop, from the event rate: e (1 − e)."""
    return event_rate * (1 - event_rate)


HARD_MIN_EVENT_RATE = 2.0**-5
"""Event rate of a unit with hard sigmoid that is driven as low as it goes. Not 0: what has no
events has no bursts, and would never learn to be active again."""

HARD_MAX_EVENT_RATE = 1 - HARD_MIN_EVENT_RATE
"""Event rate of a unit with hard sigmoid that is driven as high as it goes. Not 1: there h(e) is 0,
and a unit that is wrongly active would never learn to be less so."""


def hard_event_rate(soma: Array) -> Array:
    """Event rate e = f(v) = ½ + v / 4 within [2^−5, 1 − 2^−5]: σ with its slope at 0 as a line.

    Not published for BurstCCN; it is the sigmoid that two rectified neurons of a chip add up to.
    """
    return (0.5 + 0.25 * soma).clip(HARD_MIN_EVENT_RATE, HARD_MAX_EVENT_RATE)


def hard_event_rate_slope(event_rate: Array) -> Array:
    """f′ of :func:`hard_event_rate`, from the event rate: ¼ inside its range, else 0."""
    return 0.25 * ((event_rate > HARD_MIN_EVENT_RATE) & (event_rate < HARD_MAX_EVENT_RATE))


def hard_reachable_target(target: Array) -> Array:
    """A target beyond what :func:`hard_event_rate` reaches is taken for the nearest that it does.

    Else a unit that does all it can would be driven on for ever. Negative targets (no teacher)
    stay.
    """
    within = target.clip(HARD_MIN_EVENT_RATE, HARD_MAX_EVENT_RATE)
    has_teacher = target >= 0
    return within * has_teacher + target * ~has_teacher


def hard_reachable_error(error: Array, event_rate: Array) -> Array:
    """:func:`hard_reachable_target` less e, of an error target − e; 0 without a teacher."""
    return error.clip(HARD_MIN_EVENT_RATE - event_rate, HARD_MAX_EVENT_RATE - event_rate)


def apical_gain(event_rate: Array) -> Array:
    """h(e) = 1 − e: how strongly the apical dendrite moves the burst probability."""
    return 1 - event_rate


def apical(burst_input: Array, event_input: Array) -> Array:
    """Apical potential u = Yᵀ b_above − Qᵀ e_above.

    ``burst_input`` is Yᵀ b_above (through facilitating synapses) and ``event_input`` is
    Qᵀ e_above (through depressing ones), both of shape (..., units).
    """
    return burst_input - event_input


def gated_apical(apical: Array, event_rate: Array) -> Array:
    """u h(e): the part of the apical potential that reaches the burst mechanism."""
    return apical * apical_gain(event_rate)


def hidden_modulation(gated_apical: Array, p_baseline: float) -> Array:
    """Relative change of the burst probability of a hidden unit, in [−1, 1].

    tanh(u h / p^b), so that p = p^b (1 + tanh(u h / p^b)) = 2 p^b σ((2 / p^b) u h).
    The first form keeps full relative precision for small u.
    """
    return tanh(gated_apical * (1.0 / p_baseline))


def hard_hidden_modulation(gated_apical: Array, p_baseline: float) -> Array:
    """u h / p^b within [−1, 1]: :func:`hidden_modulation` as a straight line.

    So p = p^b + u h within [0, 2 p^b].
    """
    return (gated_apical * (1.0 / p_baseline)).clip(-1, 1)


def teacher_modulation(target: Array, event_rate: Array) -> Array:
    """Relative change of the burst probability of an output unit, in [−1, 1].

    (target − e) h(e), so that p = p^b (1 + (target − e) h(e)); 0 where ``target`` is negative
    (no teacher).
    """
    has_teacher = target >= 0
    return (target - event_rate) * apical_gain(event_rate) * has_teacher


def burst_prob(modulation: Array, p_baseline: float) -> Array:
    """Burst probability p = p^b (1 + modulation), in [0, 2 p^b]."""
    return p_baseline * (1 + modulation)


def burst_rate(burst_prob: Array, event_rate: Array) -> Array:
    """Burst rate b = p e."""
    return burst_prob * event_rate


def burst_deviation(modulation: Array, event_rate: Array, p_baseline: float) -> Array:
    """b − p^b e = p^b · modulation · e: what the synapses of a neuron learn from.

    Written through the modulation so that a small deviation is not the difference of two large
    numbers.
    """
    return p_baseline * modulation * event_rate


def deviation_of_rates(burst_rate: Array, event_rate: Array, p_baseline: float) -> Array:
    """b − p^b e from the two rates, where the modulation is not at hand."""
    return burst_rate - p_baseline * event_rate

"""The rate model of BurstCCN, one function an equation, in floating point and Loihi 2 integers.

Source of every equation unless it says otherwise: Greedy, Zhu, Pemberton, Mellor & Ponte Costa,
"Single-phase deep learning in cortico-cortical networks", NeurIPS 2022 (arXiv 2206.11769), with
the sign of the burst feedback chosen so that ``apical = burst_input - event_input``. What depends
on the activation, e = f(v) and the shape of p, is in ``sigmoid`` and ``hard_sigmoid``.

All functions take NumPy arrays or PyTorch tensors of any shape, elementwise over a batch of
ensembles, and return the same kind; compiled code calls them with single integers. In floating
point potentials and rates are dimensionless. In integers (int64, wide enough that nothing wraps
before it saturates) event rates are in units of 2^−E, burst rates of 2^−(E+R) and potentials of
their layer's own; the event feedback Q is in units of p^b on the scale of Y, so that Q = p^b Y
means equal integers, and u is exactly 0 when every unit bursts at baseline.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.dynamics.arithmetic import (
    Number,
    baseline_bursts,
    fraction_of,
    gained,
    held,
    raised,
    rescaled,
    shifted,
)
from lava_bccn.dynamics.constants import FLOATING, Constants

Array = Any
"""A NumPy array or a PyTorch tensor."""

NO_TEACHER = -1.0
"""Target of a unit that has no teacher: any negative target leaves it at ``p_baseline``."""


def soma(synaptic_input: Array, bias: Array, constants: Constants = FLOATING) -> Array:
    """Somatic potential v = W e_below + c, before it saturates.

    ``synaptic_input`` is W e_below, shape (..., units); ``bias`` is c, shape (units,).
    """
    return shifted(synaptic_input, constants.soma_places) + bias


def apical_gain(event_rate: Array, constants: Constants = FLOATING) -> Array:
    """h(e) = 1 − e: how strongly the apical dendrite moves the burst probability."""
    return constants.event_one - event_rate


def apical(burst_input: Array, event_input: Array, constants: Constants = FLOATING) -> Array:
    """Apical potential u = k (Yᵀ b_above − Qᵀ e_above), before it saturates.

    ``burst_input`` is Yᵀ b_above (through facilitating synapses) and ``event_input`` is
    Qᵀ e_above (through depressing ones), both of shape (..., units). The gain k is 1 in the paper;
    the 2026 follow-up (doi 10.64898/2026.06.16.732595) has one a layer.
    """
    balanced = burst_input - shifted(event_input, constants.balance_places)
    return gained(shifted(balanced, constants.apical_places), constants.feedback_gain)


def gated_apical(apical: Array, event_rate: Array, constants: Constants = FLOATING) -> Array:
    """u h(e): the part of the apical potential that reaches the burst mechanism.

    In integers the argument of the burst probability, in units of 2^−12: (2 / p^b) u h(e) where
    the activation's ``IntegerForm.is_relative``. The product is the widest of the model: 24 bits
    by E + 1.
    """
    product = apical * apical_gain(event_rate, constants)
    return rescaled(product, constants.gate_places, constants.rounds)


def teacher_modulation(target: Array, event_rate: Array, constants: Constants = FLOATING) -> Array:
    """Change of the burst probability of an output unit, relative to p^b: in [−1, 1] for s ≤ 1.

    s (target − e) h(e), so that p = p^b (1 + s (target − e) h(e)), where s is 1 in the paper; 0
    where ``target`` is negative (no teacher). In integers in units of probabilities.
    """
    error = gained(target - event_rate, constants.error_scale)
    product = error * apical_gain(event_rate, constants)
    return rescaled(product, constants.teacher_places, constants.rounds) * (target >= 0)


def burst_prob(modulation: Array, constants: Constants) -> Array:
    """Burst probability p = p^b (1 + modulation), in [0, 2 p^b]; exactly p^b at rest."""
    return raised(modulation, constants.p_baseline)


def burst_rate(burst_prob: Array, event_rate: Array, constants: Constants = FLOATING) -> Array:
    """Burst rate b = p e; in integers exactly e · 2^(R−k) at baseline."""
    return rescaled(burst_prob * event_rate, constants.burst_places, constants.rounds)


def tonic_deviation(burst_prob: Array, constants: Constants) -> Array:
    """(p − p^b) a: what a tonic event rate a, which is not sent down, adds to b, in floating point.

    So b = p (e + a) − p^b a. Source: the 2026 follow-up (doi 10.64898/2026.06.16.732595).
    """
    return (burst_prob - constants.p_baseline) * constants.activity_shift


def burst_deviation(burst_rate: Array, event_rate: Array, constants: Constants) -> Array:
    """b − p^b e: what the synapses of a neuron learn from."""
    return burst_rate - baseline_bursts(event_rate, constants.p_baseline, constants.balance_places)


def bursts_of_deviation(
    deviation: Array, event_rate: Array, active: Array, constants: Constants
) -> tuple[Array, Array]:
    """p and b of b − p^b e, in integers: b = p^b e + deviation, p = p^b + deviation / active.

    ``active`` is e, or e + a of units that have a tonic event rate; p, toward −∞, is for whoever
    reads it, and nothing else depends on it.
    """
    at_rest = baseline_bursts(event_rate, constants.p_baseline, constants.balance_places)
    change = shifted(deviation, -constants.burst_places) // np.maximum(active, 1)
    return constants.p_baseline + change, at_rest + deviation


def deviation_of_modulation(modulation: Array, event_rate: Array, p_baseline: float) -> Array:
    """b − p^b e = p^b · modulation · e, in floating point.

    Written through the modulation so that a small deviation is not the difference of two large
    numbers.
    """
    return p_baseline * modulation * event_rate


def relax(state: Array, drive: Array, step_fraction: Number) -> Array:
    """One Euler step of τ dx/dt = −x + drive: x + (dt / τ)(drive − x).

    ``step_fraction`` is dt / τ, in (0, 1], or in units of 2^−12, 1 to 4096; at 1 the state becomes
    the drive. The continuous model of the paper has the somatic potential relax to v and the apical
    one to :func:`apical_drive`:

        τ_v dv/dt = −v + W e + c
        τ_u du/dt = −u + h(e) ⊙ (Yᵀ b − Qᵀ e)     with p = 2 p^b σ((2 / p^b) u)
    """
    return held(state + fraction_of(drive - state, step_fraction))


def apical_drive(apical: Array, event_rate: Array, constants: Constants = FLOATING) -> Array:
    """h(e) ⊙ (Yᵀ b − Qᵀ e), what the apical potential relaxes to, in the units of ``apical``.

    It always rounds to the nearest: a bias of every step would add up.
    """
    return rescaled(apical * apical_gain(event_rate, constants), constants.drive_places, True)


def relaxed_argument(apical: Array, constants: Constants = FLOATING) -> Array:
    """What :func:`gated_apical` is in continuous time, where u holds h(e) already."""
    return rescaled(apical, constants.argument_places, constants.rounds)

"""The continuous-time model in Loihi 2 integers: Euler steps with 12-bit fractions.

The drives are ``integer_rate.soma`` for v and :func:`apical_drive` for u; the burst probability is
``integer_rate.hidden_burst_prob`` of :func:`burst_argument`. Units are those of ``integer_rate``.
"""

from __future__ import annotations

from lava_bccn.dynamics.fixed_point import (
    DECAY_BITS,
    SIGMOID_INPUT_FRACTION_BITS,
    STATE_BITS,
    IntArray,
    rounded_shift,
    saturate,
)
from lava_bccn.dynamics.integer_rate import apical_gain


def relax(state: IntArray, drive: IntArray, step_fraction: int) -> IntArray:
    """One Euler step of τ dx/dt = −x + drive: x + (dt / τ)(drive − x), saturated to 24 bits.

    ``step_fraction`` is dt / τ in units of 2^−12, 1 to 4096; at 4096 the state becomes the drive
    exactly. The change rounds to nearest so that it has no drift.
    """
    change = rounded_shift((drive - state) * step_fraction, -DECAY_BITS)
    return saturate(state + change, STATE_BITS)


def apical_drive(apical: IntArray, event_rate: IntArray, event_bits: int) -> IntArray:
    """h(e) ⊙ (Yᵀ b − Qᵀ e), what the apical potential relaxes to, in the units of ``apical``."""
    return rounded_shift(apical * apical_gain(event_rate, event_bits), -event_bits)


def burst_argument(apical: IntArray, fraction_bits: int, baseline_shift: int) -> IntArray:
    """(2 / p^b) u, the argument of the burst probability's sigmoid, in units of 2^−12."""
    return rounded_shift(apical, SIGMOID_INPUT_FRACTION_BITS - fraction_bits + 1 + baseline_shift)

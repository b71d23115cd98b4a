"""The teacher of an ensemble: a current into its apical dendrites, in proportion to its error.

    r ← r exp(−dt/τ) + number of events of the ensemble in this step
    I = gain · (r* − r),  0 without a target

The spiking form of p_L = p^b (1 + (target − e) h(e)) (Greedy et al., NeurIPS 2022): what the
sigmoid of the burst probability makes of the current is the burst probability with the teacher on.
"""

from __future__ import annotations

from typing import NamedTuple

from lava_bccn.dynamics.arithmetic import Number, held
from lava_bccn.dynamics.spiking.arithmetic import scaled, select, times


class TeacherConstants(NamedTuple):
    """Constants of one step, in floating point or integers."""

    retention: Number
    """exp(−dt / τ), a 12-bit fraction."""
    jump: Number
    """One event in the trace: 1.0, or 2^8."""
    gain: Number
    """Current per unit of the trace, a 15-bit fraction."""


def event_count(trace: Number, events: Number, constants: TeacherConstants) -> Number:
    """r after a step in which an ensemble had ``events`` events."""
    return held(scaled(trace, constants.retention) + events * constants.jump)


def teacher_current(
    target: Number, taught: Number, trace: Number, constants: TeacherConstants
) -> Number:
    """I = gain · (r* − r) where ``taught``, else 0."""
    current = times(target - trace, constants.gain)
    return select(taught, current, 0 * current)

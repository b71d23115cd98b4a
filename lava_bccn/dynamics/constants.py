"""The constants of one layer's equations, in either arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from lava_bccn.dynamics.arithmetic import Number
from lava_bccn.dynamics.fixed_point import SIGMOID_INPUT_FRACTION_BITS, FixedPointFormat


class Constants(NamedTuple):
    """What the functions of ``rate`` and of activations need to know of a layer.

    In floating point only the first two and the last three mean anything. In integers the others
    are numbers of bits, and *places* by which a value is shifted into the units of what it becomes
    (to the right where negative); units are those of
    :class:`~lava_bccn.dynamics.fixed_point.FixedPointFormat`.

    Attributes:
        event_one: the event rate 1: 1.0, or 2^E.
        p_baseline: p^b, or that in units of probabilities.
        event_bits: E.
        baseline_shift: k of p^b = 2^−k.
        soma_places: W e into v.
        event_places: v into the argument of f, 2^−12.
        apical_places: Yᵀ b − Qᵀ e into u.
        balance_places: e into p^b e in units of burst rates, R − k.
        gate_places: u h(e) into the argument of the burst probability, 2^−12.
        drive_places: u h(e) into the units of u.
        argument_places: u into the argument of the burst probability.
        teacher_places: (target − e) h(e) into p^b of it in units of probabilities.
        burst_places: p e into b.
        rounds: whether products round to the nearest; stock neurons round toward −∞.
        feedback_gain: k, by which the apical potentials of the layer are multiplied.
        error_scale: s, by which the errors of an output layer are.
        activity_shift: a, tonic event rate of a softmax readout.
    """

    event_one: Number = 1.0
    p_baseline: Number = 0.5
    event_bits: int = 0
    baseline_shift: int = 0
    soma_places: int = 0
    event_places: int = 0
    apical_places: int = 0
    balance_places: int = 0
    gate_places: int = 0
    drive_places: int = 0
    argument_places: int = 0
    teacher_places: int = 0
    burst_places: int = 0
    rounds: bool = True
    feedback_gain: float = 1.0
    error_scale: float = 1.0
    activity_shift: float = 0.0


FLOATING = Constants()
"""Floating point, where the equation at hand does not depend on p^b."""


def floating_constants(
    p_baseline: float,
    feedback_gain: float = 1.0,
    error_scale: float = 1.0,
    activity_shift: float = 0.0,
) -> Constants:
    """Constants of a layer in floating point."""
    return Constants(
        p_baseline=p_baseline,
        feedback_gain=feedback_gain,
        error_scale=error_scale,
        activity_shift=activity_shift,
    )


class Line(NamedTuple):
    """e = v + offset within [lowest, highest], in units of event rates."""

    offset: int
    lowest: int
    highest: int


class StockForm(NamedTuple):
    """How stock neurons compute an activation exactly (``processes.hardware_burst_ccn``).

    Attributes:
        soma_bits_below_events: fraction bits that its somata must have less than event rates.
        line: that it then draws, of the bits of event rates.
    """

    soma_bits_below_events: int
    line: Callable[[int], Line]


class IntegerForm(NamedTuple):
    """How the integers of an activation are laid out.

    Attributes:
        probability_bits: fraction bits of burst probabilities.
        is_relative: the argument of its burst probability is (2 / p^b) u h(e), else u h(e).
        rounds: see :class:`Constants`.
        soma_bits_below_events: its somata have this many fraction bits less than event rates; None:
            as many as calibration finds room for.
        min_event_bits: fewest bits of event rates with which it works.
        stock: how stock neurons compute it exactly; None: they do not.
    """

    probability_bits: int
    is_relative: bool
    rounds: bool
    soma_bits_below_events: int | None = None
    min_event_bits: int = 1
    stock: StockForm | None = None

    def soma_fraction_bits(self, event_bits: int) -> int | None:
        """Fraction bits that somata must have; None where calibration chooses them."""
        below = self.soma_bits_below_events
        return None if below is None else event_bits - below


def integer_constants(
    units: FixedPointFormat,
    form: IntegerForm,
    *,
    soma_places: int = 0,
    soma_fraction_bits: int,
    apical_places: int = 0,
    apical_fraction_bits: int,
    teacher_gain: int = 0,
) -> Constants:
    """Constants of a layer in integers.

    Args:
        units: the network's number formats.
        form: of the layer's activation.
        soma_places, apical_places: as of :class:`Constants`, from the exponents of connections.
        soma_fraction_bits, apical_fraction_bits: of the layer's potentials.
        teacher_gain: n of s = 2^n, by which errors of an output layer are multiplied.
    """
    event_bits, probability_bits = units.event_bits, form.probability_bits
    argument_places = SIGMOID_INPUT_FRACTION_BITS - apical_fraction_bits
    if form.is_relative:
        argument_places += 1 + units.baseline_shift
    return Constants(
        event_one=1 << event_bits,
        p_baseline=1 << (probability_bits - units.baseline_shift),
        event_bits=event_bits,
        baseline_shift=units.baseline_shift,
        soma_places=soma_places,
        event_places=SIGMOID_INPUT_FRACTION_BITS - soma_fraction_bits,
        apical_places=apical_places,
        balance_places=units.burst_extra_bits - units.baseline_shift,
        gate_places=argument_places - event_bits,
        drive_places=-event_bits,
        argument_places=argument_places,
        teacher_places=probability_bits - units.baseline_shift - 2 * event_bits + teacher_gain,
        burst_places=units.burst_extra_bits - probability_bits,
        rounds=form.rounds,
    )

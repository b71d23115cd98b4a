"""The equations of one layer with its constants, in either arithmetic, behind one set of names.

Executors (Lava Processes, the simulator) call these and so never name an equation twice or need to
know which arithmetic they run in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics import hard_rate, integer_rate, rate
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.dynamics.rate import Array


class Ensembles(Protocol):
    """The equations of one layer; arrays of shape (..., units) in the arithmetic's own units."""

    precision: ClassVar[str]

    def soma(self, synaptic_input: Array, bias: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Somatic potential from W e_below and the bias (units,), and where it saturated."""

    def event_rate(self, soma: Array) -> Array:
        """Event rate of a somatic potential."""

    def apical(self, burst_input: Array, event_input: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Apical potential from Yᵀ b and Qᵀ e, and where it saturated."""

    def relaxed_soma(self, before: Array, drive: Array) -> Array:
        """Somatic potential a step after ``before``; the drive itself in discrete time."""

    def relaxed_apical(self, before: Array, apical: Array, event_rate: Array) -> Array:
        """Apical potential a step after ``before``; ``apical`` itself in discrete time."""

    def hidden_burst_prob(self, apical: Array, event_rate: Array) -> Array:
        """Burst probability of hidden units."""

    def teacher_burst_prob(self, target: Array, event_rate: Array) -> Array:
        """Burst probability of output units."""

    def burst_rate(self, burst_prob: Array, event_rate: Array) -> Array:
        """Burst rate."""

    def burst_deviation(self, burst_rate: Array, event_rate: Array) -> Array:
        """b − p^b e, what the synapses of a unit learn from."""


@dataclass(frozen=True)
class FloatEnsembles:
    """Floating point: rates and probabilities in [0, 1].

    Attributes:
        p_baseline: p^b.
    """

    precision: ClassVar[str] = "float"
    p_baseline: float

    def soma(self, synaptic_input: Array, bias: Array) -> tuple[Array, NDArray[np.bool_]]:
        potential = rate.soma(synaptic_input, bias)
        return potential, np.zeros(potential.shape, dtype=bool)

    def event_rate(self, soma: Array) -> Array:
        return rate.event_rate(soma)

    def apical(self, burst_input: Array, event_input: Array) -> tuple[Array, NDArray[np.bool_]]:
        potential = rate.apical(burst_input, event_input)
        return potential, np.zeros(potential.shape, dtype=bool)

    def relaxed_soma(self, before: Array, drive: Array) -> Array:
        return drive

    def relaxed_apical(self, before: Array, apical: Array, event_rate: Array) -> Array:
        return apical

    def hidden_burst_prob(self, apical: Array, event_rate: Array) -> Array:
        gated = rate.gated_apical(apical, event_rate)
        return rate.burst_prob(rate.hidden_modulation(gated, self.p_baseline), self.p_baseline)

    def teacher_burst_prob(self, target: Array, event_rate: Array) -> Array:
        return rate.burst_prob(rate.teacher_modulation(target, event_rate), self.p_baseline)

    def burst_rate(self, burst_prob: Array, event_rate: Array) -> Array:
        return rate.burst_rate(burst_prob, event_rate)

    def burst_deviation(self, burst_rate: Array, event_rate: Array) -> Array:
        return rate.deviation_of_rates(burst_rate, event_rate, self.p_baseline)


@dataclass(frozen=True)
class IntegerEnsembles:
    """Loihi 2 integers, int64 arrays in the units of ``integer_rate``.

    Attributes:
        units: the network's number formats.
        soma_shift: places by which W e is shifted into the soma.
        soma_fraction_bits: of the somatic potential.
        apical_shift: places by which Yᵀ b − Qᵀ e is shifted into the dendrite; 0 for an output.
        apical_fraction_bits: of the apical potential.
    """

    precision: ClassVar[str] = "fixed"
    units: FixedPointFormat
    soma_shift: int
    soma_fraction_bits: int
    apical_shift: int
    apical_fraction_bits: int

    def soma(self, synaptic_input: Array, bias: Array) -> tuple[Array, NDArray[np.bool_]]:
        exact = integer_rate.soma(synaptic_input, bias, self.soma_shift)
        potential = integer_rate.potential(exact)
        return potential, potential != exact

    def event_rate(self, soma: Array) -> Array:
        return integer_rate.event_rate(soma, self.soma_fraction_bits, self.units.event_bits)

    def apical(self, burst_input: Array, event_input: Array) -> tuple[Array, NDArray[np.bool_]]:
        exact = integer_rate.apical(
            burst_input,
            event_input,
            self.apical_shift,
            self.units.burst_extra_bits,
            self.units.baseline_shift,
        )
        potential = integer_rate.potential(exact)
        return potential, potential != exact

    def relaxed_soma(self, before: Array, drive: Array) -> Array:
        return drive

    def relaxed_apical(self, before: Array, apical: Array, event_rate: Array) -> Array:
        return apical

    def hidden_burst_prob(self, apical: Array, event_rate: Array) -> Array:
        gated = integer_rate.gated_apical(
            apical,
            event_rate,
            self.apical_fraction_bits,
            self.units.event_bits,
            self.units.baseline_shift,
        )
        return integer_rate.hidden_burst_prob(gated, self.units.baseline_shift)

    def teacher_burst_prob(self, target: Array, event_rate: Array) -> Array:
        return integer_rate.teacher_burst_prob(
            target, event_rate, self.units.event_bits, self.units.baseline_shift
        )

    def burst_rate(self, burst_prob: Array, event_rate: Array) -> Array:
        return integer_rate.burst_rate(burst_prob, event_rate, self.units.burst_extra_bits)

    def burst_deviation(self, burst_rate: Array, event_rate: Array) -> Array:
        return integer_rate.burst_deviation(
            burst_rate, event_rate, self.units.burst_extra_bits, self.units.baseline_shift
        )


@dataclass(frozen=True)
class HardFloatEnsembles(FloatEnsembles):
    """Floating point with hard sigmoids."""

    def event_rate(self, soma: Array) -> Array:
        return rate.hard_event_rate(soma)

    def hidden_burst_prob(self, apical: Array, event_rate: Array) -> Array:
        gated = rate.gated_apical(apical, event_rate)
        return rate.burst_prob(rate.hard_hidden_modulation(gated, self.p_baseline), self.p_baseline)


@dataclass(frozen=True)
class HardIntegerEnsembles(IntegerEnsembles):
    """Loihi 2 integers with hard sigmoids, in the units of ``hard_rate``."""

    def event_rate(self, soma: Array) -> Array:
        return hard_rate.event_rate(soma, self.units.event_bits)

    def hidden_burst_prob(self, apical: Array, event_rate: Array) -> Array:
        gated = hard_rate.gated_apical(
            apical, event_rate, self.apical_fraction_bits, self.units.event_bits
        )
        return hard_rate.hidden_burst_prob(gated, self.units.baseline_shift)

    def teacher_burst_prob(self, target: Array, event_rate: Array) -> Array:
        return hard_rate.teacher_burst_prob(
            target, event_rate, self.units.event_bits, self.units.baseline_shift
        )

    def burst_rate(self, burst_prob: Array, event_rate: Array) -> Array:
        return hard_rate.burst_rate(burst_prob, event_rate, self.units.burst_extra_bits)

"""The equations of one layer in continuous time: ``ensembles`` whose potentials have inertia.

The apical potential is that of ``continuous``: it holds h(e) ⊙ (Yᵀ b − Qᵀ e) already, so the burst
probability follows from it alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from lava_bccn.dynamics import continuous, integer_continuous, integer_rate, rate
from lava_bccn.dynamics.ensembles import FloatEnsembles, IntegerEnsembles
from lava_bccn.dynamics.rate import Array


@dataclass(frozen=True)
class LeakyFloatEnsembles(FloatEnsembles):
    """Floating point.

    Attributes:
        soma_step, apical_step: dt / τ of the two compartments, in (0, 1].
    """

    soma_step: float
    apical_step: float

    def relaxed_soma(self, before: Array, drive: Array) -> Array:
        return continuous.relax(before, drive, self.soma_step)

    def relaxed_apical(self, before: Array, apical: Array, event_rate: Array) -> Array:
        drive = rate.gated_apical(apical, event_rate)
        return continuous.relax(before, drive, self.apical_step)

    def hidden_burst_prob(self, apical: Array, event_rate: Array) -> Array:
        return rate.burst_prob(rate.hidden_modulation(apical, self.p_baseline), self.p_baseline)


@dataclass(frozen=True)
class LeakyIntegerEnsembles(IntegerEnsembles):
    """Loihi 2 integers.

    Attributes:
        soma_step, apical_step: dt / τ in units of 2^−12, 1 to 4096.
    """

    soma_step: int
    apical_step: int

    def relaxed_soma(self, before: Array, drive: Array) -> Array:
        return integer_continuous.relax(before, drive, self.soma_step)

    def relaxed_apical(self, before: Array, apical: Array, event_rate: Array) -> Array:
        drive = integer_continuous.apical_drive(apical, event_rate, self.units.event_bits)
        return integer_continuous.relax(before, drive, self.apical_step)

    def hidden_burst_prob(self, apical: Array, event_rate: Array) -> Array:
        argument = integer_continuous.burst_argument(
            apical, self.apical_fraction_bits, self.units.baseline_shift
        )
        return integer_rate.hidden_burst_prob(argument, self.units.baseline_shift)

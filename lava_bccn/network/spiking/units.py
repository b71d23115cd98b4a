"""From ms, mV and pA to the constants of one step, in either arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from lava_bccn.dynamics.ensembles import Precision
from lava_bccn.dynamics.fixed_point import DECAY_BITS
from lava_bccn.dynamics.spiking.arithmetic import FRACTION_BITS, GUARD_BITS, ONE
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.decays import check_time_constant

POTENTIAL_BITS = 12
"""An integer potential is in units of 2^−12 mV: ±2048 mV in 24 bits."""


@dataclass(frozen=True)
class StepUnits:
    """How long a time step is, and in which arithmetic its constants are wanted.

    Attributes:
        time_step_ms: length of a step, in ms.
        precision: ``float`` or ``fixed``.
    """

    time_step_ms: float
    precision: Precision

    @property
    def is_fixed(self) -> bool:
        """Whether constants are Loihi 2 integers."""
        return self.precision == "fixed"

    @property
    def dtype(self) -> Any:
        """Of states."""
        return np.int64 if self.is_fixed else np.float64

    def steps(self, duration_ms: float) -> int:
        """The nearest number of steps to a duration, at least 1."""
        return max(1, round(duration_ms / self.time_step_ms))

    def retention(self, name: str, time_constant_ms: float) -> Any:
        """exp(−dt / τ).

        Raises:
            InvalidInputError: τ is below the time step, or one that 12 bits do not hold within
                ``MAX_TIME_CONSTANT_ERROR``.
        """
        if not time_constant_ms >= self.time_step_ms:
            raise InvalidInputError(
                f"{name} is {time_constant_ms:g} ms, below the time step of {self.time_step_ms:g} "
                "ms; make it longer, or the step shorter"
            )
        kept = math.exp(-self.time_step_ms / time_constant_ms)
        if not self.is_fixed:
            return kept
        integer = round(kept * (1 << DECAY_BITS))
        lost = (1 << DECAY_BITS) - integer
        check_time_constant(name, time_constant_ms, lost, self.time_step_ms, "ms")
        return integer

    def lost(self, name: str, time_constant_ms: float) -> float:
        """1 − exp(−dt / τ), of the retention as it is held: 12 bits move a long τ by a few percent.

        A trace that gains this share of 1 / dt at each event settles at the event rate.
        """
        kept = self.retention(name, time_constant_ms)
        return 1 - kept / (1 << DECAY_BITS) if self.is_fixed else 1 - kept

    def rate(self, name: str, time_constant_ms: float) -> Any:
        """1 − exp(−dt / τ), as a factor that ``scaled`` takes.

        Raises:
            InvalidInputError: as of :meth:`retention`.
        """
        self.retention(name, time_constant_ms)
        return self.gain(1 - math.exp(-self.time_step_ms / time_constant_ms))

    def potential(self, millivolts: float) -> Any:
        """A potential, or the change of one."""
        return round(millivolts * (1 << POTENTIAL_BITS)) if self.is_fixed else float(millivolts)

    def current(self, picoamperes: float, time_constant_ms: float, capacitance_pf: float) -> Any:
        """A current as the change of potential that it makes in one step of a leaky compartment."""
        return self.potential(
            picoamperes * self.millivolts_per_picoampere(time_constant_ms, capacitance_pf)
        )

    def millivolts_per_picoampere(self, time_constant_ms: float, capacitance_pf: float) -> float:
        """(1 − exp(−dt/τ)) τ / C: what 1 pA, held for a step, adds to the potential."""
        kept = math.exp(-self.time_step_ms / time_constant_ms)
        return (1 - kept) * time_constant_ms / capacitance_pf

    def gain(self, value: float) -> Any:
        """A factor that ``scaled`` takes: 12 fraction bits."""
        return round(value * (1 << DECAY_BITS)) if self.is_fixed else float(value)

    def guarded_fraction(self, value: float) -> Any:
        """A fraction with the guard bits of a state that decays."""
        one = 1 << (FRACTION_BITS + GUARD_BITS)
        return round(value * one) if self.is_fixed else float(value)

    def fraction(self, name: str, value: float) -> Any:
        """A fraction in [0, 1].

        Raises:
            InvalidInputError: it is not.
        """
        if not 0 <= value <= 1:
            raise InvalidInputError(f"{name} is {value:g}; it must be in [0, 1]")
        return min(round(value * (1 << FRACTION_BITS)), ONE) if self.is_fixed else float(value)

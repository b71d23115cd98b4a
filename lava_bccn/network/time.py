"""The description of continuous time that every executor reads."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Literal

from lava_bccn.dynamics.fixed_point import DECAY_BITS
from lava_bccn.errors import InvalidInputError

Compartment = Literal["soma", "apical"]


@dataclass(frozen=True)
class ContinuousTime:
    """Euler steps of the continuous model (``dynamics.continuous``); dt = τ is the discrete one.

    τ_W follows from the learning rate: with rate n, a step changes a weight by 2^−n of the
    plasticity, so τ_W = dt · 2^n (:meth:`tau_weight`).

    Attributes:
        dt: length of a time step, and of the hop that a connection takes, in seconds.
        tau_soma: time constant of somatic potentials, in seconds, at least ``dt``.
        tau_apical: time constant of apical potentials, in seconds, at least ``dt``.

    Raises:
        InvalidInputError: a time that is not positive and finite, or a time constant below ``dt``.
    """

    dt: float = 0.02
    tau_soma: float = 0.1
    tau_apical: float = 0.1

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 < value < math.inf:
                raise InvalidInputError(f"{field.name} must be seconds above 0, not {value!r}")
        for name in ("tau_soma", "tau_apical"):
            if getattr(self, name) < self.dt:
                raise InvalidInputError(
                    f"{name} = {getattr(self, name)} s is shorter than dt = {self.dt} s, so Euler "
                    "steps would overshoot; make dt smaller or the time constant longer"
                )

    def step_fraction(self, compartment: Compartment) -> float:
        """dt / τ of a compartment, in (0, 1]."""
        return self.dt / float(getattr(self, f"tau_{compartment}"))

    def integer_step_fraction(self, compartment: Compartment) -> int:
        """dt / τ in units of 2^−12, 1 to 4096.

        Raises:
            InvalidInputError: the time constant is too long for the 12 bits of a decay.
        """
        fraction = round(self.step_fraction(compartment) * (1 << DECAY_BITS))
        if fraction < 1:
            raise InvalidInputError(
                f"tau_{compartment} is {1 / self.step_fraction(compartment):g} steps long, but a "
                f"decay of {DECAY_BITS} bits holds at most {1 << (DECAY_BITS + 1)}; make dt longer"
            )
        return fraction

    def steps(self, seconds: float) -> int:
        """Number of time steps in a duration."""
        return round(seconds / self.dt)

    def tau_weight(self, rate: int) -> float:
        """τ_W in seconds at the learning rate 2^−rate."""
        return self.dt * 2.0**rate

"""The description of continuous time that every executor reads."""

from __future__ import annotations

from dataclasses import dataclass

from lava_bccn.dynamics.fixed_point import DECAY_BITS
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.decays import check_time_constant, euler
from lava_bccn.settings import check_fields, number


@dataclass(frozen=True)
class ContinuousTime:
    """Euler steps of the continuous model (``dynamics.rate.relax``); dt = τ is the discrete one.

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
        positive = number("(0, inf)", expected="seconds above 0")
        check_fields(self, dt=positive, tau_soma=positive, tau_apical=positive)
        for name in ("tau_soma", "tau_apical"):
            if getattr(self, name) < self.dt:
                raise InvalidInputError(
                    f"{name} = {getattr(self, name)} s is shorter than dt = {self.dt} s, so Euler "
                    "steps would overshoot; make dt smaller or the time constant longer"
                )

    @property
    def step_fractions(self) -> tuple[float, float]:
        """dt / τ of soma and apical dendrite, in (0, 1]."""
        return self.dt / self.tau_soma, self.dt / self.tau_apical

    @property
    def integer_step_fractions(self) -> tuple[int, int]:
        """The same in units of 2^−12, 1 to 4096.

        Raises:
            InvalidInputError: a time constant that the 12 bits of a decay do not hold.
        """
        soma, apical = (round(step * (1 << DECAY_BITS)) for step in self.step_fractions)
        for name, fraction in (("tau_soma", soma), ("tau_apical", apical)):
            check_time_constant(name, getattr(self, name), fraction, self.dt, "s", held=euler)
        return soma, apical

    def steps(self, seconds: float) -> int:
        """Number of time steps in a duration."""
        return round(seconds / self.dt)

    def tau_weight(self, rate: int) -> float:
        """τ_W in seconds at the learning rate 2^−rate."""
        return self.dt * 2.0**rate

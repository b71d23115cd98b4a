"""Short-term plasticity under regular trains, beside the closed form of its steady state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.spiking.arithmetic import FRACTION_BITS
from lava_bccn.dynamics.spiking.short_term_plasticity import (
    StpState,
    steady_state_release,
    transmit,
)
from lava_bccn.network.spiking.stp import StpParameters
from lava_bccn.network.spiking.units import Precision, StepUnits

SETTLING_MS = 14_000.0
"""By then the slowest train, at 1 Hz, is within ((1 − f) exp(−1))^14 < 1e-6 of its end."""


@dataclass(frozen=True)
class RegularTrains:
    """What spikes of regular trains release in the long run.

    Attributes:
        rate: (trains,) in Hz, of whole intervals of steps.
        release: (trains,) of the last spike, as simulated.
        closed_form: (trains,) what the equations settle at.
    """

    rate: NDArray[np.float64]
    release: NDArray[np.float64]
    closed_form: NDArray[np.float64]

    @property
    def relative_error(self) -> float:
        """Largest, over all trains."""
        return float(np.abs(self.release / self.closed_form - 1).max())


def regular_trains(
    stp: StpParameters,
    precision: Precision = "float",
    *,
    time_step_ms: float = 1.0,
    points: int = 40,
) -> RegularTrains:
    """Trains from 1 to 100 Hz, all at once, as one array of neurons.

    Args:
        stp: of the synapses.
        precision: float, or Loihi 2 integers.
        time_step_ms: length of a step.
        points: rates between 1 and 100 Hz; fewer trains where intervals coincide.
    """
    intervals = np.unique(np.rint(1000 / np.geomspace(1, 100, points) / time_step_ms).astype(int))
    units = StepUnits(time_step_ms, precision)
    constants = stp.constants(units)
    state = StpState(*(np.zeros(len(intervals), dtype=units.dtype) for _ in range(2)))
    last = np.zeros(len(intervals), dtype=units.dtype)
    for step in range(round(SETTLING_MS / time_step_ms)):
        spikes = step % intervals == 0
        state, released = transmit(state, spikes, constants)
        last = np.where(spikes, released, last)
    lengths = intervals * time_step_ms
    expected = steady_state_release(
        lengths, stp.depression_time, stp.facilitation_time, stp.baseline, stp.facilitation
    )
    return RegularTrains(1000 / lengths, last * _unit(precision), expected)


def train_releases(
    stp: StpParameters,
    interval_ms: float,
    spikes: int,
    precision: Precision = "float",
    *,
    time_step_ms: float = 1.0,
) -> NDArray[np.float64]:
    """What each spike of a regular train releases after rest, (spikes,).

    The second over the first is the paired-pulse ratio.
    """
    units = StepUnits(time_step_ms, precision)
    constants, interval = stp.constants(units), units.steps(interval_ms)
    state = StpState(units.dtype(0), units.dtype(0))
    released = []
    for step in range(interval * (spikes - 1) + 1):
        state, now = transmit(state, np.bool_(step % interval == 0), constants)
        if step % interval == 0:
            released.append(now * _unit(precision))
    return np.array(released)


def _unit(precision: Precision) -> float:
    return 2.0**-FRACTION_BITS if precision == "fixed" else 1.0

"""A target that stays, then steps down: a spiking ensemble keeps what it was taught.

After the stationary experiment of the 2026 follow-up (doi 10.64898/2026.06.16.732595): a lower
ensemble drives the somata of an upper one, whose bursts and events reach the dendrites below. Each
lower neuron learns the weight w of one constant input; a teacher moves the upper ensemble's
dendrites for a while, and what was learned must hold its event rate once the teacher has gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.errors import InvalidInputError
from lava_bccn.experiments.spike_text import spikes_as_text
from lava_bccn.experiments.stationary_circuit import (
    BURST_CHARGE,
    CIRCUITS,
    MAX_WEIGHT,
    NEURONS,
    START_WEIGHT,
    Form,
    StationaryCircuit,
    stationary_network,
    target_hz,
)
from lava_bccn.sim.spiking import SpikingSimulator

INTERVAL_MS = 50
"""In which spikes are counted; after each, P, the limits of w and the potentials are seen to."""

AVERAGE_MS = 1000.0
"""τ of the averages of events and bursts, the quotient of which is P."""

START_HZ = 5.0
"""What both averages of events start from; P starts at p^b."""

WINDOWS = (0.15, 0.37, 0.5, 0.77)
"""Shares of the run at which spikes start to be kept, for ``WINDOW``."""

WINDOW = 0.02
SHOWN_NEURONS = 10


@dataclass(frozen=True)
class Stationary:
    """A run, by intervals; each field (intervals,).

    Attributes:
        seconds: at the end of the interval.
        lower_events, lower_bursts, upper_events, upper_bursts: of a neuron, in Hz.
        lower_prob, upper_prob: P, the quotient of the averages of bursts and of events.
        lower_dendrite, upper_dendrite: mean potential at the end of the interval, in mV.
        burst_current, event_current: into a lower dendrite from above, in pA.
        weight: mean w.
        lower_spikes: of ``SHOWN_NEURONS`` lower neurons within ``WINDOWS``, as
            :func:`~lava_bccn.experiments.spike_text.spikes_as_text` writes them.
    """

    seconds: NDArray[np.float64]
    lower_events: NDArray[np.float64]
    upper_events: NDArray[np.float64]
    lower_bursts: NDArray[np.float64]
    upper_bursts: NDArray[np.float64]
    lower_prob: NDArray[np.float64]
    upper_prob: NDArray[np.float64]
    lower_dendrite: NDArray[np.float64]
    upper_dendrite: NDArray[np.float64]
    burst_current: NDArray[np.float64]
    event_current: NDArray[np.float64]
    weight: NDArray[np.float64]
    lower_spikes: tuple[str, ...]


def stationary(
    form: Form,
    *,
    seconds: float = 100.0,
    seed: int = 42,
    tell: Callable[[float], None] = lambda _: None,
) -> Stationary:
    """Teach the upper ensemble one rate, then a lower one, with the teacher off in between.

    The network runs for an interval at a time. In between, the somatic currents by P are set anew,
    every w is brought back into its range, and the potentials are read.

    Args:
        form: one of ``CIRCUITS``.
        seconds: of the run.
        seed: of the background noise.
        tell: called now and then with the share that is done.

    Raises:
        InvalidInputError: the run is shorter than an interval.
    """
    circuit = CIRCUITS[form]
    simulator = SpikingSimulator(stationary_network(circuit), seed)
    count = round(1000 * seconds / INTERVAL_MS)
    if count < 1:
        raise InvalidInputError(f"a run lasts at least {INTERVAL_MS} ms, not {seconds:g} s")
    starts = np.arange(count) * INTERVAL_MS / 1000
    targets = target_hz(starts, seconds)
    kept = {i for w in WINDOWS for i in range(round(w * count), round((w + WINDOW) * count))}
    first_bias = simulator.arrays()["lower/bias"][0]
    averages = START_HZ * np.array([[1.0, 1.0], [circuit.p_baseline, circuit.p_baseline]])
    keeps = np.exp(-INTERVAL_MS / AVERAGE_MS)
    records: list[dict[str, Any]] = []
    for index in range(count):
        events, bursts = averages
        result = simulator.run(
            circuit.soma_per_prob * (bursts / events)[None],
            targets=targets[index, None, None],
            sample_steps=INTERVAL_MS,
            learn=True,
            record_flags=index in kept,
        )
        rates = result.counts[0, :, 1:].T / (NEURONS * INTERVAL_MS / 1000)
        averages = averages * keeps + rates * (1 - keeps)
        weights = _weights_in_range(simulator, first_bias)
        records.append(
            _record(simulator, circuit, rates, averages)
            | {"seconds": starts[index] + INTERVAL_MS / 1000, "weight": weights.mean()}
            | {"lower_spikes": spikes_as_text(result.flags[:, :SHOWN_NEURONS])}
        )
        if index % 100 == 0:
            tell(index / count)
    spikes = tuple(record.pop("lower_spikes") for record in records)
    names = [field.name for field in fields(Stationary) if field.name != "lower_spikes"]
    return Stationary(
        **{name: np.array([record[name] for record in records]) for name in names},
        lower_spikes=spikes,
    )


def _weights_in_range(simulator: SpikingSimulator, first_bias: float) -> NDArray[np.float64]:
    """Bring the biases back to where w is within its range; w of each neuron."""
    arrays = simulator.arrays()
    limit = first_bias * MAX_WEIGHT / START_WEIGHT
    biases = np.clip(arrays["lower/bias"], 0, limit).astype(arrays["lower/bias"].dtype)
    simulator.restore({**arrays, "lower/bias": biases})
    return biases * (START_WEIGHT / first_bias)


def _record(
    simulator: SpikingSimulator,
    circuit: StationaryCircuit,
    rates: NDArray[np.float64],
    averages: NDArray[np.float64],
) -> dict[str, float]:
    """What describes an interval, of rates and averages (events and bursts, ensembles)."""
    arrays, millivolt = simulator.arrays(), simulator.network.units.potential(1.0)
    probs = averages[1] / averages[0]
    record: dict[str, float] = {}
    for ensemble, name in enumerate(("lower", "upper")):
        potential = arrays[f"{name}/dendrite"].mean() / millivolt
        record |= {
            f"{name}_events": rates[0, ensemble],
            f"{name}_bursts": rates[1, ensemble],
            f"{name}_prob": probs[ensemble],
            f"{name}_dendrite": circuit.neuron.rest + potential,
        }
    charge = BURST_CHARGE * NEURONS / 1000
    record["burst_current"] = charge * record["upper_bursts"]
    record["event_current"] = -circuit.p_baseline * charge * record["upper_events"]
    return record

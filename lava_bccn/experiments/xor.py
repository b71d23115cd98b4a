"""XOR learned by spikes: training, testing, checkpoints."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lava_bccn.errors import FileFormatError, InvalidInputError
from lava_bccn.experiments.xor_network import (
    PATTERNS,
    Balance,
    Decoding,
    XorCircuit,
    feedback_balance,
    pattern_currents,
    pattern_targets,
    xor_network,
)
from lava_bccn.experiments.xor_presets import CIRCUITS
from lava_bccn.files import write_atomically
from lava_bccn.mapping.spiking.quantise import quantise
from lava_bccn.network.spiking.units import Precision
from lava_bccn.sim.spiking import SpikingSimulator
from lava_bccn.sim.spiking.result import SpikingResult

Rule = Literal["burstccn", "burstprop"]

LEARNED_RATIO = 1.5
"""XOR counts as learned when the lower of the two high output rates is this many times the higher
of the two low ones."""

TEACHER_SHARE = 0.1
"""Of an example with two phases, the share at its end with the teacher on (0.8 of 8 s)."""

BURSTPROP_AVERAGE_MS = 2000.0
"""τ of Burstprop's moving average (published: 2 to 4 s)."""


@dataclass(frozen=True)
class XorConfig:
    """One training run.

    Attributes:
        seed: of connections, weights, noise and rounding.
        epochs: of four examples.
        example_ms: length of an example.
        neurons: of each ensemble.
        connection_probability: between neurons of connected ensembles.
        decoding: ``ideal`` with burst-Poisson neurons, or ``stp`` with the full neuron.
        precision: ``float`` or ``fixed``.
        rule: ``burstccn`` (constant baseline) or ``burstprop`` (moving average).
        phases: 1: teacher and plasticity are always on; 2: at the end of each example.
        hidden_learns: False: only the output learns, for comparison.
        rate_scale: multiplies all learning rates.
    """

    seed: int = 0
    epochs: int = 30
    example_ms: float = 8000.0
    neurons: int = 500
    connection_probability: float = 0.2
    decoding: Decoding = "ideal"
    precision: Precision = "float"
    rule: Rule = "burstccn"
    phases: Literal[1, 2] = 1
    hidden_learns: bool = True
    rate_scale: float = 1.0

    @property
    def circuit(self) -> XorCircuit:
        """Working points, weights and learning rates."""
        return CIRCUITS[self.decoding]


@dataclass(frozen=True)
class XorResult:
    """What a run has learned.

    Attributes:
        config: of the run.
        before, after: event rates in Hz (patterns, ensembles) with the teacher off; ensembles are
            the two inputs, the two hidden ones and the output.
        burst_prob_before, burst_prob_after: of the same ensembles; NaN where there was no event.
        history: (epochs, patterns) output event rate in Hz while learning.
        seconds: of simulation.
        epoch_seconds: of simulation while learning, by epoch; NaN if no epoch was run here.
    """

    config: XorConfig
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    burst_prob_before: NDArray[np.float64]
    burst_prob_after: NDArray[np.float64]
    history: NDArray[np.float64]
    seconds: float
    epoch_seconds: float

    @property
    def ratio(self) -> float:
        """Lower of the rates for (0,1) and (1,0) over the higher of those for (0,0) and (1,1)."""
        return xor_ratio(self.after[:, -1])

    @property
    def learned(self) -> bool:
        """Whether the ratio is at least ``LEARNED_RATIO``."""
        return self.ratio >= LEARNED_RATIO


def xor_ratio(rates: NDArray[np.float64]) -> float:
    """min(high) / max(low) of the output's rates for the four patterns."""
    return float(min(rates[1], rates[2]) / max(rates[0], rates[3], 1e-9))


def train(
    config: XorConfig,
    checkpoint: str | Path | None = None,
    on_epoch: Callable[[int, float], None] = lambda *_: None,
) -> XorResult:
    """Learn XOR, and go on from a checkpoint where there is one.

    Args:
        config: of the run.
        checkpoint: .npz written after every epoch; None: nothing is kept.
        on_epoch: called with the epochs done and the ratio of the last one's output rates.

    Raises:
        InvalidInputError: the checkpoint is of another run.
        FileFormatError: the checkpoint cannot be read.
    """
    balance = feedback_balance(config.circuit, config.decoding)
    network = xor_network(
        config.circuit,
        balance,
        decoding=config.decoding,
        neurons=config.neurons,
        connection_probability=config.connection_probability,
        taught_ms=config.example_ms * (TEACHER_SHARE if config.phases == 2 else 1.0),
        hidden_learns=config.hidden_learns,
        average_ms=BURSTPROP_AVERAGE_MS if config.rule == "burstprop" else None,
        rate_scale=config.rate_scale,
        seed=config.seed,
    )
    if config.precision == "fixed":
        network = quantise(network)
    simulator = SpikingSimulator(network, config.seed)
    parts = round(1 / TEACHER_SHARE) if config.phases == 2 else 1
    steps = round(config.example_ms / network.time_step_ms)
    if steps % parts:
        raise InvalidInputError(f"an example of {steps} steps cannot be cut in {parts} equal parts")
    examples = (*pattern_currents(config.circuit, balance), pattern_targets(config.circuit))
    soma, apical, targets = (np.repeat(array, parts, axis=0) for array in examples)
    # In two phases plasticity is on with the teacher only (Payeur et al., 2021).
    plastic = np.arange(len(targets)) % parts == parts - 1
    if config.phases == 2:
        targets[~plastic] = -1.0  # no teacher yet
    history: list[NDArray[np.float64]] = []
    seconds = 0.0
    if checkpoint is not None and Path(checkpoint).exists():
        history, seconds, before = _resume(simulator, config, Path(checkpoint))
    else:
        before = _test(simulator, config, balance, steps)
        seconds += before.seconds
    learning: list[float] = []
    for epoch in range(len(history), config.epochs):
        result = simulator.run(
            soma,
            apical,
            targets,
            sample_steps=steps // parts,
            interval_steps=steps,
            learn=plastic,
        )
        history.append(result.event_rate("output")[:, 0])
        seconds += result.seconds
        learning.append(result.seconds)
        if checkpoint is not None:
            _save(simulator, config, Path(checkpoint), history, seconds, before)
        on_epoch(epoch + 1, xor_ratio(history[-1]))
    after = _test(simulator, config, balance, steps)
    return XorResult(
        config,
        before.event_rate,
        after.event_rate,
        before.burst_prob,
        after.burst_prob,
        np.array(history),
        seconds + after.seconds,
        float(np.mean(learning)) if learning else float("nan"),
    )


class _Tested(NamedTuple):
    """Of all ensembles for the four patterns, without teacher and plasticity."""

    event_rate: NDArray[np.float64]
    burst_prob: NDArray[np.float64]
    seconds: float = 0.0


def _test(simulator: SpikingSimulator, config: XorConfig, balance: Balance, steps: int) -> _Tested:
    soma, apical = pattern_currents(config.circuit, balance)
    result: SpikingResult = simulator.run(soma, apical, sample_steps=steps)
    names = [population.name for population in result.network.populations]
    rates = np.concatenate([result.event_rate(name) for name in names], axis=1)
    probabilities = np.concatenate([result.burst_prob(name) for name in names], axis=1)
    assert len(rates) == len(PATTERNS)
    return _Tested(rates, probabilities, result.seconds)


def _save(
    simulator: SpikingSimulator,
    config: XorConfig,
    path: Path,
    history: list[NDArray[np.float64]],
    seconds: float,
    before: _Tested,
) -> None:
    notes: dict[str, Any] = {
        "config": json.dumps(_identity(config)),
        "seconds": seconds,
        "before": before.event_rate,
        "burst_prob_before": before.burst_prob,
    }

    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:
            np.savez(file, history=np.array(history), **notes, **simulator.arrays())

    write_atomically(path, write)


def _resume(
    simulator: SpikingSimulator, config: XorConfig, path: Path
) -> tuple[list[NDArray[np.float64]], float, _Tested]:
    try:
        with np.load(path, allow_pickle=False) as file:
            stored: dict[str, Any] = dict(file)
        known = json.loads(str(stored["config"]))
        if known == _identity(config):
            simulator.restore(stored)
        history = list(stored["history"])
        before = _Tested(stored["before"], stored["burst_prob_before"])
        seconds = float(stored["seconds"])
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise FileFormatError(
            f"{path} is no checkpoint of bccn xor ({error}); delete it, or name another folder"
        ) from error
    if known != _identity(config):
        differing = ", ".join(
            name for name, value in _identity(config).items() if known.get(name) != value
        )
        raise InvalidInputError(
            f"{path} is of a run with other options ({differing}); repeat those, or name another "
            "folder"
        )
    return history[: config.epochs], seconds, before


def _identity(config: XorConfig) -> dict[str, Any]:
    """What must be the same for a run to go on: everything but its length."""
    described = json.loads(json.dumps({**asdict(config), "circuit": asdict(config.circuit)}))
    del described["epochs"]
    return described

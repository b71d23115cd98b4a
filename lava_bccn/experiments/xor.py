"""XOR learned by spikes: training, testing, checkpoints."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lava_bccn.experiments.side_by_side import side_by_side
from lava_bccn.experiments.xor_circuit import (
    LEARNED_RATIO,
    XorConfig,
    xor_ratio,
)
from lava_bccn.experiments.xor_shown import Shown, shown
from lava_bccn.experiments.xor_start import start
from lava_bccn.experiments.xor_stimulus import xor_stimulus
from lava_bccn.files import check_same_run, content_of, is_there, write_atomically
from lava_bccn.network.spiking.network import SpikingNetwork
from lava_bccn.records import stored_arrays, typed
from lava_bccn.sim.spiking import SpikingSimulator


@dataclass(frozen=True)
class XorResult:
    """What a run has learned.

    Attributes:
        config: of the run.
        before, after: event rates in Hz (patterns, ensembles) with the teacher off; ensembles are
            the two inputs, the two hidden ones and the output.
        burst_prob_before, burst_prob_after: of the same ensembles; NaN where there was no event.
        rest, taught: after learning, without plasticity, all that the network shows with the
            teacher off (``after`` is of the same) and on.
        history: (epochs, patterns) output event rate in Hz while learning.
        seconds: of simulation.
        epoch_seconds: of simulation while learning, by epoch; NaN if no epoch was run here.
        network: as it has learned.
    """

    config: XorConfig
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    burst_prob_before: NDArray[np.float64]
    burst_prob_after: NDArray[np.float64]
    rest: Shown
    taught: Shown
    history: NDArray[np.float64]
    seconds: float
    epoch_seconds: float
    network: SpikingNetwork

    @property
    def ratio(self) -> float:
        """Lower of the rates for (0,1) and (1,0) over the higher of those for (0,0) and (1,1)."""
        return xor_ratio(self.after[:, -1])

    @property
    def learned(self) -> bool:
        """Whether the ratio is at least ``LEARNED_RATIO``."""
        return self.ratio >= LEARNED_RATIO


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
        FileFormatError: the checkpoint is damaged, or none.
    """
    path = None if checkpoint is None else Path(checkpoint)
    resumes = path is not None and is_there(path)
    network, offset_hz = start(config, warm=not resumes)
    simulator = SpikingSimulator(network, config.seed)
    stimulus = xor_stimulus(config, offset_hz)
    history: list[NDArray[np.float64]] = []
    seconds = 0.0
    if path is not None and resumes:
        history, seconds, before = _resume(simulator, config, path, stimulus.steps)
    else:
        tested = shown(simulator, stimulus)
        before = _Before(tested.event_rate, tested.burst_prob)
        seconds += tested.seconds
    learning: list[float] = []
    for epoch in range(len(history), config.epochs):
        result = simulator.run(
            *stimulus.currents,
            stimulus.targets,
            sample_steps=stimulus.sample_steps,
            interval_steps=stimulus.example_steps,
            learn=stimulus.plastic,
            rate_shift=config.circuit.rate_shift(epoch),
        )
        history.append(result.event_rate("output")[:, 0])
        seconds += result.seconds
        learning.append(result.seconds)
        if path is not None:
            _save(simulator, config, path, history, seconds, before)
        on_epoch(epoch + 1, xor_ratio(history[-1]))
    after = shown(simulator, stimulus)
    taught = shown(simulator, stimulus, taught=True)
    return XorResult(
        config,
        before.event_rate,
        after.event_rate,
        before.burst_prob,
        after.burst_prob,
        after,
        taught,
        np.array(history),
        seconds + after.seconds + taught.seconds,
        float(np.mean(learning)) if learning else float("nan"),
        simulator.learned(),
    )


def compile_for(config: XorConfig) -> None:
    """Compile what a run needs, or read what was compiled before; processes then all read it."""
    network, offset_hz = start(config, warm=False)
    currents = xor_stimulus(config, offset_hz).currents
    SpikingSimulator(network).run(*currents, sample_steps=1, learn=True)


def train_side_by_side(
    runs: Sequence[tuple[XorConfig, Path]],
    workers: int | None = None,
    on_epoch: Callable[[XorConfig, int, float], None] = lambda *_: None,
) -> list[XorResult]:
    """Train every run; each goes on from its checkpoint.

    Args:
        runs: configuration and checkpoint of each.
        workers: as for :func:`side_by_side`.
        on_epoch: called in this process with the run, the epochs it has done and its ratio.
    """
    return side_by_side(
        _train, runs, workers, lambda run, epoch, ratio: on_epoch(run[0], epoch, ratio)
    )


def _train(run: tuple[XorConfig, Path], tell: Callable[..., None]) -> XorResult:
    return train(*run, tell)


class _Before(NamedTuple):
    """Of all ensembles for the four patterns before learning."""

    event_rate: NDArray[np.float64]
    burst_prob: NDArray[np.float64]


def _save(
    simulator: SpikingSimulator,
    config: XorConfig,
    path: Path,
    history: list[NDArray[np.float64]],
    seconds: float,
    before: _Before,
) -> None:
    notes: dict[str, Any] = {
        "config": json.dumps(_identity(config)),
        "seconds": seconds,
        "before": before.event_rate,
        "burst_prob_before": before.burst_prob,
    }
    notes["history"] = np.array(history)
    notes |= simulator.arrays()
    write_atomically(path, lambda file: np.savez(file, **notes))


def _resume(
    simulator: SpikingSimulator, config: XorConfig, path: Path, test_steps: int
) -> tuple[list[NDArray[np.float64]], float, _Before]:
    advice = "delete it, or name another folder"
    with content_of(path, "no checkpoint of bccn xor", advice):
        stored = stored_arrays(path)
        there = typed(json.loads(str(stored["config"])), dict[str, Any], "config")
        here = _identity(config)
        is_other = there.pop("circuit") != here.pop("circuit")  # too much to print
        check_same_run(path, there, here, ["its circuit is another one"] if is_other else [])
        forms = {"before": (4, simulator.network.ensembles), "seconds": ()}
        forms |= {"burst_prob_before": forms["before"], "history": (len(stored["history"]), 4)}
        for name, form in forms.items():
            array = stored[name]
            if array.dtype != np.float64 or array.shape != form or (array < 0).any():
                raise ValueError(f"{name} is no array {form} of numbers of at least 0")
            if name != "burst_prob_before" and not np.isfinite(array).all():
                raise ValueError(f"{name} holds values that are not finite")
        if stored["step"] != (1 + len(stored["history"])) * test_steps:  # it was tested once before
            raise ValueError("it has not learned for as long as it says")
        simulator.restore(stored)
        before = _Before(stored["before"], stored["burst_prob_before"])
        return list(stored["history"])[: config.epochs], float(stored["seconds"]), before


def _identity(config: XorConfig) -> dict[str, Any]:
    """What must be the same for a run to go on: everything but its length."""
    described: dict[str, Any] = json.loads(
        json.dumps({**asdict(config), "circuit": asdict(config.circuit)})
    )
    del described["epochs"]
    return described

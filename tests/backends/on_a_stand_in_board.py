"""Runs of a small network in a process of their own, with the stand-in for lava-loihi on its path.

Lava looks for the extension while it is imported, so a test that has imported Lava cannot add it.
``run_on_board`` starts this file as a program, which prints what happened as JSON.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import lava_bccn
from lava_bccn import LearningConfig, mapping
from lava_bccn.dynamics.states import STATE_NAMES, LayerStates
from lava_bccn.errors import InterruptedRunError
from tests.killed import named_memory_of

REPOSITORY = Path(__file__).parents[2]
EXTENSION = Path(__file__).parent / "extension"
SIZES = (4, 3, 2)
LEARNED = ("weight", "bias", "feedback_burst", "feedback_event")
LEARNING = LearningConfig(weight_rate=1)


def a_network() -> mapping.MappedNetwork:
    """Of the hardware form, with weights that move at every sample."""
    inputs = np.random.default_rng(1).random((20, SIZES[0]))
    rules = {"feedback": "kolen_pollack", "feedback_event": "tied", "gain": 3.0}
    return mapping.new_network(SIZES, inputs, activation="hard_sigmoid", **rules)


def samples(count: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets."""
    random = np.random.default_rng(2)
    return random.random((count, SIZES[0])), random.random((count, SIZES[-1]))


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """Variables of a process that finds the extension, and a board at the address 10.0.0.7."""
    ping = folder / "ping"
    ping.write_text("#!/bin/sh\necho 1 received\n")
    ping.chmod(0o755)
    directing = ("SLURM", "NOSLURM", "BOARD", "PARTITION", "LOIHI_GEN", "HOST_BINARY")
    return {
        **{name: value for name, value in os.environ.items() if name not in directing},
        "PYTHONPATH": os.pathsep.join((str(REPOSITORY), str(EXTENSION))),
        "PATH": os.pathsep.join((str(folder), os.environ["PATH"])),
        "NXSDKHOST": "10.0.0.7",
        **variables,
    }


def run_on_board(
    folder: Path,
    backend: str = "loihi2",
    *,
    learn: bool = False,
    opened: bool = False,
    **variables: str,
) -> dict[str, Any]:
    """What happened in such a run; see ``_report``.

    Args:
        folder: for commands that the process finds first.
        backend, learn: of the run.
        opened: in two parts, with a network that stays open.
        variables: of the environment, such as those by which the stand-in fails.
    """
    arguments = (backend, str(int(learn)), str(int(opened)))
    finished = subprocess.run(
        [sys.executable, "-m", "tests.backends.on_a_stand_in_board", *arguments],
        cwd=REPOSITORY,
        env=environment(folder, **variables),
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout.splitlines()[-1])


def arrays_of(result: lava_bccn.RunResult) -> dict[str, Any]:
    """States and learned numbers as lists, by their names."""
    arrays = {}
    for number, (layer, states) in enumerate(
        zip(result.network.layers, result.states, strict=True), start=1
    ):
        values = {name: getattr(states, name) for name in STATE_NAMES}
        values |= {name: getattr(layer, name) for name in LEARNED}
        for name, array in values.items():
            if array is not None:
                arrays[f"{name}_{number}"] = np.asarray(array).tolist()
    return arrays


def _in_parts(inputs: np.ndarray, targets: np.ndarray, **options: Any) -> lava_bccn.RunResult:
    """As ``lava_bccn.run``, by a network that stays open: a sample, then the others."""
    with lava_bccn.opened(a_network(), **options) as running:
        parts = [running.run(inputs[0], targets[0]), running.run(inputs[1:], targets[1:])]
        network = running.network
    states = []
    for first, second in zip(*(part.states for part in parts), strict=True):
        joined = {
            name: None if array is None else np.concatenate((array, getattr(second, name)))
            for name, array in vars(first).items()
        }
        states.append(LayerStates(**joined))
    return replace(parts[-1], network=network, states=tuple(states))


def _report(backend: str, learn: bool, opened: bool) -> dict[str, Any]:
    """``selected``: (Process, model, base of its kind) of every Process; ``board``: what Lava was
    directed to; ``arrays``: of the result, or of that before the ``error``; ``left``: what of Lava
    is still there."""
    from lava.magma.core.run_configs import AbstractLoihiRunCfg

    from lava_bccn.processes.actors import AnonymousMemory

    select, create = AbstractLoihiRunCfg.select, AnonymousMemory.create_shared_memory
    selected, sizes = [], []

    def select_and_tell(self: Any, process: Any, models: Any) -> Any:
        model = select(self, process, models)
        kind = next(base.__name__ for base in model.__mro__ if base.__name__ in KINDS)
        selected.append((type(process).__name__, model.__name__, kind))
        return model

    def create_and_count(self: Any, size: int) -> Any:
        sizes.append(size)
        return create(self, size)

    AbstractLoihiRunCfg.select = select_and_tell
    AnonymousMemory.create_shared_memory = create_and_count
    threads = set(threading.enumerate())
    inputs, targets = samples()
    report: dict[str, Any] = {"error": None}
    try:
        show = _in_parts if opened else partial(lava_bccn.run, a_network())
        result = show(
            inputs,
            targets,
            backend=backend,
            learn=LEARNING if learn else False,
            record=STATE_NAMES,
        )
    except InterruptedRunError as error:
        report |= {"error": str(error), "done": error.done}
        result = error.partial
    board = {name: os.environ.get(name) for name in ("NXSDKHOST", "NOSLURM", "LOIHI_GEN")}
    left = {
        "processes": [each.pid for each in multiprocessing.active_children()],
        "threads": [each.name for each in threading.enumerate() if each not in threads],
        "named memory": sorted(named_memory_of([os.getpid()])),
    }
    return {
        **report,
        "selected": selected,
        "board": board,
        "arrays": arrays_of(result),
        "learned": result.learned,
        "left": left,
        "segments": len(sizes),
    }


KINDS = (
    "AbstractNcProcessModel",
    "CLoihiProcessModel",
    "AbstractPyProcessModel",
    "AbstractSubProcessModel",
)
"""Of models, by the base class that Lava tells them apart by."""

if __name__ == "__main__":
    backend, learn, opened = sys.argv[1:]
    print(json.dumps(_report(backend, bool(int(learn)), bool(int(opened)))))

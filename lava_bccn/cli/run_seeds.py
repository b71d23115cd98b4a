"""``bccn run --learn --seeds``: the same lesson with several seeds, side by side over the cores."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from lava_bccn import online
from lava_bccn.cli.learning_options import OPTIONS_OF_SETTINGS
from lava_bccn.cli.plugins import load_installed
from lava_bccn.cli.printing import print_json, print_table, progress_bar
from lava_bccn.cli.resuming import settings_are_options
from lava_bccn.cli.run_learning import Task, accuracies, check_options, facts, prepared, warn_of
from lava_bccn.cli.seeds import by_seed, check_seeds
from lava_bccn.errors import InvalidInputError
from lava_bccn.experiments.side_by_side import side_by_side
from lava_bccn.online import Learned, Progression


class _Run(NamedTuple):
    """What one process is told."""

    seed: int
    plugins: Sequence[str]
    task: Task
    backend: str
    output: Path
    resume: bool


def execute(options: argparse.Namespace) -> None:
    """Learn with every seed, checkpoint, report; a file a seed."""
    _check(options)
    outputs = {seed: _of_seed(options.output, seed) for seed in options.seeds}
    resume = [check_options(options, output) for output in outputs.values()]
    task = prepared(options, outputs.values())
    runs = [
        _Run(seed, options.plugin or (), _with_seed(task, seed), options.backend, output, resume)
        for (seed, output), resume in zip(outputs.items(), resume, strict=True)
    ]
    if options.backend == "sim" and len(runs) > 1:
        _compile(task)  # once, and not in every process at the same time
    total = len(runs) * task.total
    with progress_bar(f"learning on {options.backend}", total, unit="samples") as bar:
        tell = by_seed(bar, options.seeds, "in the test")

        def on_news(run: _Run, learned: int, note: str) -> None:
            tell(run.seed, learned, note)

        with settings_are_options({**OPTIONS_OF_SETTINGS, "seed": "seeds"}):
            results = side_by_side(_learn, runs, getattr(options, "workers", None), on_news)
    _report(options, runs, results)


def _check(options: argparse.Namespace) -> None:
    check_seeds(options.seeds)
    for name, why in (
        ("seed", "--seeds names them all"),
        ("plot", "plot the curves of the CSV files beside the networks"),
        ("log_dir", "a folder holds the curves of one run"),
    ):
        if hasattr(options, name):
            raise InvalidInputError(f"--{name.replace('_', '-')} does not go with --seeds; {why}")
    if not hasattr(options, "output"):
        raise InvalidInputError(
            "--seeds needs -o FILE.safetensors: FILE_seed0.safetensors and so on are written"
        )


def _of_seed(path: Path, seed: int) -> Path:
    return path.with_name(f"{path.stem}_seed{seed}{path.suffix}")


def _with_seed(task: Task, seed: int) -> Task:
    lesson, config = replace(task.lesson, seed=seed), replace(task.config, seed=seed)
    return task._replace(lesson=lesson, config=config)


def _compile(task: Task) -> None:
    """Compile what learns, or read what was compiled before; processes then all read it."""
    part = replace(
        task.data, train_inputs=task.data.train_inputs[:1], train_labels=task.data.train_labels[:1]
    )
    online.learn(task.network, part, task.config, online.Lesson())


def _learn(run: _Run, tell: Callable[..., None]) -> Learned:
    """One seed's run, in a process of its own."""
    load_installed()
    for module in run.plugins:
        import_module(module)
    learned, note = 0, "-"

    def on_progress(count: int) -> None:
        nonlocal learned
        learned += count
        tell(learned, note)

    def on_point(point: Progression) -> None:
        nonlocal note
        note = f"{point.test_accuracy:.2%}"
        tell(learned, note)

    return online.learn(
        run.task.network,
        run.task.data,
        run.task.config,
        run.task.lesson,
        backend=run.backend,
        checkpoint=run.output,
        resume=run.resume,
        progress=on_progress,
        on_point=on_point,
    )


def _report(options: argparse.Namespace, runs: list[_Run], results: list[Learned]) -> None:
    found = {run.seed: accuracies(run.task, each) for run, each in zip(runs, results, strict=True)}
    for run, result in zip(runs, results, strict=True):
        warn_of(run.task, result, f"seed {run.seed}: ")
    mean, spread = _over_seeds(found, statistics.mean), _over_seeds(found, _deviation)
    if options.json:
        each = [
            {"seed": run.seed, **facts(run.output, run.task, result)}
            for run, result in zip(runs, results, strict=True)
        ]
        print_json({"runs": each, "mean_accuracy": mean, "standard_deviation": spread})
        return
    over_all = [("mean", mean), ("standard deviation", spread)] if len(runs) > 1 else []
    print_table(
        f"{runs[0].task.total} samples learned on {options.backend} with each seed; test accuracy",
        [{"seed": str(name), **_cells(of_run)} for name, of_run in (*found.items(), *over_all)],
    )
    print(f"Learned networks: {', '.join(run.output.name for run in runs)}")


def _over_seeds(
    found: Mapping[int, Mapping[str, tuple[float, ...]]], of: Callable[[Any], float]
) -> dict[str, tuple[float, ...]]:
    """A statistic over the seeds of what each has."""
    return {
        name: tuple(map(of, zip(*(each[name] for each in found.values()), strict=True)))
        for name in next(iter(found.values()))
    }


def _deviation(values: tuple[float, ...]) -> float:
    return statistics.stdev(values) if len(values) > 1 else 0.0


def _cells(accuracy: Mapping[str, tuple[float, ...]]) -> dict[str, str]:
    return {
        f"{name}, {when}": f"{value:.2%}"
        for name, values in accuracy.items()
        for when, value in zip(("before", "after"), values, strict=True)
    }

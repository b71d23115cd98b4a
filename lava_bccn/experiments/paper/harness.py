"""Runs the parts of an experiment side by side, skips finished ones, and writes what they show."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lava_bccn.errors import FileFormatError, InvalidInputError
from lava_bccn.experiments.paper import (
    alignment,
    branches,
    cifar10,
    cifar10_2026,
    dale,
    depth,
    imagenet,
    mnist,
    multiplexing,
    plasticity,
    realignment,
    regression,
    shifted,
    stationary,
    xor,
)
from lava_bccn.experiments.paper.experiment import Comparison, Experiment, Part, Row, Tell
from lava_bccn.experiments.paper.settings import settings_of
from lava_bccn.experiments.side_by_side import side_by_side
from lava_bccn.files import check_writable, existing_file, is_there, write_atomically
from lava_bccn.plots import save_figure
from lava_bccn.records import record
from lava_bccn.tables import write_table

EXPERIMENTS = {
    module.EXPERIMENT.name: module.EXPERIMENT
    for module in (
        regression,
        alignment,
        mnist,
        depth,
        branches,
        realignment,
        cifar10,
        cifar10_2026,
        imagenet,
        shifted,
        dale,
        xor,
        multiplexing,
        plasticity,
        stationary,
    )
}

HELD_OUT_NOTE = "Errors are those of training samples that were held out, not of the test set"


@dataclass(frozen=True)
class Report:
    """What an experiment has shown, and where it was written."""

    rows: list[Row]
    comparisons: list[Comparison]
    table: Path
    figure: Path
    markdown: Path


def find(name: str) -> Experiment:
    """The experiment of a name.

    Raises:
        InvalidInputError: there is none.
    """
    if name not in EXPERIMENTS:
        raise InvalidInputError(
            f"there is no experiment {name!r}; expected one of {', '.join(EXPERIMENTS)}"
        )
    return EXPERIMENTS[name]


def parts_of(
    experiment: Experiment,
    folder: Path,
    *,
    quick: bool = False,
    seeds: Sequence[int] | None = None,
    variants: Sequence[str] | None = None,
    data_dir: Path | None = None,
    held_out: bool = False,
) -> list[Part]:
    """The parts of an experiment, seed by seed.

    Args:
        folder: of the results.
        quick: with the quick settings.
        seeds, variants: some of them; None: those of the setting.
        data_dir: folder of data sets.
        held_out: test on training samples that are held out.

    Raises:
        InvalidInputError: a seed twice or below 0, a variant that does not exist, or nothing can be
            held out.
    """
    if held_out and not experiment.holds_out:
        able = ", ".join(each.name for each in EXPERIMENTS.values() if each.holds_out)
        raise InvalidInputError(
            f"{experiment.name} holds no training samples out; expected one of {able}"
        )
    setting = experiment.setting(quick)
    seeds = setting.seeds if seeds is None else seeds
    variants = setting.variants if variants is None else variants
    if not seeds or len(set(seeds)) != len(seeds) or min(seeds) < 0:
        raise InvalidInputError(f"seeds must be 0 or more, each once; got {list(seeds)}")
    unknown = [variant for variant in variants if variant not in setting.variants]
    if unknown or not variants or len(set(variants)) != len(variants):
        raise InvalidInputError(
            f"variants of {experiment.name} must be among {', '.join(setting.variants)}, each "
            f"once; got {', '.join(variants)}"
        )
    inside = folder / (("quick" if quick else "full") + ("-held-out" if held_out else ""))
    return [
        Part(
            experiment.name,
            variant,
            seed,
            quick,
            inside / f"{experiment.name}_{variant}_seed{seed}.pt",
            data_dir,
            held_out,
        )
        for seed in seeds
        for variant in variants
    ]


def rows_path(part: Part) -> Path:
    """Where the rows of a finished part are."""
    return part.checkpoint.with_suffix(".json")


def run_parts(
    parts: Sequence[Part],
    workers: int | None = None,
    on_news: Callable[[Part, float, str], None] = lambda *_: None,
) -> list[Row]:
    """The rows of all parts; those that are finished are read, the others run side by side.

    Args:
        parts: of one experiment.
        workers: parts at a time; None: one for each core.
        on_news: called with a part, the share of it that is done and a note.

    Raises:
        BurstCCNError: a part failed; finished parts are kept.
    """
    waiting = []
    for part in parts:
        check_writable(rows_path(part))
        if is_there(rows_path(part)):
            read_rows(part)  # refuse a damaged file before long work
            on_news(part, 1.0, "")
        else:
            waiting.append(part)
    side_by_side(run_part, waiting, workers, on_news)
    return [row for part in parts for row in read_rows(part)]


def run_part(part: Part, tell: Tell) -> None:
    """Do a part and write its rows; on one thread, since parts run side by side."""
    import torch

    torch.set_num_threads(1)
    rows = find(part.experiment).run(part, tell)
    rows = [{"variant": part.variant, "seed": part.seed, **row} for row in rows]
    write_rows(part, rows)
    tell(1.0, "")


def write_rows(part: Part, rows: list[Row]) -> None:
    """Keep the rows of a finished part, and with what settings they were made."""
    stored = {"settings": settings_of(find(part.experiment), part), "rows": rows}
    write_atomically(rows_path(part), lambda file: file.write(json.dumps(stored).encode()))


def read_rows(part: Part) -> list[Row]:
    """The rows of a finished part.

    Raises:
        FileFormatError: the file is damaged, or of other settings of the experiment.
    """
    path = rows_path(part)
    try:
        stored = record(_Rows, json.loads(existing_file(path).read_text()))
        then, now = stored.settings, settings_of(find(part.experiment), part)
        if then != now:
            raise ValueError(_difference(then, now))
        if any((row["seed"], row["variant"]) != (part.seed, part.variant) for row in stored.rows):
            raise ValueError("rows of another seed or variant")
        if not stored.rows or any(row.keys() != stored.rows[0].keys() for row in stored.rows):
            raise ValueError("no rows, or rows of different columns")
    except (ValueError, KeyError, RecursionError) as error:
        raise FileFormatError(
            f"{path} does not hold rows of this part ({error}); delete it to run the part again, "
            "or keep it and name another --output-dir"
        ) from error
    return list(stored.rows)


@dataclass(frozen=True)
class _Rows:
    """What the file of a finished part holds."""

    settings: str | dict[str, Any]
    rows: tuple[dict[str, str | int | float], ...]


def _difference(then: object, now: Mapping[str, Any]) -> str:
    """What is different in the settings of finished rows."""
    if not isinstance(then, dict):
        return "an earlier release, which did not say its settings, finished it"
    names = [name for name in {**then, **now} if then.get(name) != now.get(name)]
    told = (f"{name} was {then.get(name)!r} and is {now.get(name)!r}" for name in names)
    return f"it was finished with other settings: {'; '.join(told)}"


def write_report(
    experiment: Experiment, rows: list[Row], folder: Path, quick: bool, held_out: bool = False
) -> Report:
    """Write a CSV of all rows, the figure, and a table of published and measured values."""
    stem = folder / (
        experiment.name + ("_quick" if quick else "") + ("_held_out" if held_out else "")
    )
    report = Report(
        rows,
        experiment.compare(rows),
        stem.with_suffix(".csv"),
        stem.with_suffix(".png"),
        stem.with_suffix(".md"),
    )
    write_table(report.table, rows)
    figure = experiment.draw(rows)
    save_figure(figure, report.figure, dpi=150)
    text = _markdown(experiment, report, quick, held_out)
    write_atomically(report.markdown, lambda file: file.write(text.encode()))
    return report


def _markdown(experiment: Experiment, report: Report, quick: bool, held_out: bool) -> str:
    seeds = sorted({int(row["seed"]) for row in report.rows})
    lines = [
        f"# {experiment.name}",
        "",
        f"{experiment.shows}. Seeds {', '.join(map(str, seeds))}"
        + ("; quick settings, which are not those of the published values." if quick else ".")
        + (f" {HELD_OUT_NOTE}." if held_out else ""),
        "",
        "| what | published | measured |",
        "| --- | --- | --- |",
        *(f"| {c.what} | {c.published} | {c.measured} |" for c in report.comparisons),
        "",
        f"![{experiment.name}]({report.figure.name})",
        "",
    ]
    return "\n".join(lines)

"""``bccn reproduce``.

examples:
  bccn reproduce --list                        what there is, and what each needs
  bccn reproduce regression --quick            minutes on two cores
  bccn reproduce mnist --data-dir data --variants burstccn --seeds 0 1 2
  bccn reproduce mnist --data-dir data --held-out   the same, to choose settings on
  bccn reproduce depth --data-dir data --jobs > jobs.txt
  parallel < jobs.txt                          each part where a scheduler puts it, then
  bccn reproduce depth --data-dir data         collects what they left

A killed run goes on where it was when the same command is given again.
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from lava_bccn.cli.parsing import add_data_dir, add_json_option, add_overwrite, count
from lava_bccn.cli.printing import print_json, print_table, progress_bar
from lava_bccn.cli.resuming import goes_on
from lava_bccn.errors import InvalidInputError
from lava_bccn.experiments.paper.experiment import Experiment, Part, Row
from lava_bccn.experiments.paper.harness import (
    EXPERIMENTS,
    HELD_OUT_NOTE,
    find,
    parts_of,
    rows_path,
    run_parts,
    write_report,
)
from lava_bccn.files import check_writable


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add = parser.add_argument
    add("name", nargs="?", metavar="NAME", help="of the experiment (see --list)")
    add("--list", action="store_true", help="say what there is, and its estimated needs")
    add("--quick", action="store_true", help="smaller settings: minutes on two cores")
    add("--seeds", type=int, nargs="+", metavar="SEED", help="instead of those of --list")
    add("--variants", nargs="+", metavar="VARIANT", help="some of those of --list")
    add("--workers", type=count, metavar="N", help="parts at a time (default: one for each core)")
    add(
        "--output-dir",
        type=Path,
        metavar="DIR",
        help="where parts and results go (default: bccn-reproduce/NAME)",
    )
    add(
        "--held-out",
        action="store_true",
        help="test on training samples that are held out, a sixth of them (the last 10,000 of "
        "MNIST; 5,000 in cifar10_2026), instead of the test set: for choices",
    )
    add_overwrite(parser)
    add_data_dir(parser)
    add("--jobs", action="store_true", help="print a shell command for each part, run nothing")
    add("--parts-only", action="store_true", help="run the parts, leave the results to another")
    add_json_option(parser)


def execute(options: argparse.Namespace) -> None:
    """Run what is not finished yet, write the results, print them."""
    if options.list:
        _list(options.json)
        return
    if options.name is None:
        raise InvalidInputError("name an experiment, or see which there are with --list")
    experiment = find(options.name)
    folder = options.output_dir or Path("bccn-reproduce") / experiment.name
    parts = parts_of(
        experiment,
        folder,
        quick=options.quick,
        seeds=options.seeds,
        variants=options.variants,
        data_dir=options.data_dir,
        held_out=options.held_out,
    )
    if options.jobs:
        for part in parts:
            print(_job(options, folder, part))
        return
    rows = _run(options, parts, folder)
    if not options.parts_only:
        _report(options, experiment, rows, folder)


def _run(options: argparse.Namespace, parts: list[Part], folder: Path) -> list[Row]:
    check_writable(folder / "table.csv")
    goes_on(options, *(path for part in parts for path in (part.checkpoint, rows_path(part))))
    shares = dict.fromkeys(parts, 0.0)
    with progress_bar(options.name, len(parts), unit="parts") as bar:

        def on_news(part: Part, share: float, note: str) -> None:
            bar(share - shares[part], note=note and f"{part.variant} {part.seed}: {note}")
            shares[part] = share

        return run_parts(parts, options.workers, on_news)


def _report(
    options: argparse.Namespace, experiment: Experiment, rows: list[Row], folder: Path
) -> None:
    report = write_report(experiment, rows, folder, options.quick, options.held_out)
    if options.json:
        print_json(
            {
                "experiment": experiment.name,
                "quick": options.quick,
                "held_out": options.held_out,
                "seeds": sorted({row["seed"] for row in rows}),
                "values": [vars(comparison) for comparison in report.comparisons],
                "table": str(report.table),
                "figure": str(report.figure),
                "markdown": str(report.markdown),
            }
        )
        return
    print_table(
        experiment.shows + (" (quick)" if options.quick else ""),
        [vars(comparison) for comparison in report.comparisons],
    )
    if options.held_out:
        print(HELD_OUT_NOTE)
    print(f"{report.table}\n{report.figure}\n{report.markdown}")


def _list(as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {
                    "name": experiment.name,
                    "shows": experiment.shows,
                    "quick": vars(experiment.quick),
                    "full": vars(experiment.full),
                }
                for experiment in EXPERIMENTS.values()
            ]
        )
        return
    for experiment in EXPERIMENTS.values():
        print(f"{experiment.name}: {experiment.shows}")
        for name, setting in (("quick", experiment.quick), ("full", experiment.full)):
            seeds = " ".join(map(str, setting.seeds))
            print(f"  {name + ':':6} {setting.needs}; seeds {seeds}")
        print(f"  variants: {' '.join(experiment.full.variants)}")


def _job(options: argparse.Namespace, folder: Path, part: Part) -> str:
    """The command of one part."""
    plugins = [word for module in options.plugin or () for word in ("--plugin", module)]
    words = ["bccn", *plugins, "reproduce", options.name, "--seeds", str(part.seed)]
    words += ["--variants", part.variant, "--parts-only", "--output-dir", str(folder)]
    flags = ("quick", "held-out", "overwrite")
    words += [f"--{flag}" for flag in flags if getattr(options, flag.replace("-", "_"))]
    if options.data_dir is not None:
        words += ["--data-dir", str(options.data_dir)]
    return shlex.join(words)

"""What commands share that train one run for each of several seeds, side by side."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from lava_bccn.cli.outputs import check_output, pictures
from lava_bccn.cli.parsing import add_json_option, add_overwrite, count
from lava_bccn.errors import InvalidInputError


def add_seeds(parser: argparse.ArgumentParser) -> None:
    """``--seeds``."""
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[0], metavar="SEED", help="one run each"
    )


def add_run_options(parser: argparse.ArgumentParser, folder: str, drawn: str) -> None:
    """``--workers``, ``--output-dir``, ``--overwrite``, ``--plot`` and ``--json``.

    Args:
        parser: of the command.
        folder: where checkpoints go by default.
        drawn: what ``--plot`` draws.
    """
    add = parser.add_argument
    add("--workers", type=count, metavar="N", help="runs at a time (default: one for each core)")
    add(
        "--output-dir",
        type=Path,
        default=Path(folder),
        metavar="DIR",
        help="where checkpoints and trained networks go",
    )
    add_overwrite(parser)
    add("--plot", type=Path, metavar="FILE.png", help=f"draw {drawn}")
    add_json_option(parser)


def check_run_options(options: argparse.Namespace) -> None:
    """Before anything is trained.

    Raises:
        InvalidInputError: a seed is given twice.
        OutputPathError: the plot cannot be written.
    """
    check_seeds(options.seeds)
    if options.plot is not None:
        check_output(options.plot, pictures(), needs_ending=True)


def check_seeds(seeds: Sequence[int]) -> None:
    """Refuse a seed that is given twice."""
    if len(set(seeds)) != len(seeds):
        raise InvalidInputError("a seed is given twice")


def by_seed(
    bar: Callable[..., None], seeds: Sequence[int], what: str
) -> Callable[[int, int, str], None]:
    """What moves a progress bar by what a run has done in all, and notes each seed's latest."""
    latest: dict[int, str] = {}
    done = dict.fromkeys(seeds, 0)

    def on_progress(seed: int, in_all: int, value: str) -> None:
        latest[seed] = value
        bar(
            in_all - done[seed], note=f"{what} " + ", ".join(f"{s}: {v}" for s, v in latest.items())
        )
        done[seed] = in_all

    return on_progress

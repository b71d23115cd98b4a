"""What an experiment of the paper is to ``bccn reproduce``: parts, rows, a summary, a figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lava_bccn import datasets

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Row = dict[str, str | int | float]
"""One line of the table of results; every row of an experiment has the same keys."""

Tell = Callable[[float, str], None]
"""Called with the share of a part that is done, and a note."""


@dataclass(frozen=True)
class Part:
    """One run that is done, or done again, as a whole.

    Attributes:
        experiment: its name.
        variant: which of the experiment's variants.
        seed: of everything random in it.
        quick: with the quick settings.
        checkpoint: where training may keep its state, so that a killed part goes on.
        data_dir: folder of data sets; None: as ``datasets.load``.
        held_out: test on training samples that are held out, to make choices on.
    """

    experiment: str
    variant: str
    seed: int
    quick: bool
    checkpoint: Path
    data_dir: Path | None = None
    held_out: bool = False

    def data(self, name: str) -> datasets.Dataset:
        """A data set, without its test set where choices are made."""
        data = datasets.load(name, self.data_dir)
        return datasets.without_test_set(data) if self.held_out else data


@dataclass(frozen=True)
class Setting:
    """What one way to run an experiment needs.

    Attributes:
        seeds: unless others are asked for.
        variants: all that there are.
        needs: time and memory, estimated, for people.
    """

    seeds: tuple[int, ...]
    variants: tuple[str, ...]
    needs: str


@dataclass(frozen=True)
class Comparison:
    """A line of the summary: what it is, the published value and the measured one."""

    what: str
    published: str
    measured: str


@dataclass(frozen=True)
class Experiment:
    """A result of the paper that one command reruns.

    Attributes:
        name: of the command line.
        shows: what it is about, in a line.
        quick, full: the two ways to run it.
        run: does a part, and tells how far it is.
        compare: published and measured values of all rows.
        draw: the figure of all rows.
        holds_out: its parts can be run on training samples that are held out: they read all of
            their data by ``Part.data``, or see to it by ``Part.held_out``.
    """

    name: str
    shows: str
    quick: Setting
    full: Setting
    run: Callable[[Part, Tell], list[Row]]
    compare: Callable[[Sequence[Row]], list[Comparison]]
    draw: Callable[[Sequence[Row]], Figure]
    holds_out: bool = False

    def setting(self, quick: bool) -> Setting:
        """The quick or the full one."""
        return self.quick if quick else self.full

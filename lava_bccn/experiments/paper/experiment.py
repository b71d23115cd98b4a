"""What an experiment of the paper is to ``bccn reproduce``: parts, rows, a summary, a figure.

And what experiments share: the last rows of each seed, means with the values behind them, curves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

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
    """

    experiment: str
    variant: str
    seed: int
    quick: bool
    checkpoint: Path
    data_dir: Path | None = None


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
    """

    name: str
    shows: str
    quick: Setting
    full: Setting
    run: Callable[[Part, Tell], list[Row]]
    compare: Callable[[Sequence[Row]], list[Comparison]]
    draw: Callable[[Sequence[Row]], Figure]

    def setting(self, quick: bool) -> Setting:
        """The quick or the full one."""
        return self.quick if quick else self.full


def last_rows(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The last row of each seed, by variant."""
    last: dict[str, dict[int, Row]] = {}
    for row in rows:
        last.setdefault(str(row["variant"]), {})[int(row["seed"])] = row
    return {variant: list(of_seeds.values()) for variant, of_seeds in last.items()}


def column(rows: Iterable[Row], name: str) -> NDArray[np.float64]:
    """The values of a column of numbers, (rows,)."""
    return np.array([float(row[name]) for row in rows])


def mean_and_each(values: Iterable[float], form: str = ".2f", unit: str = " %") -> str:
    """The mean with its unit, and behind it every value."""
    values = list(values)
    each = ", ".join(f"{value:{form}}" for value in values)
    return f"{np.mean(values):{form}}{unit} ({each})"


def curves(
    along: str, name: str, measures: Mapping[str, str], group: str = "variant"
) -> Callable[[Sequence[Row]], Figure]:
    """What draws rows as points of curves; see :func:`lava_bccn.plots.curves`."""

    def draw(rows: Sequence[Row]) -> Figure:
        from lava_bccn import plots  # imports matplotlib, which a list of experiments needs not

        return plots.curves(rows, along, measures, name, group)

    return draw


ERRORS = {"test_error": "test error", "first_angle": "first layer to backprop (degrees)"}
"""What is drawn of classifiers."""

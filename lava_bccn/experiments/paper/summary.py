"""How experiments sum up their rows: the last ones of each seed, means, curves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lava_bccn.experiments.paper.experiment import Row

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ERRORS = {"test_error": "test error", "first_angle": "first layer to backprop (degrees)"}
"""What is drawn of classifiers."""


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

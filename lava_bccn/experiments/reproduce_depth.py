"""``bccn reproduce depth``: test error by number of hidden layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from lava_bccn import datasets
from lava_bccn.experiments.experiment import Comparison, Experiment, Part, Row, Setting

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MODELS = ("burstccn", "burstprop", "edn")
DEPTHS = (1, 2, 3, 4, 5, 6, 7, 8)
PUBLISHED = {
    "burstccn": "stays low",
    "burstprop": "stays low",
    "edn": "rises with depth",
}


def _run(part: Part, tell: Callable[[float, str], None]) -> list[Row]:
    from lava_bccn.experiments.depth import QUICK, DepthConfig, run_depth

    model, depth = part.variant.split("-")
    config = QUICK if part.quick else DepthConfig()
    config = replace(config, models=(model,), depths=(int(depth),), seeds=(part.seed,))
    data = datasets.load("digits" if part.quick else "mnist", part.data_dir)
    rows = run_depth(data, config, checkpoints=part.checkpoint.parent)
    return [asdict(row) for row in rows]


def _compare(rows: Sequence[Row]) -> list[Comparison]:
    errors: dict[tuple[str, int], list[float]] = {}
    for row in rows:
        key = (str(row["model"]), cast(int, row["hidden_layers"]))
        errors.setdefault(key, []).append(cast(float, row["test_error"]))
    return [
        Comparison(
            f"{model}, test error with {depth} hidden layer{'s' if depth > 1 else ''}",
            PUBLISHED[model],
            f"{np.mean(values):.2%}",
        )
        for (model, depth), values in sorted(errors.items())
    ]


def _draw(rows: Sequence[Row]) -> Figure:
    from lava_bccn.experiments.reproduce_figure import curves_figure

    measures = {"test_error": "test error", "first_angle": "first layer to backprop (degrees)"}
    return curves_figure(rows, "hidden_layers", measures, "hidden layers", group="model")


VARIANTS = tuple(f"{model}-{depth}" for depth in DEPTHS for model in MODELS)

EXPERIMENT = Experiment(
    name="depth",
    shows="Test error by number of hidden layers: BurstCCN, Burstprop, EDN",
    quick=Setting((0,), VARIANTS, "minutes on two cores, 0.5 GB a worker (digits)"),
    full=Setting(
        (0, 1, 2, 3, 4), VARIANTS, "hours a seed on a core, 1.5 GB a worker (MNIST); use --jobs"
    ),
    run=_run,
    compare=_compare,
    draw=_draw,
)

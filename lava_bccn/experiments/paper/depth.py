"""``bccn reproduce depth``: which rules still teach the first layer of a deep network.

Source: Greedy et al., NeurIPS 2022 (arXiv 2206.11769): from 1 to 8 hidden layers BurstCCN and
Burstprop stay low while the errors of EDN decay on their way down.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lava_bccn.experiments.paper.experiment import Comparison, Experiment, Part, Row, Setting, Tell
from lava_bccn.experiments.paper.summary import ERRORS, column, curves
from lava_bccn.nn.model_options import MODEL_OPTIONS
from lava_bccn.nn.training_config import TrainingConfig

PUBLISHED = {
    "burstccn": "stays low",
    "burstprop": "stays low",
    "edn": "rises with depth",
}
VARIANTS = tuple(f"{model}-{depth}" for depth in range(1, 9) for model in PUBLISHED)
"""From 1 to 8 hidden layers."""

FULL = TrainingConfig(epochs=20, batch_size=64, learning_rate=1e-3)
FULL_UNITS = 500
"""Of each hidden layer."""

QUICK = TrainingConfig(epochs=15, batch_size=16)
QUICK_UNITS = 64
"""For digits: a few minutes on one core."""

OPTIONS: dict[str, Any] = {"gain": 3.6, "feedback": "tied", "feedback_std": 0.3}
"""Of every model that has them. At a gain of 1 sigmoid layers hand on too little of either activity
or errors for any rule to learn more than a few; the published code starts at 3.6."""

READOUT_GAIN = 1.0
"""That of the output, which a wide layer would else silence or saturate."""


def _run(part: Part, tell: Tell) -> list[Row]:
    from lava_bccn.experiments.paper.classifier import train_mlp

    name, depth = part.variant.split("-")
    data = part.data("digits" if part.quick else "mnist")
    hidden = [QUICK_UNITS if part.quick else FULL_UNITS] * int(depth)
    options = {option: OPTIONS[option] for option in OPTIONS if option in MODEL_OPTIONS[name]}
    config = QUICK if part.quick else FULL
    rows = train_mlp(part, tell, name, hidden, data, config, readout_gain=READOUT_GAIN, **options)
    last = rows[-1]
    reached = {measure: last[measure] for measure in ERRORS}
    return [{"model": name, "hidden_layers": int(depth), **reached}]


def _compare(rows: Sequence[Row]) -> list[Comparison]:
    runs: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        runs.setdefault((str(row["model"]), int(row["hidden_layers"])), []).append(row)
    return [
        Comparison(
            f"{model}, test error with {depth} hidden layer{'s' if depth > 1 else ''}",
            PUBLISHED[model],
            f"{column(same, 'test_error').mean():.2%}",
        )
        for (model, depth), same in sorted(runs.items())
    ]


EXPERIMENT = Experiment(
    name="depth",
    shows="Test error by number of hidden layers: BurstCCN, Burstprop, EDN",
    quick=Setting((0,), VARIANTS, "minutes on two cores, 0.5 GB a worker (digits)"),
    full=Setting(
        (0, 1, 2, 3, 4), VARIANTS, "hours a seed on a core, 1.5 GB a worker (MNIST); use --jobs"
    ),
    run=_run,
    compare=_compare,
    draw=curves("hidden_layers", "hidden layers", ERRORS, group="model"),
    holds_out=True,
)

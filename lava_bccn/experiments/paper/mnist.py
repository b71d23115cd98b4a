"""``bccn reproduce mnist``: test error with three hidden layers of 500 and random feedback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lava_bccn.experiments.paper.experiment import Comparison, Experiment, Part, Row, Setting, Tell
from lava_bccn.experiments.paper.summary import ERRORS, column, curves, last_rows, mean_and_each
from lava_bccn.nn.model_options import MODEL_OPTIONS
from lava_bccn.nn.training_config import TrainingConfig

PUBLISHED = {"burstccn": "1.84 %", "burstprop": "1.75 %", "edn": "10.65 %"}
"""Test errors, means of 5 seeds."""

HIDDEN = (500, 500, 500)
FULL = TrainingConfig(epochs=20, batch_size=64, learning_rate=1e-3, feedback_rate=1e-4)

WEIGHT_DECAY = {"tied": 0.1, "kolen_pollack": 0.1}
"""Decoupled, of W and Y: what makes a Kolen–Pollack Y align; tied has the same, to be compared.
With random feedback so much decay costs more than a point."""

QUICK = replace(FULL, epochs=5)
QUICK_SAMPLES = 10_000

VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "burstccn": ("burstccn", {"feedback_event": "symmetric", "learn_feedback_event": True}),
    "burstccn-q-tied": ("burstccn", {"feedback_event": "tied"}),
    "burstccn-q-random": ("burstccn", {"feedback_event": "random", "learn_feedback_event": True}),
    "symmetric": ("burstccn", {"feedback": "symmetric"}),
    "tied": ("burstccn", {"feedback": "tied"}),
    "kolen_pollack": ("burstccn", {"feedback": "kolen_pollack"}),
    "backprop": ("backprop", {}),
    "feedback_alignment": ("feedback_alignment", {}),
    "burstprop": ("burstprop", {}),
    "edn": ("edn", {}),
}
"""Model and options of each. Y is random where nothing else is said; Q of ``burstccn`` starts at
p^b Y and learns to keep the dendrites silent; of the last BurstCCNs it is p^b Y."""


def _run(part: Part, tell: Tell) -> list[Row]:
    from lava_bccn.experiments.paper.classifier import train_mlp

    model_name, options = VARIANTS[part.variant]
    if "feedback" in MODEL_OPTIONS[model_name]:
        options = {"feedback": "random", **options}
    config = replace(
        QUICK if part.quick else FULL, weight_decay=WEIGHT_DECAY.get(part.variant, 0.0)
    )
    data = part.data("mnist")
    used = slice(QUICK_SAMPLES if part.quick else None)
    return train_mlp(part, tell, model_name, HIDDEN, data, config, used, **options)


def _compare(rows: Sequence[Row]) -> list[Comparison]:
    return [
        Comparison(
            f"{model}: test error after {int(column(last, 'epoch').max())} epochs",
            PUBLISHED.get(model, "—"),
            mean_and_each(100 * column(last, "test_error")),
        )
        for model, last in last_rows(rows).items()
    ]


EXPERIMENT = Experiment(
    name="mnist",
    shows="MNIST, three hidden layers of 500: BurstCCN with every feedback, and its comparators",
    quick=Setting((0,), tuple(VARIANTS), "minutes on two cores, 1.5 GB a worker (10,000 images)"),
    full=Setting((0, 1, 2), tuple(VARIANTS), "3 to 5 min a part on a core, 1.5 GB a worker"),
    run=_run,
    compare=_compare,
    draw=curves("epoch", "epoch", ERRORS),
    holds_out=True,
)

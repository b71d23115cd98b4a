"""``bccn reproduce alignment``: only Q learns; what that does to the updates of five layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np

from lava_bccn import datasets
from lava_bccn.experiments.experiment import Comparison, Experiment, Part, Row, Setting
from lava_bccn.metrics import angle_degrees

if TYPE_CHECKING:
    import torch
    from matplotlib.figure import Figure

VARIANTS = {
    "symmetric": ("symmetric", None),
    "symmetric-teacher": ("symmetric", "patterns"),
    "symmetric-labels": ("symmetric", "labels"),
    "random": ("random", None),
    "random-teacher": ("random", "patterns"),
}
"""Regime of Y, and what the teacher asks for while Q learns: random patterns, or the classes.

Q silences whatever events predict. Of random patterns they predict nothing; of the errors that an
untrained network makes on classes they predict the larger part.
"""

HIDDEN_LAYERS = 4
HIDDEN_UNITS = 64
GAIN = 3.6
"""Of the start of W, as in the published code. At 1, deep activity hardly depends on the input."""
BATCH, LEARNING_RATE, MOMENTUM = 32, 0.02, 0.9
OBSERVED = 200
CENTRED_ON = 1000
"""Training images whose mean potentials the biases centre at the start."""
FULL_UPDATES, QUICK_UPDATES = 40_000, 5_000


def _run(part: Part, tell: Callable[[float, str], None]) -> list[Row]:
    import torch

    from lava_bccn.nn import alignment, burst_layers, burst_loss, burst_mlp, burst_states, centre

    feedback, taught = VARIANTS[part.variant]
    updates = QUICK_UPDATES if part.quick else FULL_UPDATES
    data = datasets.load("digits" if part.quick else "mnist", part.data_dir)
    generator = torch.Generator().manual_seed(part.seed)
    classes = len(data.class_names)
    model = burst_mlp(
        (data.input_size, *[HIDDEN_UNITS] * HIDDEN_LAYERS, classes),
        normalize=(float(data.train_inputs.mean()), float(data.train_inputs.std())),
        generator=generator,
        gain=GAIN,
        feedback=feedback,
        feedback_event="random",
        learn_feedback_event=True,
    )
    inputs = torch.from_numpy(data.train_inputs)
    labels = torch.from_numpy(data.train_labels)
    held_out = torch.from_numpy(data.test_inputs[:OBSERVED])
    held_out_labels = torch.from_numpy(data.test_labels[:OBSERVED])
    taught_rate = 1 / classes if taught == "labels" else 0.5
    centre(model, inputs[:CENTRED_ON], readout_rate=taught_rate)

    def targets(labels: torch.Tensor) -> torch.Tensor:
        if taught == "labels":
            return torch.nn.functional.one_hot(labels, classes).float()
        return torch.randint(2, (len(labels), classes), generator=generator).float()

    held_out_targets = targets(held_out_labels)
    senders = burst_layers(model)[1:]
    learned = [layer.feedback_event for layer in senders if layer.feedback_event is not None]
    sent = [layer.feedback_burst for layer in senders if layer.feedback_burst is not None]
    optimizer = torch.optim.SGD(learned, lr=LEARNING_RATE, momentum=MOMENTUM)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, updates)
    observed = {0, *np.unique(np.geomspace(1, updates, 25).astype(int)).tolist()}
    rows: list[Row] = []
    for update in range(updates + 1):
        if update in observed:
            silent = burst_states(model, held_out)[:-1]
            apical = np.mean([float(state.apical.abs().mean()) for state in silent])
            of_layers = alignment(model, held_out, held_out_targets)
            for number, (event, burst, angles) in enumerate(
                zip(learned, sent, of_layers[:-1], strict=True), start=1
            ):
                rows.append(
                    {
                        "layer": number,
                        "update": update,
                        "angle_q_to_y": angle_degrees(event.detach(), burst.detach()),
                        "mean_abs_apical": float(apical),
                        "angle_to_backprop": angles.to_backprop,
                        "angle_to_feedback_alignment": angles.to_feedback_alignment,
                    }
                )
            tell(update / updates, f"mean |apical| {apical:.3g}")
        chosen = torch.randint(len(inputs), (BATCH,), generator=generator)
        model.zero_grad(set_to_none=True)
        target = None if taught is None else targets(labels[chosen])
        burst_loss(model(inputs[chosen]), target).backward()
        optimizer.step()
        schedule.step()
    return rows


def _compare(rows: Sequence[Row]) -> list[Comparison]:
    comparisons = []
    last = max(cast(int, row["update"]) for row in rows)
    for variant in dict.fromkeys(str(row["variant"]) for row in rows):

        def mean(name: str, update: int, variant: str = variant) -> float:
            chosen = (row for row in rows if (row["variant"], row["update"]) == (variant, update))
            return float(np.mean([cast(float, row[name]) for row in chosen]))

        expected = {None: "near 0°", "patterns": "well below 90°"}.get(
            VARIANTS[variant][1], "figure only"
        )
        for name, what, published, unit in (
            ("angle_q_to_y", "Q to p^b Y", "figure only", "°"),
            ("mean_abs_apical", "mean abs. apical, no teacher", "figure only", ""),
            ("angle_to_backprop", "update to backprop", expected, "°"),
            ("angle_to_feedback_alignment", "update to feedback alignment", "figure only", "°"),
        ):
            if variant.startswith("random") and name == "angle_to_backprop":
                published = "figure only"
            before, after = mean(name, 0), mean(name, last)
            comparisons.append(
                Comparison(
                    f"{variant}: {what}", published, f"{before:.3g}{unit} → {after:.3g}{unit}"
                )
            )
    return comparisons


def _draw(rows: Sequence[Row]) -> Figure:
    from lava_bccn.experiments.reproduce_figure import curves_figure

    measures = {
        "angle_q_to_y": "Q to p^b Y (degrees)",
        "mean_abs_apical": "mean |apical|, no teacher",
        "angle_to_backprop": "update to backprop (degrees)",
        "angle_to_feedback_alignment": "to feedback alignment (degrees)",
    }
    return curves_figure(rows, "update", measures, "updates of Q")


EXPERIMENT = Experiment(
    name="alignment",
    shows="Five layers, only Q learns from random values, without and with a teacher",
    quick=Setting((0, 1), tuple(VARIANTS), "a minute on two cores, 0.5 GB a worker (digits)"),
    full=Setting(
        (0, 1, 2, 3, 4), tuple(VARIANTS), "2 min a part on a core, 1.5 GB a worker (MNIST)"
    ),
    run=_run,
    compare=_compare,
    draw=_draw,
)

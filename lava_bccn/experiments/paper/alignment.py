"""``bccn reproduce alignment``: only Q learns; what that does to the updates of five layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lava_bccn.experiments.paper.experiment import Comparison, Experiment, Part, Row, Setting, Tell
from lava_bccn.experiments.paper.summary import column, curves, last_rows
from lava_bccn.metrics import angle_degrees

if TYPE_CHECKING:
    import torch

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

PUBLISHED = {None: "near 0°", "patterns": "well below 90°", "labels": "figure only"}
"""Angle of the update to backprop where Y is symmetric, by what the teacher asks for."""

HIDDEN_LAYERS = 4
HIDDEN_UNITS = 64
GAIN = 3.6
"""Of the start of W, as in the published code. At 1, deep activity hardly depends on the input."""
BATCH, LEARNING_RATE, MOMENTUM = 32, 0.02, 0.9
OBSERVED = 200
CENTRED_ON = 1000
"""Training images whose mean potentials the biases centre at the start."""
FULL_UPDATES, QUICK_UPDATES = 40_000, 5_000


def _run(part: Part, tell: Tell) -> list[Row]:
    import torch

    from lava_bccn.nn import burst_loss, burst_mlp, centre

    feedback, taught = VARIANTS[part.variant]
    updates = QUICK_UPDATES if part.quick else FULL_UPDATES
    data = part.data("digits" if part.quick else "mnist")
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
    centre(model, inputs[:CENTRED_ON], readout_rate=1 / classes if taught == "labels" else 0.5)

    def targets(labels: torch.Tensor) -> torch.Tensor:
        if taught == "labels":
            return torch.nn.functional.one_hot(labels, classes).float()
        return torch.randint(2, (len(labels), classes), generator=generator).float()

    held_out_targets = targets(held_out_labels)
    learned = [event for event, _ in _feedback(model)]
    optimizer = torch.optim.SGD(learned, lr=LEARNING_RATE, momentum=MOMENTUM)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, updates)
    observed = {0, *np.unique(np.geomspace(1, updates, 25).astype(int)).tolist()}
    rows: list[Row] = []
    for update in range(updates + 1):
        if update in observed:
            rows += _observe(model, update, held_out, held_out_targets)
            tell(update / updates, f"mean |apical| {rows[-1]['mean_abs_apical']:.3g}")
        chosen = torch.randint(len(inputs), (BATCH,), generator=generator)
        model.zero_grad(set_to_none=True)
        target = None if taught is None else targets(labels[chosen])
        burst_loss(model(inputs[chosen]), target).backward()
        optimizer.step()
        schedule.step()
    return rows


def _feedback(model: torch.nn.Sequential) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Q and Y of every layer that sends feedback."""
    from lava_bccn.nn import burst_layers

    return [
        (layer.feedback_event, layer.feedback_burst)
        for layer in burst_layers(model)
        if layer.feedback_event is not None and layer.feedback_burst is not None
    ]


def _observe(
    model: torch.nn.Sequential, update: int, inputs: torch.Tensor, targets: torch.Tensor
) -> list[Row]:
    """A row for each hidden layer: how silent it is, and the angles of its Q and its update."""
    from lava_bccn.nn import alignment, burst_states

    silent = burst_states(model, inputs)[:-1]
    apical = np.mean([float(state.apical.abs().mean()) for state in silent])
    of_layers = alignment(model, inputs, targets)[:-1]
    return [
        {
            "layer": number,
            "update": update,
            "angle_q_to_y": angle_degrees(event.detach(), burst.detach()),
            "mean_abs_apical": float(apical),
            "angle_to_backprop": angles.to_backprop,
            "angle_to_feedback_alignment": angles.to_feedback_alignment,
        }
        for number, ((event, burst), angles) in enumerate(
            zip(_feedback(model), of_layers, strict=True), start=1
        )
    ]


def _compare(rows: Sequence[Row]) -> list[Comparison]:
    comparisons = []
    last = int(column(rows, "update").max())
    for variant in last_rows(rows):
        before, after = (
            [row for row in rows if (row["variant"], row["update"]) == (variant, update)]
            for update in (0, last)
        )
        expected = (
            "figure only" if variant.startswith("random") else PUBLISHED[VARIANTS[variant][1]]
        )
        for name, what, published, unit in (
            ("angle_q_to_y", "Q to p^b Y", "figure only", "°"),
            ("mean_abs_apical", "mean abs. apical, no teacher", "figure only", ""),
            ("angle_to_backprop", "update to backprop", expected, "°"),
            ("angle_to_feedback_alignment", "update to feedback alignment", "figure only", "°"),
        ):
            start, end = (column(chosen, name).mean() for chosen in (before, after))
            measured = f"{start:.3g}{unit} → {end:.3g}{unit}"
            comparisons.append(Comparison(f"{variant}: {what}", published, measured))
    return comparisons


EXPERIMENT = Experiment(
    name="alignment",
    shows="Five layers, only Q learns from random values, without and with a teacher",
    quick=Setting((0, 1), tuple(VARIANTS), "a minute on two cores, 0.5 GB a worker (digits)"),
    full=Setting(
        (0, 1, 2, 3, 4), tuple(VARIANTS), "2 min a part on a core, 1.5 GB a worker (MNIST)"
    ),
    run=_run,
    compare=_compare,
    draw=curves(
        "update",
        "updates of Q",
        {
            "angle_q_to_y": "Q to p^b Y (degrees)",
            "mean_abs_apical": "mean |apical|, no teacher",
            "angle_to_backprop": "update to backprop (degrees)",
            "angle_to_feedback_alignment": "to feedback alignment (degrees)",
        },
    ),
    holds_out=True,
)

"""What experiments share in which Y or Q finds the other: network, settings, a run of a part."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from lava_bccn.experiments.paper.classifier import CENTRED_ON, samples, train_part
from lava_bccn.experiments.paper.experiment import Part, Row, Tell
from lava_bccn.metrics import angle_degrees
from lava_bccn.nn import burst_layers, burst_mlp, centre
from lava_bccn.nn.training_config import TrainingConfig

FULL = TrainingConfig(
    epochs=10,
    batch_size=64,
    learning_rate=1e-3,
    warm_up=1,
    feedback_rate=4e-3,
    realignment_before=6000,
    autocast="bf16",
)
FULL_HIDDEN = (500, 500, 500)
"""One layer less than published, as in the experiment ``mnist``."""

FULL_RATES = {"y": 0.03, "q": 0.0075}
"""Learning rates of steps without a teacher, with one branch: about half of 2 / Σ r², below which
they are stable, r the burst (Y) or event rates (Q) of 500 senders whose events are near ½."""

FULL_RATES_BESIDE = {"y": 0.02, "q": 0.005}
"""Learning rates beside a teacher."""

QUICK = replace(
    FULL,
    epochs=30,
    batch_size=16,
    learning_rate=3e-3,
    feedback_rate=5e-2,
    realignment_before=2000,
    autocast=None,
)
QUICK_HIDDEN = (64, 64, 64)
"""For digits."""

OPTIONS: Mapping[str, Any] = {"gain": 3.6, "feedback": "random", "feedback_event": "random"}
"""Y and Q start random and independent of each other. At a gain of 1 somata, and so events, vary
too little for a branch of many units to learn what each of them sends."""

READOUT_GAIN = 1.0
"""That of the output, which a wide layer would else silence."""

READOUT_RATE = 0.3
"""Mean event rate of the outputs at the start. Its synapses learn with it squared: at 0.1 they take
ten times as long, and what they send while they have not learned silences the layer below."""

LEARNS: Mapping[str, Mapping[str, Any]] = {
    "y": {"learn_feedback_burst": True, "homeostatic_factor": "burst_rate"},
    "q": {"learn_feedback_event": True},
}
"""The matrix that finds the other: Y as published, or Q."""


def few_branches(matrix: str, branches: int, quick: bool) -> dict[str, Any]:
    """How dendrites of few branches learn: on MNIST, without a teacher at a rate of its own.

    What is stable grows with the root of the branches: there are fewer senders in each.
    """
    if quick:
        return {}
    rate = FULL_RATES[matrix] * math.sqrt(branches)
    return {"feedback_rate": FULL_RATES_BESIDE[matrix], "realignment_rate": rate}


def train_homeostatic(
    part: Part, tell: Tell, matrix: str, changes: Mapping[str, Any], **options: Any
) -> Row:
    """Train a network whose Y or Q learns, and see how far it has aligned.

    Args:
        part, tell: as for ``train_part``.
        matrix: a name in ``LEARNS``.
        changes: to the training configuration.
        options: of all layers.

    Returns:
        Steps without a teacher for each training batch, in blocks or not; test error; the angle of
        Q to p^b Y, the mean of all layers that send feedback; that of the first layer's update to
        backprop.
    """
    data = part.data("digits" if part.quick else "mnist")
    training, test = samples(data)
    inputs, classes = training[0], len(data.class_names)
    model = burst_mlp(
        (data.input_size, *(QUICK_HIDDEN if part.quick else FULL_HIDDEN), classes),
        normalize=(float(inputs.mean()), float(inputs.std())),
        readout_gain=READOUT_GAIN,
        generator=torch.Generator().manual_seed(part.seed),
        **{**OPTIONS, **LEARNS[matrix], **options},
    )
    centre(model, inputs[:CENTRED_ON], readout_rate=READOUT_RATE)
    config = replace(QUICK if part.quick else FULL, **changes)
    last = train_part(part, tell, model, (training, test), config, data.name)[-1]
    angles = [
        angle_degrees(layer.feedback_event.detach(), layer.feedback_burst.detach())
        for layer in burst_layers(model)
        if layer.feedback_event is not None and layer.feedback_burst is not None
    ]
    per_epoch = math.ceil(len(inputs) / config.batch_size)
    return {
        "realignment_per_batch": config.realignment_per_batch
        + config.realignment_batches / per_epoch,
        "test_error": last["test_error"],
        "angle_q_to_y": float(np.mean(angles)),
        "first_angle": last["first_angle"],
    }

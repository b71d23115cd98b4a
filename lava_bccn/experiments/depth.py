"""Test error by number of hidden layers: which rules still teach the first layer of a deep network.

Source: Greedy et al., NeurIPS 2022 (arXiv 2206.11769): from 1 to 8 hidden layers BurstCCN and
Burstprop stay low while the errors of EDN decay on their way down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch

from lava_bccn.datasets import Dataset
from lava_bccn.errors import InvalidInputError
from lava_bccn.nn import centre, mlp, train
from lava_bccn.nn.model_options import MODEL_OPTIONS
from lava_bccn.nn.training_config import TrainingConfig


@dataclass(frozen=True)
class DepthConfig:
    """What decides the experiment.

    Attributes:
        models: names in ``MODEL_OPTIONS``.
        depths: numbers of hidden layers.
        hidden_units: of each hidden layer.
        gain: of the Xavier start of W. At 1 sigmoid layers hand on too little of either activity or
            errors for any rule to learn more than a few; the published code starts at 3.6.
        readout_gain: that of the output, which a wide layer would else silence or saturate.
        feedback: regime of Y.
        feedback_std: of a random Y.
        seeds: of the start and of the order of samples, a run each.
        training: of every run; its seed is replaced.
        samples: take the first so many training images; None takes all.
    """

    models: tuple[str, ...] = ("burstccn", "burstprop", "edn")
    depths: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7, 8)
    hidden_units: int = 500
    gain: float = 3.6
    readout_gain: float = 1.0
    feedback: Literal["random", "symmetric", "tied"] = "tied"
    feedback_std: float = 0.3
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    training: TrainingConfig = TrainingConfig(epochs=20, batch_size=64, learning_rate=1e-3)
    samples: int | None = None

    def __post_init__(self) -> None:
        unknown = sorted(set(self.models) - set(MODEL_OPTIONS))
        if unknown:
            raise InvalidInputError(
                f"models must be among {', '.join(MODEL_OPTIONS)}, not {', '.join(unknown)}"
            )
        if not self.depths or min(self.depths) < 1 or self.hidden_units < 1:
            raise InvalidInputError(
                "depths need at least one number of hidden layers, all 1 or more, and "
                f"hidden_units at least 1; got {self.depths!r} and {self.hidden_units!r}"
            )
        if self.samples is not None and self.samples < 1:
            raise InvalidInputError(f"samples must be at least 1, not {self.samples!r}")


CENTRED_ON = 500
"""Training images whose mean potentials the biases centre at the start."""

QUICK = DepthConfig(
    hidden_units=64,
    seeds=(0,),
    training=TrainingConfig(epochs=15, batch_size=16),
)
"""For digits: a few minutes on one core."""


@dataclass(frozen=True)
class DepthRow:
    """One run: its model, hidden layers and seed, and what it reached.

    Attributes:
        test_error: share of test images, in [0, 1].
        first_angle: of the first layer's update to backprop, degrees.
    """

    model: str
    hidden_layers: int
    seed: int
    test_error: float
    first_angle: float


def run_depth(
    data: Dataset,
    config: DepthConfig = QUICK,
    on_run: Callable[[DepthRow], None] = lambda _: None,
    *,
    checkpoints: Path | None = None,
) -> list[DepthRow]:
    """Train every model at every depth from every seed; the table of what they reach.

    Args:
        data: inputs are standardised by their mean and deviation.
        config: see :class:`DepthConfig`.
        on_run: called with each row when its run ends.
        checkpoints: folder in which every run keeps one, to go on from after it was killed.
    """
    inputs = torch.from_numpy(data.train_inputs[: config.samples])
    labels = torch.from_numpy(data.train_labels[: config.samples])
    test = torch.from_numpy(data.test_inputs), torch.from_numpy(data.test_labels)
    normalize = (float(inputs.mean()), float(inputs.std()))
    rows = []
    for depth in config.depths:
        for name in config.models:
            for seed in config.seeds:
                sizes = (data.input_size, *[config.hidden_units] * depth, len(data.class_names))
                generator = torch.Generator().manual_seed(seed)
                given = {
                    option: getattr(config, option)
                    for option in ("gain", "feedback", "feedback_std")
                    if option in MODEL_OPTIONS[name]
                }
                model = mlp(
                    name,
                    sizes,
                    normalize=normalize,
                    generator=generator,
                    readout_gain=config.readout_gain,
                    **given,
                )
                centre(model, inputs[:CENTRED_ON], readout_rate=1 / len(data.class_names))
                training = replace(config.training, seed=seed)
                file = checkpoints and checkpoints / f"depth_{name}_{depth}_seed{seed}.pt"
                last = train(
                    model, (inputs, labels), test, training, checkpoint=file, resume=True
                ).history[-1]
                row = DepthRow(
                    name, depth, seed, last["held_out_error"], last["angle_to_backprop_1"]
                )
                rows.append(row)
                on_run(row)
    return rows

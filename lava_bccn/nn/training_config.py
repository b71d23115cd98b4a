"""What decides a training run, without importing PyTorch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lava_bccn.errors import InvalidInputError
from lava_bccn.tables import table_beside


@dataclass(frozen=True)
class TrainingConfig:
    """What decides a training run; the same configuration and seed give the same bits.

    The defaults suit a data set as small as digits; for MNIST take a batch size of 64 and a
    learning rate of 1e-3.

    Attributes:
        epochs: passes through the training set.
        batch_size: samples per update.
        optimizer: ``"adam"`` (with decoupled weight decay) or ``"sgd"``.
        learning_rate: at the start.
        schedule: ``"cosine"`` to 0 over all epochs, or ``"constant"``.
        momentum: of SGD.
        feedback_rate: learning rate at the start of Q and Y where they learn by the homeostatic
            rule, in plain steps whatever the optimizer of W. Too fast they also silence what errors
            the events predict, and above 2 / Σ e² of the units that send they diverge.
        weight_decay: of W and of a Kolen–Pollack Y.
        patience: stop after that many epochs without a better validation error and return to the
            best; None trains through and keeps the last.
        seed: of the order of the samples and of what augments them.
        crop_padding: show each image cut to its size at a random place after so many silent rows
            and columns were put around it; 0 shows it whole.
        flip: mirror every other image, at random, left to right.
        autocast: ``"bf16"`` computes matrix products and convolutions of training in bfloat16;
            rates, bursts and weights stay in float32. None computes all in float32.
        compile: train through ``torch.compile``, which takes a while to start.
    """

    epochs: int = 60
    batch_size: int = 16
    optimizer: Literal["adam", "sgd"] = "adam"
    learning_rate: float = 2e-3
    schedule: Literal["cosine", "constant"] = "cosine"
    momentum: float = 0.0
    feedback_rate: float = 1e-4
    weight_decay: float = 0.0
    patience: int | None = None
    seed: int = 0
    crop_padding: int = 0
    flip: bool = False
    autocast: Literal["bf16"] | None = None
    compile: bool = False

    def __post_init__(self) -> None:
        checks = {
            "epochs": (self.epochs >= 1, "at least 1"),
            "batch_size": (self.batch_size >= 1, "at least 1"),
            "optimizer": (self.optimizer in ("adam", "sgd"), "'adam' or 'sgd'"),
            "learning_rate": (0 < self.learning_rate < math.inf, "positive and finite"),
            "schedule": (self.schedule in ("cosine", "constant"), "'cosine' or 'constant'"),
            "momentum": (
                0 <= self.momentum < 1 and (self.momentum == 0 or self.optimizer == "sgd"),
                "in [0, 1), and 0 with Adam, which has its own",
            ),
            "feedback_rate": (0 < self.feedback_rate < math.inf, "positive and finite"),
            "weight_decay": (0 <= self.weight_decay < math.inf, "0 or more"),
            "seed": (0 <= self.seed < 2**63, "from 0 to 2^63 - 1"),
            "crop_padding": (self.crop_padding >= 0, "0 or more"),
            "autocast": (self.autocast in (None, "bf16"), "None or 'bf16'"),
            "patience": (self.patience is None or self.patience >= 1, "None or at least 1"),
        }
        for name, (valid, expected) in checks.items():
            if not valid:
                raise InvalidInputError(f"{name} must be {expected}, not {getattr(self, name)!r}")


def log_path(checkpoint: str | Path, history: Sequence[Mapping[str, float]] = ()) -> Path:
    """The CSV log beside a checkpoint; see :func:`~lava_bccn.tables.table_beside`.

    Args:
        checkpoint: its file.
        history: a record an epoch; none before the first.

    Raises:
        InvalidInputError: the checkpoint itself is named so.
    """
    if Path(checkpoint).suffix == ".csv":
        raise InvalidInputError(
            f"{checkpoint} is a name for the log; name the checkpoint otherwise, for example "
            f"{Path(checkpoint).with_suffix('.pt')}"
        )
    return table_beside(checkpoint, "epoch", history)

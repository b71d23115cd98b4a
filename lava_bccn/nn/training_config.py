"""What decides a training run, without importing PyTorch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lava_bccn.errors import InvalidInputError
from lava_bccn.settings import (
    FLAG,
    NOT_NEGATIVE,
    POSITIVE,
    SEED,
    check_fields,
    integer,
    number,
    one_of,
)
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
        warm_up: epochs in which the learning rates rise, linearly and with every update, to what
            they are at the start of the schedule, which takes the other epochs.
        momentum: of SGD.
        feedback_rate: learning rate at the start of Q and Y where they learn by the homeostatic
            rule, in plain steps whatever the optimizer of W. Too fast they also silence what errors
            the events predict, and above 2 / Σ e² of the units that send they diverge.
        realignment_batches: batches without a teacher, in which W and c keep still and the
            homeostatic feedback alone learns, before the first and after each epoch. Whatever the
            schedule, it does so at ``realignment_rate``.
        realignment_before: batches without a teacher before the first epoch; None: as many as
            after each.
        realignment_per_batch: steps without a teacher for each training batch, with its inputs:
            0.25 is one after every fourth, 2 are two after each.
        realignment_rate: learning rate of steps without a teacher; None: ``feedback_rate``. They
            have no error to silence, so that it may be much larger, as far as it is stable.
        realignment_only: the homeostatic feedback learns without a teacher only.
        weight_decay: of W and of a Kolen–Pollack Y.
        label_smoothing: ε of targets 1 − ε for the class of a sample and ε / (classes − 1) for each
            other one, as in the 2026 follow-up (doi 10.64898/2026.06.16.732595).
        patience: stop after that many epochs without a better validation error and return to the
            best; None trains through and keeps the last.
        seed: of the order of the samples and of what augments them.
        crop_padding: show each image cut to its size at a random place after so many silent rows
            and columns were put around it; 0 shows it whole.
        flip: mirror every other image, at random, left to right.
        autocast: ``"bf16"`` computes matrix products and convolutions of training in bfloat16;
            rates, bursts and weights stay in float32, and images as they lie in memory: on a CPU
            ``channels_last`` gained nothing here. None computes all in float32.
        compile: train through ``torch.compile``, which takes a while to start.
    """

    epochs: int = 60
    batch_size: int = 16
    optimizer: Literal["adam", "sgd"] = "adam"
    learning_rate: float = 2e-3
    schedule: Literal["cosine", "constant"] = "cosine"
    warm_up: int = 0
    momentum: float = 0.0
    feedback_rate: float = 1e-4
    realignment_batches: int = 0
    realignment_before: int | None = None
    realignment_per_batch: float = 0.0
    realignment_rate: float | None = None
    realignment_only: bool = False
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    patience: int | None = None
    seed: int = 0
    crop_padding: int = 0
    flip: bool = False
    autocast: Literal["bf16"] | None = None
    compile: bool = False

    def __post_init__(self) -> None:
        check_fields(
            self,
            epochs=integer(1),
            batch_size=integer(1),
            optimizer=one_of("adam", "sgd"),
            learning_rate=POSITIVE,
            schedule=one_of("cosine", "constant"),
            warm_up=integer(0),
            momentum=number("[0, 1)"),
            feedback_rate=POSITIVE,
            realignment_batches=integer(0),
            realignment_before=integer(0).or_none(),
            realignment_per_batch=NOT_NEGATIVE,
            realignment_rate=POSITIVE.or_none(),
            realignment_only=FLAG,
            weight_decay=NOT_NEGATIVE,
            label_smoothing=number("[0, 1)"),
            patience=integer(1).or_none(),
            seed=SEED,
            crop_padding=integer(0),
            flip=FLAG,
            autocast=one_of("bf16").or_none(),
            compile=FLAG,
        )
        if self.momentum > 0 and self.optimizer != "sgd":
            raise InvalidInputError(
                f"momentum must be 0 with Adam, which has its own, not {self.momentum!r}"
            )
        if self.warm_up >= self.epochs:
            raise InvalidInputError(
                f"warm_up must be less than the {self.epochs} epochs of training, not "
                f"{self.warm_up}"
            )
        if self.realignment_rate is not None and not self.realigns:
            raise InvalidInputError(
                "realignment_rate is that of steps without a teacher, and there are none; set "
                "realignment_batches or realignment_per_batch"
            )
        if self.realignment_only and not self.realigns:
            raise InvalidInputError(
                "realignment_only without realignment would let no feedback learn; set "
                "realignment_batches or realignment_per_batch"
            )

    @property
    def realigns(self) -> bool:
        """Whether there are steps without a teacher."""
        steps = self.realignment_batches, self.realignment_before, self.realignment_per_batch
        return any(steps)


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

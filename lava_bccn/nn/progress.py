"""Where a training run stands, between epochs and in a checkpoint."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lava_bccn.errors import InvalidInputError
from lava_bccn.files import check_same_run, is_there
from lava_bccn.headers import CHECKPOINT
from lava_bccn.nn.checkpoint import check_like, load_checkpoint
from lava_bccn.nn.description import describe
from lava_bccn.nn.optimization import Optimization
from lava_bccn.nn.parallel import SharedModel
from lava_bccn.nn.sources import Batch, Source
from lava_bccn.nn.training_config import TrainingConfig
from lava_bccn.records import record


class Progress:
    """All that a training run needs to go on with the same bits.

    Args:
        model: in training.
        config: of the run.
        samples: in the training set.
    """

    def __init__(self, model: torch.nn.Module, config: TrainingConfig, samples: int) -> None:
        self.config: TrainingConfig = config
        self._samples = samples
        self.batches_an_epoch: int = math.ceil(samples / config.batch_size)
        updates = self.batches_an_epoch * config.epochs
        self.optimization: Optimization = Optimization(model, config, updates)
        self.order: torch.Generator = torch.Generator().manual_seed(config.seed)
        self.history: list[dict[str, float]] = []
        self.best: dict[str, Any] = {"error": math.inf, "epoch": 0, "state": {}}

    def batches(self, source: Source, permutation: Tensor, shared: SharedModel) -> Iterator[Batch]:
        """This process's shares of the batches of some samples, in their order, augmented."""
        numbers = permutation.split(min(self.config.batch_size, len(source)))
        chosen = [(each, shared.take_share(len(each))) for each in numbers]
        batches = source.batches(chosen, self.config, self.order)
        for each, batch in zip(numbers, batches, strict=True):
            shared.take_share(len(each))
            yield batch

    @property
    def stops_early(self) -> bool:
        """Whether as many epochs as there is patience for brought nothing better."""
        patience = self.config.patience
        return patience is not None and len(self.history) - self.best["epoch"] >= patience

    def add(self, record: dict[str, float], model: torch.nn.Module) -> None:
        """Take in the record of an epoch, and the weights where they are the best so far."""
        self.history.append(record)
        if record["held_out_error"] < self.best["error"]:
            self.best = {"error": record["held_out_error"], "epoch": len(self.history), "state": {}}
            if self.config.patience is not None:
                self.best["state"] = {name: v.clone() for name, v in model.state_dict().items()}

    def state(self) -> dict[str, Any]:
        """As a checkpoint stores it."""
        return {
            "config": asdict(self.config),
            "samples": self._samples,
            "optimization": self.optimization.state(),
            "order": self.order.get_state(),
            "history": self.history,
            "best": self.best,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what :meth:`state` gave.

        Raises:
            InvalidInputError: it is not of such a run, or damaged.
        """
        self.history = [dict(record) for record in state["history"]]
        updates = math.ceil(self._samples / self.config.batch_size) * len(self.history)
        if any(record.keys() != self.history[0].keys() for record in self.history):
            raise InvalidInputError("its epochs have different records")
        best = record(_Best, state["best"])
        if not 0 <= best.epoch <= len(self.history):
            raise InvalidInputError(f"its best epoch is {best.epoch} of {len(self.history)}")
        self.optimization.restore(state["optimization"], updates)
        self.order.set_state(state["order"].cpu())
        self.best = vars(best)


@dataclass
class _Best:
    """The best epoch so far: its error, its number from 1, and if there is patience its weights."""

    error: float
    epoch: int
    state: dict[str, torch.Tensor]


def stored_progress(
    path: str | Path,
    model: torch.nn.Sequential,
    config: TrainingConfig,
    samples: int,
    data: dict[str, Any] | None,
) -> dict[str, Any] | None:
    """The progress in a checkpoint, whose weights the model gets; None where there is no file.

    Raises:
        InvalidInputError: it is of another run.
        FileFormatError: it is damaged.
    """
    if not is_there(path):
        return None
    stored = load_checkpoint(path)
    # Checkpoints of releases without some option were trained as its default does.
    stored_config = asdict(TrainingConfig()) | stored.training.get("config", {})
    others = []
    if "optimization" not in stored.training:
        others.append("its optimizer is in the form of an older release")
    if describe(stored.model) != describe(model):
        others.append("the network is another one")
    if stored.training.get("samples") != samples or stored.data != (data or {}):
        others.append("the training data are others")
    check_same_run(path, stored_config, asdict(config), others)
    best = CHECKPOINT.built(path, lambda: record(_Best, stored.training["best"], "training.best"))
    if best.state:
        CHECKPOINT.built(path, lambda: check_like(best.state, model.state_dict(), "best.state"))
    model.load_state_dict(stored.model.state_dict())
    return stored.training

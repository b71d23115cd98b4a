"""The epochs of a training run, one after the other."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.direct import is_direct
from lava_bccn.nn.loss import loss_for
from lava_bccn.nn.models import learning_layers
from lava_bccn.nn.noise import drawn_by
from lava_bccn.nn.observation import alignment
from lava_bccn.nn.parallel import SharedModel
from lava_bccn.nn.progress import Progress
from lava_bccn.nn.realignment import Realignment, kept_still
from lava_bccn.nn.replay import step_of
from lava_bccn.nn.sources import Source

_LOWER = {None: None, "bf16": torch.bfloat16}


class Epochs:
    """Passes through the training set.

    Args:
        shared: the model as all processes train it.
        plain: the same, without what it may be wrapped in.
        source: of the batches.
        standing: where the run stands; its optimizers and the order of samples move on.
    """

    def __init__(
        self,
        shared: SharedModel,
        plain: torch.nn.Sequential,
        source: Source,
        standing: Progress,
    ) -> None:
        self._shared, self._plain, self._source = shared, plain, source
        self._standing, self._lower = standing, _LOWER[standing.config.autocast]
        self._direct = step_of(plain, self._lower)
        # Without a teacher gradients are of the model itself, by a step of their own.
        realigning = partial(self._gradients, plain, step_of(plain, self._lower))
        self._realignment = Realignment(plain, standing, realigning)

    def next(
        self, held_out: Source, on_batch: Sequence[Callable[[int, int], None]]
    ) -> dict[str, float]:
        """Train for an epoch; its record.

        Args:
            held_out: whose error is measured.
            on_batch: called with the epoch and the number of each batch.

        Raises:
            InvalidInputError: the loss is not finite.
        """
        standing, source = self._standing, self._source
        epoch, started = len(standing.history), time.perf_counter()
        with drawn_by(self._plain, self._shared.noise):
            loss_sum, permutation = self._train([partial(each, epoch) for each in on_batch])
        seconds = time.perf_counter() - started
        record = {
            "epoch": epoch + 1,
            "training_loss": float(self._shared.processes.total(loss_sum)) / len(source),
            **held_out.errors(self._plain),
            "learning_rate": standing.optimization.learning_rate,
            "seconds": round(seconds, 3),
            **_alignment_record(self._plain, *source.shown(permutation[:256])),
        }
        if not math.isfinite(record["training_loss"]):
            config = standing.config
            rates = f"the feedback rate from {config.feedback_rate:g}"
            if config.realignment_rate is not None:
                rates += f" and the realignment rate from {config.realignment_rate:g}"
            raise InvalidInputError(
                f"training diverged in epoch {epoch + 1} (the loss is not finite); lower the "
                f"learning rate from {config.learning_rate:g}, or where Q or Y learns {rates}"
            )
        return record

    def _train(self, on_batch: Sequence[Callable[[int], None]]) -> tuple[Tensor, Tensor]:
        """One pass through the training set.

        Returns:
            The sum of the losses that this process has seen, and the order in which samples came.
        """
        shared, source, standing = self._shared, self._source, self._standing
        realignment = self._realignment
        # Several processes wait for the gradients of every parameter that there was at first.
        still = realignment.still if shared.processes.count == 1 else ()
        if not standing.history:
            realignment.first_block(source, shared)
        permutation = torch.randperm(len(source), generator=standing.order).to(source.device)
        loss_sum = torch.zeros((), device=source.device)
        shared.module.train()
        for batch, (shown, taught) in enumerate(standing.batches(source, permutation, shared)):
            with kept_still(still):
                loss = self._gradients(shared.module, self._direct, shown, taught)
            standing.optimization.step()
            if shared.weight:
                loss_sum += loss
            realignment.after(batch, shown, shared)
            for report in on_batch:
                report(batch)
        realignment.block(source, shared)
        return loss_sum, permutation

    def _gradients(
        self,
        module: torch.nn.Module,
        direct: Callable[[Tensor, Tensor], Tensor],
        inputs: Tensor,
        targets: Tensor,
    ) -> Tensor:
        """The loss of a batch, with its gradients in ``.grad``."""
        if is_direct(module):
            return direct(inputs, targets)
        module.zero_grad(set_to_none=True)
        with torch.autocast(inputs.device.type, self._lower, enabled=self._lower is not None):
            event_rate = module(inputs)
        loss = loss_for(learning_layers(module)[-1].activation)(event_rate, targets)
        loss.backward()
        return loss.detach()


def _alignment_record(
    model: torch.nn.Sequential, inputs: Tensor, targets: Tensor
) -> dict[str, float]:
    record: dict[str, float] = {}
    for index, layer in enumerate(alignment(model, inputs, targets), start=1):
        record[f"angle_to_backprop_{index}"] = layer.to_backprop
        record[f"angle_to_feedback_alignment_{index}"] = layer.to_feedback_alignment
        if layer.mean_abs_apical is not None:
            record[f"mean_abs_apical_{index}"] = layer.mean_abs_apical
    return record

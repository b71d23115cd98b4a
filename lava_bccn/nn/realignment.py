"""Steps without a teacher, before and between those of training, in which feedback realigns.

Without a teacher p = p^b at the output, so what reaches a dendrite is a mismatch of Y and Q. W and
c keep still, and what of the feedback is homeostatic takes plain steps at a rate of their own;
neither momenta nor schedules move on.

Source: the 2026 follow-up (doi 10.64898/2026.06.16.732595), where Y learns so; here Q does too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from lava_bccn.dynamics.rate import NO_TEACHER
from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.models import learning_layers
from lava_bccn.nn.optimization import homeostatic_parameters
from lava_bccn.nn.parallel import SharedModel
from lava_bccn.nn.progress import Progress
from lava_bccn.nn.sources import Source

Backward = Callable[[Tensor, Tensor], object]
"""Leaves gradients of a batch of inputs and targets in ``.grad``."""


class Realignment:
    """The steps without a teacher of a training run.

    Args:
        model: in training, without what it may be wrapped in.
        progress: of the training.
        backward: of the model.

    Attributes:
        still: learns nothing while there is a teacher, and needs no gradients then.

    Raises:
        InvalidInputError: there shall be some, and nothing of the feedback learns homeostatically.
    """

    def __init__(self, model: torch.nn.Sequential, progress: Progress, backward: Backward) -> None:
        self._progress, self._backward = progress, backward
        self._outputs = len(learning_layers(model)[-1].weight)
        homeostatic = {id(each) for each in homeostatic_parameters(model)}
        learning = [each for each in model.parameters() if each.requires_grad]
        self._feedback = [each for each in learning if id(each) in homeostatic]
        self._others = [each for each in learning if id(each) not in homeostatic]
        config = progress.config
        self.still: Sequence[Tensor] = self._feedback if config.realignment_only else ()
        if config.realigns and not self._feedback:
            raise InvalidInputError(
                "realignment is for feedback that learns homeostatically, and nothing of this "
                "model's does; build its layers with learn_feedback_burst or learn_feedback_event, "
                "or leave the realignment out"
            )

    def after(self, batch: int, inputs: Tensor, shared: SharedModel) -> None:
        """The steps that follow a training batch, with its inputs.

        Args:
            batch: its number in the epoch, from 0.
            inputs: this process's share of them.
            shared: the model of all processes.
        """
        progress = self._progress
        rate = progress.config.realignment_per_batch
        before = len(progress.history) * progress.batches_an_epoch + batch
        for _ in range(math.floor((before + 1) * rate) - math.floor(before * rate)):
            self._step(inputs, shared)

    def block(self, source: Source, shared: SharedModel) -> None:
        """The steps after an epoch, with batches of all samples in a new order.

        Args:
            source: of the samples.
            shared: the model of all processes.
        """
        self._block(self._progress.config.realignment_batches, source, shared)

    def first_block(self, source: Source, shared: SharedModel) -> None:
        """The steps before the first epoch, like those of :meth:`block`."""
        config = self._progress.config
        batches = config.realignment_before
        self._block(config.realignment_batches if batches is None else batches, source, shared)

    def _block(self, left: int, source: Source, shared: SharedModel) -> None:
        progress = self._progress
        shared.module.train()
        while left:
            permutation = torch.randperm(len(source), generator=progress.order).to(source.device)
            chosen = permutation[: left * progress.config.batch_size]
            for inputs, _ in progress.batches(source, chosen, shared):
                self._step(inputs, shared)
                left -= 1

    def _step(self, inputs: Tensor, shared: SharedModel) -> None:
        with kept_still(self._others):
            self._backward(inputs, inputs.new_full((len(inputs), self._outputs), NO_TEACHER))
        shared.average(self._feedback)
        self._progress.optimization.realign()


@contextmanager
def kept_still(parameters: Sequence[Tensor]) -> Iterator[None]:
    """These take no gradients meanwhile."""
    for each in parameters:
        each.requires_grad_(False)
    try:
        yield
    finally:
        for each in parameters:
            each.requires_grad_(True)

"""Steps that a GPU records once and then replays in one go.

Starting the kernels of a small network one by one takes longer than they run.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lava_bccn.nn.direct import DirectStep

Step = Callable[[Tensor, Tensor], Tensor]
"""The loss of inputs and targets, with gradients left in ``.grad``."""

Record = Callable[[Callable[[], Tensor]], tuple[Callable[[], None], Tensor]]
"""What does again all that a call does, in the same memory, and where its result will be."""


def step_of(model: torch.nn.Sequential, lower: torch.dtype | None = None) -> Step:
    """The step of a chain of burst layers (``direct.is_direct``), replayed where it is on a GPU.

    Noise comes from the CPU, which a recording would not ask again.

    Args:
        model: the chain.
        lower: precision of products, as for :class:`~lava_bccn.nn.direct.DirectStep`.
    """
    step = DirectStep(model, lower)
    on_gpu = next(model.parameters()).device.type == "cuda"
    is_noisy = any(getattr(module, "forward_noise", 0.0) for module in model)
    return ReplayedStep(step, model, cuda_graph) if on_gpu and not is_noisy else step


def cuda_graph(call: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
    """Record a call as a CUDA graph."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = call()
    return graph.replay, result


@dataclass(frozen=True)
class _Recorded:
    """A recording, the memory that it reads, and where it leaves loss and gradients."""

    replay: Callable[[], None]
    inputs: Tensor
    targets: Tensor
    loss: Tensor
    gradients: tuple[Tensor | None, ...]


class ReplayedStep:
    """A step that is recorded at the second batch of a shape, and replayed from then on.

    Args:
        step: which computes all in memory that stays, and asks for no number of its results.
        model: that it computes the gradients of.
        record: as :func:`cuda_graph`.
    """

    def __init__(self, step: Step, model: torch.nn.Module, record: Record) -> None:
        self._step, self._model = step, model
        self._record: Record | None = record
        self._recorded: dict[Any, _Recorded | None] = {}

    def __call__(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """As the step."""
        arrays = [*self._model.parameters(), *self._model.buffers()]
        key = (inputs.shape, *((each.data_ptr(), each.requires_grad) for each in arrays))
        if self._record is None or key not in self._recorded:
            self._recorded[key] = None  # libraries choose their algorithms in a first call
            return self._step(inputs, targets)
        recorded = self._recorded[key] or self._recording(inputs, targets)
        if recorded is None:
            return self._step(inputs, targets)
        self._recorded[key] = recorded
        recorded.inputs.copy_(inputs)
        recorded.targets.copy_(targets)
        recorded.replay()
        for parameter, gradient in zip(self._model.parameters(), recorded.gradients, strict=True):
            parameter.grad = gradient
        return recorded.loss.clone()

    def _recording(self, inputs: Tensor, targets: Tensor) -> _Recorded | None:
        if self._record is None:
            return None
        own = inputs.clone(), targets.clone()
        try:
            replay, loss = self._record(lambda: self._step(*own))
        except RuntimeError as error:
            reason = str(error).partition("\n")[0]
            warnings.warn(f"training is not recorded, which is slower ({reason})", stacklevel=2)
            self._record = None
            return None
        gradients = tuple(each.grad for each in self._model.parameters())
        return _Recorded(replay, *own, loss, gradients)

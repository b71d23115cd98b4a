"""Noise at the inputs of layers in training: W sees it, and the feedback sees clean rates.

    x = e_below + σ ξ      ξ ~ N(0, 1), fresh for each sample, unit and step

All units of a layer see the same draw of a unit below. It makes the events of a layer vary in all
directions, so that only Q = p^b Y silences the dendrites below.

Source: the 2026 follow-up (doi 10.64898/2026.06.16.732595).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor


class NoiseSource:
    """What the layers of a network in training draw their noise from.

    Args:
        generator: of the CPU, so that a seed gives the same noise on any device; None is PyTorch's
            global one.
    """

    def __init__(self, generator: torch.Generator | None = None) -> None:
        self.generator = generator
        self._samples: int | None = None
        self._part = slice(None)

    def show(self, samples: int, part: slice) -> None:
        """The next inputs are part of a batch of so many samples, for which noise is drawn."""
        self._samples, self._part = samples, part

    @torch.compiler.disable
    def draw(self, like: Tensor) -> Tensor:
        """Standard normal numbers in the shape of these inputs."""
        samples = len(like) if self._samples is None else self._samples
        shape = (samples, *like.shape[1:])
        drawn = torch.randn(shape, generator=self.generator, dtype=like.dtype)
        return drawn[self._part].to(like.device, non_blocking=True)


@contextmanager
def drawn_by(model: torch.nn.Module, source: NoiseSource) -> Iterator[None]:
    """The layers of a model draw their noise from a source, for as long as this lasts."""
    layers: list[Any] = [each for each in model.modules() if hasattr(each, "forward_noise")]
    before = [(layer, layer.noise) for layer in layers]
    for layer in layers:
        layer.noise = source
    try:
        yield
    finally:
        for layer, own in before:
            layer.noise = own

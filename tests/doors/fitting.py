"""Small networks and data that the doors are tried with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lava_bccn import mapping, nn
from lava_bccn.datasets import Dataset, Pictures
from lava_bccn.network import spiking

SAMPLES = np.random.default_rng(0).random((8, 6))
TARGETS = np.eye(3)[np.arange(8) % 3]
LABELS = np.arange(8) % 3
SOMA = np.full((2, 3), 100.0)


def tensor(array: np.ndarray) -> torch.Tensor:
    return torch.tensor(array, dtype=torch.float32)


def model() -> torch.nn.Sequential:
    return nn.burst_mlp((6, 4, 3), generator=torch.Generator().manual_seed(0))


FLOATING = mapping.from_torch(model(), SAMPLES, precision="float")
FIXED = mapping.quantise(FLOATING, SAMPLES)
POPULATION = spiking.Population("all", 3, 2)
SPIKES = spiking.SpikingNetwork((POPULATION,), teacher=spiking.Teacher("all", 1.0))
DATA = Dataset(
    "small", tensor(SAMPLES).numpy(), LABELS, tensor(SAMPLES).numpy(), LABELS, ("a", "b", "c")
)
PICTURES = Pictures(Path("pictures"), np.array([b"a/1.png"]), np.array([0]), 8, 8, 0.5)

Door = tuple[str, Callable[..., Any], Callable[[], dict[str, Any]]]

"""Noise in what a layer receives, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.dynamics import noise, stochastic_rounding
from lava_bccn.sim.jit import register, vectorised

register((noise.centred_bytes, noise.noisy))


@vectorised
def hear_all(layer: Any, number: int, sample: int, seed: int) -> None:
    """Nothing, where what is sent is what is received."""


@vectorised
def hear(layer: Any, number: int, sample: int, seed: int) -> None:
    """Add noise to the events that a layer works with, and keep what they were."""
    events, clean, one = layer.work.events, layer.work.clean, layer.constants.event_one
    stream = noise.CONNECTIONS_A_LAYER * number + noise.STREAM
    key = stochastic_rounding.connection_key(
        np.uint32(seed), np.uint32(sample & 0xFFFFFFFF), np.uint32(stream)
    )
    for j in range(len(events)):
        random = np.uint32(stochastic_rounding.draw(key, np.uint32(j)))
        centred = noise.centred_bytes(random)
        clean[j] = events[j]
        events[j] = noise.noisy(np.int64(events[j]), centred, layer.noise, one)

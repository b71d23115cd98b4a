"""Spikes of some neurons as text, so that a row of a table can hold those of an interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.spiking.neuron import BURST, EVENT, SPIKE

KINDS = {SPIKE: "s", SPIKE | EVENT: "e", SPIKE | BURST: "b"}
"""An event, the second spike of a burst, any other spike."""


def spikes_as_text(flags: NDArray[np.uint8]) -> str:
    """Flags (steps, neurons) as ``3e7 12b7``: neuron 7 has an event in step 3, a burst in 12."""
    return " ".join(
        f"{step}{KINDS[int(flags[step, neuron])]}{neuron}" for step, neuron in np.argwhere(flags)
    )


def spikes_from_text(texts: Sequence[str], steps: int, neurons: int) -> NDArray[np.uint8]:
    """Flags (intervals · steps, neurons) of what :func:`spikes_as_text` made of each interval."""
    flags = np.zeros((len(texts) * steps, neurons), dtype=np.uint8)
    for kind, letter in KINDS.items():
        for interval, text in enumerate(texts):
            for spike in text.split():
                if letter in spike:
                    step, neuron = spike.split(letter)
                    flags[interval * steps + int(step), int(neuron)] = kind
    return flags

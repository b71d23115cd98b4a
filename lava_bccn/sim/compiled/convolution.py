"""Convolutions of one sample, compiled: sums of kernels up, down, and over what shares a weight.

Windows are laid out as rows, as in ``dynamics.convolution``, and kernels as
:class:`~lava_bccn.sim.compiled.layer.Layer` says. All sums are proven to fit 32 bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.dynamics.activation import Activation
from lava_bccn.sim.compiled.states import add_sums, dendrites_of
from lava_bccn.sim.compiled.sums import add_rows
from lava_bccn.sim.jit import jit


@jit
def windows(rates: Any, kernel: Any) -> Any:
    """What each place sees of rates below, (groups, places, weights of a channel), int16."""
    rows = np.zeros(
        (
            kernel.groups,
            kernel.height * kernel.width,
            kernel.kernel_height * kernel.kernel_width * kernel.channels_below,
        ),
        np.int16,
    )
    below, wide = kernel.channels_below, kernel.width_below
    image = kernel.height_below * wide
    for group in range(kernel.groups):
        first = group * below * image
        for y in range(kernel.height):
            for x in range(kernel.width):
                row, start = rows[group, y * kernel.width + x], 0
                for a in range(kernel.kernel_height):
                    line = y * kernel.stride_y + a - kernel.pad_y
                    for b in range(kernel.kernel_width):
                        column = x * kernel.stride_x + b - kernel.pad_x
                        if 0 <= line < kernel.height_below and 0 <= column < wide:
                            place = first + line * wide + column
                            for i in range(below):
                                row[start + i] = rates[place + i * image]
                        start += below
    return rows


@jit
def add_windows(weight: Any, kernel: Any, rows: Any, sums: Any) -> None:
    """Σ W e of every unit, from the windows of its place."""
    places = kernel.height * kernel.width
    in_group = len(weight) // kernel.groups
    for channel in range(len(weight)):
        weights, seen = weight[channel], rows[channel // in_group]
        for place in range(places):
            row, total = seen[place], np.int32(0)
            for r in range(len(weights)):
                # In 16 bits times 16 bits, of which processors add up many at a time.
                total = np.int32(total + np.int32(weights[r]) * np.int32(row[r]))
            sums[channel * places + place] = total


@jit
def add_down(weight: Any, kernel: Any, rates: Any, sums: Any) -> None:
    """Σ Yᵀ b of every unit below, from rates (units,), int32."""
    places, below = kernel.height * kernel.width, kernel.channels_below
    in_group = len(weight) // kernel.groups
    image = kernel.height_below * kernel.width_below
    images = rates.reshape(len(weight), places)
    row = np.empty(weight.shape[1], np.int32)
    for group in range(kernel.groups):
        channels = slice(group * in_group, (group + 1) * in_group)
        weights = weight[channels]
        for place in range(places):
            row[:] = 0
            if not add_rows(images[channels, place].copy(), weights, row):
                continue
            top = place // kernel.width * kernel.stride_y - kernel.pad_y
            left = place % kernel.width * kernel.stride_x - kernel.pad_x
            for a in range(kernel.kernel_height):
                for b in range(kernel.kernel_width):
                    line, column = top + a, left + b
                    if 0 <= line < kernel.height_below and 0 <= column < kernel.width_below:
                        start = (a * kernel.kernel_width + b) * below
                        first = group * below * image + line * kernel.width_below + column
                        for i in range(below):
                            sums[first + i * image] += row[start + i]


@jit
def add_any(layer: Any, rates: Any, sums: Any) -> None:
    """``states.add_sums``, also through a kernel."""
    if layer.kernel.groups > 0:
        add_windows(layer.weight, layer.kernel, windows(rates, layer.kernel), sums)
    else:
        add_sums(layer, rates, sums)


def down_any(activation: Activation, through_matrix: Any) -> Any:
    """``bursts_down`` of ``states.passes``, from layers that may be convolutions."""
    dendrites = dendrites_of(activation)

    @jit
    def bursts_down(layer: Any, above: Any) -> None:
        if above.kernel.groups == 0:
            through_matrix(layer, above)
            return
        bursts = np.zeros(len(layer.apical), np.int32)
        events = np.zeros(len(layer.apical), np.int32)
        add_down(above.feedback_burst, above.kernel, above.deviation.astype(np.int32), bursts)
        if not above.balanced:
            difference = above.feedback_event.astype(np.int16) - above.feedback_burst
            add_down(difference, above.kernel, above.event_rate.astype(np.int32), events)
        dendrites(layer, bursts, events)

    return bursts_down

"""Convolutions of one sample, compiled: sums of kernels up, down, and over what shares a weight.

Windows are laid out as rows, as in ``dynamics.convolution``, and kernels as
:class:`~lava_bccn.sim.compiled.layer.Layer` says. All sums are proven to fit 32 bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lava_bccn.sim.compiled.rows import apply, fill_changes
from lava_bccn.sim.compiled.states import add_down, add_sums
from lava_bccn.sim.compiled.sums import add_rows
from lava_bccn.sim.jit import vectorised


@vectorised
def fill_windows(rates: Any, kernel: Any, rows: Any) -> None:
    """What each place sees of rates below, (groups, places, weights of a channel), int16."""
    rows[:] = 0
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


@vectorised
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


@vectorised
def add_down_any(above: Any, weight: Any, sums: Any) -> None:
    """``states.add_down``, also through a kernel."""
    kernel, work = above.kernel, above.work
    if kernel.groups == 0:
        add_down(above, weight, sums)
        return
    places, below = kernel.height * kernel.width, kernel.channels_below
    in_group = len(weight) // kernel.groups
    image = kernel.height_below * kernel.width_below
    row, factors = work.changes[: weight.shape[1]], work.active[:in_group]
    for group in range(kernel.groups):
        first_channel = group * in_group
        weights = weight[first_channel : first_channel + in_group]
        for place in range(places):
            for channel in range(in_group):
                factors[channel] = work.sent[(first_channel + channel) * places + place]
            row[:] = 0
            if not add_rows(factors, weights, row, work.where):
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


@vectorised
def add_any(layer: Any) -> None:
    """``states.add_sums``, also through a kernel."""
    if layer.kernel.groups > 0:
        work = layer.work
        fill_windows(work.events, layer.kernel, work.windows)
        add_windows(layer.weight, layer.kernel, work.windows, work.sums)
    else:
        add_sums(layer)


@vectorised
def learn_kernel(layer: Any, weight: Any, follower: Any, how: Any) -> Any:
    """Change kernels by sums over all places that share a weight, each rounded once.

    Returns how many weights saturated, in each of both. A follower without rows is none.
    """
    kernel, work, columns = layer.kernel, layer.work, weight.shape[1]
    fill_windows(work.below, kernel, work.windows)
    shared, in_group = kernel.height * kernel.width, len(weight) // kernel.groups
    sums, changes = work.active[:columns], work.changes
    saturated = follower_saturated = 0
    for channel in range(len(weight)):
        sums[:] = 0
        signals = work.above[channel * shared : (channel + 1) * shared]
        if not add_rows(signals, work.windows[channel // in_group], sums, work.where):
            continue
        fill_changes(sums, work.steps, 1, np.uint32(channel), how, changes)
        saturated += apply(weight[channel], changes, how[2])
        if len(follower) > 0:
            follower_saturated += apply(follower[channel], changes, how[2])
    return saturated, follower_saturated

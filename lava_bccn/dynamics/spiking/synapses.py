"""Sparse synapses as arrays: what arrives at the postsynaptic neurons, and what they learn.

A connection's synapses are arrays of equal length: ``presynaptic`` and ``postsynaptic`` neuron and
``weight``. The simulator's compiled loop visits the same synapses one by one.
"""

from __future__ import annotations

import numpy as np

from lava_bccn.dynamics.arithmetic import Number
from lava_bccn.dynamics.spiking.homeostasis import HomeostasisConstants, homeostatic_change
from lava_bccn.dynamics.spiking.neuron import BURST, EVENT
from lava_bccn.dynamics.spiking.plasticity import (
    AverageConstants,
    LearningConstants,
    depression,
    limited,
    moving_average,
    moving_baseline,
    moving_depression,
    potentiation,
)
from lava_bccn.dynamics.stochastic_rounding import UIntArray, draw


def arriving_sums(
    weight: Number, released: Number, presynaptic: Number, postsynaptic: Number, neurons: int
) -> Number:
    """Σ w r over the synapses of each postsynaptic neuron, (neurons,).

    ``released`` is what each presynaptic neuron released. Integers are exact: below 2^53.
    """
    active = np.flatnonzero(released[presynaptic])
    products = weight[active] * released[presynaptic[active]].astype(np.float64)
    sums = np.bincount(postsynaptic[active], weights=products, minlength=neurons)
    return sums.astype(released.dtype)


def learned_weights(
    weight: Number,
    trace: Number,
    flags: Number,
    baseline: Number | None,
    presynaptic: Number,
    postsynaptic: Number,
    constants: LearningConstants,
    key: UIntArray,
) -> Number:
    """Weights after a step in which the postsynaptic neurons sent ``flags``.

    Args:
        weight: (synapses,).
        trace: (presynaptic neurons,).
        flags: (postsynaptic neurons,).
        baseline: (postsynaptic neurons,) of Burstprop's P̄; None: the constant p^b.
        presynaptic, postsynaptic: (synapses,).
        constants: of the connection.
        key: of the step's draws.
    """
    after, before = flags[postsynaptic], trace[presynaptic]
    changed = np.flatnonzero(((after & (EVENT | BURST)) != 0) & (before != 0))
    after, before = after[changed], before[changed]
    random = draw(key, changed.astype(np.uint32))
    if baseline is None:
        down = depression(before, constants.rate, constants.baseline, random)
    else:
        down = moving_depression(before, constants.rate, baseline[postsynaptic[changed]])
    up = potentiation(before, constants.rate, random)
    weight = weight.copy()
    change = np.where(after & BURST, up, down)
    weight[changed] = limited(weight[changed] + change, constants)
    return weight


def balanced_weights(
    weight: Number,
    released: Number,
    current: Number,
    presynaptic: Number,
    postsynaptic: Number,
    constants: HomeostasisConstants,
    key: UIntArray,
) -> Number:
    """Weights after a step in which presynaptic neurons ``released``, by homeostasis.

    Args:
        weight: (synapses,).
        released: (presynaptic neurons,).
        current: (postsynaptic neurons,) synaptic currents of their dendrites.
        presynaptic, postsynaptic: (synapses,).
        constants: of the connection.
        key: of the step's draws.
    """
    changed = np.flatnonzero(released[presynaptic])
    change = homeostatic_change(
        released[presynaptic[changed]],
        current[postsynaptic[changed]],
        constants.rate,
        constants.dropped,
        draw(key, changed.astype(np.uint32)),
    )
    weight = weight.copy()
    weight[changed] = limited(weight[changed] + change, constants)
    return weight


def burstprop_baseline(
    burst_average: Number, event_average: Number, flags: Number, constants: AverageConstants
) -> tuple[Number, Number, Number]:
    """Both moving averages after a step, and P̄ of each postsynaptic neuron before it."""
    bursts = moving_average(burst_average, (flags & BURST) != 0, constants)
    events = moving_average(event_average, (flags & EVENT) != 0, constants)
    return bursts, events, moving_baseline(burst_average, event_average)

"""What the compiled loop works on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.constants import Constants

WEIGHT, BIAS, BURST, EVENT = range(4)
"""Rows of ``Layer.saturations``."""


SHORT = 32
"""Rows of a matrix are those of its inputs, of which most may be silent, unless they are shorter:
vectors have nothing to do in them."""


class Rule(NamedTuple):
    """Constants of one connection's plasticity; see ``dynamics.synapses.IntegerSynapses``."""

    active: bool
    homeostatic: bool
    sign: int
    places: int
    trace_exponent: int
    connection: int
    decay: int
    """Places by which weights decay at the start; −1: they do not."""
    bursts: bool
    """The homeostatic rule takes the burst rates of its layer, not its event rates."""
    hears_noise: bool
    """The burst-dependent rule takes what W received, not the event rates below."""


class Kernel(NamedTuple):
    """How the kernels of a layer lie on the images below; see ``dynamics.convolution``."""

    groups: int = 0
    """0: the weights are a matrix, and each unit is a channel of one place."""
    channels_below: int = 0
    """Of a group."""
    height_below: int = 1
    width_below: int = 1
    kernel_height: int = 1
    kernel_width: int = 1
    stride_y: int = 1
    stride_x: int = 1
    pad_y: int = 0
    pad_x: int = 0
    height: int = 1
    width: int = 1


class Work(NamedTuple):
    """What a sample leaves behind in passing, in memory that is there already.

    Attributes:
        events: event rates below, as W receives them, (units below,), int32.
        clean: the same without noise, where there is any.
        sums: of them times weights, (units,), int32.
        sent: what goes down to the layer below, (units,), int32.
        bursts, balance: sums of bursts and of events from above, (units,), int32.
        above, below: traces of both ends, int32.
        biases: of channels, (channels,), int64.
        steps: by what the index of each synapse of a row exceeds that of the first, uint32.
        where, active, active_steps, changes, marks: see ``rows``; as long as rows, or longer.
        windows: see ``convolution``, (groups, places, weights of a channel), int16.
    """

    events: NDArray[np.int32]
    clean: NDArray[np.int32]
    sums: NDArray[np.int32]
    sent: NDArray[np.int32]
    bursts: NDArray[np.int32]
    balance: NDArray[np.int32]
    above: NDArray[np.int32]
    below: NDArray[np.int32]
    biases: NDArray[np.int64]
    steps: NDArray[np.uint32]
    where: NDArray[np.int64]
    active: NDArray[np.int32]
    active_steps: NDArray[np.uint32]
    changes: NDArray[np.int32]
    marks: NDArray[np.uint8]
    windows: NDArray[np.int16]


class Branches(NamedTuple):
    """What a layer sends to branches that learn by potentials of their own; of one branch, nothing.

    Attributes:
        first: of each branch the first unit that sends to it, and at the end the number of units.
        faster: by how many places the synapses of each learn faster.
        apical: u of each, (branches, units below).
    """

    first: NDArray[np.int64]
    faster: NDArray[np.int64]
    apical: NDArray[np.int64]


class Layer(NamedTuple):
    """Weights, states and constants of one layer. Arrays are changed in place.

    Matrices are (units below, units), or if ``by_unit`` the other way round, as kernels are:
    (channels, height · width · channels below).
    """

    weight: NDArray[np.int8]
    bias: NDArray[np.int64]
    feedback_burst: NDArray[np.int8]
    feedback_event: NDArray[np.int8]
    soma: NDArray[np.int64]
    event_rate: NDArray[np.int64]
    apical: NDArray[np.int64]
    burst_prob: NDArray[np.int64]
    burst_rate: NDArray[np.int64]
    deviation: NDArray[np.int64]
    saturations: NDArray[np.int64]
    """(4, 2): weights and traces of each connection."""
    potentials: NDArray[np.int64]
    """(1,): somatic and apical potentials that saturated."""
    constants: Constants
    max_weight: int
    by_unit: bool
    balanced: bool
    """Q is Y, and stays so: the event feedback is Y's, and only Y is stored."""
    weight_rule: Rule
    bias_rule: Rule
    burst_rule: Rule
    event_rule: Rule
    kernel: Kernel
    work: Work
    branches: Branches
    noise: int
    """Amplitude of the noise in what W receives (``dynamics.noise``)."""

"""What the compiled loop works on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.constants import Constants

WEIGHT, BIAS, BURST, EVENT = range(4)
"""Rows of ``Layer.saturations``."""


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


class Layer(NamedTuple):
    """Weights, states and constants of one layer. Arrays are changed in place."""

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
    balanced: bool
    """Q is Y, and stays so: the event feedback is Y's, and only Y is stored."""
    weight_rule: Rule
    bias_rule: Rule
    burst_rule: Rule
    event_rule: Rule

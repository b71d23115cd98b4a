"""What the compiled loop works on, and the equations compiled for single numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from lava_bccn.dynamics import fixed_point, integer_plasticity, integer_rate, stochastic_rounding
from lava_bccn.dynamics.fixed_point import FixedPointFormat

_EQUATIONS = (
    *(fixed_point.shift, fixed_point.rounded_shift, fixed_point.saturate, fixed_point.select),
    *(fixed_point.integer_sigmoid, integer_rate.soma, integer_rate.potential),
    *(integer_rate.event_rate, integer_rate.apical_gain, integer_rate.apical),
    *(integer_rate.gated_apical, integer_rate.hidden_burst_prob, integer_rate.teacher_burst_prob),
    *(integer_rate.burst_rate, integer_rate.burst_deviation),
    *(integer_plasticity.event_trace, integer_plasticity.signed_trace),
    *(integer_plasticity.saturated_trace, integer_plasticity.weight_change),
    *(integer_plasticity.decay_change, integer_plasticity.bias_change),
    *(integer_plasticity.saturated_weight, integer_plasticity.saturated_bias),
    *(integer_plasticity.synapse_index, stochastic_rounding.hash32),
    *(stochastic_rounding.connection_key, stochastic_rounding.draw),
    stochastic_rounding.stochastic_shift,
)
for _function in _EQUATIONS:
    register_jitable(_function)

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
    soma_shift: int
    soma_fraction_bits: int
    apical_shift: int
    apical_fraction_bits: int
    balanced: bool
    """Q is Y, and stays so: the event feedback is Y's, and only Y is stored."""
    weight_rule: Rule
    bias_rule: Rule
    burst_rule: Rule
    event_rule: Rule


class Units(NamedTuple):
    """Number formats, as ``FixedPointFormat`` has them."""

    event_bits: int
    burst_extra_bits: int
    baseline_shift: int
    max_weight: int

    @classmethod
    def of(cls, units: FixedPointFormat) -> Units:
        """From the description."""
        return cls(units.event_bits, units.burst_extra_bits, units.baseline_shift, units.max_weight)


def jit(function: Any) -> Any:
    """Compile a function with the loop that calls it (which alone is kept between runs)."""
    return numba.njit(nogil=True)(function)

"""The equations of spiking ensembles, compiled for single numbers, and what the loop works on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
from numba import types
from numba.extending import overload, register_jitable

from lava_bccn.dynamics import fixed_point, stochastic_rounding
from lava_bccn.dynamics.spiking import (
    arithmetic,
    background,
    neuron,
    plasticity,
    short_term_plasticity,
    teacher,
)

_EQUATIONS = (
    *(fixed_point.shift, fixed_point.rounded_shift, fixed_point.saturate, fixed_point.select),
    *(fixed_point.integer_sigmoid, stochastic_rounding.hash32, stochastic_rounding.connection_key),
    *(stochastic_rounding.draw, stochastic_rounding.stochastic_shift),
    *(background.background_key, background.neuron_draw, background.gaussian),
    *(
        neuron.dendrite,
        neuron.apical_gain,
        neuron.plateau_activation,
        neuron.soma,
        neuron.burst_probability,
    ),
    *(
        neuron.becomes_burst,
        neuron.second_spike_delay,
        neuron.advance,
        short_term_plasticity.release_probability,
    ),
    *(short_term_plasticity.resources, short_term_plasticity.transmit),
    *(plasticity.event_trace, plasticity.limited, plasticity.bias_after),
    *(plasticity.moving_average, plasticity.moving_baseline),
    *(teacher.event_count, teacher.teacher_current),
)


def _compile_choice(function: Any) -> None:
    """Let compiled code choose between the forms of a primitive by the type of its argument."""
    integer, floating, decided_by = function.forms
    for form in (integer, floating):
        register_jitable(form)

    def choose(*arguments: Any) -> Any:
        is_integer = isinstance(arguments[decided_by], types.Integer | types.Boolean)
        return integer if is_integer else floating

    overload(function, strict=False)(choose)


for _function in (*arithmetic.PRIMITIVES, *plasticity.PRIMITIVES):
    _compile_choice(_function)
for _function in _EQUATIONS:
    register_jitable(_function)


@overload(arithmetic.select)
def _select(condition: Any, if_true: Any, if_false: Any) -> Any:
    def choose(condition: Any, if_true: Any, if_false: Any) -> Any:
        return if_true if condition else if_false

    return choose


@overload(arithmetic.anywhere)
def _anywhere(condition: Any) -> Any:
    def single(condition: Any) -> Any:
        return condition

    return single


class PopulationArrays(NamedTuple):
    """State of a population, changed in place, and its constants."""

    state: neuron.NeuronState
    """Of arrays, (neurons,)."""
    bias: Any
    flags: Any
    """Sent in this step, (neurons,)."""
    soma_input: Any
    apical_input: Any
    constants: neuron.NeuronConstants
    ensemble_size: int
    first_ensemble: int
    """Number of its first ensemble among those of all populations."""
    bias_rise: Any
    bias_fall: Any
    learns_bias: bool


class ConnectionArrays(NamedTuple):
    """State of a connection, changed in place, and its constants."""

    source: int
    target: int
    to_soma: bool
    message: int
    """The flag that it transmits."""
    offsets: Any
    """(presynaptic + 1,): synapses of each presynaptic neuron."""
    postsynaptic: Any
    weight: Any
    delay: Any
    """(1,) or (synapses,), in steps."""
    arriving: Any
    """(slots, postsynaptic): sums by the step at which they arrive, modulo the slots."""
    scale: Any
    """Exponent of integer weights, or mV per pA; see ``delivered``."""
    has_stp: bool
    stp: short_term_plasticity.StpState
    stp_constants: short_term_plasticity.StpConstants
    learns: bool
    trace: Any
    learning: plasticity.LearningConstants
    average: plasticity.AverageConstants
    burst_average: Any
    event_average: Any
    incoming_offsets: Any
    """(postsynaptic + 1,): where the synapses of each postsynaptic neuron are in the next two."""
    incoming_synapse: Any
    incoming_presynaptic: Any


class TeacherArrays(NamedTuple):
    """State of the teacher, changed in place, and its constants."""

    population: int
    """−1: there is none."""
    trace: Any
    """(ensembles,)."""
    constants: teacher.TeacherConstants


def jit(function: Any) -> Any:
    """Compile a function with the loop that calls it (which alone is kept between runs)."""
    return numba.njit(nogil=True)(function)

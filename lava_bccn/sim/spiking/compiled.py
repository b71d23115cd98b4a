"""The equations of spiking ensembles, compiled for single numbers, and what the loop works on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba.extending import overload

from lava_bccn.dynamics.spiking import (
    arithmetic,
    background,
    firing,
    homeostasis,
    neuron,
    plasticity,
    receptors,
    short_term_plasticity,
    teacher,
)
from lava_bccn.sim.jit import functions_in, register, vectorised

EQUATIONS = (
    arithmetic,
    background,
    firing,
    homeostasis,
    neuron,
    plasticity,
    receptors,
    short_term_plasticity,
    teacher,
)
"""Modules whose functions the loop compiles."""

register(
    function
    for function in functions_in(*EQUATIONS)
    if function not in (arithmetic.select, arithmetic.anywhere, arithmetic.power_of_two)
)


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


@overload(arithmetic.power_of_two)
def _power_of_two(shifted: Any) -> Any:
    def single(shifted: Any) -> Any:
        exponent = (np.float64(shifted).view(np.int64) << 52) + (1023 << 52)
        return np.int64(exponent).view(np.float64)

    return single


class PopulationArrays(NamedTuple):
    """State of a population, changed in place, and its constants.

    Its neurons are in parts, one for each thread.
    """

    bounds: Any
    """(parts + 1,): where each part begins and ends."""

    state: neuron.NeuronState
    """Of arrays, (neurons,)."""
    bias: Any
    flags: Any
    """Sent in this step, (neurons,)."""
    sent: Any
    """(neurons,): in each part, first the ``sent_count`` neurons that sent any, in order."""
    sent_count: Any
    """(parts,)."""
    activation: Any
    changed: Any
    fires: Any
    """(parts, block): of neurons while they advance, see ``neurons``."""
    soma_input: Any
    apical_input: Any
    constants: neuron.NeuronConstants
    ensemble_size: int
    first_ensemble: int
    """Number of its first ensemble among those of all populations."""
    bias_rise: Any
    bias_fall: Any
    bias_places: int
    """Halvings of both."""
    learns_bias: bool


@vectorised
def neurons_of(population: PopulationArrays, part: int) -> Any:
    """Where a part of a population begins and ends.

    Unsigned, for compiled code has to find out of a signed index whether it counts from the end,
    and then makes no vectors.
    """
    return np.uint64(population.bounds[part]), np.uint64(population.bounds[part + 1])


class ConnectionArrays(NamedTuple):
    """State of a connection, changed in place, and its constants."""

    source: int
    target: int
    to_soma: bool
    message: int
    """The flag that it transmits."""
    offsets: Any
    """(presynaptic, parts + 1): where each neuron's synapses to each part begin and end."""
    postsynaptic: Any
    weight: Any
    delay: Any
    """(1,) or (synapses,), in steps."""
    arriving: Any
    """(slots, postsynaptic): sums by the step at which they arrive, modulo the slots."""
    scale: Any
    """Exponent of integer weights, or mV per pA; see ``delivered``."""
    has_receptor: bool
    receptor: Any
    """(postsynaptic,), or (0,) where there is none."""
    receptor_constants: receptors.ReceptorConstants
    has_stp: bool
    stp: short_term_plasticity.StpState
    stp_constants: short_term_plasticity.StpConstants
    released: Any
    """(presynaptic,): by each neuron that sent a message in this step; (0,) without STP."""
    learns: bool
    trace: Any
    """(parts, presynaptic): every part has its own, lest threads wait for what others write."""
    learning: plasticity.LearningConstants
    balances: bool
    homeostasis: homeostasis.HomeostasisConstants
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

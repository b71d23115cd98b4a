"""What executors need of a description, in the units of one step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_bccn.dynamics.fixed_point import DECAY_BITS, STATE_BITS
from lava_bccn.dynamics.spiking.homeostasis import HomeostasisConstants
from lava_bccn.dynamics.spiking.neuron import BURST, EVENT, SPIKE
from lava_bccn.dynamics.spiking.plasticity import LearningConstants
from lava_bccn.dynamics.spiking.receptors import ReceptorConstants
from lava_bccn.dynamics.stochastic_rounding import MAX_ROUNDED_PLACES
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.spiking.connection import Compartment, Connection, Message
from lava_bccn.network.spiking.network import SpikingNetwork
from lava_bccn.network.spiking.population import Population
from lava_bccn.network.spiking.scales import (
    millivolts_per_picoampere,
    payload_bits,
    weight_unit,
)
from lava_bccn.network.spiking.units import POTENTIAL_BITS
from lava_bccn.settings import check, integer
from lava_bccn.validation import finite, plain_array

_FLAGS = {"spikes": SPIKE, "events": EVENT, "bursts": BURST}


def message_flag(message: Message) -> int:
    """The flag of a neuron's output that a message transmits."""
    return _FLAGS[message]


def delivery_scale(network: SpikingNetwork, connection: Connection) -> Any:
    """What turns a synaptic sum into a current: an exponent, or mV per pA."""
    if network.units.is_fixed:
        return connection.exponent
    target = network.population(connection.target)
    return millivolts_per_picoampere(target.neuron, connection.compartment, network.units)


def learning_constants(
    network: SpikingNetwork, connection: Connection, rate_shift: int = 0
) -> LearningConstants:
    """Constants of a connection's plasticity, at ``2^−rate_shift`` of its rate.

    Raises:
        InvalidInputError: the rate cannot be had with integer weights.
    """
    assert connection.learning is not None
    rule = replace(connection.learning, rate=connection.learning.rate * 2.0**-rate_shift)
    return rule.constants(network.units, _weight_unit(network, connection))


def homeostasis_constants(network: SpikingNetwork, connection: Connection) -> HomeostasisConstants:
    """Constants of a connection's homeostasis.

    Raises:
        InvalidInputError: the rate cannot be had with integer weights.
    """
    assert connection.homeostasis is not None
    target = network.population(connection.target)
    return connection.homeostasis.constants(
        network.units,
        millivolts_per_picoampere(target.neuron, connection.compartment, network.units),
        payload_bits(connection),
        _weight_unit(network, connection),
    )


def _weight_unit(network: SpikingNetwork, connection: Connection) -> float:
    if not network.units.is_fixed:
        return 1.0
    return weight_unit(connection, network.population(connection.target), network.units)


def receptor_constants(network: SpikingNetwork, connection: Connection) -> ReceptorConstants | None:
    """Constants of a connection's receptors; None: it has none of its own.

    Raises:
        InvalidInputError: their time constant is below the time step, or beyond what 12-bit decays
            hold.
    """
    if connection.receptor_time is None:
        return None
    name = f"receptor_time of connection {connection.name!r}"
    retention = network.units.retention(name, connection.receptor_time)
    one = (1 << DECAY_BITS) if network.units.is_fixed else 1.0
    return ReceptorConstants(retention, one - retention)


def bias_constants(
    network: SpikingNetwork, population: Population
) -> tuple[NDArray[Any], Any, Any]:
    """Biases (neurons,), and by how much each burst raises and each event lowers one."""
    units = network.units
    per_picoampere = millivolts_per_picoampere(population.neuron, "soma", units)
    picoamperes = np.zeros(population.size) if population.bias is None else population.bias
    if not units.is_fixed:
        rise = population.bias_rate * per_picoampere
        return picoamperes * per_picoampere, rise, rise * population.p_baseline
    scale = units.potential(1e6 * per_picoampere) / 1e6
    places = round(-np.log2(population.p_baseline))
    if 2.0**-places != population.p_baseline:
        raise InvalidInputError(
            f"fixed point needs p_baseline = 2^-k, not {population.p_baseline} as that of "
            f"population {population.name!r}"
        )
    fall = round(population.bias_rate * scale / (1 << places))
    if population.bias_rate > 0 and fall == 0:
        raise InvalidInputError(
            f"bias_rate {population.bias_rate:g} pA of population {population.name!r} is below "
            f"what integers resolve; use at least {(1 << places) / scale:.2g} pA"
        )
    limit = (1 << (STATE_BITS - 1)) - 1
    biases = np.clip(np.rint(picoamperes * scale), -limit, limit).astype(np.int64)
    return biases, fall << places, fall


def bias_picoamperes(
    network: SpikingNetwork, population: Population, biases: NDArray[Any]
) -> NDArray[np.float64]:
    """Biases of a step back in pA."""
    units = network.units
    scale = millivolts_per_picoampere(population.neuron, "soma", units)
    return biases / (scale * (1 << POTENTIAL_BITS) if units.is_fixed else scale)


def check_rate_shift(rate_shift: int) -> int:
    """Halvings of all rates of learning.

    Raises:
        InvalidInputError: no integer of at least 0.
    """
    shift: int = check("rate_shift", rate_shift, integer(0, MAX_ROUNDED_PLACES))
    return shift


def check_steps(sample_steps: int, interval_steps: int | None) -> tuple[int, int]:
    """Steps of a sample, and those that are counted together: a whole sample where None.

    Raises:
        InvalidInputError: one is no integer of at least 1.
    """
    steps: int = check("sample_steps", sample_steps, integer(1))
    counted: int | None = check("interval_steps", interval_steps, integer(1).or_none())
    return steps, counted or steps


def plastic_samples(learn: bool | NDArray[np.bool_], samples: int) -> NDArray[np.bool_]:
    """Whether plasticity is on, (samples,).

    Raises:
        InvalidInputError: neither one value nor one for each sample.
    """
    plastic = plain_array(learn, "learn")
    if plastic.dtype != bool or plastic.shape not in ((), (samples,)):
        raise InvalidInputError(
            f"learn must be True, False, or {samples} of them, one for each sample; got "
            f"{plastic.dtype} of shape {plastic.shape}"
        )
    return np.broadcast_to(plastic, (samples,)).copy()


def target_rates(
    network: SpikingNetwork, targets: ArrayLike | None, samples: int
) -> NDArray[np.float64] | None:
    """Targets (samples, taught ensembles) in Hz; None: there are none.

    Raises:
        InvalidInputError: the shape is wrong, a target is NaN, or there is no teacher.
    """
    if targets is None:
        return None
    if network.teacher is None:
        raise InvalidInputError(
            "targets need a teacher; give the network one (SpikingNetwork(..., teacher=Teacher("
            "population, gain)))"
        )
    population = network.population(network.teacher.population)
    rates = _numbers("targets", targets)
    if rates.shape != (samples, population.ensembles):
        raise InvalidInputError(
            f"targets have shape {rates.shape}; expected ({samples}, {population.ensembles}), "
            f"event rates in Hz of the ensembles of {population.name!r} (negative: no teacher)"
        )
    return rates


def target_traces(
    network: SpikingNetwork, targets: ArrayLike | None, samples: int
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Targets (samples, taught ensembles) in units of the teacher's trace, and where there are any.

    Raises:
        InvalidInputError: as of :func:`target_rates`.
    """
    units, teacher, rates = network.units, network.teacher, target_rates(network, targets, samples)
    if teacher is None:
        return np.zeros((samples, 0), dtype=units.dtype), np.zeros((samples, 0), dtype=bool)
    population = network.population(teacher.population)
    if rates is None:
        rates = np.full((samples, population.ensembles), -1.0)
    return teacher.target_trace(rates, population, units), rates >= 0


def stimulus(
    network: SpikingNetwork,
    picoamperes: ArrayLike,
    compartment: Compartment,
    samples: int | None = None,
) -> NDArray[np.float64]:
    """Currents (samples, ensembles of all populations) in pA.

    Args:
        network: that gets them.
        picoamperes: of the user.
        compartment: where they flow in.
        samples: that there must be; None: any number.

    Raises:
        InvalidInputError: the shape is wrong, or they are no finite numbers.
    """
    currents = _numbers(f"currents into the {compartment}", picoamperes)
    if currents.ndim != 2 or currents.shape != (samples or len(currents), network.ensembles):
        raise InvalidInputError(
            f"currents into the {compartment} have shape {currents.shape}; expected "
            f"({samples or 'samples'}, {network.ensembles}), one column for each ensemble of every "
            "population"
        )
    return currents


def _numbers(what: str, values: ArrayLike) -> NDArray[np.float64]:
    return finite(plain_array(values, what), what).astype(np.float64)


def stimulus_currents(
    network: SpikingNetwork, picoamperes: NDArray[np.float64], compartment: Compartment
) -> NDArray[Any]:
    """Currents (samples, ensembles) as what arrives in each step at a compartment.

    A synaptic current loses a fraction in every step; what arrives makes up for it.

    Raises:
        InvalidInputError: they have the wrong shape, or are not finite.
    """
    units = network.units
    picoamperes = stimulus(network, picoamperes, compartment)
    per_picoampere = []
    for population in network.populations:
        neuron = population.neuron
        lost = -np.expm1(-units.time_step_ms / neuron.synapse_time)
        scale = millivolts_per_picoampere(neuron, compartment, units) * lost
        per_picoampere += [scale] * population.ensembles
    millivolts = picoamperes * np.array(per_picoampere)
    if not units.is_fixed:
        return millivolts
    return np.rint(millivolts * units.potential(1.0)).astype(np.int64)

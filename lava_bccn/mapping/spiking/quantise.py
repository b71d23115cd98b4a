"""From pA to 8-bit weights, with the proof that no state can leave its 24 bits because of them."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace

import numpy as np

from lava_bccn.dynamics.fixed_point import DECAY_BITS, MAX_WEIGHT_BITS, STATE_BITS
from lava_bccn.dynamics.spiking.plasticity import Limits
from lava_bccn.errors import InvalidInputError, RoundingWarning
from lava_bccn.mapping.rounded import share_kept
from lava_bccn.mapping.rounding import MIN_WEIGHTS_KEPT
from lava_bccn.network.spiking.connection import Connection
from lava_bccn.network.spiking.constants import (
    homeostasis_constants,
    learning_constants,
    receptor_constants,
)
from lava_bccn.network.spiking.network import SpikingNetwork
from lava_bccn.network.spiking.population import Population
from lava_bccn.network.spiking.scales import current_per_picoampere, payload_bits, weight_unit
from lava_bccn.network.spiking.units import POTENTIAL_BITS, StepUnits
from lava_bccn.settings import check, instance

MAX_WEIGHT = (1 << (MAX_WEIGHT_BITS - 1)) - 1

_ONE = 1 << DECAY_BITS

_ROUNDING = 1.01
"""What the 15 bits of fractions can add to a synapse's release."""


def quantise(network: SpikingNetwork) -> SpikingNetwork:
    """The network in Loihi 2 integers: 8-bit weights with one power of two per connection.

    The largest weight that a connection has, or may learn, gets the largest integer of the finest
    exponent that holds it. So a Q of p^b Y (with p^b = 2^−k) gets the integers of Y. Without a
    stimulus nothing tells whether a weight far above all others matters, so it is kept.

    Raises:
        InvalidInputError: a synaptic input could leave its 24 bits, or a parameter has no integer
            form (the message names it).

    Warns:
        RoundingWarning: a connection keeps less than ``MIN_WEIGHTS_KEPT`` of its weights.
    """
    check("network", network, instance(SpikingNetwork))
    if network.precision == "fixed":
        return network
    units = StepUnits(network.time_step_ms, "fixed")
    connections = tuple(
        _quantised(connection, network.population(connection.target), units)
        for connection in network.connections
    )
    fixed = replace(network, connections=connections, precision="fixed")
    for connection in connections:
        _learning_limits(fixed, connection)  # refuses rates that integers cannot have
    check_overflow(fixed)
    _warn_of_rounding(network, fixed)
    return fixed


def _warn_of_rounding(network: SpikingNetwork, fixed: SpikingNetwork) -> None:
    lost = []
    for exact, rounded in zip(network.connections, fixed.connections, strict=True):
        kept = share_kept([exact.weight], [rounded.weight])
        if kept < MIN_WEIGHTS_KEPT:
            magnitudes = np.abs(exact.weight[exact.weight != 0])
            unit = weight_unit(rounded, fixed.population(rounded.target), fixed.units)
            lost.append(
                f"{exact.name!r} keeps {kept:.1%} of its weights (half are below "
                f"{np.median(magnitudes):.3g} pA, and to hold {MAX_WEIGHT * unit:.3g} pA one step "
                f"is {unit:.3g} pA)"
            )
    if lost:
        warnings.warn(
            f"8-bit weights are too coarse: connection {'; '.join(lost)}; clip the largest "
            "weights (numpy.clip) and narrow the range that they learn in, or give from_rate what "
            "mapping.quantise makes of the network of event rates, which clips what does not "
            "matter",
            RoundingWarning,
            stacklevel=3,
        )


def _quantised(connection: Connection, target: Population, units: StepUnits) -> Connection:
    per_picoampere = current_per_picoampere(connection, target, units)
    largest = float(np.max(np.abs(connection.weight), initial=0.0))
    if connection.limits is not None:
        learned = [abs(limit) for limit in connection.limits if math.isfinite(limit)]
        if len(learned) < 2:
            raise InvalidInputError(
                f"connection {connection.name!r} learns without limits; 8-bit weights need low and "
                "high"
            )
        largest = max(largest, *learned)
    # A tolerance keeps p^b Y beside Y where the quotient is a power of two up to rounding.
    ratio = largest * per_picoampere / MAX_WEIGHT
    exponent = math.ceil(math.log2(ratio) - 1e-9) if ratio > 0 else 0
    integers = np.rint(connection.weight * per_picoampere / 2.0**exponent).astype(np.int8)
    fixed = replace(connection, weight=integers, exponent=exponent - payload_bits(connection))
    return fixed


def check_overflow(network: SpikingNetwork) -> None:
    """Prove that synaptic input cannot drive a current or potential out of 24 bits.

    Every presynaptic neuron is taken to fire as often as its refractory time allows, all at once,
    through the largest weights that the connection has or may learn. Where its synapses deplete,
    they release no more than what they hold and what recovers.

    Raises:
        InvalidInputError: it could; the message says by how much.
    """
    units = network.units
    for population in network.populations:
        constants = population.neuron.constants(units)
        for compartment in ("soma", "apical"):
            is_soma = compartment == "soma"
            bounds = np.zeros((2, population.size))
            for connection in network.connections:
                if (connection.target, connection.compartment) != (population.name, compartment):
                    continue
                bounds += _largest_currents(network, connection, population)
            leak = constants.soma_retention if is_soma else constants.dendrite_retention
            potential = float(bounds.max(initial=0.0)) / (1 - leak / _ONE)
            _refuse_beyond_a_state(potential, f"{compartment} of {population.name!r}")


def _largest_currents(
    network: SpikingNetwork, connection: Connection, target: Population
) -> np.ndarray:
    """Bounds (2, neurons) on the positive and negative filtered current through one connection."""
    units = network.units
    weights = connection.weight.astype(float)
    extremes = np.maximum(weights, 0), np.maximum(-weights, 0)
    limits = _learning_limits(network, connection)
    if limits is not None:
        extremes = (
            np.full(len(weights), max(float(limits.high), 0.0)),
            np.full(len(weights), max(-float(limits.low), 0.0)),
        )
    sums = np.stack(
        [
            np.bincount(connection.postsynaptic, weights=extreme, minlength=target.size)
            for extreme in extremes
        ]
    )
    arriving = sums * 2.0 ** (connection.exponent + payload_bits(connection))
    kept = target.neuron.constants(units).soma_synapse_retention / _ONE
    receptor = receptor_constants(network, connection)
    if receptor is None:
        return arriving * most_released(network, connection, kept)
    bound = arriving * most_released(network, connection, receptor.retention / _ONE)
    _refuse_beyond_a_state(float(bound.max(initial=0.0)), f"receptors of {connection.name!r}")
    return bound * (receptor.gain / _ONE) / (1 - kept)


def _learning_limits(network: SpikingNetwork, connection: Connection) -> Limits | None:
    """Ends of the range in which integer weights learn; None: they are fixed."""
    if connection.learning is not None:
        return learning_constants(network, connection)
    if connection.homeostasis is not None:
        return homeostasis_constants(network, connection)
    return None


def most_released(network: SpikingNetwork, connection: Connection, kept: float) -> float:
    """Bound on what remains of all that one presynaptic neuron released: Σ kept^k r(−k)."""
    source = network.population(connection.source).neuron.constants(network.units)
    # Of a burst-Poisson neuron, two spikes in a refractory time; else one.
    interval = max(1, source.refractory // (2 if source.burst_poisson else 1))
    firing = 1 / (1 - kept**interval)
    if connection.stp is None:
        return firing
    recovers = 1 - connection.stp.constants(network.units).depletion_retention / _ONE
    return min(firing, (1 + recovers / (1 - kept)) * _ROUNDING)


def _refuse_beyond_a_state(potential: float, what: str) -> None:
    if potential >= 1 << (STATE_BITS - 1):
        factor = potential / (1 << (STATE_BITS - 1))
        raise InvalidInputError(
            f"weights to the {what} could drive it to {potential / 2**POTENTIAL_BITS:.0f} mV, "
            f"{factor:.1f} times what 24 bits hold; use smaller weights or fewer synapses, or a "
            "narrower range that they learn in"
        )

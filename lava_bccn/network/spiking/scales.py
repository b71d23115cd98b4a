"""What the weights of a connection mean: from pA to potentials and integers, and back."""

from __future__ import annotations

from lava_bccn.dynamics.spiking.arithmetic import FRACTION_BITS
from lava_bccn.network.spiking.connection import Compartment, Connection
from lava_bccn.network.spiking.neuron import NeuronParameters
from lava_bccn.network.spiking.population import Population
from lava_bccn.network.spiking.units import POTENTIAL_BITS, StepUnits


def millivolts_per_picoampere(
    neuron: NeuronParameters, compartment: Compartment, units: StepUnits
) -> float:
    """What a current of 1 pA does to the potential of a compartment in a step."""
    if compartment == "soma":
        return units.millivolts_per_picoampere(neuron.soma_time, neuron.soma_capacitance)
    return units.millivolts_per_picoampere(neuron.dendrite_time, neuron.dendrite_capacitance)


def current_per_picoampere(connection: Connection, target: Population, units: StepUnits) -> float:
    """Integer current (in units of 2^−12 mV a step) that a transmitted 1 of 1 pA makes."""
    millivolts = millivolts_per_picoampere(target.neuron, connection.compartment, units)
    return millivolts * 2.0**POTENTIAL_BITS


def payload_bits(connection: Connection) -> int:
    """Fraction bits of what a connection transmits."""
    return 0 if connection.stp is None else FRACTION_BITS


def weight_unit(connection: Connection, target: Population, units: StepUnits) -> float:
    """pA of an integer weight of 1."""
    current = 2.0 ** (connection.exponent + payload_bits(connection))
    return current / current_per_picoampere(connection, target, units)

"""XOR's network before it learns: feedback balanced by measurement, or by its own homeostasis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lava_bccn.experiments.xor_circuit import ENSEMBLES, HOMEOSTASIS, XorConfig
from lava_bccn.experiments.xor_network import feedback_channels, output_neuron, xor_network
from lava_bccn.mapping.spiking.gains import check_teacher_gain
from lava_bccn.mapping.spiking.quantise import quantise
from lava_bccn.mapping.spiking.rate_code import measure
from lava_bccn.network.spiking.connection import Connection
from lava_bccn.network.spiking.constants import learning_constants
from lava_bccn.network.spiking.network import SpikingNetwork
from lava_bccn.network.spiking.units import Precision
from lava_bccn.sim.spiking import SpikingSimulator

WARM_UP_RATES = 12
"""Event rates of the output, evenly up to the highest that is balanced, in a random order."""

WARM_UP_ROUNDS, WARM_UP_MS = 16, 500
"""How often it goes through them, and for how long each is held."""

WARM_UP_RATE = 4e-3
"""η of Q meanwhile, as ``HOMEOSTASIS``."""


def start(config: XorConfig, *, warm: bool = True) -> tuple[SpikingNetwork, float]:
    """The network before learning, in the arithmetic of the run.

    Args:
        config: of the run.
        warm: whether a Q that is learned learns now, or is still 0.

    Returns:
        It, and the release in Hz that Q leaves of Y at rest.

    Raises:
        InvalidInputError: the teacher saturates the output's bursts, the channels cannot balance
            the feedback, or integers cannot hold it.
    """
    circuit = config.circuit
    if config.decoding == "stp":
        largest = circuit.target_high - circuit.target_low
        check_teacher_gain(output_neuron(circuit), circuit.teacher_gain, largest)
    channels, offset_hz = feedback_channels(config)
    network = xor_network(config, channels)
    if config.precision == "fixed":
        network = quantise(network)
        for each in network.connections:
            if each.learning is not None:  # refuses a rate that integers cannot halve so often
                learning_constants(network, each, circuit.rate_shift(max(config.epochs - 1, 0)))
    learned = warm and config.feedback == "learned"
    return (warmed_up(network, config) if learned else network), offset_hz


def warmed_up(network: SpikingNetwork, config: XorConfig) -> SpikingNetwork:
    """The network when Q has learned to balance Y, from nothing.

    The output is driven at all event rates that it may have, and nobody teaches it; nothing but Q
    learns.
    """
    feedback = (each for each in network.connections if each.compartment == "apical")
    alone = replace(
        network,
        connections=tuple(_faster(each, config.precision) for each in feedback),
        populations=tuple(replace(each, bias_rate=0.0) for each in network.populations),
        teacher=None,
    )
    neuron, highest = output_neuron(config.circuit), config.circuit.highest_hz
    curve = measure(neuron)
    rates = np.linspace(0.0, highest, WARM_UP_RATES + 1)[1:]
    levels = np.interp(rates, curve.rates, curve.currents) - config.circuit.output_bias
    generator = np.random.default_rng(config.seed)
    soma = np.zeros((WARM_UP_ROUNDS * WARM_UP_RATES, ENSEMBLES))
    soma[:, -1] = np.concatenate([generator.permutation(levels) for _ in range(WARM_UP_ROUNDS)])
    simulator = SpikingSimulator(alone, config.seed)
    steps = network.units.steps(WARM_UP_MS)
    simulator.run(soma, sample_steps=steps, learn=True)
    learned = {each.name: each.weight for each in simulator.learned().connections}
    return replace(
        network,
        connections=tuple(
            replace(each, weight=learned.get(each.name, each.weight))
            for each in network.connections
        ),
    )


def _faster(connection: Connection, precision: Precision) -> Connection:
    rule = connection.homeostasis
    if rule is None:
        return connection
    faster = WARM_UP_RATE / HOMEOSTASIS[precision]
    return replace(connection, homeostasis=replace(rule, rate=faster * rule.rate))

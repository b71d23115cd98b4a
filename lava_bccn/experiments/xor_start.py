"""XOR's network before it learns: feedback balanced by measurement, or by its own homeostasis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lava_bccn.experiments.xor_circuit import ENSEMBLES, XorConfig
from lava_bccn.experiments.xor_network import feedback_channels, output_neuron, xor_network
from lava_bccn.experiments.xor_stimulus import RAMP_STEPS, ramped
from lava_bccn.mapping.spiking.gains import check_teacher_gain
from lava_bccn.mapping.spiking.quantise import quantise
from lava_bccn.mapping.spiking.rate_code import measure
from lava_bccn.network.spiking.connection import Connection
from lava_bccn.network.spiking.constants import learning_constants
from lava_bccn.network.spiking.network import SpikingNetwork
from lava_bccn.sim.spiking import SpikingSimulator

WARM_UP_RATES = 12
"""Event rates of the output, evenly up to the highest that is balanced, in a random order."""

WARM_UP_MS, WARM_UP_RAMP = 1000, 0.5
"""For how long each is shown, and the share of that in which it is reached: a sudden step makes
bursts of its own, and Q would learn to silence those."""

WARM_UP = ((16, 1.0), (4, 0.2))
"""How often it goes through them, and at which share of the rate: fast, then slowly to average."""

GOING_ON = 2e-4
"""Share of the rate while the network learns: Q must not learn to predict the teacher's errors,
which last for some hundred seconds. Weights of 8 bits cannot go as slowly: in integers Q stays."""


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
    if warm and config.feedback == "learned":
        network = warmed_up(network, config)
    share = GOING_ON if config.precision == "float" else 0.0
    going_on = tuple(_at(each, share) for each in network.connections)
    return replace(network, connections=going_on), offset_hz


def warmed_up(network: SpikingNetwork, config: XorConfig) -> SpikingNetwork:
    """The network when Q has learned to balance Y, from nothing.

    The output is driven at all event rates that it may have, and nobody teaches it; nothing but Q
    learns.
    """
    ends = [each for each in network.populations if each.name != "input"]
    feedback = tuple(each for each in network.connections if each.compartment == "apical")
    generator = np.random.default_rng(config.seed)
    for rounds, share in WARM_UP:
        alone = replace(
            network,
            populations=tuple(replace(each, bias_rate=0.0) for each in ends),
            connections=tuple(_at(each, share) for each in feedback),
            teacher=None,
        )
        simulator = SpikingSimulator(alone, config.seed)
        soma = _all_rates(config, generator, rounds)
        simulator.run(soma, sample_steps=RAMP_STEPS, learn=True)
        feedback = tuple(
            replace(each, weight=learned.weight)
            for each, learned in zip(feedback, simulator.learned().connections, strict=True)
        )
    forward = tuple(each for each in network.connections if each.compartment == "soma")
    return replace(network, connections=forward + feedback)


def _all_rates(
    config: XorConfig, generator: np.random.Generator, rounds: int
) -> NDArray[np.float64]:
    """Currents (samples, hidden ensembles and output) that drive the output at all its rates."""
    curve = measure(output_neuron(config.circuit))
    rates = np.linspace(0.0, config.circuit.highest_hz, WARM_UP_RATES + 1)[1:]
    levels = np.interp(rates, curve.rates, curve.currents) - config.circuit.output_bias
    soma = np.zeros((rounds * WARM_UP_RATES, ENSEMBLES - 2))
    soma[:, -1] = np.concatenate([generator.permutation(levels) for _ in range(rounds)])
    return ramped(soma, WARM_UP_MS // RAMP_STEPS, WARM_UP_RAMP)


def _at(connection: Connection, share: float) -> Connection:
    """A connection whose homeostasis goes at a share of its rate; 0: it has none."""
    rule = connection.homeostasis
    if rule is None:
        return connection
    slower = replace(rule, rate=share * rule.rate) if share > 0 else None
    return replace(connection, homeostasis=slower)

"""What XOR's network shows for each pattern: event rates, burst probabilities, feedback."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lava_bccn.experiments.xor_stimulus import Stimulus
from lava_bccn.network.spiking.network import SpikingNetwork
from lava_bccn.network.spiking.scales import weight_unit
from lava_bccn.sim.spiking import SpikingSimulator


class Shown(NamedTuple):
    """Of all ensembles for the four patterns, without plasticity.

    Attributes:
        event_rate: (patterns, ensembles) in Hz.
        burst_prob: (patterns, ensembles); NaN where there was no event.
        messages: what each neuron of the output releases through each feedback connection, in Hz,
            (patterns,).
        currents: what that makes of it in the dendrites of the hidden ensembles, before their gain,
            in pA, (patterns, hidden ensembles).
        seconds: of simulation.
    """

    event_rate: NDArray[np.float64]
    burst_prob: NDArray[np.float64]
    messages: dict[str, NDArray[np.float64]]
    currents: NDArray[np.float64]
    seconds: float


def shown(simulator: SpikingSimulator, stimulus: Stimulus, *, taught: bool = False) -> Shown:
    """Show the four patterns once, with or without the teacher."""
    result = simulator.run(
        *stimulus.currents,
        stimulus.targets if taught else None,
        sample_steps=stimulus.sample_steps,
        interval_steps=stimulus.example_steps,
    )
    network = result.network
    rates, probabilities = (
        np.concatenate([of(population.name) for population in network.populations], axis=1)
        for of in (result.event_rate, result.burst_prob)
    )
    messages = {
        each.name: result.transmitted(each.name)
        for each in network.connections
        if each.compartment == "apical"
    }
    # What is left of the balance is made up for by a constant current.
    columns = network.columns("hidden")
    constant = stimulus.currents[1][:: stimulus.example_steps // stimulus.sample_steps, columns]
    currents = constant + _currents(network, messages)
    return Shown(rates, probabilities, messages, currents, result.seconds)


def figure_of_merit(rest: Shown, taught: Shown) -> float:
    """How much the teacher changes the hidden burst probabilities, over how much patterns do.

    Both root mean squares over patterns and hidden ensembles. Plasticity follows burst
    probabilities, so below 1 it learns mostly what is no error.
    """
    hidden = slice(2, 4)
    before, after = rest.burst_prob[:, hidden], taught.burst_prob[:, hidden]
    teaching = np.sqrt(np.nanmean((after - before) ** 2))
    return float(teaching / np.sqrt(np.nanmean((before - np.nanmean(before, axis=0)) ** 2)))


def _currents(
    network: SpikingNetwork, messages: dict[str, NDArray[np.float64]]
) -> NDArray[np.float64]:
    hidden = network.population("hidden")
    # What 1 Hz makes of 1 pA in a synapse that decays in steps.
    step = network.time_step_ms
    seconds = step * 1e-3 / -np.expm1(-step / hidden.neuron.synapse_time)
    currents = np.zeros((len(next(iter(messages.values()))), hidden.ensembles))
    for connection in network.connections:
        if connection.name in messages:
            unit = weight_unit(connection, hidden, network.units) if network.units.is_fixed else 1.0
            picoamperes = np.bincount(
                connection.postsynaptic // hidden.neurons,
                weights=unit * connection.weight,
                minlength=hidden.ensembles,
            )
            per_hertz = seconds * picoamperes / hidden.neurons
            currents += messages[connection.name][:, None] * per_hertz
    return currents

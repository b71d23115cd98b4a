"""What isolated ensembles do at currents into their somata and dendrites, from simulations."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping.spiking.rate_code import measure
from lava_bccn.network.spiking.connection import Connection
from lava_bccn.network.spiking.network import SpikingNetwork
from lava_bccn.network.spiking.neuron import NeuronParameters
from lava_bccn.network.spiking.population import Population
from lava_bccn.network.spiking.stp import StpParameters

NEURONS = 300
"""Of an ensemble that is measured."""

MEASURED_MS, SETTLING_MS = 2500, 500
"""For how long an ensemble is measured at each current, and how long it has settled before."""


class Isolated(NamedTuple):
    """Of isolated ensembles, in Hz: (currents,), and (currents, kinds of synapses)."""

    events: NDArray[np.float64]
    bursts: NDArray[np.float64]
    released: NDArray[np.float64]


def currents_for(
    neuron: NeuronParameters, rates_hz: NDArray[np.float64], advice: str
) -> NDArray[np.float64]:
    """Somatic currents in pA at which a neuron has these event rates, its dendrite at rest.

    Raises:
        InvalidInputError: it does not reach the highest; ``advice`` says what to do.
    """
    curve = measure(neuron)
    if curve.rates[-1] < np.max(rates_hz):
        raise InvalidInputError(
            f"the neuron has at most {curve.rates[-1]:.1f} events a second, so it cannot be "
            f"measured at {np.max(rates_hz):g}; {advice}"
        )
    return np.interp(rates_hz, curve.rates, curve.currents)


def isolated(
    neuron: NeuronParameters,
    soma: NDArray[np.float64],
    apical: ArrayLike = 0.0,
    stps: tuple[StpParameters, ...] = (),
) -> Isolated:
    """Measure one ensemble at one current after the other.

    Args:
        neuron: of it, with its background.
        soma, apical: (currents,) into somata and dendrites, in pA; apical may be one for all.
        stps: kinds of synapses whose release is measured.
    """
    from lava_bccn.sim.spiking import SpikingSimulator

    every = np.arange(NEURONS, dtype=np.int32)
    nothing = np.zeros(NEURONS)
    network = SpikingNetwork(
        (Population("ensemble", 1, NEURONS, neuron), Population("target", 1, 1)),
        tuple(
            Connection(
                str(k), "ensemble", "target", "soma", "spikes", every, 0 * every, nothing, stp=stp
            )
            for k, stp in enumerate(stps)
        ),
    )
    somatic, dendritic = (
        np.stack([np.broadcast_to(each, soma.shape), np.zeros(soma.shape)], axis=1)
        for each in (soma, apical)
    )
    result = SpikingSimulator(network).run(
        somatic,
        dendritic,
        sample_steps=MEASURED_MS + SETTLING_MS,
        interval_steps=SETTLING_MS,
    )

    def settled(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return values.reshape(len(soma), -1)[:, 1:].mean(axis=1)

    released = np.zeros((len(soma), len(stps)))
    for k in range(len(stps)):
        released[:, k] = settled(result.transmitted(str(k)))
    return Isolated(
        settled(result.event_rate("ensemble")), settled(result.burst_rate("ensemble")), released
    )

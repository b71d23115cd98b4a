"""Energy and time of a sample: counts of operations times what one of them costs.

Intel has published no cost of a single operation of Loihi 2. The figures are those of Loihi 1
(14 nm), from simulation before there was silicon: Davies et al., "Loihi: A neuromorphic manycore
processor with on-chip learning", IEEE Micro 38(1), 2018, table 2 (0.75 V). That an operation with
a graded message costs the same on Loihi 2 is an assumption. Read the result as an order of
magnitude.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lava_bccn.loihi2.activity import Activity
from lava_bccn.loihi2.partition import LayerPlacement, Partition
from lava_bccn.network.network import MappedNetwork

SYNAPTIC_OPERATION_J = 23.6e-12
"""Energy per synaptic spike operation, a minimum. Davies et al. 2018, table 2."""

SYNAPTIC_UPDATE_J = 120e-12
"""Energy per synaptic update, of pairwise STDP. Davies et al. 2018, table 2; that a three-factor
rule costs the same, with tags or without, is an assumption."""

ACTIVE_NEURON_J, INACTIVE_NEURON_J = 81e-12, 52e-12
"""Energy per neuron update, of one that sends and one that does not. Davies et al. 2018, table 2.
That all neurons but those of silent ensembles are active is an assumption, and an upper bound; that
a neuron program costs as much, whatever its length, is one too, and more likely a lower bound."""

MESSAGE_J = 1.7e-12
"""Energy of a message within a tile. Davies et al. 2018, table 2."""

TILE_HOP_J = 3.5e-12
"""Energy a tile it travels: 3.0 pJ east or west, 4.0 pJ north or south. Davies et al. 2018,
table 2."""

CORES_PER_TILE = 4
"""Cores of a tile of the mesh. Davies et al. 2018."""

STATIC_W_PER_CHIP = 0.104
"""Leakage of a Loihi 1 chip: 3.34 W measured on 32 chips. Frady et al., "Neuromorphic nearest
neighbor search using Intel's Pohoiki Springs", 2020, table 1. For Loihi 2 an assumption."""

SYNAPTIC_OPERATION_S = 3.5e-9
"""Time per synaptic spike operation, a maximum. Davies et al. 2018, table 2."""

SYNAPTIC_UPDATE_S = 6.1e-9
"""Time per synaptic update. Davies et al. 2018, table 2."""

NEURON_S = 8.4e-9
"""Time per neuron update, active. Davies et al. 2018, table 2."""

BARRIER_S = 465e-9
"""Time in which all 32 tiles of a chip agree that a step is over. Davies et al. 2018, table 2.
Several chips take longer; that is not in the estimate."""


@dataclass(frozen=True)
class Cost:
    """What one sample takes.

    Attributes:
        steps: time steps in which it is presented.
        messages: graded spikes between ensembles, inputs included.
        local_messages: graded spikes between the neurons of an ensemble.
        synaptic_operations: messages that arrive at a synapse, local ones included.
        plastic_updates: synapses that change.
        dynamic_joule: what operations cost.
        static_joule: leakage of the chips in that time.
        seconds: on the chip, without input and output.
    """

    steps: int
    messages: float
    local_messages: float
    synaptic_operations: float
    plastic_updates: float
    dynamic_joule: float
    static_joule: float
    seconds: float

    @property
    def joule(self) -> float:
        """Both."""
        return self.dynamic_joule + self.static_joule


@dataclass(frozen=True)
class Published:
    """A measurement to stand beside the estimates.

    Attributes:
        what: network, task and chip.
        label: for a table.
        joule, seconds: a sample.
        source: where it is published.
    """

    what: str
    label: str
    joule: float
    seconds: float
    source: str


_RENNER = (
    "The backpropagation algorithm implemented on spiking neuromorphic hardware, "
    "Nature Communications 15, 9691 (2024), table 1"
)

PUBLISHED: tuple[Published, ...] = (
    Published(
        "MNIST, 400-400-10, learning on Loihi", "learning, Renner 2024", 0.59e-3, 1.5e-3, _RENNER
    ),
    Published(
        "MNIST, 400-400-10, inference on Loihi",
        "inference, Renner 2024",
        0.0025e-3,
        0.17e-3,
        _RENNER,
    ),
)
"""Measured on Loihi 1."""


def estimate(
    network: MappedNetwork, placement: Partition, activity: Activity, *, learns: bool
) -> Cost:
    """Energy and time of one sample, at the settled activity in every step.

    Before events and bursts have arrived fewer messages are sent, so this is an upper bound of
    the counts.

    Args:
        network: fixed-point.
        placement: of the network, whether or not it fits.
        activity: measured in the form that is placed, with a teacher where it ``learns``.
        learns: whether bursts go down and the last step changes weights, on the chip; otherwise
            the sample ends when the output has settled.
    """
    last = len(network.layers) - 1
    form = placement.form
    steps = form.presentation_steps(len(network.layers), learns=learns)
    ensembles = np.array([layer.units for layer in network.layers])
    neurons = ensembles * np.array([form.neurons(index == last) for index in range(last + 1)])
    local = ensembles * np.array(
        [form.local_connections(index == last) for index in range(last + 1)]
    )
    operations = activity.synaptic_operations + local
    copies = _copies(network, placement, activity)
    messages = float(
        activity.input_messages + activity.event_messages.sum() + activity.burst_messages.sum()
    )
    travel = MESSAGE_J + mean_tile_hops(placement.cores) * TILE_HOP_J
    active = neurons * activity.event_messages / ensembles
    updates = activity.plastic_updates if learns else np.zeros(last + 1)
    dynamic = (
        steps
        * (
            operations.sum() * SYNAPTIC_OPERATION_J
            + active.sum() * ACTIVE_NEURON_J
            + (neurons - active).sum() * INACTIVE_NEURON_J
            + copies * travel
            + local.sum() * MESSAGE_J
        )
        + updates.sum() * SYNAPTIC_UPDATE_J
    )
    # The fullest core of a layer has its share of the work; the slowest core ends the step.
    share = np.array([_share(layer) for layer in placement.layers])
    busiest = (share * (operations * SYNAPTIC_OPERATION_S + neurons * NEURON_S)).max()
    seconds = steps * (busiest + BARRIER_S) + (share * updates).max() * SYNAPTIC_UPDATE_S
    return Cost(
        steps=steps,
        messages=steps * messages,
        local_messages=float(steps * local.sum()),
        synaptic_operations=float(steps * operations.sum()),
        plastic_updates=float(updates.sum()),
        dynamic_joule=float(dynamic),
        static_joule=placement.chips * STATIC_W_PER_CHIP * float(seconds),
        seconds=float(seconds),
    )


def mean_tile_hops(cores: int) -> float:
    """Tiles that a message crosses on average between random cores of a square patch of the mesh.

    2/3 of the side: the mean distance of two points along each of two sides is a third of it.
    """
    side = math.sqrt(math.ceil(cores / CORES_PER_TILE))
    return 2 / 3 * side if side > 1 else 0.0


def _share(layer: LayerPlacement) -> float:
    """Of a layer's work that its fullest core has."""
    return layer.units_per_core / layer.units


def _copies(
    network: MappedNetwork, placement: Partition, activity: Activity
) -> NDArray[np.float64]:
    """Messages a step, one for each core that they go to."""
    cores = np.array([layer.cores for layer in placement.layers], dtype=np.float64)
    copies = activity.input_messages * cores[0]
    for index, layer in enumerate(network.layers):
        if index + 1 < len(network.layers):
            copies += activity.event_messages[index] * cores[index + 1]
        if layer.feedback_matrices is not None:
            sent = activity.burst_messages[index]
            if placement.form.feedback_matrices > 1:
                sent = sent + activity.event_messages[index]
            copies += sent * cores[index - 1]
    return np.asarray(copies)

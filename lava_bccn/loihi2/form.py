"""The hardware form of a layer: how many neurons of the chip make one ensemble.

Stock Processes have no sigmoid and no second compartment, so each ensemble is several neurons that
pass graded messages one to one. This table is what ``inspect --loihi2`` counts; a test compares it
with the Processes of ``processes.hardware_burst_ccn``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Population:
    """Neurons of one kind in every ensemble.

    Attributes:
        name: what they compute.
        process: the Lava Process that they are.
        neurons: how many an ensemble has.
        state_words: state variables a neuron holds.
        local_inputs: one-to-one connections into each neuron from others of the ensemble.
    """

    name: str
    process: str
    neurons: int
    state_words: int
    local_inputs: int


_SOMA = (
    Population("soma", "GradedVec", 1, 2, 0),
    # The piecewise-linear sigmoid is the difference of two rectified copies of v.
    Population("event rate rectifiers", "GradedReluVec", 2, 2, 1),
    Population("event_rate", "GradedVec", 1, 2, 2),
)

HIDDEN: tuple[Population, ...] = (
    *_SOMA,
    Population("apical", "GradedVec", 1, 2, 0),
    Population("apical * (1 - event_rate)", "ProdNeuron", 1, 1, 2),
    Population("burst probability rectifiers", "GradedReluVec", 2, 2, 1),
    Population("burst_prob", "GradedVec", 1, 2, 2),
    Population("burst_rate", "ProdNeuron", 1, 1, 2),
)
"""Of a hidden ensemble."""

OUTPUT: tuple[Population, ...] = (
    *_SOMA,
    Population("target", "GradedVec", 1, 2, 0),
    Population("teacher rectifiers", "GradedReluVec", 2, 2, 1),
    Population("teacher is on", "GradedVec", 1, 2, 2),
    Population("(target - event_rate) * (1 - event_rate)", "ProdNeuron", 1, 1, 3),
    Population("the same where the teacher is on", "ProdNeuron", 1, 1, 2),
    Population("burst_prob", "GradedVec", 1, 2, 1),
    Population("burst_rate", "ProdNeuron", 1, 1, 2),
)
"""Of an output ensemble: the teacher takes the dendrite's place."""

UP_STEPS = 3
"""Time steps in which events climb one layer: soma, rectifiers, event rate."""

DOWN_STEPS = 5
"""Time steps in which bursts go down one layer: apical, product, rectifiers, burst probability,
burst rate. The output takes one step less from its events to its bursts, the first input one more.
"""


def populations(is_output: bool) -> tuple[Population, ...]:
    """The neurons of an ensemble of a hidden or the output layer."""
    return OUTPUT if is_output else HIDDEN


def neurons(is_output: bool) -> int:
    """Neurons of the chip an ensemble."""
    return sum(population.neurons for population in populations(is_output))


def state_words(is_output: bool) -> int:
    """State variables an ensemble."""
    return sum(each.neurons * each.state_words for each in populations(is_output))


def local_connections(is_output: bool) -> int:
    """One-to-one synapses, and messages between its own neurons, an ensemble."""
    return sum(each.neurons * each.local_inputs for each in populations(is_output))


def presentation_steps(layers: int, *, learns: bool) -> int:
    """Time steps of a sample: until the output has settled, or also the first layer's bursts."""
    return layers * (UP_STEPS + (DOWN_STEPS if learns else 0))

"""How a network is laid out on the chip: which neurons make one ensemble, and what they send.

A test compares the tables with the Processes that they stand for.
"""

from __future__ import annotations

from dataclasses import dataclass

from lava_bccn.loihi2.limits import SYNAPSE_BITS
from lava_bccn.network.layer import MappedLayer


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


@dataclass(frozen=True)
class Form:
    """A way to lay out networks.

    Attributes:
        hidden, output: neurons of an ensemble.
        up_steps: time steps in which events climb one layer.
        down_steps: time steps in which bursts go down one layer.
        input_steps: what inputs take to the first soma besides. While a network learns that is not
            lost: the output takes as much less from its events to its bursts.
        feedback_matrices: through which a unit sends down, a message each: Y and Q, or Y alone.
        constants: neurons of every hidden layer, and inputs besides, that are always on, for the
            synapses above.
        tag_bits: of synapses that learn, beside their weights.
        learns: whether they learn on the chip by themselves.
    """

    hidden: tuple[Population, ...]
    output: tuple[Population, ...]
    up_steps: int
    down_steps: int
    input_steps: int = 0
    feedback_matrices: int = 2
    constants: int = 0
    tag_bits: int = 0
    learns: bool = False

    def populations(self, is_output: bool) -> tuple[Population, ...]:
        """The neurons of an ensemble of a hidden or the output layer."""
        return self.output if is_output else self.hidden

    def neurons(self, is_output: bool) -> int:
        """Neurons of the chip an ensemble."""
        return sum(population.neurons for population in self.populations(is_output))

    def state_words(self, is_output: bool) -> int:
        """State variables an ensemble."""
        return sum(each.neurons * each.state_words for each in self.populations(is_output))

    def local_connections(self, is_output: bool) -> int:
        """One-to-one synapses, and messages between its own neurons, an ensemble."""
        return sum(each.neurons * each.local_inputs for each in self.populations(is_output))

    def presentation_steps(self, layers: int, *, learns: bool) -> int:
        """Time steps of a sample: until the output has settled, or the first layer's bursts too."""
        if learns:
            return layers * (self.up_steps + self.down_steps)
        return layers * self.up_steps + self.input_steps

    @property
    def weight_bits(self) -> int:
        """Of a synapse of W."""
        return SYNAPSE_BITS + self.tag_bits

    def feedback_bits(self, layer: MappedLayer) -> int:
        """Of a synapse of the layer's Y."""
        return SYNAPSE_BITS + self.tag_bits * (layer.feedback == "kolen_pollack")


_SOMA = (
    Population("soma", "GradedVec", 1, 2, 0),
    # The piecewise-linear sigmoid is the difference of two rectified copies of v.
    Population("event rate rectifiers", "GradedReluVec", 2, 2, 1),
    Population("event_rate", "GradedVec", 1, 2, 2),
)

_HIDDEN = (
    *_SOMA,
    Population("apical", "GradedVec", 1, 2, 0),
    Population("apical * (1 - event_rate)", "ProdNeuron", 1, 1, 2),
    Population("burst probability rectifiers", "GradedReluVec", 2, 2, 1),
    Population("burst_prob", "GradedVec", 1, 2, 2),
    Population("burst_rate", "ProdNeuron", 1, 1, 2),
)
_OUTPUT = (
    *_SOMA,
    Population("target", "GradedVec", 1, 2, 0),
    Population("teacher rectifiers", "GradedReluVec", 2, 2, 1),
    Population("teacher is on", "GradedVec", 1, 2, 2),
    Population("(target - event_rate) * (1 - event_rate)", "ProdNeuron", 1, 1, 3),
    Population("the same where the teacher is on", "ProdNeuron", 1, 1, 2),
    Population("burst_prob", "GradedVec", 1, 2, 1),
    Population("burst_rate", "ProdNeuron", 1, 1, 2),
)

STOCK = Form(_HIDDEN, _OUTPUT, up_steps=3, down_steps=5)
"""Stock neurons only (``processes.hardware_burst_ccn``), and a host that learns. They have no
sigmoid and no second compartment, so each ensemble is several that pass graded messages one to one.

Up: soma, rectifiers, event rate. Down: apical, product, rectifiers, burst probability, burst rate;
the output takes one step less from its events to its bursts, the first input one more."""

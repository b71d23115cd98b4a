"""Networks that learn inside the learning engine, as Lava has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.job import Execution, Opening
from lava_bccn.backends.presenting import Form
from lava_bccn.dynamics.engine import EngineSaturations, EngineSynapses
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.loihi2.hardware_form import engine_presentation_steps
from lava_bccn.network.engine_network import EngineConnections, with_constants
from lava_bccn.sim.engine_learner import EngineLearner, learning_saturations

if TYPE_CHECKING:
    from lava_bccn.processes import EngineBurstCCN

UNKNOWN = EngineSaturations(-1, -1)
"""Of synapses that do not fit: Lava's model of the engine counts none."""


class EngineForm(Form):
    """A network of neurons and Lava's own ``LearningDense``, which learns with no host.

    All that the host does is to set rules whose rates change, between two samples.

    Args:
        opening: what is made ready.
        stock_neurons: they too are Lava's own, as in the hardware form.

    Raises:
        InvalidInputError: the engine cannot learn so, or Lava's model of it cannot.
    """

    process: EngineBurstCCN

    def __init__(self, opening: Opening, *, stock_neurons: bool = False) -> None:
        from lava_bccn import processes

        assert opening.learning is not None
        network, models = opening.mapped, None
        steps = network.presentation_steps
        if stock_neurons:
            from lava_bccn.processes.hardware_burst_ccn.engine import HardwareEngineBurstCCNModel

            steps = engine_presentation_steps(network)
            models = {processes.EngineBurstCCN: HardwareEngineBurstCCNModel}
        process = processes.EngineBurstCCN(network, opening.learning, opening.learned)
        super().__init__(opening, process, processes.on_cpu(process.tag, models), steps)
        self._counts = not stock_neurons
        self._constants = opening.learning.engine.constants
        self._learned = 0

    def presented(self, samples: NDArray[Any]) -> NDArray[Any]:
        """Samples with the constant inputs after them."""
        return with_constants(samples, self._constants)

    def learn(self, sample: NDArray[Any], states: list[LayerStates]) -> None:
        """The rules of the next sample."""
        self.process.follow_schedule(self._learned)
        self._learned += 1

    def execution(self, seconds: float, done: int) -> Execution:
        """What was done, while Lava is still there."""
        opening, layers = self.opening, range(len(self.opening.mapped.layers))
        assert opening.learning is not None
        learner = EngineLearner(opening.mapped, opening.learning, opening.learned)
        follows = [follows for _, follows in learner.rules_at(opening.learned)]
        learner.connections = [self._connections(index) for index in layers]
        traces = np.array([self._traces(index) for index in layers])
        counts = learning_saturations([(UNKNOWN, UNKNOWN) for _ in layers], traces, follows)
        learned = opening.learned + done
        return Execution(learner.network(), self.saturations(), seconds, counts, learned)

    def saturations(self) -> NDArray[np.int64]:
        """Potentials of each layer that saturated; stock neurons' cannot."""
        if self._counts:
            return super().saturations()
        return np.zeros(len(self.opening.mapped.layers), dtype=np.int64)

    def _traces(self, index: int) -> int:
        """Traces of a layer that left their limits."""
        return int(self._var("trace_saturations", index)[0]) if self._counts else -1

    def _connections(self, index: int) -> EngineConnections:
        """The synapses of a layer as they are now."""
        weight = EngineSynapses(self._integers("weight", index), self._integers("tag", index))
        feedback = self.process.learner.connections[index].feedback
        if "feedback" in self.process.plastic(index):
            feedback = EngineSynapses(
                self._integers("feedback", index), self._integers("feedback_tag", index)
            )
        return EngineConnections(weight, feedback)

    def _integers(self, name: str, index: int) -> NDArray[np.int64]:
        return self._var(name, index).astype(np.int64)

"""Networks under Dale's law in Lava."""

from __future__ import annotations

from lava_bccn.backends.job import Execution, Opening
from lava_bccn.backends.presenting import Form
from lava_bccn.dynamics.synapses import Saturations
from lava_bccn.network.dale.network import DaleNetwork
from lava_bccn.network.dale.plasticity import strengths
from lava_bccn.network.learning import Pathway


class DaleForm(Form):
    """A network under Dale's law, whose synapses learn by themselves, if anything learns.

    Args:
        opening: what is made ready.
        network: its network.
    """

    def __init__(self, opening: Opening, network: DaleNetwork) -> None:
        from lava_bccn import processes

        process = processes.DaleBurstCCN(network, opening.learning, opening.learned)
        config = processes.on_cpu(process.tag)
        super().__init__(opening, process, config, network.presentation_steps)
        self._network = network

    def execution(self, seconds: float, done: int) -> Execution:
        """As :meth:`Form.execution`."""
        opening, saturations = self.opening, self.saturations()
        if opening.learning is None:
            return Execution(opening.network, saturations, seconds)
        learned, counts = [], []
        for index in range(len(self._network.layers)):
            of_layer: dict[Pathway, Saturations] = {}
            names = self.process.learning_parts(index)
            learned.append(strengths({name: self._var(name, index) for name in names}))
            for name in names:
                pathway: Pathway = "bias" if name == "bias" else "weight"
                weights, traces = map(int, self._var(f"{name}_saturations", index))
                before = of_layer.get(pathway, Saturations())
                of_layer[pathway] = before + Saturations(weights, traces)
            counts.append(of_layer)
        network = self._network.with_learned(learned)
        done_before = opening.learned + done
        return Execution(network, saturations, seconds, tuple(counts), done_before)

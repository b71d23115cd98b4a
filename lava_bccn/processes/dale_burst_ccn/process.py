"""A whole network under Dale's law as one Process."""

from __future__ import annotations

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var

from lava_bccn.network.dale.network import DaleNetwork
from lava_bccn.network.dale.plasticity import plasticity
from lava_bccn.network.learning import LearningConfig
from lava_bccn.processes.arithmetic import TAGS
from lava_bccn.processes.burst_ccn.process import BurstCCN


class DaleBurstCCN(AbstractProcess):
    """``PyramidalEnsemble`` with ``Pv``, ``Ndnf``, ``Vip`` and ``Sst`` between them.

    Every connection takes one time step, those to and from interneurons too, so a sample that is
    held for ``network.presentation_steps`` steps has settled at the last of them.

    Ports: ``sample_in`` takes event rates, ``target_in`` targets; ``event_out`` sends the output
    layer's event rates.

    Vars: those of ``BurstCCN`` that have states; of what learns ``weight_exc_I``,
    ``weight_from_pv_I`` (which are ≤ 0) and ``bias_I``, with ``weight_exc_saturations_I`` and so
    on, (2,): of weights and of traces.

    Args:
        network: run it with ``select_tag=process.tag``.
        learning: what learns at the last step of every presentation; None: nothing.
        learned: samples learned before, from which rates and random draws go on.

    Raises:
        InvalidInputError: the network cannot learn so.
    """

    def __init__(
        self,
        network: DaleNetwork,
        learning: LearningConfig | None = None,
        learned: int = 0,
        name: str | None = None,
    ) -> None:
        rules = None if learning is None else plasticity(network, learning)
        super().__init__(network=network, rules=rules, learned=learned, name=name)
        self.sample_in: InPort = InPort(shape=(network.input_size,))
        self.target_in: InPort = InPort(shape=(network.output_size,))
        self.event_out: OutPort = OutPort(shape=(network.output_size,))
        for index, layer in enumerate(network.layers, start=1):
            for state in self.state_names(is_output=index == len(network.layers)):
                shape = (1,) if state.endswith("saturations") else (layer.units,)
                setattr(self, f"{state}_{index}", Var(shape=shape, init=0))
            for part in self.learning_parts(index - 1):
                shape = getattr(layer, part).shape
                setattr(self, f"{part}_{index}", Var(shape=shape, init=0))
                setattr(self, f"{part}_saturations_{index}", Var(shape=(2,), init=0))

    state_names = staticmethod(BurstCCN.state_names)

    def learning_parts(self, index: int) -> tuple[str, ...]:
        """What of layer ``index`` (0-based) learns, by the names of its arrays."""
        rules = self.proc_params["rules"]
        return () if rules is None else tuple(n for n, r in vars(rules[index]).items() if r)

    @property
    def tag(self) -> str:
        """Tag of the ProcessModels that can run this network."""
        return TAGS[self.proc_params["network"].precision]

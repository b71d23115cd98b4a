"""A whole mapped network as one Process."""

from __future__ import annotations

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var

from lava_bccn.mapping.network import MappedNetwork
from lava_bccn.processes.arithmetic import TAGS


class BurstCCN(AbstractProcess):
    """A network of ``PyramidalEnsemble`` and stock ``Dense`` connections.

    Every connection takes one time step, so a sample that is held for
    ``network.presentation_steps`` steps has settled at the last of them.

    Ports: ``sample_in`` takes event rates, ``target_in`` targets; ``event_out`` sends the output
    layer's event rates.

    Vars: ``soma_I``, ``event_rate_I``, ``burst_prob_I``, ``burst_rate_I``, ``soma_saturations_I``
    of every layer I (from 1), and ``apical_I``, ``apical_saturations_I`` of every hidden layer.

    Args:
        network: the mapped network; run it with ``select_tag=process.tag``.
    """

    def __init__(self, network: MappedNetwork, name: str | None = None) -> None:
        super().__init__(network=network, name=name)
        self.sample_in = InPort(shape=(network.input_size,))
        self.target_in = InPort(shape=(network.output_size,))
        self.event_out = OutPort(shape=(network.output_size,))
        for index, layer in enumerate(network.layers, start=1):
            for name_of_var in self.state_names(is_output=index == len(network.layers)):
                shape = (1,) if name_of_var.endswith("saturations") else (layer.units,)
                setattr(self, f"{name_of_var}_{index}", Var(shape=shape, init=0))

    @staticmethod
    def state_names(*, is_output: bool) -> tuple[str, ...]:
        """Vars of one layer's ensembles."""
        common = ("soma", "event_rate", "burst_prob", "burst_rate", "soma_saturations")
        return common if is_output else (*common, "apical", "apical_saturations")

    @property
    def tag(self) -> str:
        """Tag of the ProcessModels that can run this network."""
        return TAGS[type(self.proc_params["network"].ensembles(0))]

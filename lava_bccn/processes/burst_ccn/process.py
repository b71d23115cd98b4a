"""A whole mapped network as one Process."""

from __future__ import annotations

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var

from lava_bccn.errors import InvalidInputError
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.learning import PATHWAYS, LearningConfig, Pathway
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.plasticity import plasticity
from lava_bccn.network.time import ContinuousTime
from lava_bccn.processes.arithmetic import TAGS


class BurstCCN(AbstractProcess):
    """A network of ``PyramidalEnsemble`` and connections: stock ``Dense``, or ``PlasticDense``.

    Every connection takes one time step, so a sample that is held for
    ``network.presentation_steps`` steps has settled at the last of them. In continuous time inputs
    and targets may change at every step, and everything that learns does so at every step.

    Ports: ``sample_in`` takes event rates, ``target_in`` targets; ``event_out`` sends the output
    layer's event rates.

    Vars: ``soma_I``, ``event_rate_I``, ``burst_prob_I``, ``burst_rate_I``, ``soma_saturations_I``
    of every layer I (from 1), and ``apical_I``, ``apical_saturations_I`` of every hidden layer. Of
    what learns: ``weight_I``, ``bias_I``, ``feedback_burst_I``, ``feedback_event_I`` and
    ``weight_saturations_I`` and so on, (2,): of weights and of traces.

    Args:
        network: the mapped network; run it with ``select_tag=process.tag``.
        learning: what learns at the last step of every presentation; None: nothing.
        learned: samples (in continuous time, steps) learned before, from which rates and random
            draws go on.
        time: continuous time; None: the discrete model.
        host_learns: of the hardware form: the host may change weights between presentations,
            through Vars ``held_weight_I`` (twice W), ``held_bias_low_I``, ``held_bias_high_I``
            (twice the digits of c), ``held_feedback_burst_I`` (twice Y, transposed) and
            ``held_feedback_event_I`` (minus twice Q, transposed).

    Raises:
        InvalidInputError: the network cannot learn so.
    """

    def __init__(
        self,
        network: MappedNetwork,
        learning: LearningConfig | None = None,
        learned: int = 0,
        time: ContinuousTime | None = None,
        name: str | None = None,
        *,
        host_learns: bool = False,
    ) -> None:
        if learning is not None and network.convolutions:
            numbers = ", ".join(map(str, network.convolutions))
            raise InvalidInputError(
                f"layer {numbers} of this network is a convolution, whose weights many places "
                "share, and in Lava each synapse learns where it is; learn with backend 'sim'"
            )
        rules = None if learning is None else plasticity(network, learning)
        super().__init__(
            network=network,
            rules=rules,
            learning=learning,
            learned=learned,
            time=time,
            host_learns=host_learns,
            name=name,
        )
        self.sample_in: InPort = InPort(shape=(network.input_size,))
        self.target_in: InPort = InPort(shape=(network.output_size,))
        self.event_out: OutPort = OutPort(shape=(network.output_size,))
        for index, layer in enumerate(network.layers, start=1):
            for name_of_var in self.state_names(is_output=index == len(network.layers)):
                shape = (1,) if name_of_var.endswith("saturations") else (layer.units,)
                setattr(self, f"{name_of_var}_{index}", Var(shape=shape, init=0))
            for pathway in self.learning_pathways(index - 1):
                shape = getattr(layer, pathway).shape
                setattr(self, f"{pathway}_{index}", Var(shape=shape, init=0))
                setattr(self, f"{pathway}_saturations_{index}", Var(shape=(2,), init=0))
            if host_learns:
                self._hold(index, layer)

    def _hold(self, number: int, layer: MappedLayer) -> None:
        shapes = {
            "weight": layer.weight.shape,
            "bias_low": (layer.units, 1),
            "bias_high": (layer.units, 1),
        }
        if number > 1:
            transposed = (layer.units_below, layer.units)
            shapes |= {"feedback_burst": transposed, "feedback_event": transposed}
        for pathway, shape in shapes.items():
            setattr(self, f"held_{pathway}_{number}", Var(shape=shape, init=0))

    def learning_pathways(self, index: int) -> tuple[Pathway, ...]:
        """What of layer ``index`` (0-based) learns."""
        rules = self.proc_params["rules"]
        if rules is None:
            return ()
        return tuple(name for name in PATHWAYS if getattr(rules[index], name) is not None)

    @staticmethod
    def state_names(*, is_output: bool) -> tuple[str, ...]:
        """Vars of one layer's ensembles."""
        common = ("soma", "event_rate", "burst_prob", "burst_rate", "soma_saturations")
        return common if is_output else (*common, "apical", "apical_saturations")

    @property
    def tag(self) -> str:
        """Tag of the ProcessModels that can run this network."""
        return TAGS[self.proc_params["network"].precision]

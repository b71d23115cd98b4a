"""How ``EngineBurstCCN`` is composed."""

from __future__ import annotations

from lava.magma.core.decorator import implements
from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.process.process import AbstractProcess

from lava_bccn.network.network import MappedNetwork
from lava_bccn.processes import stock
from lava_bccn.processes.engine_burst_ccn.process import PLASTIC_VARS, EngineBurstCCN
from lava_bccn.processes.engine_ensemble.process import EngineEnsemble
from lava_bccn.processes.engine_neuron import EngineNeuron
from lava_bccn.processes.engine_output.process import EngineOutput
from lava_bccn.processes.presentation import Presentation
from lava_bccn.sim.engine_learner import EngineLearner


@implements(proc=EngineBurstCCN)
class EngineBurstCCNModel(AbstractSubProcessModel):
    """Neurons with W between them, up, and Y, down."""

    def __init__(self, proc: EngineBurstCCN) -> None:
        network: MappedNetwork = proc.proc_params["network"]
        self._learner: EngineLearner = proc.learner
        self._presentation = Presentation(network.presentation_steps, self._learner.learned)
        last = len(network.layers) - 1
        neurons = [
            self._neurons(network, index, proc.proc_params["constants"])
            for index in range(last + 1)
        ]
        below = proc.in_ports.sample_in
        for index, each in enumerate(neurons):
            parts: dict[str, AbstractProcess] = {"neurons": each}
            parts |= self._connections(proc, index)
            below.connect(parts["weight"].in_ports.s_in)
            parts["weight"].out_ports.a_out.connect(each.in_ports.a_in)
            below = each.out_ports.s_out
            if index:
                each.out_ports.s_out_deviation.connect(parts["feedback"].in_ports.s_in)
                dendrites = neurons[index - 1].in_ports.a_third_factor_in
                parts["feedback"].out_ports.a_out.connect(dendrites)
            for connection in proc.plastic(index):
                end = each if connection == "weight" else neurons[index - 1]
                for trace in ("bap", "y1", "y2", "y3"):
                    port = getattr(parts[connection].in_ports, f"s_in_{trace}")
                    getattr(end.out_ports, f"s_out_{trace}").connect(port)
            # Lava takes for sub-processes what is an attribute of its own, not what is in a list.
            for name, part in parts.items():
                setattr(self, f"{name}_{index + 1}", part)
            self._expose(proc, index, parts)
        proc.in_ports.target_in.connect(neurons[last].in_ports.target_in)
        below.connect(proc.out_ports.event_out)

    def _neurons(self, network: MappedNetwork, index: int, constants: int) -> EngineNeuron:
        rule, ensembles, _ = self._learner.layer(index)
        arguments = {
            "bias": self._learner.bias[index],
            "ensembles": ensembles,
            "plasticity": rule,
            "presentation": self._presentation,
        }
        if index == len(network.layers) - 1:
            return EngineOutput(**arguments)
        return EngineEnsemble(constants=constants, **arguments)

    def _connections(self, proc: EngineBurstCCN, index: int) -> dict[str, AbstractProcess]:
        """W, and Y where the layer has one; its weights are doubled, as the engine's are."""
        learned, steps = self._learner.learned, self._presentation.steps
        rules = proc.rules(index, learned)
        parts: dict[str, AbstractProcess] = {
            name: stock.learning(rules[name], synapses, steps, learned)
            for name, synapses in proc.plastic(index).items()
        }
        feedback = self._learner.connections[index].feedback
        if feedback is not None and "feedback" not in parts:
            parts["feedback"] = stock.weighted(feedback.weight // 2, shift=1)
        return parts

    @staticmethod
    def _expose(proc: EngineBurstCCN, index: int, parts: dict[str, AbstractProcess]) -> None:
        """Let the Vars of the parts be seen as those of the network."""
        number, is_output = index + 1, isinstance(parts["neurons"], EngineOutput)
        for name in EngineBurstCCN.state_names(is_output=is_output):
            getattr(proc.vars, f"{name}_{number}").alias(getattr(parts["neurons"].vars, name))
        for connection in proc.plastic(index):
            for of_lava, name in PLASTIC_VARS[connection].items():
                var = getattr(parts[connection].vars, of_lava)
                getattr(proc.vars, f"{name}_{number}").alias(var)

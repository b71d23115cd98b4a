"""How ``BurstCCN`` is composed, in either arithmetic."""

import numpy as np
from lava.magma.core.decorator import implements
from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.process.ports.ports import AbstractPort
from lava.magma.core.process.process import AbstractProcess
from numpy.typing import NDArray

from lava_bccn.dynamics.branches import branch_slices
from lava_bccn.dynamics.synapses import Synapses
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.plasticity import LayerPlasticity, noise_of
from lava_bccn.processes.burst_ccn.process import BurstCCN
from lava_bccn.processes.convolution.process import Convolution, Direction
from lava_bccn.processes.forward_noise.process import ForwardNoise
from lava_bccn.processes.plastic_dense.process import PlasticDense
from lava_bccn.processes.presentation import Presentation
from lava_bccn.processes.pyramidal_ensemble.process import PyramidalEnsemble
from lava_bccn.processes.stock import weighted


def by_branch(matrix: NDArray[np.generic], branches: int) -> NDArray[np.generic]:
    """Yᵀ with a row a unit below and branch, (branches · units below, units): only the units of its
    block reach a branch."""
    if branches == 1:
        return matrix.T
    rows = []
    for block in branch_slices(len(matrix), branches):
        rows.append(np.zeros_like(matrix.T))
        rows[-1][:, block] = matrix[block].T
    return np.concatenate(rows)


_NOTHING_LEARNS = LayerPlasticity(None, None, None, None)


@implements(proc=BurstCCN)
class BurstCCNModel(AbstractSubProcessModel):
    """Ensembles with W between them, and Y and Q where a layer sends feedback."""

    def __init__(self, proc: AbstractProcess) -> None:
        network: MappedNetwork = proc.proc_params["network"]
        rules = proc.proc_params["rules"] or (_NOTHING_LEARNS,) * len(network.layers)
        time = proc.proc_params["time"]
        steps = network.presentation_steps if time is None else 1
        learning = proc.proc_params["learning"]
        self._presentation = Presentation(steps, proc.proc_params["learned"], learning)
        noise = noise_of(network, learning)
        last = len(network.layers) - 1
        ensembles = [
            PyramidalEnsemble(
                bias=layer.bias.astype(network.compute_dtype),
                ensembles=network.ensembles(index, time),
                is_output=index == last,
                presentation=self._presentation,
                plasticity=rules[index].bias,
                branches=1 if index == last else rules[index + 1].branches,
            )
            for index, layer in enumerate(network.layers)
        ]
        senders = [proc.in_ports.sample_in, *(e.out_ports.event_out for e in ensembles[:-1])]
        for index, layer in enumerate(network.layers):
            ensemble, rule = ensembles[index], rules[index]
            parts = {
                "ensemble": ensemble,
                "weight": self._connection(layer, layer.weight, rule.weight),
            }
            if noise is not None:
                parts["noise"] = ForwardNoise(
                    units=layer.units_below,
                    layer=index,
                    noise=noise,
                    presentation=self._presentation,
                )
                senders[index].connect(parts["noise"].in_ports.rate_in)
                senders[index] = parts["noise"].out_ports.rate_out
            senders[index].connect(parts["weight"].in_ports.s_in)
            parts["weight"].out_ports.a_out.connect(ensemble.in_ports.synaptic_in)
            if rule.weight is not None:
                senders[index].connect(parts["weight"].in_ports.presynaptic_in)
                ensemble.out_ports.deviation_out.connect(parts["weight"].in_ports.postsynaptic_in)
            if layer.feedback_matrices is not None:
                parts |= self._feedback(layer, rule, ensemble, ensembles[index - 1], senders[index])
            # Lava takes for sub-processes what is an attribute of its own, not what is in a list.
            for name, part in parts.items():
                setattr(self, f"{name}_{index + 1}", part)
            self._expose(proc, index, parts, is_output=index == last)
        proc.in_ports.target_in.connect(ensembles[last].in_ports.target_in)
        ensembles[last].out_ports.event_out.connect(proc.out_ports.event_out)

    def _connection(
        self,
        layer: MappedLayer,
        matrix: NDArray[np.generic],
        rule: Synapses | None,
        is_feedback: bool = False,
        branches: int = 1,
    ) -> AbstractProcess:
        if layer.geometry is not None:
            direction: Direction = "down" if is_feedback else "up"
            return Convolution(kernel=matrix, geometry=layer.geometry, direction=direction)
        if rule is None:
            return weighted(by_branch(matrix, branches) if is_feedback else matrix)
        return PlasticDense(
            weights=matrix.astype(float if matrix.dtype.kind == "f" else np.int32),
            synapses=rule,
            is_feedback=is_feedback,
            presentation=self._presentation,
            branches=branches,
        )

    def _feedback(
        self,
        layer: MappedLayer,
        rules: LayerPlasticity,
        ensemble: PyramidalEnsemble,
        below: PyramidalEnsemble,
        heard: AbstractPort,
    ) -> dict[str, AbstractProcess]:
        """Y and Q from an ensemble to the one below, of which W has heard a port."""
        parts = {}
        for name, delivered in (("feedback_burst", "burst_out"), ("feedback_event", "event_out")):
            rule = getattr(rules, name)
            matrix, branches = getattr(layer, name), rules.branches
            part = self._connection(layer, matrix, rule, is_feedback=True, branches=branches)
            getattr(ensemble.out_ports, delivered).connect(part.in_ports.s_in)
            part.out_ports.a_out.connect(getattr(below.in_ports, f"{name}_in"))
            parts[name] = part
            if rule is None:
                continue
            if rule.rule == "homeostatic":
                above = ensemble.out_ports.event_out
                if rule.presynaptic == "burst_rate":
                    above = ensemble.out_ports.burst_out
                under = below.out_ports.apical_out
            else:
                above = ensemble.out_ports.deviation_out
                under = heard if rule.hears_noise else below.out_ports.event_out
            above.connect(part.in_ports.presynaptic_in)
            under.connect(part.in_ports.postsynaptic_in)
        return parts

    @staticmethod
    def _expose(
        proc: BurstCCN, index: int, parts: dict[str, AbstractProcess], is_output: bool
    ) -> None:
        """Let the Vars of the parts be seen as those of the network."""
        ensemble, number = parts["ensemble"], index + 1
        for name in BurstCCN.state_names(is_output=is_output):
            getattr(proc.vars, f"{name}_{number}").alias(getattr(ensemble.vars, name))
        for name in proc.learning_pathways(index):
            matrix, counts = (
                getattr(proc.vars, f"{kind}_{number}") for kind in (name, f"{name}_saturations")
            )
            if name == "bias":
                matrix.alias(ensemble.vars.bias)
                counts.alias(ensemble.vars.bias_saturations)
            else:
                matrix.alias(parts[name].vars.weights)
                counts.alias(parts[name].vars.saturations)

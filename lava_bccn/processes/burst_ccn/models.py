"""How ``BurstCCN`` is composed, in either arithmetic."""

import numpy as np
from lava.magma.core.decorator import implements
from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.process.process import AbstractProcess
from lava.proc.dense.process import Dense
from lava.utils.weightutils import SignMode
from numpy.typing import NDArray

from lava_bccn.dynamics.fixed_point import GRADED_PAYLOAD_BITS
from lava_bccn.mapping.network import MappedNetwork
from lava_bccn.processes.burst_ccn.process import BurstCCN
from lava_bccn.processes.pyramidal_ensemble.process import PyramidalEnsemble


def dense(matrix: NDArray[np.generic]) -> Dense:
    """A stock ``Dense`` that delivers exactly ``matrix @ payload`` one step later.

    Lava's fixed-point ``Dense`` floors a matrix of both signs to even values; at twice the weight
    and exponent −1 nothing is lost.
    """
    if np.issubdtype(matrix.dtype, np.integer):
        return Dense(
            weights=2 * matrix.astype(np.int32),
            weight_exp=-1,
            sign_mode=SignMode.MIXED,
            num_message_bits=GRADED_PAYLOAD_BITS,
        )
    return Dense(weights=matrix.astype(float), num_message_bits=GRADED_PAYLOAD_BITS)


@implements(proc=BurstCCN)
class BurstCCNModel(AbstractSubProcessModel):
    """Ensembles with W between them, and Y and Q where a layer sends feedback."""

    def __init__(self, proc: AbstractProcess) -> None:
        network: MappedNetwork = proc.proc_params["network"]
        last = len(network.layers) - 1
        ensembles = [
            PyramidalEnsemble(
                bias=layer.bias.astype(network.compute_dtype),
                ensembles=network.ensembles(index),
                is_output=index == last,
                presentation_steps=network.presentation_steps,
            )
            for index, layer in enumerate(network.layers)
        ]
        senders = [proc.in_ports.sample_in, *(e.out_ports.event_out for e in ensembles[:-1])]
        for index, layer in enumerate(network.layers):
            ensemble, forward = ensembles[index], dense(layer.weight)
            senders[index].connect(forward.in_ports.s_in)
            forward.out_ports.a_out.connect(ensemble.in_ports.synaptic_in)
            self._keep(index, ensemble=ensemble, forward=forward)
            for name in BurstCCN.state_names(is_output=index == last):
                alias = getattr(proc.vars, f"{name}_{index + 1}")
                alias.alias(getattr(ensemble.vars, name))
            if layer.feedback_matrices is None:
                continue
            below = ensembles[index - 1]
            bursts, events = (dense(matrix.T) for matrix in layer.feedback_matrices)
            ensemble.out_ports.burst_out.connect(bursts.in_ports.s_in)
            bursts.out_ports.a_out.connect(below.in_ports.feedback_burst_in)
            ensemble.out_ports.event_out.connect(events.in_ports.s_in)
            events.out_ports.a_out.connect(below.in_ports.feedback_event_in)
            self._keep(index, feedback_burst=bursts, feedback_event=events)
        proc.in_ports.target_in.connect(ensembles[last].in_ports.target_in)
        ensembles[last].out_ports.event_out.connect(proc.out_ports.event_out)

    def _keep(self, index: int, **parts: AbstractProcess) -> None:
        """Lava takes for sub-processes what is an attribute of its own, not what is in a list."""
        for name, part in parts.items():
            setattr(self, f"{name}_{index + 1}", part)

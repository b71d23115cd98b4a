"""A layer of output ensembles that learn inside the learning engine."""

from __future__ import annotations

from typing import Any

from lava.magma.core.process.ports.ports import InPort, OutPort

from lava_bccn.processes.engine_neuron import EngineNeuron


class EngineOutput(EngineNeuron):
    """Neurons with soma and a dendrite that is taught: p = p^b (1 + (target − e) h(e)), b = p e.

    Ports: besides those of :class:`~lava_bccn.processes.engine_neuron.EngineNeuron`,
    ``target_in`` takes the teacher (negative: none); ``s_out`` sends e.

    Args:
        neurons: arguments of ``EngineNeuron``.
    """

    def __init__(self, **neurons: Any) -> None:
        super().__init__(**neurons)
        self.target_in: InPort = InPort(shape=self.a_in.shape)
        self.s_out: OutPort = OutPort(shape=self.a_in.shape)

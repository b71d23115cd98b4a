"""A layer of hidden ensembles that learn inside the learning engine."""

from __future__ import annotations

from typing import Any

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var

from lava_bccn.processes.engine_neuron import EngineNeuron


class EngineEnsemble(EngineNeuron):
    """Neurons with soma and apical dendrite: e = f(W e_below + c), u = Yᵀ δ_above, b = p e.

    That u is Yᵀ b − Qᵀ e where Q = p^b Y, to the last bit, for δ = b − p^b e is exact in integers.
    So neither Q nor two messages are needed.

    Ports: besides those of :class:`~lava_bccn.processes.engine_neuron.EngineNeuron`,
    ``a_third_factor_in`` takes Yᵀ δ_above; ``s_out`` sends e and then ``constants`` times 255,
    (units + constants,).

    Vars: besides, ``apical`` u, (units,), and ``apical_saturations``, (1,).

    Args:
        constants: how many more units, which are always on, it has for the synapses above.
        neurons: arguments of ``EngineNeuron``.
    """

    def __init__(self, *, constants: int, **neurons: Any) -> None:
        super().__init__(constants=constants, **neurons)
        shape = self.a_in.shape
        self.a_third_factor_in: InPort = InPort(shape=shape)
        self.s_out: OutPort = OutPort(shape=(shape[0] + constants,))
        self.apical: Var = Var(shape=shape, init=0)
        self.apical_saturations: Var = Var(shape=(1,), init=0)

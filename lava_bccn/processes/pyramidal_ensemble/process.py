"""A layer of ensembles of pyramidal cells with two compartments."""

from __future__ import annotations

import numpy as np
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from numpy.typing import NDArray

from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.synapses import Biases
from lava_bccn.processes.presentation import Presentation


class PyramidalEnsemble(AbstractProcess):
    """A ``Soma`` and an ``ApicalDendrite`` (or, for an output layer, an ``OutputDendrite``).

    Ports: ``synaptic_in`` takes W e_below; hidden layers take ``feedback_burst_in`` (Yᵀ b_above)
    and ``feedback_event_in`` (Qᵀ e_above), output layers ``target_in``; ``event_out`` sends e and
    ``burst_out`` b, both in the same step; ``deviation_out`` sends b − p^b e, ``apical_out`` (of
    hidden layers) u, for plastic synapses. What comes from above and u are of each branch.

    Vars: those of its parts, by the same names; ``soma_saturations``, ``apical_saturations`` and
    ``bias_saturations``.

    Args:
        bias: c, (units,), in the units of ``ensembles``.
        ensembles: the layer's equations.
        is_output: True for the layer with the teacher.
        presentation: how long a sample is held, and how many have been learned before.
        plasticity: how the biases learn; None: not at all.
        branches: of each dendrite of a hidden layer.
    """

    def __init__(
        self,
        *,
        bias: NDArray[np.generic],
        ensembles: Ensembles,
        is_output: bool,
        presentation: Presentation = Presentation(),
        plasticity: Biases | None = None,
        branches: int = 1,
        name: str | None = None,
    ) -> None:
        super().__init__(
            bias=bias,
            ensembles=ensembles,
            is_output=is_output,
            presentation=presentation,
            plasticity=plasticity,
            branches=branches,
            name=name,
        )
        shape = np.shape(bias)
        self.synaptic_in: InPort = InPort(shape=shape)
        self.event_out: OutPort = OutPort(shape=shape)
        self.burst_out: OutPort = OutPort(shape=shape)
        self.deviation_out: OutPort = OutPort(shape=shape)
        self.bias: Var = Var(shape=shape, init=bias)
        self.soma: Var = Var(shape=shape, init=0)
        self.event_rate: Var = Var(shape=shape, init=0)
        self.burst_prob: Var = Var(shape=shape, init=0)
        self.burst_rate: Var = Var(shape=shape, init=0)
        self.soma_saturations: Var = Var(shape=(1,), init=0)
        self.bias_saturations: Var = Var(shape=(2,), init=0)
        if is_output:
            self.target_in: InPort = InPort(shape=shape)
        else:
            of_branches = (branches * len(bias),)
            self.feedback_burst_in: InPort = InPort(shape=of_branches)
            self.feedback_event_in: InPort = InPort(shape=of_branches)
            self.apical_out: OutPort = OutPort(shape=of_branches)
            self.apical: Var = Var(shape=shape, init=0)
            self.apical_saturations: Var = Var(shape=(1,), init=0)

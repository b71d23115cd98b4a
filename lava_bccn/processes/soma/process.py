"""The somatic compartment of a layer of ensembles."""

from __future__ import annotations

import numpy as np
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from numpy.typing import NDArray

from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.synapses import Biases
from lava_bccn.processes.presentation import Presentation


class Soma(AbstractProcess):
    """Somata: v = W e_below + c, e = f(v); in continuous time v relaxes to that drive.

    Ports: ``synaptic_in`` takes W e_below, ``event_out`` sends e and ``soma_out`` v in the same
    step; where biases learn, ``deviation_in`` takes b − p^b e from the ensemble's dendrite, also in
    the same step.

    Vars: ``bias`` c, ``soma`` v, ``event_rate`` e, each (units,); ``saturations``, (1,), the number
    of potentials that saturated at the last step of a presentation, summed over presentations;
    ``bias_saturations``, (2,): of biases and of their traces, while learning.

    Args:
        bias: c, (units,), in the units of ``ensembles``.
        ensembles: the layer's equations; their arithmetic must be that of the selected model.
        presentation: how long a sample is held, and how many have been learned before.
        plasticity: how the biases learn at the last step of a presentation; None: not at all.
    """

    def __init__(
        self,
        *,
        bias: NDArray[np.generic],
        ensembles: Ensembles,
        presentation: Presentation = Presentation(),
        plasticity: Biases | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(
            ensembles=ensembles, presentation=presentation, plasticity=plasticity, name=name
        )
        shape = np.shape(bias)
        self.synaptic_in: InPort = InPort(shape=shape)
        self.deviation_in: InPort = InPort(shape=shape)
        self.event_out: OutPort = OutPort(shape=shape)
        self.soma_out: OutPort = OutPort(shape=shape)
        self.bias: Var = Var(shape=shape, init=bias)
        self.soma: Var = Var(shape=shape, init=0)
        self.event_rate: Var = Var(shape=shape, init=0)
        self.saturations: Var = Var(shape=(1,), init=0)
        self.bias_saturations: Var = Var(shape=(2,), init=0)

"""The apical compartment of a layer of output ensembles."""

from __future__ import annotations

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var

from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.processes.presentation import Presentation


class OutputDendrite(AbstractProcess):
    """Apical dendrites under a teacher: p = p^b (1 + (target − e) h(e)), b = p e.

    Ports: ``event_in`` takes the ensemble's own e in the same step, ``target_in`` the teacher
    (negative: none); ``burst_out`` sends b, ``deviation_out`` b − p^b e.

    Vars: ``burst_prob`` p and ``burst_rate`` b, each (units,).

    Args:
        units: number of ensembles.
        ensembles: the layer's equations; their arithmetic must be that of the selected model.
        presentation: how long a sample is held, and which have no teacher.
    """

    def __init__(
        self,
        *,
        units: int,
        ensembles: Ensembles,
        presentation: Presentation = Presentation(),
        name: str | None = None,
    ) -> None:
        super().__init__(ensembles=ensembles, presentation=presentation, name=name)
        self.event_in: InPort = InPort(shape=(units,))
        self.target_in: InPort = InPort(shape=(units,))
        self.burst_out: OutPort = OutPort(shape=(units,))
        self.deviation_out: OutPort = OutPort(shape=(units,))
        self.burst_prob: Var = Var(shape=(units,), init=0)
        self.burst_rate: Var = Var(shape=(units,), init=0)

"""The apical compartment of a layer of hidden ensembles."""

from __future__ import annotations

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var

from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.processes.presentation import Presentation


class ApicalDendrite(AbstractProcess):
    """Apical dendrites: u = Yᵀ b_above − Qᵀ e_above, p = 2 p^b σ((2 / p^b) u h(e)), b = p e.

    In continuous time (the ``ensembles`` say so) u relaxes to h(e) times that drive.

    A branch is a compartment of its own (``dynamics.branches``): what each receives comes in a row
    after that of the one before, and so does what each tells its synapses, its own potential. The
    burst probability sees the potential of all that they receive.

    Ports: ``event_in`` takes the ensemble's own e in the same step, ``soma_in`` its v, which only
    activations need that are no function of a unit alone; ``feedback_burst_in`` takes Yᵀ b_above
    and ``feedback_event_in`` Qᵀ e_above, each (branches · units,); ``burst_out`` sends b,
    ``deviation_out`` b − p^b e, ``apical_out`` u of each branch, (branches · units,).

    Vars: ``apical`` u, ``burst_prob`` p, ``burst_rate`` b, each (units,); ``saturations``, (1,),
    the number of potentials that saturated at the last step of a presentation, summed.

    Args:
        units: number of ensembles.
        ensembles: the layer's equations; their arithmetic must be that of the selected model.
        presentation: how long a sample is held.
        branches: of each dendrite, in the discrete model.
    """

    def __init__(
        self,
        *,
        units: int,
        ensembles: Ensembles,
        presentation: Presentation = Presentation(),
        branches: int = 1,
        name: str | None = None,
    ) -> None:
        super().__init__(
            ensembles=ensembles, presentation=presentation, branches=branches, name=name
        )
        self.event_in: InPort = InPort(shape=(units,))
        self.soma_in: InPort = InPort(shape=(units,))
        self.feedback_burst_in: InPort = InPort(shape=(branches * units,))
        self.feedback_event_in: InPort = InPort(shape=(branches * units,))
        self.burst_out: OutPort = OutPort(shape=(units,))
        self.deviation_out: OutPort = OutPort(shape=(units,))
        self.apical_out: OutPort = OutPort(shape=(branches * units,))
        self.apical: Var = Var(shape=(units,), init=0)
        self.burst_prob: Var = Var(shape=(units,), init=0)
        self.burst_rate: Var = Var(shape=(units,), init=0)
        self.saturations: Var = Var(shape=(1,), init=0)

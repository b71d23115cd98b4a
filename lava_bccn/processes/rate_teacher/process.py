"""The teacher of spiking ensembles."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from numpy.typing import NDArray

from lava_bccn.dynamics.spiking.teacher import TeacherConstants
from lava_bccn.network.spiking.units import Precision


class RateTeacher(AbstractProcess):
    """Counts an ensemble's events and drives its dendrites towards a target rate.

    Equations in ``dynamics.spiking.teacher``. What it sends in a step depends on the events of the
    steps before.

    Ports: ``s_in`` takes the flags of the taught neurons, ``a_out`` sends their apical currents.

    Vars: ``trace`` (ensembles,), the running count of events.

    Args:
        targets: (samples, ensembles) in units of the trace.
        taught: (samples, ensembles), False where there is no teacher.
        sample_steps: time steps for which a sample is held.
        ensemble_size: neurons of an ensemble.
        constants: of one step.
        precision: that of the selected model.
    """

    def __init__(
        self,
        *,
        targets: NDArray[Any],
        taught: NDArray[np.bool_],
        sample_steps: int,
        ensemble_size: int,
        constants: TeacherConstants,
        precision: Precision = "float",
        name: str | None = None,
    ) -> None:
        super().__init__(
            targets=targets,
            taught=taught,
            sample_steps=sample_steps,
            ensemble_size=ensemble_size,
            constants=constants,
            precision=precision,
            name=name,
        )
        ensembles = targets.shape[1]
        self.s_in: InPort = InPort(shape=(ensembles * ensemble_size,))
        self.a_out: OutPort = OutPort(shape=(ensembles * ensemble_size,))
        self.trace: Var = Var(shape=(ensembles,), init=0)

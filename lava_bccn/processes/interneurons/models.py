"""CPU models of all four types of interneurons."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.process.process import ProcessParameters
from numpy.typing import NDArray

from lava_bccn.dynamics import dale
from lava_bccn.processes.arithmetic import Step, check_precision, cpu_model, in_port, out_port, var
from lava_bccn.processes.interneurons.process import Ndnf, Pv, Sst, TonicExcitation, Vip


class InterneuronStep(Step):
    """One step, in either arithmetic."""

    excitation_in: PyInPort = in_port(32, np.int64)
    inhibition_in: PyInPort = in_port(32, np.int64)
    rate_out: PyOutPort = out_port(24)
    rate: NDArray[Any] = var(24)

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        check_precision(proc_params["precision"], self)
        self.places: tuple[int, int] = (
            proc_params["excitation_places"],
            proc_params["inhibition_places"],
        )

    def run_spk(self) -> None:
        """Receive, and send on."""
        direct = dale.relayed(self.excitation_in.recv(), self.places[0])
        self.rate = dale.sst_input(direct, dale.relayed(self.inhibition_in.recv(), self.places[1]))
        self.rate_out.send(self.rate)


PyPvModelFloat: type[Step] = cpu_model(Pv, InterneuronStep, "float")
PyPvModelFixed: type[Step] = cpu_model(Pv, InterneuronStep, "fixed")
PyNdnfModelFloat: type[Step] = cpu_model(Ndnf, InterneuronStep, "float")
PyNdnfModelFixed: type[Step] = cpu_model(Ndnf, InterneuronStep, "fixed")
PyVipModelFloat: type[Step] = cpu_model(Vip, InterneuronStep, "float")
PyVipModelFixed: type[Step] = cpu_model(Vip, InterneuronStep, "fixed")
PySstModelFloat: type[Step] = cpu_model(Sst, InterneuronStep, "float")
PySstModelFixed: type[Step] = cpu_model(Sst, InterneuronStep, "fixed")


class TonicExcitationStep(Step):
    """One step, in either arithmetic."""

    current_out: PyOutPort = out_port(32)
    current: NDArray[Any] = var(32)

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        check_precision(proc_params["precision"], self)

    def run_spk(self) -> None:
        """Send what there always is."""
        self.current_out.send(self.current)


PyTonicExcitationModelFloat: type[Step] = cpu_model(TonicExcitation, TonicExcitationStep, "float")
PyTonicExcitationModelFixed: type[Step] = cpu_model(TonicExcitation, TonicExcitationStep, "fixed")

"""CPU model of ``ResumedDense``."""

from __future__ import annotations

from typing import Any

from lava.magma.core.decorator import implements
from lava.magma.core.process.process import ProcessParameters
from lava.proc.dense.models import PyLearningDenseModelBitApproximate
from numpy.typing import NDArray

from lava_bccn.processes.resumed_dense.process import ResumedDense


@implements(proc=ResumedDense)
class PyResumedDenseModel(PyLearningDenseModelBitApproximate):
    """Lava's own model, with what it would have come to."""

    implements_process = None  # not what it inherits from

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        self.weights_set = True  # no last bit is dropped
        self._epochs: int = proc_params["epochs"]
        self._conn_var_random._rng.random(self._epochs)

    def _extract_applier_args(
        self, x_traces_history: NDArray[Any], y_traces_history: NDArray[Any]
    ) -> dict[str, Any]:
        arguments = super()._extract_applier_args(x_traces_history, y_traces_history)
        every = self._learning_rule.decimate_exponent
        if every is not None:
            epoch = self._epochs + self.time_step // self._learning_rule.t_epoch
            arguments["u"] = int(epoch % 2**every == 0)
        return arguments

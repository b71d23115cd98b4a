"""The hardware form of a network, presented with samples: on Lava's CPU models or on a board.

What learns, learns with the host in the loop: after each presentation the host reads event rates,
apical potentials and burst rates, changes the weights by the very rules that the simulator uses,
and writes them back. So a run gives the bits of the simulator. Nothing learns on the chip itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.job import Execution, Job
from lava_bccn.backends.lava_engine import EngineForm
from lava_bccn.backends.presenting import Form, present
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.loihi2.hardware_form import (
    check_hardware_form,
    constant_digits,
    presentation_steps,
)
from lava_bccn.network.learning import Pathway
from lava_bccn.sim.learner import Learner

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig


def execute(job: Job) -> Execution:
    """On the fixed-point CPU models of the stock Processes.

    Raises:
        InvalidInputError: a network without a hardware form.
        BackendUnavailableError: Lava is not installed.
        InterruptedRunError: it failed while it ran.
    """
    from lava_bccn import processes  # fails with advice where there is no Lava

    if job.learning is not None and job.learning.rule == "engine":
        return present(job, EngineForm(job, stock_neurons=True))
    return present(job, HardwareForm(job, processes.on_cpu("fixed_pt", hardware_models())))


def hardware_models() -> dict[Any, Any]:
    """The ``exception_proc_model_map`` that chooses the hardware form."""
    from lava_bccn.processes.burst_ccn.process import BurstCCN
    from lava_bccn.processes.hardware_burst_ccn.models import HardwareBurstCCNModel
    from lava_bccn.processes.sample_source.models import PySampleSourceModelFixed
    from lava_bccn.processes.sample_source.process import SampleSource

    return {BurstCCN: HardwareBurstCCNModel, SampleSource: PySampleSourceModelFixed}


class HardwareForm(Form):
    """A network of stock Processes, whose weights the host has and changes.

    Args:
        job: what is presented to it.
        run_config: where it runs.

    Raises:
        InvalidInputError: the network has no hardware form, or cannot learn so.
    """

    def __init__(self, job: Job, run_config: RunConfig) -> None:
        from lava_bccn import processes

        check_hardware_form(job.network, learns=job.learning is not None)
        self._learner: Learner | None = None
        if job.learning is not None:
            self._learner = Learner(job.network, job.learning, job.learned)
            self.reads: frozenset[str] = frozenset({"event_rate", "apical", "burst_rate"})
        process = processes.BurstCCN(job.network, host_learns=job.learning is not None)
        super().__init__(job, process, run_config, presentation_steps(job.network))

    def learn(self, sample: NDArray[Any], states: list[LayerStates]) -> None:
        """Change the weights that the host has, and set those that the chip holds to them."""
        if self._learner is None:
            return
        self._learner.adapt(sample, states)
        for index, arrays in enumerate(self._learner.connections.layers):
            for pathway in self._learner.learns(index):
                for name, held in _held(pathway, arrays[pathway]).items():
                    getattr(self.process, f"held_{name}_{index + 1}").set(held)

    def execution(self, seconds: float) -> Execution:
        """What was done: the host knows it, and mapping has proven that no potential saturates."""
        saturations = np.zeros(len(self.job.network.layers), dtype=np.int64)
        return Execution.of(self.job, self._learner, saturations, seconds)

    def interrupted(self, seconds: float) -> Execution:
        """The same, for it does not need Lava."""
        return self.execution(seconds)


def _held(pathway: Pathway, array: NDArray[Any]) -> dict[str, NDArray[np.int32]]:
    """What the Vars of the hardware form hold for a matrix or bias of the network."""
    if pathway == "bias":
        low, high = constant_digits(array)
        held = {"bias_low": low[:, None], "bias_high": high[:, None]}
    elif pathway == "weight":
        held = {"weight": array}
    else:
        sign = -1 if pathway == "feedback_event" else 1
        held = {pathway: sign * array.T}
    return {name: np.ascontiguousarray(2 * values, dtype=np.int32) for name, values in held.items()}

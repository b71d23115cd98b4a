"""The hardware form of a network, presented with samples: on Lava's CPU models or on a board.

What learns, learns with the host in the loop: after each presentation the host reads event rates,
apical potentials and burst rates, changes the weights by the very rules that the simulator uses,
and writes them back. So a run gives the bits of the simulator. Nothing learns on the chip itself.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.job import Execution, Job, Opening, Session
from lava_bccn.backends.lava_engine import EngineForm
from lava_bccn.backends.presenting import Form, executed, opened
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.errors import InvalidInputError
from lava_bccn.loihi2.hardware_form import (
    check_engine_form,
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
    return executed(_form(job, len(job.samples)), job)


def opens(opening: Opening) -> AbstractContextManager[Session]:
    """The same, for many jobs."""
    return opened(_form(opening))


def _form(opening: Opening, samples: int | None = None) -> Form:
    """The network that runs, and learns from so many samples; None: from any number."""
    from lava_bccn import processes  # fails with advice where there is no Lava

    if opening.learning is not None and opening.learning.rule == "engine":
        check_engine_form(opening.mapped, opening.learning, opening.learned, samples)
        return EngineForm(opening, stock_neurons=True)
    return HardwareForm(opening, processes.on_cpu("fixed_pt", hardware_models()))


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
        opening: what is made ready.
        run_config: where it runs.

    Raises:
        InvalidInputError: the network has no hardware form, or cannot learn so.
    """

    def __init__(self, opening: Opening, run_config: RunConfig) -> None:
        from lava_bccn import processes

        network, learns = opening.mapped, opening.learning is not None
        check_hardware_form(network, learns=learns)
        if opening.learning is not None and opening.learning.forward_noise > 0:
            raise InvalidInputError(
                "forward_noise has no stock neurons on Loihi 2: learn without it here, or on "
                "backend 'sim' or 'lava'"
            )
        self._learner: Learner | None = None
        if opening.learning is not None:
            self._learner = Learner(network, opening.learning, opening.learned)
            self.reads: frozenset[str] = frozenset({"event_rate", "apical", "burst_rate"})
        process = processes.BurstCCN(network, host_learns=learns)
        super().__init__(opening, process, run_config, presentation_steps(network))

    def learn(self, sample: NDArray[Any], states: list[LayerStates]) -> None:
        """Change the weights that the host has, and set those that the chip holds to them."""
        if self._learner is None:
            return
        self._learner.adapt(sample, states)
        for index, arrays in enumerate(self._learner.connections.layers):
            for pathway in self._learner.learns(index):
                for name, held in _held(pathway, arrays[pathway]).items():
                    getattr(self.process, f"held_{name}_{index + 1}").set(held)

    def saturations(self) -> NDArray[np.int64]:
        """None: mapping has proven that no potential does."""
        return np.zeros(len(self.opening.mapped.layers), dtype=np.int64)

    def execution(self, seconds: float, done: int) -> Execution:
        """What was done: the host knows it."""
        return Execution.of(self.opening, self._learner, self.saturations(), seconds)

    def interrupted(self, seconds: float) -> Execution:
        """The same, for it does not need Lava."""
        return Execution.of(self.opening, self._learner, self.saturations(), seconds)


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

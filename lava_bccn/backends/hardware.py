"""The hardware form of a network, presented with samples: on Lava's CPU models or on a board.

What learns, learns with the host in the loop: after each presentation the host reads event rates,
apical potentials and burst rates, changes the weights by the very rules that the simulator uses,
and writes them back. So a run gives the bits of the simulator. Nothing learns on the chip itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.executor import Execution, Learning
from lava_bccn.backends.recording import Progress, Recording
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.errors import BackendExecutionError, InterruptedRunError, InvalidInputError
from lava_bccn.loihi2.hardware_form import (
    check_hardware_form,
    constant_digits,
    presentation_steps,
)
from lava_bccn.network.learning import Pathway
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.time import ContinuousTime
from lava_bccn.sim.learner import Learner

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.run_configs import RunConfig

    from lava_bccn.processes import BurstCCN

Connect = Callable[["AbstractProcess", "BurstCCN"], None]
"""Connects the source of samples and targets with the network."""


def run(
    network: MappedNetwork,
    samples: NDArray[Any],
    targets: NDArray[Any] | None,
    learning: Learning | None,
    recording: Recording,
    progress: Progress,
    continuous: ContinuousTime | None = None,
) -> Execution:
    """On the fixed-point CPU models of the stock Processes.

    Raises:
        InvalidInputError: a network without a hardware form, or continuous time.
        BackendUnavailableError: Lava is not installed.
        InterruptedRunError: it failed while it ran.
    """
    from lava_bccn import processes  # fails with advice where there is no Lava

    from lava.magma.core.run_configs import Loihi2SimCfg  # isort: skip

    config = Loihi2SimCfg(select_tag="fixed_pt", exception_proc_model_map=hardware_models())

    def connect(source: AbstractProcess, bccn: BurstCCN) -> None:
        source.sample_out.connect(bccn.sample_in)
        source.target_out.connect(bccn.target_in)

    del processes
    return present(
        network, samples, targets, learning, recording, progress, continuous, config, connect
    )


def hardware_models() -> dict[Any, Any]:
    """The ``exception_proc_model_map`` that chooses the hardware form."""
    from lava_bccn.processes.burst_ccn.process import BurstCCN
    from lava_bccn.processes.hardware_burst_ccn.models import HardwareBurstCCNModel
    from lava_bccn.processes.sample_source.models import PySampleSourceModelFixed
    from lava_bccn.processes.sample_source.process import SampleSource

    return {BurstCCN: HardwareBurstCCNModel, SampleSource: PySampleSourceModelFixed}


def present(
    network: MappedNetwork,
    samples: NDArray[Any],
    targets: NDArray[Any] | None,
    learning: Learning | None,
    recording: Recording,
    progress: Progress,
    continuous: ContinuousTime | None,
    run_config: RunConfig,
    connect: Connect,
) -> Execution:
    """Present one sample after the other to the hardware form, wherever it runs.

    Args:
        network, samples, targets, learning, recording, progress, continuous: as of every backend.
        run_config: where it runs.
        connect: connects a ``SampleSource`` with the network, through adapters where it must.

    Raises:
        InvalidInputError: a network without a hardware form, or continuous time.
        InterruptedRunError: it failed after some samples; what was recorded of those is kept.
    """
    from lava_bccn import processes

    if continuous is not None:
        raise InvalidInputError(
            "the hardware form holds each sample until it has settled; for continuous time take "
            "backend 'sim' or 'lava'"
        )
    check_hardware_form(network, learns=learning is not None)
    learner = None
    if learning is not None:
        learner = Learner(network, learning.config, learning.learned)
    steps = presentation_steps(network)
    source = processes.SampleSource(
        samples=samples,
        targets=targets,
        output_size=network.output_size,
        presentation_steps=steps,
    )
    bccn = processes.BurstCCN(network, host_learns=learner is not None)
    connect(source, bccn)
    unchanged = np.zeros(len(network.layers), dtype=np.int64)  # proven: nothing can saturate
    seconds, done = 0.0, 0

    def execution() -> Execution:
        if learner is None:
            return Execution(network, unchanged, seconds)
        return Execution(learner.network(), unchanged, seconds, learner.saturations())

    try:
        with processes.running(bccn, run_config) as lava:
            for index, sample in enumerate(samples):
                started = time.perf_counter()
                lava.steps(steps)
                seconds += time.perf_counter() - started
                states = _read(bccn, network, recording, everything=learner is not None)
                recording.store(slice(index, index + 1), states)
                if learner is not None:
                    learner.adapt(sample, states)
                    _write(bccn, learner)
                done += 1
                progress(1)
    except BackendExecutionError as error:
        raise InterruptedRunError(
            f"{error} (after {done} of {len(samples)} samples)", done, execution()
        ) from error
    return execution()


_LEARNS_FROM = ("event_rate", "apical", "burst_rate")


def _read(
    bccn: BurstCCN, network: MappedNetwork, recording: Recording, *, everything: bool
) -> list[LayerStates]:
    """States of every layer, (1, units): those that are recorded or that plasticity reads."""
    last = len(network.layers) - 1
    states = []
    for index, recorded in enumerate(recording.arrays):
        names = set(recorded) | (set(_LEARNS_FROM) if everything else set())
        if index == last:
            names.discard("apical")
        values = {
            name: np.asarray(getattr(bccn, f"{name}_{index + 1}").get(), dtype=np.int64)[None]
            for name in names
        }
        states.append(LayerStates(**values))
    return states


def _write(bccn: BurstCCN, learner: Learner) -> None:
    """Set the weights as the chip holds them to those that the learner has now."""
    for index, arrays in enumerate(learner.connections.layers):
        for pathway in learner.learns(index):
            for name, held in _held(pathway, arrays[pathway]).items():
                getattr(bccn, f"held_{name}_{index + 1}").set(held)


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

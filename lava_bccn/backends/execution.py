"""Running a mapped network on any backend, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from numpy.typing import ArrayLike

from lava_bccn import bars
from lava_bccn.backends.asked import job_of, opening_of, result_of
from lava_bccn.backends.job import Execution, Job
from lava_bccn.backends.recording import Progress
from lava_bccn.backends.registry import Backend
from lava_bccn.backends.result import RunResult
from lava_bccn.errors import InterruptedRunError
from lava_bccn.network.learning import LearningConfig
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.rate_network import AnyNetwork
from lava_bccn.network.time import ContinuousTime
from lava_bccn.settings import PROGRESS, check, instance

if TYPE_CHECKING:
    from typing_extensions import Unpack

FOLDER = instance(str, Path).or_none()


def run(
    network: AnyNetwork,
    inputs: ArrayLike,
    targets: ArrayLike | None = None,
    *,
    backend: str = "sim",
    learn: bool | LearningConfig | None = False,
    learned: int = 0,
    record: Sequence[str] = (),
    progress: bool | Progress | None = None,
    time: ContinuousTime | None = None,
    save: str | Path | None = None,
) -> RunResult[AnyNetwork]:
    """Present samples to a network, each until it has settled, and learn from them if asked to.

    Learning is online: one sample after the other, in the order given, each from the weights that
    the one before left. The result's ``network`` is the one that has learned; the argument stays
    as it was.

    Args:
        network: from :func:`lava_bccn.from_torch` or :func:`lava_bccn.load`; one under Dale's law
            (:mod:`lava_bccn.mapping.dale`) on ``sim`` and ``lava``.
        inputs: event rates in [0, 1], (samples, inputs) or images, which are flattened.
        targets: the teacher's event rates in [0, 1], (samples, outputs), negative where there is
            no teacher; None leaves it off.
        backend: ``"sim"`` (anywhere), ``"lava"`` (Lava on the CPU), ``"lava-hardware"`` (the form
            for the chip, on the CPU models of its parts), ``"loihi2"`` (a chip), or what else is
            in :data:`lava_bccn.backends.registry.BACKENDS`.
        learn: True, or how: every synapse changes at the end of each sample, from what it sees.
        learned: samples this network has learned before with this configuration. Rates and random
            draws go on from there, so that a run in parts gives the bits of one run.
        record: states to keep of every layer: ``soma``, ``event_rate``, ``apical``, ``burst_prob``,
            ``burst_rate``. The output's event rate is always kept. Lava hands over its numbers
            one by one, so there large recordings can take longer than the run.
        progress: True shows a bar, in a terminal or a notebook; a function is called with the
            number of samples just done.
        time: continuous time, see :func:`run_continuous`; None: each sample is held.
        save: a folder to write recorded states into as they come, for more than fits the memory:
            ``soma_1.npy`` has those of layer 1 and ``soma_1_unit.npy`` what their integer 1 stands
            for. The result's arrays are mapped from there; inputs may be mapped too
            (``numpy.load`` with ``mmap_mode``).

    Raises:
        InvalidInputError: inputs, targets or names that do not fit; learning without targets, or
            with rates or a network with which it could not work.
        OutputPathError: the folder cannot be written, or there is something in it.
        BackendUnavailableError: the backend is not installed here.
        BackendExecutionError: it failed while it ran. Of an :class:`InterruptedRunError`, which
            backends that run a sample at a time raise, ``partial`` is the result for the samples
            that were done. Its ``network`` and ``learned`` belong together; they are those from
            before the run where Lava itself learns (``"lava"``), for what was learned went with it.
    """
    asked = opening_of("run", network, backend, learn, learned, record, time)
    check("progress", progress, PROGRESS)
    check("save", save, FOLDER)
    job = job_of(asked, inputs, targets, save)
    try:
        execution = _execute(asked.backend, job, progress)
    except InterruptedRunError as error:
        error.partial = result_of(asked, job, error.partial, error.done)
        raise
    except BaseException:
        job.recording.abandon()
        raise
    return result_of(asked, job, execution, len(job.samples))


def _execute(backend: Backend, job: Job, progress: bool | Progress | None) -> Execution:
    total, unit = len(job.samples), "samples" if job.time is None else "steps"
    with bars.reported(progress, f"running on {backend.name}", total, unit) as report:
        return backend.execute(replace(job, progress=report))


class RunOptions(TypedDict, total=False):
    """Options of :func:`run`, by their types; its docstring says what they do."""

    backend: str
    learn: bool | LearningConfig | None
    learned: int
    record: Sequence[str]
    progress: bool | Progress | None
    save: str | Path | None


def run_continuous(
    network: MappedNetwork,
    inputs: ArrayLike,
    targets: ArrayLike | None = None,
    time: ContinuousTime | None = None,
    **options: Unpack[RunOptions],
) -> RunResult[MappedNetwork]:
    """Run a network in continuous time: inputs and targets change, and it learns, at every step.

    Potentials start at 0 and relax with their time constants; every connection delivers a step
    later, on any backend. Learning rates are per step (``ContinuousTime.tau_weight``), and
    ``halve_at`` and ``learned`` count steps.

    Args:
        network: any mapped network.
        inputs: event rates in [0, 1], (steps, inputs): a row a time step.
        targets: (steps, outputs), negative where there is no teacher; None leaves it off.
        time: step and time constants; by default those of ``ContinuousTime()``.
        options: ``backend``, ``learn``, ``learned``, ``record``, ``progress``, ``save`` as of
            :func:`run`, with steps for samples.

    Returns:
        States over time, arrays (steps, units).

    Raises:
        As :func:`run`; InvalidInputError also for time constants that the integers cannot hold.
    """
    time = ContinuousTime() if time is None else time
    return run(network, inputs, targets, time=time, **options)

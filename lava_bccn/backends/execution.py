"""Running a mapped network on any backend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_bccn.backends.job import Execution, Job
from lava_bccn.backends.recording import Progress, Recording
from lava_bccn.backends.registry import BACKENDS, those
from lava_bccn.backends.result import RunResult
from lava_bccn.backends.rows import new_folder
from lava_bccn.backends.samples import Quantised
from lava_bccn.dynamics.rate import NO_TEACHER
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.errors import InterruptedRunError, InvalidInputError
from lava_bccn.network.learning import LearningConfig
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.time import ContinuousTime
from lava_bccn.settings import FUNCTION, Setting, check, instance, integer, one_of, tuple_of
from lava_bccn.validation import event_rates, teacher

if TYPE_CHECKING:
    from typing_extensions import Unpack


SOME_STATES = replace(
    tuple_of(one_of(*STATE_NAMES)), expected=f"some of {STATE_NAMES}, by their names"
)
WHAT_LEARNS = Setting(
    "True, False or a LearningConfig", lambda each: isinstance(each, bool | LearningConfig)
)


def run(
    network: MappedNetwork,
    inputs: ArrayLike,
    targets: ArrayLike | None = None,
    *,
    backend: str = "sim",
    learn: bool | LearningConfig | None = False,
    learned: int = 0,
    record: Sequence[str] = (),
    progress: Progress | None = None,
    time: ContinuousTime | None = None,
    save: str | Path | None = None,
) -> RunResult:
    """Present samples to a network, each until it has settled, and learn from them if asked to.

    Learning is online: one sample after the other, in the order given, each from the weights that
    the one before left. The result's ``network`` is the one that has learned; the argument stays
    as it was.

    Args:
        network: from :func:`lava_bccn.from_torch` or :func:`lava_bccn.load`.
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
        progress: called with the number of samples just done.
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
    if not isinstance(network, MappedNetwork):
        raise InvalidInputError(
            f"run takes a MappedNetwork, not a {type(network).__name__}: read a file with "
            "lava_bccn.load, map a model with lava_bccn.from_torch, run spikes with run_spikes"
        )
    chosen = BACKENDS[backend]
    record = (record,) if isinstance(record, str) else record
    check("record", record, SOME_STATES)
    learned = check("learned", learned, integer(0))
    check("learn", learn, WHAT_LEARNS.or_none())
    check("progress", progress, FUNCTION.or_none())
    check("time", time, instance(ContinuousTime).or_none())
    check("save", save, instance(str, Path).or_none())
    if time is not None and not chosen.continuous:
        raise InvalidInputError(
            f"backend {backend!r} holds each sample until it has settled; for continuous time take "
            f"one of {those(lambda each: each.continuous)}"
        )
    if learn and not chosen.learns:
        raise InvalidInputError(
            f"networks cannot learn on backend {backend!r}; take one of "
            f"{those(lambda each: each.learns)}"
        )
    by_engine = isinstance(learn, LearningConfig) and learn.rule == "engine"
    if by_engine and not chosen.engine:
        raise InvalidInputError(
            f"networks cannot learn by rule 'engine' on backend {backend!r}; take one of "
            f"{those(lambda each: each.engine)}, or rule 'hash'"
        )
    if by_engine and time is not None:
        raise InvalidInputError(
            "the learning engine learns at the end of each sample, so not in continuous time; "
            "leave time out, or take rule='hash'"
        )
    rates = event_rates(inputs, network.input_shape)
    learning = LearningConfig() if learn is True else learn or None
    quantised_targets = _targets(network, targets, len(rates), learning)
    samples: Any = Quantised(network, rates)
    folder = None if save is None else new_folder(save)
    job = Job(
        network=network,
        samples=samples,
        targets=quantised_targets,
        learning=learning,
        learned=learned,
        recording=Recording(network, len(rates), record, folder),
        progress=progress or (lambda _: None),
        time=time,
    )
    try:
        execution = chosen.execute(job)
    except InterruptedRunError as error:
        error.partial = _result(backend, job, error.partial, error.done)
        raise
    except BaseException:
        job.recording.abandon()
        raise
    return _result(backend, job, execution, len(rates))


def _targets(
    network: MappedNetwork,
    targets: ArrayLike | None,
    samples: int,
    learning: LearningConfig | None,
) -> NDArray[Any] | None:
    """Targets in the network's own units; what learns without a teacher is told of that."""
    if targets is not None:
        return network.quantise_targets(teacher(targets, samples, network.output_size))
    if learning is None:
        return None
    if set(learning.learns) & {"weight", "bias"}:
        raise InvalidInputError(
            "learning W or biases needs targets; without a teacher only Y and Q can learn: pass "
            "targets, or learns=('feedback_event',)"
        )
    nothing = network.quantise_targets(np.array(NO_TEACHER))
    return np.full((samples, network.output_size), nothing)


def _result(backend: str, job: Job, execution: Execution, done: int) -> RunResult:
    """The result for the samples that are done."""
    states = job.recording.states(done)
    return RunResult(
        network=execution.network,
        backend=backend,
        states=states,
        saturations=execution.saturations,
        seconds=execution.seconds,
        learned=job.learned if job.learning is None else execution.learned,
        learning_saturations=execution.learning_saturations,
    )


class RunOptions(TypedDict, total=False):
    """Options of :func:`run`, by their types; its docstring says what they do."""

    backend: str
    learn: bool | LearningConfig | None
    learned: int
    record: Sequence[str]
    progress: Progress | None
    save: str | Path | None


def run_continuous(
    network: MappedNetwork,
    inputs: ArrayLike,
    targets: ArrayLike | None = None,
    time: ContinuousTime | None = None,
    **options: Unpack[RunOptions],
) -> RunResult:
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

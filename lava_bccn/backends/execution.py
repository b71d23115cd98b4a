"""Running a mapped network on any backend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from lava_bccn.backends.executor import Execution, Learning
from lava_bccn.backends.recording import Progress, Recording
from lava_bccn.backends.result import RunResult
from lava_bccn.dynamics.rate import NO_TEACHER
from lava_bccn.dynamics.states import STATE_NAMES, LayerStates
from lava_bccn.errors import InterruptedRunError, InvalidInputError
from lava_bccn.network.learning import LearningConfig
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.plasticity import plasticity
from lava_bccn.network.time import ContinuousTime
from lava_bccn.validation import event_rates, teacher

Backend = Literal["sim", "lava", "lava-hardware", "loihi2"]
BACKENDS: tuple[Backend, ...] = ("sim", "lava", "lava-hardware", "loihi2")


def run(
    network: MappedNetwork,
    inputs: ArrayLike,
    targets: ArrayLike | None = None,
    *,
    backend: Backend = "sim",
    learn: bool | LearningConfig | None = False,
    learned: int = 0,
    record: Sequence[str] = (),
    progress: Progress | None = None,
    time: ContinuousTime | None = None,
) -> RunResult:
    """Present samples to a network, each until it has settled, and learn from them if asked to.

    Learning is online: one sample after the other, in the order given, each from the weights that
    the one before left. The result's ``network`` is the one that has learned; the argument stays
    as it was.

    Args:
        network: from :func:`lava_bccn.mapping.from_torch` or :func:`lava_bccn.mapping.load`.
        inputs: event rates in [0, 1], (samples, inputs) or images, which are flattened.
        targets: the teacher's event rates in [0, 1], (samples, outputs), negative where there is
            no teacher; None leaves it off.
        backend: ``"sim"`` (anywhere), ``"lava"`` (Lava on the CPU), ``"lava-hardware"`` (the form
            for the chip, on the CPU models of its parts) or ``"loihi2"`` (a chip).
        learn: True, or how: every synapse changes at the end of each sample, from what it sees.
        learned: samples this network has learned before with this configuration. Rates and random
            draws go on from there, so that a run in parts gives the bits of one run.
        record: states to keep of every layer: ``soma``, ``event_rate``, ``apical``, ``burst_prob``,
            ``burst_rate``. The output's event rate is always kept. Lava hands over its numbers
            one by one, so there large recordings can take longer than the run.
        progress: called with the number of samples just done.
        time: continuous time, see :func:`run_continuous`; None: each sample is held.

    Raises:
        InvalidInputError: inputs, targets or names that do not fit; learning without targets, or
            with rates or a network with which it could not work.
        BackendUnavailableError: the backend is not installed here.
        BackendExecutionError: it failed while it ran. Of an :class:`InterruptedRunError`, which
            backends that run a sample at a time raise, ``partial`` is the result for the samples
            that were done.
    """
    unknown = [name for name in record if name not in STATE_NAMES]
    if unknown:
        raise InvalidInputError(f"cannot record {unknown}; expected some of {STATE_NAMES}")
    rates = event_rates(inputs, network.input_shape)
    samples = network.quantise_inputs(rates)
    quantised_targets = None
    if targets is not None:
        checked = teacher(targets, len(rates), network.output_size)
        quantised_targets = network.quantise_targets(checked)
    learning = None
    if learned < 0:
        raise InvalidInputError(f"learned must be a number of samples, not {learned}")
    if learn is not False and learn is not None:
        config = LearningConfig() if learn is True else learn
        if quantised_targets is None:
            if set(config.learns) & {"weight", "bias"}:
                raise InvalidInputError(
                    "learning W or biases needs targets; without a teacher only Y and Q can learn: "
                    "pass targets, or learns=('feedback_event',)"
                )
            quantised_targets = np.full(
                (len(samples), network.output_size), network.quantise_targets(np.array(NO_TEACHER))
            )
        learning = Learning(config, learned)
        plasticity(network, config)
    recording = Recording(network, len(samples), record)
    if backend == "sim":
        from lava_bccn.backends.sim import run as execute
    elif backend == "lava":
        from lava_bccn.backends.lava import run as execute
    elif backend == "lava-hardware":
        from lava_bccn.backends.hardware import run as execute
    elif backend == "loihi2":
        from lava_bccn.backends.loihi2 import run as execute
    else:
        raise InvalidInputError(f"there is no backend {backend!r}; expected one of {BACKENDS}")

    def result(execution: Execution, done: int) -> RunResult:
        states = recording.states()
        if done < len(samples):
            states = tuple(_first(state, done) for state in states)
        return RunResult(
            network=execution.network,
            backend=backend,
            states=states,
            saturations=execution.saturations,
            seconds=execution.seconds,
            learned=learned + (0 if learning is None else done),
            learning_saturations=execution.learning_saturations,
        )

    try:
        execution = execute(
            network,
            samples,
            quantised_targets,
            learning,
            recording,
            progress or (lambda _: None),
            time,
        )
    except InterruptedRunError as error:
        error.partial = result(error.partial, error.done)
        raise
    return result(execution, len(samples))


def _first(state: LayerStates, count: int) -> LayerStates:
    kept = {name: None if array is None else array[:count] for name, array in vars(state).items()}
    return LayerStates(**kept)


def run_continuous(
    network: MappedNetwork,
    inputs: ArrayLike,
    targets: ArrayLike | None = None,
    time: ContinuousTime | None = None,
    *,
    backend: Backend = "sim",
    learn: bool | LearningConfig | None = False,
    learned: int = 0,
    record: Sequence[str] = (),
    progress: Progress | None = None,
) -> RunResult:
    """Run a network in continuous time: inputs and targets change, and it learns, at every step.

    Potentials start at 0 and relax with their time constants; every connection delivers a step
    later, on either backend. Learning rates are per step (``ContinuousTime.tau_weight``), and
    ``halve_at`` and ``learned`` count steps.

    Args:
        network: any mapped network.
        inputs: event rates in [0, 1], (steps, inputs): a row a time step.
        targets: (steps, outputs), negative where there is no teacher; None leaves it off.
        time: step and time constants; by default those of ``ContinuousTime()``.
        backend, learn, learned, record, progress: as of :func:`run`, with steps for samples.

    Returns:
        States over time, arrays (steps, units).

    Raises:
        As :func:`run`; InvalidInputError also for time constants that the integers cannot hold.
    """
    return run(
        network,
        inputs,
        targets,
        backend=backend,
        learn=learn,
        learned=learned,
        record=record,
        progress=progress,
        time=time or ContinuousTime(),
    )

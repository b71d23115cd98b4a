"""What a caller asks of a backend, checked; and what came of it, as one result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_bccn.backends.job import Execution, Job, Opening
from lava_bccn.backends.recording import Recording
from lava_bccn.backends.registry import BACKENDS, Backend, those
from lava_bccn.backends.result import RunResult
from lava_bccn.backends.rows import new_folder
from lava_bccn.backends.samples import Quantised
from lava_bccn.dynamics.rate import NO_TEACHER
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.dale.network import DaleNetwork
from lava_bccn.network.learning import LearningConfig
from lava_bccn.network.plasticity import check_continuous
from lava_bccn.network.rate_network import RATE_NETWORKS, RateNetwork
from lava_bccn.network.time import ContinuousTime
from lava_bccn.settings import Setting, check, instance, integer, one_of, tuple_of
from lava_bccn.validation import event_rates, teacher

SOME_STATES = replace(
    tuple_of(one_of(*STATE_NAMES)), expected=f"some of {STATE_NAMES}, by their names"
)
WHAT_LEARNS = Setting(
    "True, False or a LearningConfig", lambda each: isinstance(each, bool | LearningConfig)
).or_none()
CONTINUOUS_TIME = instance(ContinuousTime).or_none()
LEARNED_BEFORE = integer(0)


@dataclass(frozen=True)
class Asked:
    """A network on a backend, and what is to be recorded of it.

    Attributes:
        backend: where it runs.
        opening: how it is made ready there.
        record: states of every layer, besides the output's event rate.
    """

    backend: Backend
    opening: Opening
    record: tuple[str, ...]


def opening_of(
    caller: str,
    network: RateNetwork,
    backend: str,
    learn: bool | LearningConfig | None,
    learned: int,
    record: Sequence[str],
    time: ContinuousTime | None,
) -> Asked:
    """The arguments of :func:`lava_bccn.run` that are not of its samples.

    Args:
        caller: the function that was called, for an error.
        network, backend, learn, learned, record, time: see there.

    Raises:
        InvalidInputError: they are none, or the backend cannot do what they ask.
    """
    if not isinstance(network, RATE_NETWORKS):
        raise InvalidInputError(
            f"{caller} takes a MappedNetwork or DaleNetwork, not a {type(network).__name__}: read "
            "a file with lava_bccn.load, map a model with lava_bccn.from_torch, run spikes with "
            "run_spikes"
        )
    chosen = BACKENDS[backend]
    states = check("record", (record,) if isinstance(record, str) else record, SOME_STATES)
    learned = check("learned", learned, LEARNED_BEFORE)
    check("learn", learn, WHAT_LEARNS)
    check("time", time, CONTINUOUS_TIME)
    _check_abilities(chosen, learn, time)
    learning = LearningConfig() if learn is True else learn or None
    if isinstance(network, DaleNetwork):
        _check_dale(chosen, time)
    elif time is not None and learning is not None:
        check_continuous(network, learning)
    return Asked(chosen, Opening(network, learning, learned, time), states)


def _check_abilities(
    backend: Backend, learn: bool | LearningConfig | None, time: ContinuousTime | None
) -> None:
    if time is not None and not backend.continuous:
        raise InvalidInputError(
            f"backend {backend.name!r} holds each sample until it has settled; for continuous time "
            f"take one of {those(lambda each: each.continuous)}"
        )
    if learn and not backend.learns:
        raise InvalidInputError(
            f"networks cannot learn on backend {backend.name!r}; take one of "
            f"{those(lambda each: each.learns)}"
        )
    by_engine = isinstance(learn, LearningConfig) and learn.rule == "engine"
    if by_engine and not backend.engine:
        raise InvalidInputError(
            f"networks cannot learn by rule 'engine' on backend {backend.name!r}; take one of "
            f"{those(lambda each: each.engine)}, or rule 'hash'"
        )
    if by_engine and time is not None:
        raise InvalidInputError(
            "the learning engine learns at the end of each sample, so not in continuous time; "
            "leave time out, or take rule='hash'"
        )


def _check_dale(backend: Backend, time: ContinuousTime | None) -> None:
    if not backend.dale:
        raise InvalidInputError(
            f"networks under Dale's law do not run on backend {backend.name!r}; take one of "
            f"{those(lambda each: each.dale)}"
        )
    if time is not None:
        raise InvalidInputError(
            "networks under Dale's law have no continuous time: interneurons relay at once; leave "
            "time out"
        )


def job_of(
    asked: Asked,
    inputs: ArrayLike,
    targets: ArrayLike | None,
    save: str | Path | None = None,
) -> Job:
    """Samples and targets of :func:`lava_bccn.run`, in the network's own units.

    Raises:
        InvalidInputError: they do not fit the network, or it cannot learn without targets.
        OutputPathError: the folder ``save`` cannot be written, or there is something in it.
    """
    opening = asked.opening
    network = opening.network
    rates = event_rates(inputs, network.input_shape)
    taught = _targets(opening, targets, len(rates))
    samples: Any = Quantised(network, rates)
    folder = None if save is None else new_folder(save)
    return Job(
        network=network,
        learning=opening.learning,
        learned=opening.learned,
        time=opening.time,
        samples=samples,
        targets=taught,
        recording=Recording(network, len(rates), asked.record, folder),
        progress=lambda _: None,
    )


def _targets(opening: Opening, targets: ArrayLike | None, samples: int) -> NDArray[Any] | None:
    """Targets in the network's own units; what learns without a teacher is told of that."""
    network = opening.network
    if targets is not None:
        return network.quantise_targets(teacher(targets, samples, network.output_size))
    if opening.learning is None:
        return None
    if set(opening.learning.learns) & {"weight", "bias"}:
        raise InvalidInputError(
            "learning W or biases needs targets; without a teacher only Y and Q can learn: pass "
            "targets (in a stream, pairs of a sample and its target), or "
            "learns=('feedback_event',)"
        )
    nothing = network.quantise_targets(np.array(NO_TEACHER))
    return np.full((samples, network.output_size), nothing)


def result_of(asked: Asked, job: Job, execution: Execution, done: int) -> RunResult[Any]:
    """The result for the samples that are done."""
    return RunResult(
        network=execution.network,
        backend=asked.backend.name,
        states=job.recording.states(done),
        saturations=execution.saturations,
        seconds=execution.seconds,
        learned=job.learned if job.learning is None else execution.learned,
        learning_saturations=execution.learning_saturations,
    )

"""A network that stays ready on a backend, and takes samples as they come."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, Generic, cast

from numpy.typing import ArrayLike, NDArray

from lava_bccn.backends.asked import Asked, job_of, opening_of, result_of
from lava_bccn.backends.job import Execution, Job, LearningSaturations
from lava_bccn.backends.registry import Backend, those
from lava_bccn.backends.repeated import Repeated
from lava_bccn.backends.result import RunResult
from lava_bccn.errors import InterruptedRunError, InvalidInputError
from lava_bccn.network.learning import LearningConfig
from lava_bccn.network.rate_network import AnyNetwork
from lava_bccn.network.time import ContinuousTime
from lava_bccn.settings import Setting, check
from lava_bccn.validation import plain_array

_NOT_OPEN = "is not open yet; open it for a block, with lava_bccn.opened(...) as running:"
_CLOSED = (
    "was closed at the end of its with block; use it, and take its network, within the block, or "
    "open it again with lava_bccn.opened"
)
_STOPPED = (
    "was stopped in the middle of a sample, so its states are not known; open it again, from the "
    "last network and number learned that you have"
)

_GIVES_SAMPLES = Setting(
    "a list, a generator or another iterable of samples", lambda each: isinstance(each, Iterable)
)

Sample = ArrayLike | tuple[ArrayLike, ArrayLike]
"""Inputs, or inputs and targets."""


def opened(
    network: AnyNetwork,
    *,
    backend: str = "sim",
    learn: bool | LearningConfig | None = False,
    learned: int = 0,
    record: Sequence[str] = (),
    time: ContinuousTime | None = None,
) -> Running[AnyNetwork]:
    """Make a network ready on a backend once, for samples that come one by one.

    All the samples of a block together give the bits of one :func:`run` with them: states, learned
    weights and counts (floats of networks that do not learn up to the order of their sums, which
    depends on how many samples are taken at a time). What they save is the start of the backend:
    that of Lava takes as long as many samples.

        with lava_bccn.opened(network, backend="lava") as running:
            for result in running.stream(camera()):
                print(result.predictions)

    Args:
        network: from :func:`lava_bccn.from_torch` or :func:`lava_bccn.load`.
        backend, learn, learned, record: as of :func:`run`.
        time: continuous time: a sample is a time step, and potentials go on from one call to the
            next. None: each sample is held until it has settled.

    Returns:
        For a ``with`` statement, which starts it and ends it, whatever happens in the block.

    Raises:
        InvalidInputError: arguments that do not fit.
    """
    asked = opening_of("opened", network, backend, learn, learned, record, time)
    if asked.backend.opens is None and time is not None:
        raise InvalidInputError(
            f"backend {backend!r} starts each run from rest, so continuous time cannot go on from "
            f"one to the next there; take one of {those(_goes_on)}, or run_continuous with all "
            "steps at once"
        )
    return Running(asked)


def _goes_on(backend: Backend) -> bool:
    return backend.continuous and backend.opens is not None


class Running(Generic[AnyNetwork]):
    """A network that is ready on a backend: what :func:`lava_bccn.opened` opens.

    It is used in the ``with`` block that starts and ends it, by the thread that it belongs to.
    """

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._opens = asked.backend.opens or (
            lambda _: nullcontext(Repeated(asked.backend, asked.opening))
        )
        self._why_not: str | None = _NOT_OPEN
        self._so_far: Execution | None = None
        self._learned = asked.opening.learned

    def __enter__(self) -> Running[AnyNetwork]:
        """Start it.

        Raises:
            InvalidInputError: the backend cannot run or learn so, or it was open before.
            BackendUnavailableError: the backend is not installed here.
            BackendExecutionError: it could not be started.
        """
        if self._why_not is not _NOT_OPEN:
            raise InvalidInputError("this network has been open; open it again with a new opened()")
        self._block = self._opens(self._asked.opening)
        self._session = self._block.__enter__()
        self._owner, self._why_not = _here(), None
        return self

    def __exit__(self, *exception: Any) -> None:
        """End it, in whatever state it is."""
        self._why_not = _CLOSED
        if not hasattr(self, "_session"):
            return  # ended before
        del self._session  # and what it holds
        self._block.__exit__(*exception)

    def __repr__(self) -> str:
        """What runs where, and whether it still does."""
        network, _, _ = repr(self._asked.opening.network).partition("\n")
        state = "open" if self._why_not is None else "not open"
        learned = f", {self._learned} learned so far" if self._learned else ""
        return f"Running {network}\n  on {self._asked.backend.name}: {state}{learned}"

    def run(self, inputs: ArrayLike, targets: ArrayLike | None = None) -> RunResult[AnyNetwork]:
        """Present a sample, or several, and learn from them if the network was opened to learn.

        Args:
            inputs: event rates in [0, 1]: one sample, (inputs,) or an image; or as of
                :func:`lava_bccn.run`, (samples, inputs) or images.
            targets: the teacher's event rates in [0, 1], (outputs,) or (samples, outputs), negative
                where there is no teacher; None leaves it off.

        Returns:
            Of these samples alone, as of :func:`lava_bccn.run`; but of a network that learns its
            ``network`` is the one that was opened, and ``learning_saturations`` are None: what it
            has learned so far, which takes longer to fetch than to learn, is in :attr:`network`
            and :attr:`learning_saturations` here.

        Raises:
            InvalidInputError: samples or targets that do not fit, or that are missing: nothing has
                happened then. Or it was closed, failed before, or belongs to another thread.
            InterruptedRunError: the backend failed, and the network with it; ``partial`` is the
                result for the samples of this call that were done.
        """
        self._check()
        size = self._asked.opening.network.input_size
        rates = plain_array(inputs, "inputs")
        if rates.size == size:  # one sample, or a batch of one
            rates = rates if rates.ndim > 1 and len(rates) == 1 else rates[None]
            targets = None if targets is None else _row(targets)
        return self._show(job_of(self._asked, rates, targets))

    def stream(self, samples: Iterable[Sample]) -> Iterator[RunResult[AnyNetwork]]:
        """Take samples as they come, and give the result of each before the next is asked for.

        Args:
            samples: of each what :meth:`run` takes as inputs; or a pair, a tuple of inputs and
                targets (or the list of both that a ``DataLoader`` gives), as what learns needs
                them. It may have no end.

        Raises:
            InvalidInputError: ``samples`` cannot be gone through. While they come: as :meth:`run`,
                with the number of the sample. That sample has done nothing: the network may go on
                in another stream.
            InterruptedRunError: as :meth:`run`.
        """
        check("samples", samples, _GIVES_SAMPLES)
        self._check()
        return self._stream(samples)

    @property
    def network(self) -> AnyNetwork:
        """The network as it is now; after learning, as it has become.

        From Lava a weight takes 15 µs, so ask for it at the end, before the block does.

        Raises:
            InvalidInputError: as :meth:`run`.
            BackendExecutionError: the backend failed.
        """
        return cast(AnyNetwork, self._execution().network)

    @property
    def learned(self) -> int:
        """Samples (in continuous time, steps) learned so far, with those from before it opened."""
        return self._learned

    @property
    def learning_saturations(self) -> LearningSaturations | None:
        """What did not fit while learning, since it opened; None without. Costs what
        :attr:`network` does.

        Raises:
            InvalidInputError, BackendExecutionError: as :attr:`network`.
        """
        return self._execution().learning_saturations

    def _show(self, job: Job) -> RunResult[AnyNetwork]:
        opening, self._so_far = self._asked.opening, None
        self._why_not = _STOPPED
        try:
            execution = self._session.show(job)
        except InterruptedRunError as error:
            self._why_not = f"failed before ({error}); open it again"
            error.partial = result_of(self._asked, job, error.partial, error.done)
            raise
        self._why_not = None
        if opening.learning is not None:
            self._learned = execution.learned
            execution = replace(execution, network=opening.network, learning_saturations=None)
        return result_of(self._asked, job, execution, len(job.samples))

    def _stream(self, samples: Iterable[Sample]) -> Iterator[RunResult[AnyNetwork]]:
        for number, each in enumerate(samples, start=1):
            try:
                result = self.run(*_pair(each))
            except InvalidInputError as error:
                raise InvalidInputError(f"sample {number} of the stream: {error}") from error
            yield result

    def _execution(self) -> Execution:
        self._check()
        if self._so_far is None:
            self._so_far = self._session.execution()
        return self._so_far

    def _check(self) -> None:
        """Refuse what this can no longer do, or not here."""
        if self._why_not is not None:
            raise InvalidInputError(f"this network {self._why_not}")
        if self._owner != _here():
            raise InvalidInputError(
                "this network was opened in another thread or process; use it where it was opened, "
                "or open one of its own here with lava_bccn.opened"
            )


def _here() -> tuple[int, int]:
    """The process and the thread that ask."""
    return os.getpid(), threading.get_ident()


def _row(targets: ArrayLike) -> NDArray[Any]:
    """Targets of one sample, (1, outputs)."""
    array = plain_array(targets, "targets")
    return array[None] if array.ndim == 1 else array


def _pair(each: Sample) -> tuple[Any, Any]:
    """Inputs and targets of what a stream gave.

    PyTorch's ``DataLoader`` gives lists of two tensors. Of one shape these are inputs, a batch.
    """
    if isinstance(each, list) and len(each) == 2 and all(hasattr(part, "shape") for part in each):
        each = each if each[0].shape == each[1].shape else tuple(each)
    if not isinstance(each, tuple):
        return each, None
    if len(each) != 2:
        raise InvalidInputError(
            f"a tuple of {len(each)}; expected inputs, or a pair of inputs and targets"
        )
    return each

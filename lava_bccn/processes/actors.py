"""The processes of the operating system in which Lava's models run, and the memory they share.

In the place of Lava's own, of which a parent that dies leaves all: nothing here has a name that
could outlive the processes that use it, and those end with their parent.

A child that is forked while another thread imports a module waits for ever if it imports that one
too. So models find imported here what they import no earlier than they use it.
"""

from __future__ import annotations

import atexit
import contextlib
import mmap
import multiprocessing
import os
import pickle
import signal
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any

import scipy.special  # noqa: F401  (see above)
from lava.magma.runtime.message_infrastructure.multiprocessing import MultiProcessing
from lava.magma.runtime.message_infrastructure.shared_memory_manager import SharedMemoryManager

from lava_bccn.children import end_with_parent
from lava_bccn.errors import BackendExecutionError, BurstCCNError

FORKS = "fork" in multiprocessing.get_all_start_methods()
"""Whether children can inherit what Lava has built; elsewhere Lava sends it to them."""

CONTEXT: Any = multiprocessing.get_context("fork" if FORKS else "spawn")
"""Starts the children, whatever start method the program has chosen."""

_BUILT = "built"


class Infrastructure(MultiProcessing):
    """Starts a child for each model, and gives them memory to talk through."""

    def start(self) -> None:
        """Make ready to share memory."""
        self._owner = os.getpid()
        self._smm = AnonymousMemory() if FORKS else SharedMemoryManager()
        self._smm.start()
        atexit.register(self.stop)  # for a run in a thread that the program does not wait for

    @property
    def is_here(self) -> bool:
        """Whether this process started it, rather than being a fork that has a copy."""
        return os.getpid() == self._owner

    def build_actor(self, target_fn: Callable[..., Any], builder: Any, exception_q: Any) -> Actor:
        """Start a child that builds a model and runs it.

        Args:
            target_fn, exception_q: Lava's own way to do so, which is not taken.
            builder: of the model.
        """
        actor = Actor(builder)
        self._actors.append(actor)
        actor.start()
        return actor

    def stop(self) -> None:
        """End the children at once, in whatever state they are, and give back what they held."""
        if not self.is_here:
            return
        atexit.unregister(self.stop)
        for actor in self._actors:
            actor.kill()
        for actor in self._actors:
            actor.close()
        self._actors.clear()
        self._smm.shutdown()


class Actor:
    """A child process with one model in it, or with the service that tells models when to step.

    Attributes:
        is_built: whether its model is there, as far as it has been heard.
        exception: what its model raised, as far as it has been heard.
    """

    def __init__(self, builder: Any) -> None:
        self.is_built = False
        self.exception: BurstCCNError | None = None
        self._news, self._theirs = CONTEXT.Pipe(duplex=False)
        self._process = CONTEXT.Process(target=_build_and_run, args=(builder, self._theirs))

    def start(self) -> None:
        """Start the process."""
        with _signals_blocked():
            self._process.start()
        self._theirs.close()

    @property
    def pid(self) -> int | None:
        """Number of the process; None before it has been started."""
        return self._process.pid

    @property
    def exitcode(self) -> int | None:
        """How the process ended; None while it runs."""
        return self._process.exitcode

    def hear(self, timeout: float = 0.0) -> None:
        """Take in what it has told, waiting so many seconds for the first of it."""
        with contextlib.suppress(EOFError):  # it has ended, and its exit code says how
            while self._news.poll(timeout):
                news, timeout = self._news.recv(), 0.0
                if isinstance(news, BurstCCNError):
                    self.exception = news
                else:
                    self.is_built = True

    def kill(self) -> None:
        """End the process at once: it has nothing to save."""
        if self.pid is not None:
            self._process.kill()

    def close(self) -> None:
        """Wait for the end of the process, and close what belongs to it."""
        if self.pid is not None:
            self._process.join()
        # Not its close(), on which a thread can trip that starts another process meanwhile.
        del self._process
        self._news.close()
        self._theirs.close()


class AnonymousMemory:
    """Gives memory that children inherit: without a name, it goes with the last that uses it."""

    def start(self) -> None:
        """Nothing to start."""

    def shutdown(self) -> None:
        """Nothing to end."""

    def create_shared_memory(self, size: int) -> Segment:
        """Bytes to share with all children that are started later."""
        return Segment(size)


class Segment:
    """What Lava's ports need of a ``SharedMemory``.

    Attributes:
        buf: the bytes.
    """

    def __init__(self, size: int) -> None:
        self.buf = memoryview(mmap.mmap(-1, size))


def shared_memory(size: int) -> Any:
    """Bytes that children share which get them as an argument; they go with the last user."""
    return mmap.mmap(-1, size) if FORKS else CONTEXT.RawArray("B", size)


def as_execution_error(error: BaseException) -> BurstCCNError:
    """An exception in Lava or in a model, as one of the errors of this package."""
    if isinstance(error, BurstCCNError):
        return error
    return BackendExecutionError(f"Lava: {type(error).__name__}: {error}")


def _build_and_run(builder: Any, news: Connection) -> None:
    """What a child does; it tells ``news`` when its model is built, and what the model raises."""
    _leave_signals_to_the_parent()
    end_with_parent()
    try:
        model = builder.build()
        news.send(_BUILT)
        model.start()
    except Exception as error:
        news.send(_that_travels(as_execution_error(error)))


def _that_travels(error: BurstCCNError) -> BurstCCNError:
    """The error, or what can be said of it if it cannot be sent to another process."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return BackendExecutionError(f"{type(error).__name__}: {error}")
    return error


_SIGNALS = {
    getattr(signal, name) for name in ("SIGINT", "SIGHUP", "SIGTERM") if hasattr(signal, name)
}


def _leave_signals_to_the_parent() -> None:
    """A terminal sends SIGINT and SIGHUP to all its processes: the parent decides what that means,
    and its children end when it does. SIGTERM ends a child, whatever the parent does at it."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)


@contextlib.contextmanager
def _signals_blocked() -> Iterator[None]:
    """Keep signals from a child until it has decided what to do with them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

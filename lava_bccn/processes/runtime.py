"""Running Lava so that nothing of it outlives a run, and its errors reach the user."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterator
from queue import Empty
from typing import Any

from lava.magma.compiler.channels.pypychannel import CspRecvQueue
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg, RunConfig
from lava.magma.runtime import runtime as lava_runtime

from lava_bccn.errors import BackendExecutionError, BurstCCNError

_POLL_SECONDS = 2e-4
_TERMINATE_SECONDS = 5.0
_WATCH_SECONDS = 0.5


def on_cpu(tag: str, models: dict[type[AbstractProcess], Any] | None = None) -> RunConfig:
    """The configuration of a run on CPU models with a tag, but for Processes with models named."""
    return Loihi2SimCfg(select_tag=tag, exception_proc_model_map=models)


class LavaRun:
    """A compiled Process whose models run in processes of the operating system.

    Attributes:
        seconds: wall time of the time steps so far.
        done: samples that are done; who presents them counts.
    """

    def __init__(self, process: AbstractProcess) -> None:
        self._process = process
        self.seconds: float = 0.0
        self.done = 0

    def steps(self, count: int) -> None:
        """Run a number of time steps.

        Raises:
            BackendExecutionError: a model raised, or one of its processes died; the message is the
                model's own.
        """
        started = time.perf_counter()
        self._process.run(condition=RunSteps(num_steps=count, blocking=False))
        runtime = self._process.runtime
        # Lava's own wait never returns if a process dies, so look before waiting.
        while not all(port.probe() for port in runtime.service_to_runtime):
            _raise_failure(runtime)
            time.sleep(_POLL_SECONDS)
        _raise_failure(runtime)
        self._process.wait()
        self.seconds += time.perf_counter() - started


@contextlib.contextmanager
def running(process: AbstractProcess, run_config: RunConfig) -> Iterator[LavaRun]:
    """Compile and start a Process and those it is connected to; end and clean up in any case.

    No process, thread or shared-memory segment of Lava outlives the block, also after an exception
    in a model or Ctrl-C.

    Raises:
        BackendExecutionError: see :meth:`LavaRun.steps`; also if a model cannot be built, or if a
            process died of those that ``Var.get`` and ``Var.set`` wait for.
    """
    runtime = None
    before = set(threading.enumerate())
    try:
        with _interrupts_only_here():
            try:
                with _quiet_lava():
                    process.create_runtime(run_cfg=run_config)
            except Exception as error:
                raise _as_execution_error(error) from error
            finally:
                runtime = process.runtime
        _watch(runtime)
        yield LavaRun(process)
    finally:
        # Not process.stop(): a model's answer to it is now and then lost, and Lava waits forever.
        if runtime is not None:
            _destroy(runtime)
        _join_threads(before)


class _WatchedQueue(CspRecvQueue):
    """What a port waits on, which looks now and then whether anything can still come."""

    def __init__(self, size: int, look: Callable[[], None]) -> None:
        super().__init__(size)
        self._look = look

    def get(self, block: bool = True, timeout: float | None = None, peek: bool = False) -> Any:
        if not block or timeout is not None:
            return super().get(block, timeout, peek)
        while True:
            try:
                return super().get(True, _WATCH_SECONDS, peek)
            except Empty:
                self._look()


class _WatchedSemaphore(threading.BoundedSemaphore):
    """What a port waits on until there is room, which looks whether anyone still takes things."""

    def __init__(self, size: int, look: Callable[[], None]) -> None:
        super().__init__(size)
        self._look = look

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        if not blocking or timeout is not None:
            return super().acquire(blocking, timeout)
        while not super().acquire(timeout=_WATCH_SECONDS):
            self._look()
        return True


def _watch(runtime: Any) -> None:
    """Keep this process from waiting for others that have died, of a runtime that is idle.

    Lava itself waits without end, while a Var is read or set.
    """

    def look() -> None:
        _raise_failure(runtime)

    for port in runtime.service_to_runtime:
        port._queue = _WatchedQueue(port.size, look)
    for port in runtime.runtime_to_service:
        port._semaphore = _WatchedSemaphore(port.size, look)


def _raise_failure(runtime: Any) -> None:
    for actor in runtime._messaging_infrastructure.actors:
        if actor._is_done:
            continue
        if actor.exception is not None:
            raise _as_execution_error(actor.exception[0])
        if actor.exitcode is not None:
            raise BackendExecutionError(
                f"a process of Lava ended unexpectedly (exit code {actor.exitcode}); was it "
                "killed, or did the machine run out of memory?"
            )


def _as_execution_error(error: BaseException) -> BurstCCNError:
    if isinstance(error, BurstCCNError):
        return error
    return BackendExecutionError(f"Lava: {type(error).__name__}: {error}")


def _destroy(runtime: Any) -> None:
    """What ``Runtime.stop`` would do, for a runtime in any state."""
    runtime._is_started = runtime._is_running = False
    infrastructure = runtime._messaging_infrastructure
    if infrastructure is None:
        return
    for actor in infrastructure.actors:
        if actor._is_done:
            continue
        actor.terminate()
        multiprocessing.Process.join(actor, _TERMINATE_SECONDS)
        if actor.is_alive():
            actor.kill()
            multiprocessing.Process.join(actor)
        actor._cconn.close()
        actor._pconn.close()
        actor._is_done = True
    for port in [*runtime._open_ports, *runtime.runtime_to_service, *runtime.service_to_runtime]:
        port.join()
    runtime._open_ports.clear()
    infrastructure.smm.shutdown()


def _join_threads(before: set[threading.Thread]) -> None:
    """Wait for the threads of Lava's ports, which end once their port has been joined."""
    for thread in set(threading.enumerate()) - before:
        if thread.name.endswith((".send", ".recv")) or "pypychannel" in thread.name:
            thread.join(_TERMINATE_SECONDS)


@contextlib.contextmanager
def _quiet_lava() -> Iterator[None]:
    """Keep Lava from printing a model's traceback before it raises the model's own exception.

    Not by redirecting standard output, which the models' processes would inherit.
    """
    lava_runtime.print = lambda *_: None
    try:
        yield
    finally:
        del lava_runtime.print


@contextlib.contextmanager
def _interrupts_only_here() -> Iterator[None]:
    """Start child processes that ignore Ctrl-C, so that this one alone decides what it means.

    What comes meanwhile is not lost: it interrupts at the end of the block.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    # The children inherit this handler, and their list is nobody's.
    previous = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
    if came:
        raise KeyboardInterrupt

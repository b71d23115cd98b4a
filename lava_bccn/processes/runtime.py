"""Running Lava so that nothing of it outlives a run, and its errors reach the user."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

from lava.magma.core.process.message_interface_enum import ActorType
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg, RunConfig

from lava_bccn.errors import BackendExecutionError
from lava_bccn.processes.actors import as_execution_error
from lava_bccn.processes.lava_runtime import LavaRuntime


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
        self._process.wait()
        self.seconds += time.perf_counter() - started


@contextlib.contextmanager
def running(process: AbstractProcess, run_config: RunConfig) -> Iterator[LavaRun]:
    """Compile and start a Process and those it is connected to; end and clean up in any case.

    No process, thread, memory or file descriptor of Lava outlives the block, also after an
    exception in a model or Ctrl-C; nor the program, however it is killed. Blocks can be nested and
    in several threads at once.

    Raises:
        BackendExecutionError: see :meth:`LavaRun.steps`; also if a model cannot be built, or if a
            process died of those that ``Var.get`` and ``Var.set`` wait for.
    """
    runtime = None
    try:
        with _one_at_a_time():
            try:
                executable = process.compile(run_config)
                runtime = LavaRuntime(executable, ActorType.MultiProcessing)
                process.runtime = runtime
                executable.assign_runtime_to_all_processes(runtime)
                with _interrupts_only_here():
                    runtime.initialize()
            except Exception as error:
                raise as_execution_error(error) from error
        runtime.wait_until_built()
        yield LavaRun(process)
    finally:
        if runtime is not None:
            with _interrupts_only_here():
                runtime.stop()


_starting = threading.Lock()
_starter: int | None = None


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Compile and start in one thread at a time: Lava's compiler is not made for more.

    Raises:
        BackendExecutionError: what Lava imports, in search of models, starts a run itself.
    """
    global _starter
    if _starter == threading.get_ident():
        raise BackendExecutionError(
            "a module that Lava imported in search of models starts a run itself: put what is to "
            'run under `if __name__ == "__main__":`'
        )
    with _starting:
        _starter = threading.get_ident()
        try:
            yield
        finally:
            _starter = None


def _forget_other_threads() -> None:
    """A process that a program forks has the lock as it was, but not the thread that held it."""
    global _starting, _starter
    _starting, _starter = threading.Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_other_threads)


@contextlib.contextmanager
def _interrupts_only_here() -> Iterator[None]:
    """Put Ctrl-C off to the end of the block, so that what it starts or ends is not left halfway.

    Children have their own way to leave it to this process.
    """
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or handler is None:
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
    if came:
        signal.raise_signal(signal.SIGINT)

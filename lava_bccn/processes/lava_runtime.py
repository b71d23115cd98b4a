"""Lava's runtime, made to end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import Empty
from typing import Any

from lava.magma.compiler.channels.pypychannel import CspRecvQueue
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.run_conditions import AbstractRunCondition
from lava.magma.runtime.mgmt_token_enums import MGMT_RESPONSE, enum_equal
from lava.magma.runtime.runtime import Runtime
from numpy.typing import NDArray

from lava_bccn.errors import BackendExecutionError
from lava_bccn.processes.actors import Actor, Infrastructure

_LOOK_SECONDS = 0.1
_REASON_SECONDS = 1.0
_JOIN_SECONDS = 5.0


class LavaRuntime(Runtime):
    """Lava's runtime, which neither waits for processes that have died nor leaves any behind."""

    service_to_runtime: list[Any]
    runtime_to_service: list[Any]
    _open_ports: list[Any]
    _messaging_infrastructure: Infrastructure | None

    def _build_message_infrastructure(self) -> None:
        self._messaging_infrastructure = (
            Infrastructure()
        )  # kept first: to start it can be cut short
        self._messaging_infrastructure.start()

    def initialize(self, node_cfg_idx: int = 0) -> None:
        """Start the processes, whose models are there once :meth:`wait_until_built` returns."""
        self._build_watchdog_manager()
        self._build_message_infrastructure()
        self._build_channels()
        self._build_sync_channels()
        self._build_processes()
        self._build_runtime_services()
        self.exception_q.clear()  # the processes tell by other ways
        self._start_ports()
        for port in self.service_to_runtime:
            port._queue = _WatchedQueue(port.size, self._look)
        for port in self.runtime_to_service:
            port._semaphore = _WatchedSemaphore(port.size, self._look)
        self._is_initialized = True

    def wait_until_built(self) -> None:
        """Wait for the models of all processes.

        Raises:
            BackendExecutionError: one could not be built.
        """
        for actor in self._actors:
            while not actor.is_built:
                actor.hear(_LOOK_SECONDS)
                self._look()

    def _look(self) -> None:
        """Raise what went wrong in any of the processes, if something did."""
        if self._failed():
            self._raise_reason()

    def _raise_reason(self) -> None:
        """Something went wrong: raise what. Others may end before the model that raised has told.

        Raises:
            BackendExecutionError: always.
        """
        deadline = time.monotonic() + _REASON_SECONDS
        while not (reasons := [each.exception for each in self._failed() if each.exception]):
            if time.monotonic() > deadline:
                codes = [actor.exitcode for actor in self._failed()]
                raise BackendExecutionError(
                    f"a process of Lava ended unexpectedly (exit code {codes and codes[0]}); was "
                    "it killed, or did the machine run out of memory?"
                )
            time.sleep(_LOOK_SECONDS)
        raise reasons[0]

    def _failed(self) -> list[Actor]:
        """The processes that have ended, or whose model has raised."""
        for actor in self._actors:
            actor.hear()
        return [each for each in self._actors if each.exception or each.exitcode is not None]

    @property
    def _actors(self) -> list[Actor]:
        infrastructure = self._messaging_infrastructure
        return [] if infrastructure is None else infrastructure.actors

    def _get_resp_for_run(self) -> None:
        for port in self.service_to_runtime if self._is_running else ():
            if enum_equal(port.peek(), MGMT_RESPONSE.ERROR):
                self._raise_reason()
        super()._get_resp_for_run()

    def _create_external_channels(self, proc: AbstractProcess, proc_builder: Any) -> None:
        super()._create_external_channels(proc, proc_builder)
        for port in (*proc.in_ports, *proc.out_ports):
            for side in ("external_pipe_csp_send_port", "external_pipe_csp_recv_port"):
                if hasattr(port, side):
                    self._open_ports.append(getattr(port, side))

    def start(self, run_condition: AbstractRunCondition) -> None:
        """Run; see :meth:`LavaRun.steps`."""
        self._check_is_there()
        super().start(run_condition)

    def get_var(self, var_id: int, idx: NDArray[Any] | None = None) -> Any:
        """What ``Var.get`` asks for."""
        self._check_is_there()
        return super().get_var(var_id, idx)

    def set_var(self, var_id: int, value: Any, idx: NDArray[Any] | None = None) -> None:
        """What ``Var.set`` asks for."""
        self._check_is_there()
        super().set_var(var_id, value, idx)

    def _check_is_there(self) -> None:
        if self._executable is None:
            raise BackendExecutionError(
                "this run of Lava is over, and its Vars went with it: use them within the block of "
                "running(...)"
            )

    def stop(self) -> None:
        """End it in whatever state it is; not by asking its models, whose answer Lava loses now
        and then, and waits for."""
        self._is_started = self._is_running = False
        infrastructure = self._messaging_infrastructure
        if infrastructure is None or not infrastructure.is_here:
            return
        self._messaging_infrastructure = None
        infrastructure.stop()
        ports = [*self._open_ports, *self.runtime_to_service, *self.service_to_runtime]
        for port in ports:
            port.join()
        for thread in {port.thread for port in ports} - {None}:
            thread.join(_JOIN_SECONDS)
        # Processes keep their runtime, which need not keep what was compiled and shared.
        self._executable = None
        self._open_ports, self.runtime_to_service, self.service_to_runtime = [], [], []


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
                return super().get(True, _LOOK_SECONDS, peek)
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
        while not super().acquire(timeout=_LOOK_SECONDS):
            self._look()
        return True

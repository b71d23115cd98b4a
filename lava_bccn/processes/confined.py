"""What Lava does to the whole program that imports it, kept to Lava itself.

Every Process gives the root logger one more handler (so that each message of the program appears
once for each of them), and is kept for ever, with its Vars and what they hold. Their numbers are
drawn as if there were one thread. And all counts on a start method that the whole program shares.
"""

from __future__ import annotations

import itertools
import logging
import multiprocessing
import weakref
from types import SimpleNamespace
from typing import Any


def confine() -> None:
    """Confine the rest of it, once Lava has been imported."""
    from lava.magma.compiler import compiler
    from lava.magma.core.process import interfaces, process, variable

    _fork()
    processes, variables = process.ProcessServer(), variable.VarServer()
    processes.processes = _Living(processes.processes)
    variables.vars = _Living(variables.vars)
    interfaces.IdGeneratorSingleton.get_next_id = _next_id
    process.AbstractProcess._runtime = None  # which it asks for at the end of one that was refused
    for module in (compiler, process):
        module.logging = SimpleNamespace(**{**vars(logging), "getLogger": _Log})


def _fork() -> None:
    """Let also runs that are started by Lava alone fork, whatever start method the program has."""
    from lava.magma.compiler.channels import pypychannel
    from lava.magma.runtime import runtime
    from lava.magma.runtime.message_infrastructure.multiprocessing import SystemProcess

    if "fork" not in multiprocessing.get_all_start_methods():
        return
    context = multiprocessing.get_context("fork")
    pypychannel.Semaphore, runtime.Queue = context.Semaphore, context.Queue
    SystemProcess._Popen = staticmethod(context.Process._Popen)


class _Living(weakref.WeakSet[Any]):
    """In the place of a list that would keep what is on it."""

    append = weakref.WeakSet.add


def _next_id(server: Any) -> int:
    return next(vars(server).setdefault("_numbers", itertools.count(server._next_id)))


class _Log(logging.LoggerAdapter):
    """A logger that leaves it to the program who shows what it says."""

    def __init__(self, name: str = "lava") -> None:
        super().__init__(logging.getLogger(name), {})

    def addHandler(self, handler: logging.Handler) -> None:
        """Do not."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.logger, name)

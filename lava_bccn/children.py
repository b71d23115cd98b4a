"""Child processes: by what method they are started, and that they end with their parent."""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import threading
from collections.abc import Iterator

_LOOK_SECONDS = 0.5


@contextlib.contextmanager
def start_method_kept() -> Iterator[None]:
    """Import Lava in this block: the start method stays what the program made it, or will make it.

    Lava would set ``fork`` for the whole program, and fails if any has been set before.
    """
    original = multiprocessing.set_start_method
    multiprocessing.set_start_method = lambda *_, **__: None
    try:
        yield
    finally:
        multiprocessing.set_start_method = original


def end_with_parent() -> None:
    """End this child process, forked or spawned, as soon as its parent is gone, however it went.

    Nobody can be told of a SIGKILL, so a thread watches: the pipe that ``multiprocessing`` holds
    open in the parent, and the parent's number, for a process that was forked beside this one
    holds that pipe open too. (Linux alone has a signal for this, which comes too early if a thread
    started the child and ended.)
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        while parent.is_alive() and os.getppid() == parent.pid:
            multiprocessing.connection.wait([parent.sentinel], _LOOK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="watches the parent", daemon=True).start()

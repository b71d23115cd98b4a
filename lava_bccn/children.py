"""Child processes that end with the process that started them."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection  # noqa: F401  (what the thread below would import later)
import os
import threading

_LOOK_SECONDS = 0.5


def end_with_parent() -> None:
    """End this child process as soon as its parent is gone, however it went.

    Nobody can be told of a SIGKILL, so a thread watches: the pipe that ``multiprocessing`` holds
    open in the parent, and the parent's number, for a process that was forked beside this one
    holds that pipe open too. (Linux alone has a signal for this, which comes too early if a thread
    started the child and ended.)
    """
    parent, number = multiprocessing.parent_process(), os.getppid()
    if parent is None:
        return

    def watch() -> None:
        while parent.is_alive() and os.getppid() == number:
            parent.join(_LOOK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="watches the parent", daemon=True).start()

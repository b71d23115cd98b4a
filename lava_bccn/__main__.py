"""``python -m lava_bccn`` is ``bccn``."""

import os
import signal
import sys
from types import FrameType

_INTERRUPTED = "bccn: interrupted"
_INTERRUPTED_CODE = 128 + signal.SIGINT


def main() -> int:
    """``bccn`` as a program, which Ctrl-C ends with one line and 130 from its first import on."""
    listens = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if listens:  # else a shell that started it in the background has made it deaf
        signal.signal(signal.SIGINT, _interrupt)
    try:
        from lava_bccn.cli import main as run

        return run()
    except KeyboardInterrupt:
        print(_INTERRUPTED, file=sys.stderr)
        return _INTERRUPTED_CODE
    finally:
        if listens:  # from here on there is nothing left to do but to end
            signal.signal(signal.SIGINT, signal.SIG_DFL)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt; but while a module is imported, end at once.

    An exception within an import does not always come out as what it was: libraries take it for a
    failure of theirs, and C++ aborts the program.
    """
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            os.write(2, f"{_INTERRUPTED}\n".encode())
            os._exit(_INTERRUPTED_CODE)
        frame = frame.f_back
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())

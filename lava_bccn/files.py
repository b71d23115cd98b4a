"""Paths that users name: written whole or not at all, and refused before long work."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from lava_bccn.errors import InvalidInputError, MissingDataError, OutputPathError


def write_atomically(path: str | Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then move it there in one step.

    A killed or failed write leaves an existing file as it was.

    Raises:
        OutputPathError: the place cannot be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError("it is a directory")
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix
        )
        os.close(handle)
    except OSError as error:
        raise OutputPathError(
            f"cannot write {path}: {error.strerror or error}; choose a place you may write to"
        ) from error
    temporary = Path(name)
    try:
        write(temporary)
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    except (OSError, RuntimeError) as error:  # PyTorch reports a full disk as RuntimeError
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise OutputPathError(f"cannot write {path}: {reason}; is the disk full?") from error
    finally:
        temporary.unlink(missing_ok=True)


def check_writable(path: str | Path) -> None:
    """Fail before long work, not after it, if ``path`` cannot be written.

    Raises:
        OutputPathError: its folder cannot be made or written, or it is a folder itself.
    """
    path = Path(path)
    try:
        # Folders are made when something is written: a command that is refused leaves none behind.
        there = next(folder for folder in path.absolute().parents if folder.exists())
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise OutputPathError(
            f"cannot write {path}: {error.strerror or error}; choose a place you may write to"
        ) from error
    if path.is_dir():
        raise OutputPathError(f"cannot write {path}: it is a directory; name a file in it")
    if path.exists() and not path.is_file():
        raise OutputPathError(f"cannot write {path}: it is not an ordinary file; name another")


def check_new(path: str | Path, *, overwrite: bool) -> None:
    """:func:`check_writable`, and refuse to replace a file that nobody said may go.

    Raises:
        OutputPathError: it exists and ``overwrite`` is False, or it cannot be written.
    """
    if Path(path).exists() and not overwrite:
        raise OutputPathError(f"{path} exists; replace it with --overwrite")
    check_writable(path)


def existing_file(path: str | Path) -> Path:
    """``path`` as a Path.

    Raises:
        MissingDataError: there is no such file.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingDataError(
            f"{path} is {'a directory' if path.is_dir() else 'not there'}; expected a file"
        )
    return path


def check_same_run(
    path: str | Path, there: Mapping[str, Any], here: Mapping[str, Any], others: Iterable[str] = ()
) -> None:
    """Refuse to go on from what another run has left.

    Args:
        path: of what it left.
        there: options of the run that left it.
        here: options of this run, which must be the same.
        others: what else is different, in words.

    Raises:
        InvalidInputError: something is different; the message says what.
    """
    differences = [
        *(
            f"{name} is {there.get(name)!r} there and {value!r} here"
            for name, value in here.items()
            if there.get(name) != value
        ),
        *others,
    ]
    if differences:
        raise InvalidInputError(
            f"{path} is of another run ({'; '.join(differences)}), so it cannot be resumed with "
            "these; give the options it was started with, another output, or --overwrite"
        )

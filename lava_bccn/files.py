"""Paths that users name: read with care, written whole or not at all, refused before long work."""

from __future__ import annotations

import errno
import io
import os
import secrets
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from lava_bccn.errors import (
    BurstCCNError,
    FileFormatError,
    MissingDataError,
    OtherRunError,
    OutputPathError,
)

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_TEMPORARY = ".lava-bccn."
"""How the names of temporary files begin. They end at random, so that long names stay possible."""

_ADVICE = {
    errno.ENAMETOOLONG: "choose a shorter name",
    **dict.fromkeys((errno.EEXIST, errno.ENOTDIR), "its folder is a file; name another"),
    **dict.fromkeys(
        (errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "free some space, or choose another disk"
    ),
}


def write_atomically(path: str | Path, write: Callable[[BinaryIO], object]) -> None:
    """Let ``write`` fill a file in memory, then put that at ``path`` in one step.

    A killed or failed write leaves an existing file as it was. Links are followed. A file that was
    there keeps its mode, a new one has what the umask leaves of 0666. What killed writers have left
    in the folder is removed.

    Raises:
        OutputPathError: the place cannot be written.
    """
    content = io.BytesIO()
    with _output(path) as target:
        write(content)
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(target.parent)
        _put(target, content.getbuffer())


def _put(target: Path, content: memoryview) -> None:
    before = target.stat() if target.exists() else None
    temporary, handle = _temporary(target.parent, 0o666 if before is None else before.st_mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if before is not None and hasattr(os, "fchown"):
                with suppress(OSError):  # only root can give a file away
                    os.fchown(handle, before.st_uid, before.st_gid)
                os.fchmod(handle, stat.S_IMODE(before.st_mode))
            os.fsync(handle)
            if fcntl is not None:  # else it cannot be moved while it is open
                temporary.replace(target)
        if fcntl is None:
            temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    with suppress(OSError):  # some file systems cannot
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _temporary(folder: Path, mode: int) -> tuple[Path, int]:
    """A new file, and a descriptor by which it is locked for as long as it is open."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    while True:
        path = folder / f"{_TEMPORARY}{secrets.token_hex(8)}"
        handle = os.open(path, flags, stat.S_IMODE(mode) & 0o777)
        if fcntl is None:
            return path, handle
        with suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        if path.exists():
            return path, handle
        os.close(handle)  # somebody who removes leftovers had the lock first


def _remove_leftovers(folder: Path) -> None:
    """Remove temporary files whose writers are gone: those that nobody has locked."""
    if fcntl is None:
        return
    for path in list(folder.glob(f"{_TEMPORARY}*")):
        with suppress(OSError), path.open("rb+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


@contextmanager
def _output(path: str | Path) -> Iterator[Path]:
    """The file that ``path`` means, through links; what fails within is its fault."""
    try:
        target = Path(os.path.realpath(path))
    except ValueError as error:
        raise OutputPathError(f"cannot write {path!r}: {error}; name another file") from error
    with writing(path):
        if target.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        with suppress(FileNotFoundError):
            mode = target.stat().st_mode
            if stat.S_ISDIR(mode):
                raise OutputPathError(f"cannot write {path}: it is a directory; name a file in it")
            if not stat.S_ISREG(mode) or not stat.S_ISREG(Path(path).stat().st_mode):
                raise OutputPathError(
                    f"cannot write {path}: it is not an ordinary file; name another"
                )
        yield target


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Around what writes: what the system refuses is the fault of the place.

    Raises:
        OutputPathError: instead of an OSError.
    """
    try:
        yield
    except OutputPathError:
        raise
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "choose a place you may write to")
        raise OutputPathError(f"cannot write {path}: {_reason(error)}; {advice}") from error


def is_there(path: str | Path) -> bool:
    """Whether there is something of this name, as far as that can be seen."""
    try:
        Path(path).stat()
    except (OSError, ValueError):
        return False
    return True


def check_writable(path: str | Path) -> None:
    """Fail before long work, not after it, if ``path`` cannot be written.

    Raises:
        OutputPathError: its folder cannot be made or written, or it is a folder itself.
    """
    with _output(path) as target:
        # Folders are made when something is written: a command that is refused leaves none behind.
        there = next(folder for folder in target.parents if folder.exists())
        with tempfile.TemporaryFile(dir=there):
            pass


def check_new(path: str | Path, *, overwrite: bool) -> None:
    """:func:`check_writable`, and refuse to replace a file that nobody said may go.

    Raises:
        OutputPathError: it exists and ``overwrite`` is False, or it cannot be written.
    """
    if is_there(path) and not overwrite and not Path(path).is_dir():
        raise OutputPathError(f"{path} exists; replace it with --overwrite")
    check_writable(path)


def existing_file(path: str | Path) -> Path:
    """``path`` as a Path.

    Raises:
        MissingDataError: there is no such file, or it may not be read.
    """
    path = Path(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode):
            path.open("rb").close()
            return path
        what = "a directory" if stat.S_ISDIR(mode) else "a device or a pipe"
    except FileNotFoundError:
        what = "not there"
    except (OSError, ValueError) as error:
        raise MissingDataError(
            f"{path} cannot be read: {_reason(error)}; name a file that you may read"
        ) from error
    raise MissingDataError(f"{path} is {what}; expected a file")


_OTHERS = {
    b"\x89HDF": "HDF5; if it is NIR, read it with bccn import",
    b"\x93NUMPY": "an array of numpy.save",
}
"""What files of other kinds begin with."""


def other_kind(path: Path) -> str:
    """What a file is that no network is kept in, for an error; empty: nothing that is known."""
    if path.suffix.lower() == ".onnx":  # which begins with nothing of its own
        return "ONNX; convert it with bccn map"
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PK") and zipfile.is_zipfile(path):
        with suppress(zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if names and all(name.endswith(".npy") for name in names):
                return "arrays of numpy.savez, which --dataset may take"
    return next((what for magic, what in _OTHERS.items() if start.startswith(magic)), "")


def refuse_other_kinds(path: Path, expected: str) -> None:
    """Refuse a file that is surely something else.

    Args:
        path: of a file that is there.
        expected: what it should be.

    Raises:
        FileFormatError: it is; says what.
    """
    other = other_kind(path)
    if other:
        raise FileFormatError(f"{path} is no {expected} but {other}")


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or " ".join(str(error).split())


@contextmanager
def content_of(path: str | Path, wrong: str, advice: str = "") -> Iterator[None]:
    """Around whatever reads or uses the content of a file: what fails within is the file's fault.

    Args:
        path: of the file.
        wrong: what it is if something fails, such as ``truncated or not a .npy file``.
        advice: what to do then.

    Raises:
        FileFormatError: instead of any other error than those of ``errors``.
    """
    try:
        yield
    except BurstCCNError:
        raise
    except Exception as error:  # readers fail in many ways on damaged files
        reason = " ".join(str(error).split()) or type(error).__name__
        told = f"{path} is {wrong} ({reason[:_LONGEST_REASON]})"
        raise FileFormatError(f"{told}; {advice}" if advice else told) from error


_LONGEST_REASON = 300
"""Characters of another package's message that are worth repeating."""


def check_same_run(
    path: str | Path, there: Mapping[str, Any], here: Mapping[str, Any], others: Iterable[str] = ()
) -> None:
    """Refuse to go on from what another run has left.

    Args:
        path: of what it left.
        there: settings of the run that left it.
        here: settings of this run, which must be the same.
        others: what else is different, in words.

    Raises:
        OtherRunError: something is different; the message says what.
    """
    settings = {
        name: (there.get(name), value) for name, value in here.items() if there.get(name) != value
    }
    others = list(others)
    if settings or others:
        raise OtherRunError(str(path), settings, others)

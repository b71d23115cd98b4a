"""Where ``bccn run --save`` puts what came out, and what it never takes the place of."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn import RunResult
from lava_bccn.backends.rows import save_array
from lava_bccn.cli.outputs import ARRAYS, check_output
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.errors import BackendExecutionError, OutputPathError
from lava_bccn.files import is_there, write_atomically, writing

_PREDICTIONS, _OUTPUTS, _LABELS = "predictions", "outputs", "labels"

_WRITTEN = re.compile(
    rf"(({'|'.join(STATE_NAMES)})_[1-9][0-9]*(_unit)?|{_PREDICTIONS}|{_OUTPUTS}|{_LABELS})\.npy"
)
"""Names of the files that a run writes into a folder."""


def is_folder(save: str) -> bool:
    """Whether a file for each array is to be written."""
    return save.endswith(("/", os.sep))


def check_file(save: str, *, overwrite: bool) -> None:
    """Refuse what cannot be written, before anything is read; of folders see :func:`place_for`.

    Raises:
        InvalidInputError, OutputPathError: as of ``check_output``.
    """
    if not is_folder(save):
        check_output(Path(save), ARRAYS, overwrite=overwrite)


@contextmanager
def place_for(
    save: str | None, read: Iterable[str | Path], *, overwrite: bool
) -> Iterator[str | None]:
    """Where a run writes what is to be in ``save``.

    What a run before left in a folder is there until this one has written all its own, which goes
    into a folder within until then.

    Args:
        save: a file, a folder, or None.
        read: files that the run reads.
        overwrite: what a run before left may go.

    Raises:
        OutputPathError: it may not, or it is something else, or one of the files that are read.
    """
    if save is None:
        yield None
        return
    before = _before(save, read, overwrite=overwrite)
    if not before:
        yield save
        return
    folder = Path(save)
    with writing(folder):
        within = Path(tempfile.mkdtemp(prefix=".lava-bccn.", dir=folder))
    try:
        yield f"{within}{os.sep}"
        _move(within, before)
    except BackendExecutionError:
        if (within / f"{_PREDICTIONS}.npy").exists():  # of the samples that were done
            _move(within, before)
        raise
    finally:
        shutil.rmtree(within, ignore_errors=True)


def _before(save: str, read: Iterable[str | Path], *, overwrite: bool) -> list[Path]:
    """The files of a run before in a folder; none of a file, which is written in one step."""
    if not is_folder(save):
        _check_unread([Path(save)], read)
        return []
    folder = Path(save)
    with writing(folder):
        there = sorted(folder.iterdir()) if folder.is_dir() else []
    for each in there:
        if not (_WRITTEN.fullmatch(each.name) and each.is_file()):
            raise OutputPathError(
                f"{folder} has other files than those of a run in it ({each.name}); name another "
                "folder"
            )
    _check_unread(there, read)
    if there and not overwrite:
        raise OutputPathError(f"{folder} is not empty; replace its arrays with --overwrite")
    return there


def _check_unread(outputs: Sequence[Path], read: Iterable[str | Path]) -> None:
    inputs = [path for path in read if is_there(path)]
    for path in outputs:
        if is_there(path) and any(path.samefile(each) for each in inputs):
            raise OutputPathError(
                f"{path} is read by this run and would be replaced by it; give --save another name"
            )


def _move(within: Path, before: Sequence[Path]) -> None:
    """Take the files of a folder into the one around it, in place of those of a run before."""
    with writing(within.parent):
        written = {each.name for each in within.iterdir()}
        for name in written:
            (within / name).replace(within.parent / name)
        for each in before:
            if each.name not in written:
                each.unlink()


def save(place: str, result: RunResult, labels: NDArray[Any] | None) -> None:
    """Recorded states in the network's own units, with the unit of each, and the predictions."""
    arrays: dict[str, Any] = {_PREDICTIONS: result.predictions}
    if result.network.output is not None:
        arrays[_OUTPUTS] = result.outputs
    if labels is not None:
        arrays[_LABELS] = labels
    if is_folder(place):  # where the states are already
        for name, array in arrays.items():
            save_array(Path(place) / f"{name}.npy", array)
        return
    for index, state in enumerate(result.states):
        for name, array in vars(state).items():
            if array is not None:
                arrays[f"{name}_{index + 1}"] = array
                arrays[f"{name}_{index + 1}_unit"] = result.network.state_unit(name, index)
    write_atomically(place, lambda file: np.savez_compressed(file, **arrays))

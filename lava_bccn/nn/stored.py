"""Files of ``torch.save``: read without running what is in them, nor believing their sizes."""

from __future__ import annotations

import pickle
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lava_bccn.errors import FileFormatError, InvalidInputError
from lava_bccn.files import content_of, existing_file, refuse_other_kinds
from lava_bccn.records import check_unpacked

IN_PROGRAM = (
    "lava_bccn.mapping.from_torch(model, inputs).save('net.safetensors'), or, for bccn map "
    "model.onnx, torch.onnx.export(model, (sample,), 'model.onnx')"
)
"""What maps any model where a program has it; weights alone do not say what is computed."""

_FREE_BYTES = 1 << 20
"""A tensor may be so much larger than what is stored of it (one that was expanded)."""


def read_torch_file(path: str | Path, device: torch.device | str = "cpu") -> Any:
    """What ``torch.save`` wrote, tensors and plain data only (``weights_only``).

    Raises:
        MissingDataError: no such file.
        FileFormatError: not a file of ``torch.save``, one with pickled objects in it, or one that
            would unpack to more than it holds.
    """
    path = existing_file(path)
    refuse_other_kinds(path, "file of torch.save")
    with path.open("rb") as file:
        if file.read(9)[8:] == b"{":  # torch.load would read it, but it is not what was meant
            raise FileFormatError(
                f"{path} is a safetensors file; expected one of torch.save. A mapped network is "
                "ready for bccn run, or lava_bccn.load"
            )
    with content_of(path, "truncated or not a file of torch.save"):
        records = _record_sizes(path) if zipfile.is_zipfile(path) else None
        try:
            with path.open("rb") as file, warnings.catch_warnings():
                warnings.filterwarnings("ignore", "'torch.load' received .* TorchScript")
                # Of a file, since by name torch.load would go by the suffix.
                content = torch.load(file, map_location=device, weights_only=True)
        except Exception as error:  # the reader fails in many ways on damaged files
            raise _unreadable(path, error, is_archive=records is not None) from error
        _check_storages(content, records)
    return content


def _unreadable(path: Path, error: Exception, *, is_archive: bool) -> FileFormatError:
    reason = str(error).partition("\n")[0]
    is_pickled = isinstance(error, pickle.UnpicklingError)
    holds_objects = "Unsupported global" in str(error) or "TorchScript" in reason
    if holds_objects or (is_pickled and is_archive):
        return FileFormatError(
            f"{path} holds Python objects or programs (a whole module?), which are not loaded "
            f"for safety; map the model where a program has it: {IN_PROGRAM}; or save its "
            "weights there: torch.save(model.state_dict(), path)"
        )
    if is_pickled or " " not in reason:  # of no use to people
        return FileFormatError(
            f"{path} is truncated or not a file of torch.save; write it again, with bccn "
            "train or torch.save(model.state_dict(), path)"
        )
    return FileFormatError(f"{path} is truncated or not a file of torch.save ({reason})")


def _record_sizes(path: Path) -> list[int]:
    """Bytes of each tensor's record in the archive, which ``torch.save`` never compresses.

    Raises:
        FileFormatError: it is a program, of TorchScript or of ``torch.export``, whose weights and
            constants torch.export.load unpickles with whatever they call.
        ValueError: it would unpack to more than it holds.
    """
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    if any("/code/" in name or name.endswith("/archive_format") for name in names):
        raise _unreadable(path, RuntimeError("TorchScript"), is_archive=True)
    entries = check_unpacked(path)
    return sorted((each.file_size for each in entries if "/data/" in each.filename), reverse=True)


def _check_storages(content: Any, records: list[int] | None) -> None:
    """That what is there is as large as it says; reads no number.

    Raises:
        ValueError: it is not.
    """
    storages: dict[int, int] = {}
    for name, tensor in tensors_in(content):
        if tensor.layout != torch.strided or tensor.device.type == "meta":
            continue
        stored = tensor.untyped_storage()
        storages[stored.data_ptr()] = stored.nbytes()
        if tensor.numel() * tensor.element_size() > max(stored.nbytes(), _FREE_BYTES):
            raise ValueError(f"{name} is larger than what is stored of it")
    sizes = sorted(storages.values(), reverse=True)
    if records is not None and any(
        size > record for size, record in zip(sizes, [*records, *[0] * len(sizes)], strict=False)
    ):
        raise ValueError("its tensors are larger than what is stored of them")


def tensors_in(content: Any, name: str = "") -> Iterator[tuple[str, Tensor]]:
    """All tensors in nested dictionaries and lists, with where they are."""
    if isinstance(content, Tensor):
        yield name or "its tensor", content
    elif isinstance(content, Mapping | list | tuple):
        items = content.items() if isinstance(content, Mapping) else enumerate(content)
        for key, value in items:
            yield from tensors_in(value, f"{name}.{key}" if name else str(key))


def check_finite(content: Any, name: str) -> None:
    """That tensors are ordinary ones, without NaN or infinity.

    Raises:
        InvalidInputError: one is not; the message names it.
    """
    for where, tensor in tensors_in(content, name):
        if tensor.layout != torch.strided or tensor.is_quantized or tensor.device.type == "meta":
            raise InvalidInputError(f"{where} is no ordinary tensor of numbers")
        if tensor.is_complex():
            raise InvalidInputError(f"{where} holds complex numbers")
        count = int((~torch.isfinite(tensor)).sum())
        if count:
            raise InvalidInputError(f"{where} has {count} values that are NaN or infinite")

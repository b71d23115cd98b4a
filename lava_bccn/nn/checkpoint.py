"""Checkpoints: everything that resumes a killed training run to the same bits."""

from __future__ import annotations

import pickle
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from lava_bccn.errors import FileFormatError, InvalidInputError
from lava_bccn.files import existing_file, write_atomically
from lava_bccn.headers import CHECKPOINT
from lava_bccn.nn.description import build as build_model
from lava_bccn.nn.description import describe
from lava_bccn.nn.wrappers import sequential

_PLAIN = (bool, int, float, str, bytes, torch.Tensor, torch.nn.Parameter)


@dataclass
class Checkpoint:
    """A model and, if it was training, where its training stood.

    Attributes:
        model: in the state after the last finished epoch; unwrapped, if it comes in a wrapper.
        training: optimizer, scheduler, random and early-stopping state, the history of epochs and
            the training configuration, as plain data; empty for a model without a history.
        data: what it was trained on: name, classes, input shape; free for the caller, but plain.
    """

    model: torch.nn.Sequential
    training: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.model = sequential(self.model)


def save_checkpoint(path: str | Path, checkpoint: Checkpoint | torch.nn.Module) -> None:
    """Write a checkpoint so that a killed write leaves the old one.

    Args:
        path: of the file.
        checkpoint: or a model alone. Of one in a wrapper (``torch.compile``, ``DataParallel``, a
            moving average) what is inside.

    Raises:
        InvalidInputError: a model that no checkpoint can hold, or data that are not plain: what
            :func:`load_checkpoint` would refuse.
        OutputPathError: the place cannot be written.
    """
    if isinstance(checkpoint, torch.nn.Module):
        checkpoint = Checkpoint(sequential(checkpoint))
    if not isinstance(checkpoint, Checkpoint) or not isinstance(path, str | Path):
        raise InvalidInputError(
            "save_checkpoint takes a path, then a model or a Checkpoint, not a "
            f"{type(path).__name__} and a {type(checkpoint).__name__}"
        )
    _check_plain("training", checkpoint.training)
    _check_plain("data", checkpoint.data)
    content = {
        "format": CHECKPOINT.format,
        "version": CHECKPOINT.version,
        "modules": describe(checkpoint.model),
        "state": checkpoint.model.state_dict(),
        "training": checkpoint.training,
        "data": checkpoint.data,
    }
    write_atomically(path, lambda temporary: torch.save(content, temporary))


def _check_plain(name: str, value: Any) -> None:
    """Refuse what a file without pickled objects cannot hold."""
    if isinstance(value, dict | list | tuple):
        keyed = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in keyed:
            _check_plain(f"{name}[{key!r}]", item)
    elif not (value is None or type(value) in _PLAIN):
        raise InvalidInputError(
            f"{name} is a {type(value).__name__}, which a checkpoint cannot hold; expected "
            "numbers, strings, tensors, and lists and dictionaries of them"
        )


def load_checkpoint(path: str | Path, device: torch.device | str = "cpu") -> Checkpoint:
    """Read a checkpoint of this package.

    Raises:
        MissingDataError: no such file.
        FileFormatError: truncated, foreign or newer.
    """
    return checkpoint_of(read_torch_file(path, device), path, device)


def is_checkpoint(content: Any) -> bool:
    """Whether this is what :func:`save_checkpoint` stores, of any version."""
    return isinstance(content, dict) and content.get("format") == CHECKPOINT.format


def checkpoint_of(content: Any, path: str | Path, device: torch.device | str = "cpu") -> Checkpoint:
    """The checkpoint in what :func:`read_torch_file` read from ``path``.

    Raises:
        FileFormatError: foreign, newer or damaged.
    """
    CHECKPOINT.check(content, path, "PyTorch")

    def build() -> Checkpoint:
        model = build_model(content["modules"])
        model.load_state_dict(content["state"])
        return Checkpoint(model.to(device), dict(content["training"]), dict(content["data"]))

    return CHECKPOINT.built(path, build)


def read_torch_file(path: str | Path, device: torch.device | str = "cpu") -> Any:
    """What ``torch.save`` wrote, tensors and plain data only (``weights_only``).

    Raises:
        MissingDataError: no such file.
        FileFormatError: not a file of ``torch.save``, or one with pickled objects in it.
    """
    path = existing_file(path)
    with path.open("rb") as file:
        if file.read(9)[8:] == b"{":  # torch.load would read it, but it is not what was meant
            raise FileFormatError(
                f"{path} is a safetensors file; expected one of torch.save. A mapped network is "
                "ready for bccn run, or lava_bccn.load"
            )
    try:
        with path.open("rb") as file:  # by name, torch.load would go by the suffix
            return torch.load(file, map_location=device, weights_only=True)
    except pickle.UnpicklingError as error:
        if zipfile.is_zipfile(path):
            raise FileFormatError(
                f"{path} holds pickled Python objects (a whole module?), which are not loaded for "
                "safety; save its weights instead: torch.save(model.state_dict(), path)"
            ) from error
        raise FileFormatError(
            f"{path} is not a PyTorch file; expected one of torch.save"
        ) from error
    except Exception as error:  # the reader fails in many ways on damaged files
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise FileFormatError(
            f"{path} is truncated or not a file of torch.save ({reason})"
        ) from error

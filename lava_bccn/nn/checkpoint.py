"""Checkpoints: everything that resumes a killed training run to the same bits."""

from __future__ import annotations

import pickle
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from lava_bccn.errors import FileFormatError
from lava_bccn.files import existing_file, write_atomically
from lava_bccn.headers import CHECKPOINT
from lava_bccn.nn.description import build as build_model
from lava_bccn.nn.description import describe


@dataclass
class Checkpoint:
    """A model and, if it was training, where its training stood.

    Attributes:
        model: in the state after the last finished epoch.
        training: optimizer, scheduler, random and early-stopping state, the history of epochs and
            the training configuration, as plain data; empty for a model without a history.
        data: what it was trained on: name, classes, input shape; free for the caller.
    """

    model: torch.nn.Sequential
    training: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)


def save_checkpoint(path: str | Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint so that a killed write leaves the old one.

    Raises:
        OutputPathError: the place cannot be written.
    """
    content = {
        "format": CHECKPOINT.format,
        "version": CHECKPOINT.version,
        "modules": describe(checkpoint.model),
        "state": checkpoint.model.state_dict(),
        "training": checkpoint.training,
        "data": checkpoint.data,
    }
    write_atomically(path, lambda file: torch.save(content, file))


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

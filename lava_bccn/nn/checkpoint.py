"""Checkpoints: everything that resumes a killed training run to the same bits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from lava_bccn.errors import InvalidInputError
from lava_bccn.files import write_atomically
from lava_bccn.headers import CHECKPOINT
from lava_bccn.nn.description import build as build_model
from lava_bccn.nn.description import describe
from lava_bccn.nn.stored import check_finite, read_torch_file
from lava_bccn.nn.wrappers import sequential
from lava_bccn.records import record, typed

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
    write_atomically(path, lambda file: torch.save(content, file))


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
        stored = record(_Stored, content)
        for name, hint in _TRAINING.items():
            if name in stored.training:
                typed(stored.training[name], hint, f"training.{name}")
        check_finite({"state": stored.state, "training": stored.training}, "")
        with torch.device("meta"):  # nothing is allocated for what is not in the file
            check_like(stored.state, build_model(stored.modules).state_dict(), "state")
        model = build_model(stored.modules)
        model.load_state_dict(stored.state)
        return Checkpoint(model.to(device), stored.training, stored.data)

    return CHECKPOINT.built(path, build)


@dataclass(frozen=True)
class _Stored:
    """What a checkpoint's file holds."""

    format: str
    version: int
    modules: tuple[dict[str, Any], ...]
    state: dict[str, torch.Tensor]
    training: dict[str, Any]
    data: dict[str, Any]


_TRAINING = {
    "config": dict[str, Any],
    "samples": int,
    "optimization": dict[str, tuple[dict[str, Any], ...]],
    "order": torch.Tensor,
    "history": tuple[dict[str, float], ...],
    "best": dict[str, Any],
}
"""What is known of a training's progress; checkpoints of models without a history have none."""


def check_like(
    tensors: Mapping[str, torch.Tensor], wanted: Mapping[str, torch.Tensor], name: str
) -> None:
    """That tensors have the names, shapes and dtypes of others.

    Raises:
        InvalidInputError: some have not; the message names one.
    """
    different = sorted(map(str, tensors.keys() ^ wanted.keys()))
    if different:
        there = "not there" if different[0] in wanted else "of no module"
        raise InvalidInputError(f"{name}.{different[0]} is {there}")
    for key, like in wanted.items():
        found = tensors[key]
        if (found.shape, found.dtype) != (like.shape, like.dtype):
            raise InvalidInputError(
                f"{name}.{key} is {tuple(found.shape)} of {found.dtype}; expected "
                f"{tuple(like.shape)} of {like.dtype}"
            )

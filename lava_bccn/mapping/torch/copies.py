"""Copies of models that hold plain tensors, whatever the models themselves hold."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor

from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.validation import is_plain, plain_array


def precision_of(model: torch.nn.Module) -> torch.dtype:
    """Double where any parameter is, else single, which holds what coarser ones stand for."""
    dtypes = {each.dtype for each in model.parameters()}
    return torch.float64 if torch.float64 in dtypes else torch.float32


def plain_copy(model: torch.nn.Module, dtype: torch.dtype) -> torch.nn.Module:
    """A model of real numbers on the CPU, in evaluation mode; the original is left as it is.

    Sparse, quantised, distributed and other tensors become what they stand for. What is plain
    already, in this precision, is shared and not copied.

    Args:
        model: any.
        dtype: of all numbers of floating point.

    Raises:
        MappingError: a tensor that stands for no real numbers, by its name.
    """
    plain: dict[int, Any] = {}
    for path, module in model.named_modules():
        place = f"of module {path!r} ({type(module).__name__})" if path else "of the model"
        own = {name: each for name, each in vars(module).items() if isinstance(each, Tensor)}
        for name, tensor in (own | module._parameters | module._buffers).items():
            if tensor is not None and id(tensor) not in plain:
                plain[id(tensor)] = _plain(tensor, dtype, f"{name} {place}")
    try:
        copied = copy.deepcopy(model, dict(plain))
    except Exception:  # whatever else a model of the user's keeps: locks, files, generators
        copied = copy.deepcopy(model, plain | _as_they_are(model, plain))
    return copied.eval()


def _plain(tensor: Tensor, dtype: torch.dtype, name: str) -> Tensor:
    if is_plain(tensor) and not tensor.is_complex():
        dense = tensor.detach().cpu()
    else:
        try:
            dense = torch.from_numpy(plain_array(tensor, name))
        except InvalidInputError as error:
            raise MappingError(str(error)) from error
    dense = dense.to(dtype) if dense.is_floating_point() else dense
    if isinstance(tensor, torch.nn.Parameter):
        return torch.nn.Parameter(dense, requires_grad=False)
    return dense


def _as_they_are(model: torch.nn.Module, plain: dict[int, Any]) -> dict[int, Any]:
    """What the modules hold that cannot be copied, to be shared instead."""
    shared: dict[int, Any] = {}
    for module in model.modules():
        for name, value in vars(module).items():
            if name not in ("_modules", "_parameters", "_buffers") and id(value) not in plain:
                try:
                    copy.deepcopy(value, dict(plain))
                except Exception:  # as above
                    shared[id(value)] = value
    return shared

"""Models that are run and are afterwards as before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from lava_bccn.errors import MappingError


def tensors_of(model: Any) -> dict[str, Tensor]:
    """Tensors of every module, by one of its names: what two share is there twice."""
    modules = model.named_modules() if isinstance(model, torch.nn.Module) else ()
    return {
        f"{prefix}.{name}".lstrip("."): tensor
        for prefix, module in modules
        for name, tensor in (module._parameters | module._buffers).items()
        if tensor is not None
    }


@contextmanager
def kept(model: torch.nn.Module) -> Iterator[None]:
    """Whatever a model does to its parameters and buffers, afterwards they are as before."""
    held: list[dict[str, Any]] = [
        each for module in model.modules() for each in (module._parameters, module._buffers)
    ]
    before = [dict(tensors) for tensors in held]
    values = [
        (each, each.detach().clone())
        for each in tensors_of(model).values()
        if each.layout is torch.strided
    ]
    try:
        yield
    finally:
        for tensors, kept in zip(held, before, strict=True):
            tensors.clear()
            tensors.update(kept)
        for tensor, value in values:  # observers do not count their writing as a version
            if tensor.shape != value.shape or not torch.equal(tensor, value):
                tensor.data = value


@contextmanager
def evaluated(model: torch.nn.Module) -> Iterator[None]:
    """A model in evaluation mode, without gradients; afterwards all its modules are as before.

    Weights that a hook computes before each call (of the older ``weight_norm`` and
    ``spectral_norm``, of pruning) are up to date with what they are computed from.

    Raises:
        MappingError: the model refuses evaluation mode.
    """
    before = [(module, module.training, dict(vars(module))) for module in model.modules()]
    try:
        with torch.no_grad():
            try:
                model.eval()
            except NotImplementedError as error:  # of torch.export
                raise MappingError(
                    f"cannot map a {type(model).__name__} that has no evaluation mode ({error}); "
                    "map the model that it was made of"
                ) from error
            for module, *_ in before:
                for hook in module._forward_pre_hooks.values():
                    if isinstance(hook, WeightNorm | SpectralNorm | BasePruningMethod):
                        hook(module, ())
            yield
    finally:
        for module, training, attributes in before:
            vars(module).clear()
            vars(module).update(attributes)
            module.training = training

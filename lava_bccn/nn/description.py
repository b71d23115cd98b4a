"""A model as plain data, for a checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.geometry import Layer
from lava_bccn.nn.models import CONVOLUTIONS, FULLY_CONNECTED
from lava_bccn.nn.normalize import Normalize
from lava_bccn.nn.wrappers import sequential

LAYER_KINDS: dict[str, Callable[..., Layer]] = {
    kind.__name__: kind
    for kind in (
        *(kind for kinds in FULLY_CONNECTED.values() for kind in kinds),
        *CONVOLUTIONS.values(),
    )
}
"""The layers that a checkpoint can hold, by the names it gives them."""


def describe(model: torch.nn.Module) -> list[dict[str, Any]]:
    """The modules of a model as plain data, enough for :func:`build` to make the like again.

    Raises:
        InvalidInputError: it is no Sequential, or has modules or a ``forward`` of its own.
    """
    modules = []
    plain = sequential(model)
    if type(plain).forward is not torch.nn.Sequential.forward:
        raise InvalidInputError(
            f"a checkpoint holds layers, and not the forward of a {type(plain).__name__}; save "
            "torch.nn.Sequential(*model) instead"
        )
    for module in plain:
        if type(module) in LAYER_KINDS.values():
            assert isinstance(module, Layer)
            arguments = {**module.description(), "dtype": _dtype_name(module.weight)}
        elif type(module) is Normalize:
            arguments = {
                "shape": list(module.mean.shape),
                "std_shape": list(module.std.shape),
                "dtype": _dtype_name(module.mean),
            }
        elif type(module) is torch.nn.Flatten and module.end_dim == -1:
            arguments = {} if module.start_dim == 1 else {"start_dim": module.start_dim}
        else:
            raise InvalidInputError(
                f"a checkpoint can hold {', '.join(LAYER_KINDS)}, Normalize and Flatten, not "
                f"{module}"
            )
        modules.append({"type": type(module).__name__, **arguments})
    return modules


def build(description: Iterable[dict[str, Any]]) -> torch.nn.Sequential:
    """A model of the described modules, with meaningless weights until they are loaded."""
    modules: list[torch.nn.Module] = []
    for entry in description:
        arguments = dict(entry)
        kind = arguments.pop("type")
        if kind == "Normalize":
            dtype = getattr(torch, arguments["dtype"])
            ones = torch.ones(arguments["std_shape"])
            modules.append(Normalize(torch.zeros(arguments["shape"]), ones).to(dtype))
        elif kind == "Flatten":
            modules.append(torch.nn.Flatten(**arguments))
        elif kind in LAYER_KINDS:
            arguments["dtype"] = getattr(torch, arguments["dtype"])
            generator = torch.Generator()  # leaves the global random state alone
            modules.append(LAYER_KINDS[kind](**arguments, generator=generator))
        else:
            raise InvalidInputError(f"unknown module {kind!r} in a checkpoint")
    return torch.nn.Sequential(*modules)


def _dtype_name(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")

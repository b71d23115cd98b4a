"""Whole networks: building them, taking them apart, and describing them for a checkpoint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.layers import BurstLinear, BurstReadout, Normalize


def burst_mlp(
    sizes: Sequence[int],
    *,
    normalize: tuple[float, float] | None = None,
    **layer_options: Any,
) -> torch.nn.Sequential:
    """A fully connected BurstCCN that takes images or vectors of event rates.

    Args:
        sizes: units of each layer from the input to the output, for example ``(784, 500, 10)``.
        normalize: mean and standard deviation of a first :class:`Normalize`, if any.
        layer_options: of every :class:`BurstLinear`; the first layer sends no feedback.

    Raises:
        InvalidInputError: fewer than two sizes or one below 1.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise InvalidInputError(f"sizes need at least an input and an output size, not {sizes!r}")
    modules: list[torch.nn.Module] = [torch.nn.Flatten()]
    if normalize is not None:
        modules.append(Normalize(*normalize))
    for index, (below, units) in enumerate(pairwise(sizes)):
        layer = BurstReadout if index == len(sizes) - 2 else BurstLinear
        options = dict(layer_options)
        if index == 0:
            options |= {"feedback": None, "feedback_event": "tied"}
            options |= {"learn_feedback_burst": False, "learn_feedback_event": False}
        modules.append(layer(below, units, **options))
    return torch.nn.Sequential(*modules)


def burst_layers(model: torch.nn.Module) -> list[BurstLinear]:
    """The burst layers of a model in order, the readout last.

    Raises:
        InvalidInputError: the model has none, or its only readout is not its last layer.
    """
    layers = [module for module in model.modules() if isinstance(module, BurstLinear)]
    readouts = [layer.is_readout for layer in layers]
    if not layers or readouts != [False] * (len(layers) - 1) + [True]:
        raise InvalidInputError(
            "expected a Sequential of BurstLinear layers with one BurstReadout at the end, got "
            + (", ".join(type(layer).__name__ for layer in layers) or "no burst layer")
        )
    return layers


def first_layer_inputs(model: torch.nn.Sequential, inputs: Tensor) -> Tensor:
    """What reaches the first burst layer: inputs after Flatten and Normalize."""
    for module in model:
        if isinstance(module, BurstLinear):
            return inputs
        inputs = module(inputs)
    raise InvalidInputError("the model has no burst layer")


def parameter_groups(model: torch.nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Optimizer groups: decay for W and for a Kolen–Pollack Y, none for biases and the rest.

    Kolen–Pollack aligns Y with W only if both decay alike.
    """
    decayed: list[Tensor] = []
    for layer in burst_layers(model):
        decayed.append(layer.weight)
        if layer.feedback == "kolen_pollack" and layer.feedback_burst is not None:
            decayed.append(layer.feedback_burst)
    chosen = {id(parameter) for parameter in decayed}
    rest = [parameter for parameter in model.parameters() if id(parameter) not in chosen]
    return [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": rest, "weight_decay": 0.0},
    ]


def describe(model: torch.nn.Sequential) -> list[dict[str, Any]]:
    """The modules of a model as plain data, enough for :func:`build` to make the like again."""
    modules = []
    for module in model:
        if isinstance(module, BurstLinear):
            arguments = {**module.description(), "dtype": _dtype_name(module.weight)}
        elif isinstance(module, Normalize):
            arguments = {
                "shape": list(module.mean.shape),
                "std_shape": list(module.std.shape),
                "dtype": _dtype_name(module.mean),
            }
        elif isinstance(module, torch.nn.Flatten) and (module.start_dim, module.end_dim) == (1, -1):
            arguments = {}
        else:
            raise InvalidInputError(
                f"a checkpoint can hold BurstLinear, BurstReadout, Normalize and Flatten, not "
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
            modules.append(torch.nn.Flatten())
        elif kind in ("BurstLinear", "BurstReadout"):
            layer = BurstReadout if kind == "BurstReadout" else BurstLinear
            arguments["dtype"] = getattr(torch, arguments["dtype"])
            generator = torch.Generator()  # leaves the global random state alone
            modules.append(layer(**arguments, generator=generator))
        else:
            raise InvalidInputError(f"unknown module {kind!r} in a checkpoint")
    return torch.nn.Sequential(*modules)


def _dtype_name(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")

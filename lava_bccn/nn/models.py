"""Whole networks: building them, taking them apart, and describing them for a checkpoint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from lava_bccn.errors import InvalidInputError
from lava_bccn.model_options import check_model_options
from lava_bccn.nn.comparators import COMPARATORS, ComparatorLayer
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


def mlp(
    model: str,
    sizes: Sequence[int],
    *,
    normalize: tuple[float, float] | None = None,
    generator: torch.Generator | None = None,
    **layer_options: Any,
) -> torch.nn.Sequential:
    """A fully connected network of any model, by its name: a BurstCCN or one it is compared with.

    Args:
        model: a name in ``lava_bccn.model_options.MODEL_OPTIONS``.
        sizes, normalize: as for :func:`burst_mlp`.
        generator: source of the random start; one seed gives every model with random feedback, and
            backprop, the same W.
        layer_options: those of the model; the first layer sends no feedback.

    Raises:
        InvalidInputError: no such model, an option that it does not have, or impossible sizes.
    """
    check_model_options(model, layer_options)
    if model == "burstccn":
        return burst_mlp(sizes, normalize=normalize, generator=generator, **layer_options)
    hidden, readout = COMPARATORS[model]
    if len(sizes) < 2 or min(sizes) < 1:
        raise InvalidInputError(f"sizes need at least an input and an output size, not {sizes!r}")
    modules: list[torch.nn.Module] = [torch.nn.Flatten()]
    if normalize is not None:
        modules.append(Normalize(*normalize))
    for index, (below, units) in enumerate(pairwise(sizes)):
        kind = readout if index == len(sizes) - 2 else hidden
        options = layer_options if index else {**layer_options, "feedback": None}
        modules.append(kind(below, units, generator=generator, **options))
    return torch.nn.Sequential(*modules)


def is_comparator(model: torch.nn.Module) -> bool:
    """Whether a model has layers of one that BurstCCN is compared with."""
    return any(isinstance(module, ComparatorLayer) for module in model.modules())


def comparator_layers(model: torch.nn.Module) -> list[ComparatorLayer]:
    """The layers of a comparator in order.

    Raises:
        InvalidInputError: not layers of one rule with its readout, if it has one, at the end.
    """
    layers = [
        module for module in model.modules() if isinstance(module, ComparatorLayer | BurstLinear)
    ]
    for hidden, readout in COMPARATORS.values():
        if [type(layer) for layer in layers] == [hidden] * (len(layers) - 1) + [readout]:
            return [layer for layer in layers if isinstance(layer, ComparatorLayer)]
    raise InvalidInputError(
        "expected a Sequential of layers of one learning rule with its readout at the end, got "
        + (", ".join(type(layer).__name__ for layer in layers) or "no layer")
    )


def learning_layers(model: torch.nn.Module) -> Sequence[BurstLinear | ComparatorLayer]:
    """The layers of a BurstCCN or a comparator in order, the output last.

    Raises:
        InvalidInputError: as :func:`burst_layers` and :func:`comparator_layers`.
    """
    return comparator_layers(model) if is_comparator(model) else burst_layers(model)


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
    """What reaches the first layer that learns: inputs after Flatten and Normalize."""
    for module in model:
        if isinstance(module, BurstLinear | ComparatorLayer):
            return inputs
        inputs = module(inputs)
    raise InvalidInputError("the model has no layer that learns")


def parameter_groups(model: torch.nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Optimizer groups: decay for W and for a Kolen–Pollack Y, none for biases and the rest.

    Kolen–Pollack aligns Y with W only if both decay alike.
    """
    decayed: list[Tensor] = []
    for layer in learning_layers(model):
        decayed.append(layer.weight)
        if isinstance(layer, ComparatorLayer):
            continue
        if layer.feedback == "kolen_pollack" and layer.feedback_burst is not None:
            decayed.append(layer.feedback_burst)
    chosen = {id(parameter) for parameter in decayed}
    rest = [parameter for parameter in model.parameters() if id(parameter) not in chosen]
    return [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": rest, "weight_decay": 0.0},
    ]


LAYER_KINDS: dict[str, type[BurstLinear] | type[ComparatorLayer]] = {
    "BurstLinear": BurstLinear,
    "BurstReadout": BurstReadout,
    **{kind.__name__: kind for kinds in COMPARATORS.values() for kind in kinds},
}
"""The layers that a checkpoint can hold, by the names it gives them."""


def describe(model: torch.nn.Sequential) -> list[dict[str, Any]]:
    """The modules of a model as plain data, enough for :func:`build` to make the like again."""
    modules = []
    for module in model:
        if isinstance(module, BurstLinear | ComparatorLayer):
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
            modules.append(torch.nn.Flatten())
        elif kind in LAYER_KINDS:
            layer = LAYER_KINDS[kind]
            arguments["dtype"] = getattr(torch, arguments["dtype"])
            generator = torch.Generator()  # leaves the global random state alone
            modules.append(layer(**arguments, generator=generator))
        else:
            raise InvalidInputError(f"unknown module {kind!r} in a checkpoint")
    return torch.nn.Sequential(*modules)


def _dtype_name(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")

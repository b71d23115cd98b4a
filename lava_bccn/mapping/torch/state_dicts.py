"""State dicts as people keep them: within other dictionaries, and of plain networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from lava_bccn.errors import MappingError
from lava_bccn.nn.stored import IN_PROGRAM


def state_dict_of(content: Mapping[Any, Any], key: str | None = None) -> Mapping[Any, Any]:
    """The state dict in what a file holds.

    Args:
        content: a state dict, or a dictionary with one among other things, such as an optimizer's.
        key: under which it is, with dots where dictionaries are nested; None: it is the content.

    Raises:
        MappingError: it is not there; the message says which keys there are.
    """
    state: Any = content
    for done, part in enumerate((key or "").split(".") if key else ()):
        if not isinstance(state, Mapping) or part not in state:
            there = ", ".join(_keys(content)) or "no state dict anywhere"
            inside = ".".join((key or "").split(".")[:done])
            where = f"under {inside!r}" if inside else "in the file"
            raise MappingError(f"there is no {part!r} {where}; it has {there}")
        state = state[part]
    if isinstance(state, Mapping) and any(isinstance(v, torch.Tensor) for v in state.values()):
        return state
    keys = [f"{key}.{name}" if key else name for name in _keys(state)]
    if not keys:
        raise MappingError(
            f"{repr(key) if key else 'the file'} holds no weights; expected a state dict, as "
            "torch.save(model.state_dict(), path) keeps it"
        )
    raise MappingError(
        f"the weights are in a dictionary beside other things ({', '.join(map(str, state))}); say "
        f"which is meant with --key {' or --key '.join(keys)} (in Python pass that dictionary)"
    )


def plain_model(state: Mapping[Any, Any]) -> torch.nn.Sequential:
    """A network of the Linear layers of a state dict in their order, each followed by a sigmoid.

    A state dict does not say what comes between its layers; who calls this does.

    Raises:
        MappingError: weights of anything else, or layers that do not follow one another.
    """
    fields: dict[str, dict[str, torch.Tensor]] = {}
    for name, value in state.items():
        layer, _, field = str(name).rpartition(".")
        is_linear = isinstance(value, torch.Tensor) and field in ("weight", "bias")
        if not is_linear or value.ndim != (2 if field == "weight" else 1):
            raise MappingError(
                f"{name} is not of a Linear layer, and a state_dict does not say how others are "
                f"computed; map the model in a program that has it: {IN_PROGRAM}"
            )
        fields.setdefault(layer, {})[field] = value
    modules: list[torch.nn.Module] = []
    below: tuple[str, int] | None = None
    for layer, tensors in fields.items():
        if "weight" not in tensors:
            raise MappingError(f"{layer}.bias has no {layer}.weight beside it")
        units, inputs = tensors["weight"].shape
        if below is not None and below[1] != inputs:
            raise MappingError(
                f"{layer}.weight takes {inputs} values, but {below[0]} before it gives "
                f"{below[1]}: these layers do not follow one another; map the model in a program "
                f"that has it: {IN_PROGRAM}"
            )
        linear = torch.nn.Linear(inputs, units, bias="bias" in tensors)
        linear.load_state_dict(tensors, assign=True)
        modules += [linear, torch.nn.Sigmoid()]
        below = layer, units
    return torch.nn.Sequential(*modules)


def _keys(content: Any, prefix: str = "") -> list[str]:
    """Where there are dictionaries of weights."""
    found: list[str] = []
    for name, value in content.items() if isinstance(content, Mapping) else ():
        if isinstance(value, Mapping):
            where = f"{prefix}{name}"
            has_weights = any(str(field).rpartition(".")[2] == "weight" for field in value)
            found += [where] if has_weights else _keys(value, f"{where}.")
    return found

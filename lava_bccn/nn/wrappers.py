"""What models are wrapped in: compilers, data parallelism, moving averages."""

from __future__ import annotations

from typing import Any

import torch

from lava_bccn.errors import InvalidInputError


def unwrapped(model: torch.nn.Module) -> torch.nn.Module:
    """The model inside what only passes on what goes into it and what comes out of it.

    That is ``torch.compile``, ``DataParallel``, ``DistributedDataParallel``, ``AveragedModel`` and
    whatever else of PyTorch keeps a model as ``.module``; and any module that proves to do no more
    than to call its only child. What changes its inputs or outputs stays as it is.
    """
    while (inside := _inside(model)) is not None:
        model = inside
    return model


def modules_of(model: Any) -> list[torch.nn.Module]:
    """A model and all modules in it.

    Raises:
        InvalidInputError: it is no module.
    """
    if not isinstance(model, torch.nn.Module):
        raise InvalidInputError(
            f"expected a torch.nn.Module, such as burst_mlp makes, not a {type(model).__name__}"
        )
    return list(model.modules())


def sequential(model: Any) -> torch.nn.Sequential:
    """The ``torch.nn.Sequential`` that a model is, unwrapped.

    Raises:
        InvalidInputError: it is none.
    """
    if isinstance(model, torch.nn.Module):
        plain = unwrapped(model)
        if isinstance(plain, torch.nn.Sequential):
            return plain
        model = plain
    raise InvalidInputError(
        "expected a torch.nn.Sequential of layers of lava_bccn.nn (as burst_mlp makes), or what "
        f"passes everything on to one, not a {type(model).__name__}"
    )


def _inside(model: torch.nn.Module) -> torch.nn.Module | None:
    """The model that this one wraps, if it does no more than that."""
    children = set(model.children())
    if len(children) != 1 or isinstance(model, torch.nn.Sequential):
        return None
    (child,) = children
    of_torch = type(model).__module__.startswith("torch.")
    if of_torch and ("_orig_mod" in model._modules or "module" in model._modules):
        has_hooks = model._forward_hooks or model._forward_pre_hooks
        return None if has_hooks else child
    return child if _passes_on(model, child) else None


class _Probe(torch.nn.Module):
    """Stands for a model: notes what it is given, and gives something that can be recognised."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[Any] = []
        self.returned = torch.zeros(1)

    def forward(self, *inputs: Any, **options: Any) -> torch.Tensor:
        self.given.append((*inputs, *options.values()))
        return self.returned


def _passes_on(model: torch.nn.Module, child: torch.nn.Module) -> bool:
    """Whether a module gives its child the very tensor that it is given, and back what it gets."""
    probe, inputs = _Probe(), torch.zeros(1)
    shell = object.__new__(type(model))  # copy.copy refuses what has parametrisations
    parts = {name: probe if each is child else each for name, each in model._modules.items()}
    shell.__dict__.update(vars(model), _modules=parts)
    try:
        with torch.no_grad():
            outputs = shell(inputs)
    except Exception:  # whatever a forward of one's own raises on such a tensor
        return False
    is_handed_on = len(probe.given) == 1 and [id(each) for each in probe.given[0]] == [id(inputs)]
    return is_handed_on and outputs is probe.returned

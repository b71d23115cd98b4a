"""Steps of PyTorch's optimizers with their arguments gathered once, to the same bits.

``Optimizer.step`` gathers anew at every update: for the four layers of 784-500-500-500-10 that
takes half as long as the fused update of Adam itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.optim import optimizer as every_optimizer

_HOOKS_OF_ALL = (
    every_optimizer._global_optimizer_pre_hooks,
    every_optimizer._global_optimizer_post_hooks,
)
"""Hooks that PyTorch calls at a step of any optimizer; empty without any."""


class PreparedStep:
    """Does as ``optimizer.step()`` does, as long as its state is not replaced by another.

    Args:
        optimizer: an AdamW or SGD; time is spared for a fused one, and for one of plain steps.
    """

    def __init__(self, optimizer: torch.optim.Optimizer) -> None:
        self._optimizer = optimizer
        self._groups: list[_Group] = []

    @torch.no_grad()
    def __call__(self) -> None:
        """One update with what is in ``.grad``."""
        gradients = [
            [each.grad for each in group.parameters if each.grad is not None]
            for group in self._groups
        ]
        has_all = [len(each.parameters) for each in self._groups] == list(map(len, gradients))
        if not (gradients and has_all) or any(_HOOKS_OF_ALL):
            # It makes the state at first, skips what has no gradient, and calls hooks.
            _begin_momenta(self._optimizer)
            self._optimizer.step()
            self._groups = _gathered(self._optimizer)
            return
        for group, found in zip(self._groups, gradients, strict=True):
            _apply(group, found)


class _Group(NamedTuple):
    """What is changed together; squares and steps are Adam's, means its or SGD's momentum."""

    settings: dict[str, Any]
    parameters: list[Tensor]
    means: list[Tensor]
    squares: list[Tensor]
    steps: list[Tensor]


def _begin_momenta(optimizer: torch.optim.Optimizer) -> None:
    """Give what gets its first gradient a momentum of 0, without which a fused SGD stumbles."""
    for group in optimizer.param_groups:
        if group["fused"] and group.get("momentum"):
            for each in group["params"]:
                if each.grad is not None and optimizer.state[each].get("momentum_buffer") is None:
                    optimizer.state[each]["momentum_buffer"] = torch.zeros_like(each)


def _gathered(optimizer: torch.optim.Optimizer) -> list[_Group]:
    """The groups of an optimizer that has made its state; none if it must step by itself."""
    groups = [_group(each, optimizer.state) for each in optimizer.param_groups if each["params"]]
    return [group for group in groups if group is not None] if None not in groups else []


def _group(settings: dict[str, Any], state: Mapping[Tensor, dict[str, Tensor]]) -> _Group | None:
    parameters: list[Tensor] = settings["params"]
    if len({(each.device, each.dtype) for each in parameters}) > 1:
        return None
    if "betas" not in settings:
        momenta = [state.get(each, {}).get("momentum_buffer") for each in parameters]
        has_all = not settings["momentum"] or None not in momenta
        is_plain = not (settings["momentum"] or settings["weight_decay"])
        if not (is_plain or (settings["fused"] and has_all)):
            return None
        known = [each for each in momenta if each is not None]
        return _Group(settings, parameters, known, [], [])
    if not settings["fused"] or not all(state.get(each) for each in parameters):
        return None
    means, squares, steps = (
        [state[each][name] for each in parameters] for name in ("exp_avg", "exp_avg_sq", "step")
    )
    return _Group(settings, parameters, means, squares, steps)


def _apply(group: _Group, gradients: list[Tensor]) -> None:
    settings, parameters, means, squares, steps = group
    if "betas" not in settings and not settings["fused"]:
        torch._foreach_add_(parameters, gradients, alpha=-settings["lr"])
        return
    if "betas" not in settings:
        torch._fused_sgd_(
            parameters,
            gradients,
            means,
            weight_decay=settings["weight_decay"],
            momentum=settings["momentum"],
            lr=settings["lr"],
            dampening=settings["dampening"],
            nesterov=settings["nesterov"],
            maximize=settings["maximize"],
            is_first_step=False,
        )
        return
    torch._foreach_add_(steps, 1)
    torch._fused_adamw_(
        parameters,
        gradients,
        means,
        squares,
        [],
        steps,
        lr=settings["lr"],
        beta1=settings["betas"][0],
        beta2=settings["betas"][1],
        weight_decay=settings["weight_decay"],
        eps=settings["eps"],
        amsgrad=False,
        maximize=False,
    )

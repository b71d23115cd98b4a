"""What applies the plasticity in ``.grad``: an optimizer for W, plain steps for Q."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.comparators import ComparatorLayer
from lava_bccn.nn.dale import clip, one_signed
from lava_bccn.nn.models import learning_layers
from lava_bccn.nn.prepared import PreparedStep
from lava_bccn.nn.training_config import TrainingConfig


def homeostatic_parameters(model: torch.nn.Module) -> list[Tensor]:
    """Q and Y of a network where they learn by the homeostatic rule, Δ ∝ ± e uᵀ.

    Give them plain gradient steps (``torch.optim.SGD``). Those become small with u, so Q stays
    where it silences the dendrite. Steps of a size that u does not decide, as of Adam, go on, and
    500 units that all take them shake u by more than an error does. Stable below 2 / Σ e², the sum
    over the units that send.
    """
    chosen = []
    for layer in learning_layers(model):
        if isinstance(layer, ComparatorLayer):
            chosen += layer.plain_steps()
            continue
        if layer.learn_feedback_burst and layer.feedback_burst is not None:
            chosen.append(layer.feedback_burst)
        if layer.learn_feedback_event and layer.feedback_event is not None:
            chosen.append(layer.feedback_event)
    return chosen


def parameter_groups(model: torch.nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Optimizer groups of what is not homeostatic, with decay for W and what gets its updates.

    Kolen–Pollack aligns Y (or Q) with W only if both decay alike.

    Args:
        model: a network of this package.
        weight_decay: of W and of what gets its updates.
    """
    decayed: list[Tensor] = []
    for layer in learning_layers(model):
        if isinstance(layer, ComparatorLayer):
            decayed += layer.decayed()
            continue
        decayed.append(layer.weight)
        followers = (
            (layer.rule.kolen_pollack, layer.feedback_burst),
            (layer.rule.event_follows, layer.feedback_event),
        )
        decayed += [each for follows, each in followers if follows and each is not None]
    chosen = {id(parameter) for parameter in (*decayed, *homeostatic_parameters(model))}
    rest = [parameter for parameter in model.parameters() if id(parameter) not in chosen]
    return [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": rest, "weight_decay": 0.0},
    ]


class Optimization:
    """The optimizers of a training run with their schedules, as one.

    Args:
        model: whose parameters they change.
        config: the optimizer, its rates and their schedule.
        updates: how many there will be.
    """

    def __init__(self, model: torch.nn.Module, config: TrainingConfig, updates: int) -> None:
        groups = parameter_groups(model, config.weight_decay)
        optimizer: torch.optim.Optimizer
        if config.optimizer == "adam":
            optimizer = torch.optim.AdamW(groups, lr=config.learning_rate, fused=True)
        else:
            optimizer = torch.optim.SGD(groups, lr=config.learning_rate, momentum=config.momentum)
        self.optimizers: list[torch.optim.Optimizer] = [optimizer]
        homeostatic = homeostatic_parameters(model)
        if homeostatic:
            self.optimizers.append(torch.optim.SGD(homeostatic, lr=config.feedback_rate))
        self._steps = [PreparedStep(optimizer) for optimizer in self.optimizers]
        self._one_signed = [each for module in model.modules() for each in one_signed(module)]
        schedule = _Schedule(config.schedule, updates)
        self.schedulers: list[torch.optim.lr_scheduler.LambdaLR] = [
            torch.optim.lr_scheduler.LambdaLR(optimizer, schedule) for optimizer in self.optimizers
        ]

    @property
    def learning_rate(self) -> float:
        """Of W, at the next update."""
        return self.optimizers[0].param_groups[0]["lr"]

    def zero_grad(self) -> None:
        """Forget the plasticity of the last update."""
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)

    def step(self) -> None:
        """One update, weights stay on their side of 0 under Dale's law, the schedules move on."""
        for step, scheduler in zip(self._steps, self.schedulers, strict=True):
            step()
            scheduler.step()
        clip(self._one_signed)

    def state(self) -> dict[str, list[dict[str, Any]]]:
        """Enough to continue with the same bits."""
        return {
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "schedulers": [scheduler.state_dict() for scheduler in self.schedulers],
        }

    def restore(self, state: dict[str, list[dict[str, Any]]], updates: int) -> None:
        """Continue from what :meth:`state` gave after so many updates of a like run.

        Raises:
            InvalidInputError: it is of another run, or has values that no optimizer leaves.
        """
        for optimizer, stored in zip(self.optimizers, state["optimizers"], strict=True):
            groups = [dict(group) for group in optimizer.state_dict()["param_groups"]]
            for own, group in zip(groups, stored["param_groups"], strict=True):
                for name in (own.keys() & group.keys()) - {"lr"}:
                    if group[name] != own[name]:
                        raise InvalidInputError(f"its optimizer has {name} {group[name]!r}")
            optimizer.load_state_dict(stored)
            for parameter, held in optimizer.state.items():
                _check_moments(parameter, held, isinstance(optimizer, torch.optim.AdamW))
        self._steps = [PreparedStep(optimizer) for optimizer in self.optimizers]
        for scheduler, stored in zip(self.schedulers, state["schedulers"], strict=True):
            optimizer, schedule = scheduler.optimizer, scheduler.lr_lambdas[0]
            rates = [rate * schedule(updates) for rate in scheduler.base_lrs]
            found = [group["lr"] for group in optimizer.param_groups]
            if stored["last_epoch"] != updates or found != rates:
                raise InvalidInputError(
                    f"its learning rates are {found} after {stored['last_epoch']} updates; "
                    f"expected {rates} after {updates}"
                )
            moved = {"last_epoch": updates, "_step_count": updates + 1, "_last_lr": rates}
            scheduler.load_state_dict({**scheduler.state_dict(), **moved})


_MOMENTS = ("exp_avg", "exp_avg_sq", "step")
"""That Adam keeps of each parameter; the last two are not negative."""


def _check_moments(parameter: Tensor, held: dict[str, Any], is_adam: bool) -> None:
    """That what an optimizer keeps of a parameter is something that it can go on with."""
    needed = _MOMENTS if is_adam and held else ()
    for name in (*needed, *(held.keys() - set(_MOMENTS))):
        value = held.get(name)
        if value is None and name not in needed:
            continue  # a momentum that there is not
        shapes = {(), tuple(parameter.shape)} if name == "step" else {tuple(parameter.shape)}
        if not isinstance(value, Tensor) or tuple(value.shape) not in shapes:
            raise InvalidInputError(f"its optimizer's {name} does not fit its parameter")
        is_negative = name in needed[1:] and bool((value < 0).any())
        if is_negative or not bool(torch.isfinite(value).all()):
            raise InvalidInputError(f"its optimizer's {name} has values that it cannot have")


class _Schedule:
    """Factor of the learning rate after a number of updates."""

    def __init__(self, kind: str, updates: int) -> None:
        self.kind, self.updates = kind, updates

    def __call__(self, update: int) -> float:
        if self.kind == "constant":
            return 1.0
        return 0.5 * (1 + math.cos(math.pi * min(update / self.updates, 1.0)))

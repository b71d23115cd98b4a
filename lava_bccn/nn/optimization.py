"""What applies the plasticity in ``.grad``: an optimizer for W, plain steps for Q."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from lava_bccn.errors import InvalidInputError
from lava_bccn.network import gains
from lava_bccn.nn.comparators import ComparatorLayer
from lava_bccn.nn.models import learning_layers
from lava_bccn.nn.prepared import PreparedStep
from lava_bccn.nn.signs import clip, one_signed
from lava_bccn.nn.training_config import TrainingConfig
from lava_bccn.settings import NOT_NEGATIVE, POSITIVE, check


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


def update_gains(model: torch.nn.Module) -> list[float]:
    """G of each layer: the product of all gains that its error has passed.

    G = s at the readout and k G_above below it (the 2026 follow-up, doi
    10.64898/2026.06.16.732595): by how much larger ``.grad`` is for the error scale and the
    feedback gains, to first order.
    """
    return gains.update_gains(
        [
            float(getattr(layer, "error_scale" if layer.is_readout else "feedback_gain", 1.0))
            for layer in learning_layers(model)
        ]
    )


def parameter_groups(
    model: torch.nn.Module, weight_decay: float, learning_rate: float | None = None
) -> list[dict[str, Any]]:
    """Optimizer groups of what is not homeostatic, with decay for W and what gets its updates.

    Kolen–Pollack aligns Y (or Q) with W only if both decay alike.

    Args:
        model: a network of this package.
        weight_decay: of W and of what gets its updates.
        learning_rate: of plain gradient steps (SGD), for which that of each layer is divided by its
            :func:`update_gains`, so that gains set how far bursts move and not how fast weights
            learn. None, for optimizers that scale steps by themselves (Adam), leaves it to them.

    Raises:
        InvalidInputError: a decay below 0 or a rate that is not positive, or no such network.
    """
    check("weight_decay", weight_decay, NOT_NEGATIVE)
    check("learning_rate", learning_rate, POSITIVE.or_none())
    groups: dict[float, tuple[list[Tensor], list[Tensor]]] = {}
    homeostatic = {id(parameter) for parameter in homeostatic_parameters(model)}
    for layer, gain in zip(learning_layers(model), update_gains(model), strict=True):
        decayed, rest = groups.setdefault(1.0 if learning_rate is None else gain, ([], []))
        own: list[Tensor]
        if isinstance(layer, ComparatorLayer):
            own = layer.decayed()
        else:
            own = [layer.weight]
            followers = (
                (layer.rule.kolen_pollack, layer.feedback_burst),
                (layer.rule.event_follows, layer.feedback_event),
            )
            own += [each for follows, each in followers if follows and each is not None]
        decayed += own
        known = homeostatic | {id(parameter) for parameter in own}
        rest += [each for each in layer.parameters() if id(each) not in known]
    seen = homeostatic.union(*({id(p) for p in (*a, *b)} for a, b in groups.values()))
    others: list[Tensor] = [each for each in model.parameters() if id(each) not in seen]
    result: list[dict[str, Any]] = []
    for gain, (decayed, rest) in groups.items():
        rates = {} if learning_rate is None else {"lr": learning_rate / gain}
        result += [
            {"params": decayed, "weight_decay": weight_decay * gain, **rates},
            {"params": rest + (others if not result else []), "weight_decay": 0.0, **rates},
        ]
    return result


class Optimization:
    """The optimizers of a training run with their schedules, as one.

    Args:
        model: whose parameters they change.
        config: the optimizer, its rates and their schedule.
        updates: how many there will be, as many in every epoch.
    """

    def __init__(self, model: torch.nn.Module, config: TrainingConfig, updates: int) -> None:
        optimizer: torch.optim.Optimizer
        self._first_gain = 1.0
        if config.optimizer == "adam":
            groups = parameter_groups(model, config.weight_decay)
            optimizer = torch.optim.AdamW(groups, lr=config.learning_rate, fused=True)
        else:
            self._first_gain = update_gains(model)[0]
            groups = parameter_groups(model, config.weight_decay, config.learning_rate)
            optimizer = torch.optim.SGD(
                groups,
                lr=config.learning_rate,
                momentum=config.momentum,
                fused=True if config.momentum or config.weight_decay else None,
            )
        self.optimizers: list[torch.optim.Optimizer] = [optimizer]
        homeostatic = homeostatic_parameters(model)
        if homeostatic:
            self.optimizers.append(torch.optim.SGD(homeostatic, lr=config.feedback_rate))
        realignment_rate = config.realignment_rate or config.feedback_rate
        self._realigning = [
            PreparedStep(torch.optim.SGD(homeostatic, lr=realignment_rate))
            for _ in self.optimizers[1:]
        ]
        self._homeostatic_alone = config.realignment_only
        self._prepare()
        self._one_signed = [each for module in model.modules() for each in one_signed(module)]
        schedule = _Schedule(config.schedule, updates, updates * config.warm_up // config.epochs)
        self.schedulers: list[torch.optim.lr_scheduler.LambdaLR] = [
            torch.optim.lr_scheduler.LambdaLR(optimizer, schedule) for optimizer in self.optimizers
        ]
        for each in self.optimizers[1:] if config.realignment_only else ():
            each.zero_grad()
            each.step()  # PyTorch warns of schedules that move before any step

    def _prepare(self) -> None:
        self._steps = [PreparedStep(optimizer) for optimizer in self.optimizers]
        self._taught = self._steps[:1] if self._homeostatic_alone else self._steps

    @property
    def learning_rate(self) -> float:
        """Of W, at the next update, before gains divide it."""
        rate: float = self.optimizers[0].param_groups[0]["lr"] * self._first_gain
        return rate

    def zero_grad(self) -> None:
        """Forget the plasticity of the last update."""
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)

    def step(self) -> None:
        """One update, weights stay on their side of 0 under Dale's law, the schedules move on."""
        for step in self._taught:
            step()
        for scheduler in self.schedulers:
            scheduler.step()
        clip(self._one_signed)

    def realign(self) -> None:
        """A step of what is homeostatic alone, at one rate whatever the schedule."""
        for step in self._realigning:
            step()
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
                    # SGD of older releases was not fused, and goes on with the same bits.
                    was_plain = name == "fused" and group[name] is None
                    if group[name] != own[name] and not was_plain:
                        raise InvalidInputError(f"its optimizer has {name} {group[name]!r}")
            optimizer.load_state_dict(stored)
            for parameter, held in optimizer.state.items():
                _check_moments(parameter, held, isinstance(optimizer, torch.optim.AdamW))
        self._prepare()
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
    """Factor of the learning rate after a number of updates, the first of which warm up."""

    def __init__(self, kind: str, updates: int, warm_up: int) -> None:
        self.kind, self.updates, self.warm_up = kind, updates, warm_up

    def __call__(self, update: int) -> float:
        if update < self.warm_up:
            return (update + 1) / (self.warm_up + 1)
        if self.kind == "constant":
            return 1.0
        share = (update - self.warm_up) / (self.updates - self.warm_up)
        return 0.5 * (1 + math.cos(math.pi * min(share, 1.0)))

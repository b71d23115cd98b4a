"""One update's gradients of a whole network without autograd's graph: events up, bursts down.

What a layer computes is :mod:`~lava_bccn.nn.bursts`'s, so ``.grad`` gets what
``burst_loss(model(inputs), targets).backward()`` leaves there, to the bit; with products
in lower precision, what it leaves of a model called under ``torch.autocast``. Spared are the graph
and getting memory for gradients anew: those of the last update are written over.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.modules import module as every_module

from lava_bccn.nn.bursts import (
    BurstRule,
    Changes,
    Needs,
    Sent,
    burst_deviation,
    events,
    plastic_changes,
)
from lava_bccn.nn.layers import BurstConv2d, BurstLayer, BurstLinear, BurstReadout
from lava_bccn.nn.loss import error_of, loss_between
from lava_bccn.nn.normalize import Normalize

_HIDDEN = (BurstLinear, BurstConv2d)
_INPUTS = (torch.nn.Flatten, torch.nn.Identity, Normalize)
_BETWEEN = (torch.nn.Flatten, torch.nn.Identity)

_FORWARDS: dict[Any, Any] = {
    kind: kind.forward for kind in (torch.nn.Sequential, *_INPUTS, *_HIDDEN, BurstReadout)
}
"""What these do unless somebody has given them another way."""

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


class DirectStep:
    """Losses and gradients of a chain of burst layers, one batch after the other.

    Args:
        model: in which :func:`is_direct` at every call.
        lower: precision of products, as of ``torch.autocast``; None: that of the model.
    """

    def __init__(self, model: torch.nn.Sequential, lower: torch.dtype | None = None) -> None:
        self._model, self._lower = model, lower
        self._kept: list[Changes] = []

    @torch.no_grad()
    def __call__(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """The loss of a batch (``loss_between``), whose gradients replace those of ``.grad``.

        Args:
            inputs: (batch, ...), as the model takes them.
            targets: (batch, units) in [0, 1], negative for no teacher.
        """
        with torch.autocast(
            inputs.device.type, self._lower, enabled=self._lower is not None, cache_enabled=False
        ):
            passed, rates = self._send_up(inputs)
        self._send_down(passed, error_of(rates, targets))
        return loss_between(passed[-1][0].activation, rates, targets)

    def _send_up(self, inputs: Tensor) -> tuple[list[_Passed], Tensor]:
        """Events of all layers, and those of the output."""
        passed: list[_Passed] = []
        rates = inputs
        for module in self._model:
            if isinstance(module, BurstLayer):
                module.check_inputs(rates)
                arrays, rule, feedback = module.arrays, module.rule, module.sending()
                below, weight, bias = rates, arrays[0], arrays[1]
                shown = module.noisy(below)
                rates, soma, dtype = events(shown, weight, bias, rule)
                sent = Sent(below, weight, rates, soma, *feedback, dtype, shown)
                passed.append((rule, arrays, sent))
            else:
                rates = module(rates)
        return passed, rates

    def _send_down(self, passed: list[_Passed], error: Tensor) -> None:
        """Bursts of all layers from the output's error, and what they change into ``.grad``."""
        learning = [
            [array is not None and array.requires_grad for array in arrays]
            for _, arrays, _ in passed
        ]
        if not self._kept:
            self._kept = [_memory(arrays) for _, arrays, _ in passed]
        received: Tensor | None = error
        for index in reversed(range(len(passed))):
            (rule, arrays, sent), changes = passed[index], Changes()
            needs = Needs(any(map(any, learning[:index])), *learning[index])
            if received is not None and any(needs):
                if received.ndim != sent.event_rate.ndim:  # a Flatten stands between
                    received = received.view(sent.event_rate.shape)
                received = received.to(sent.event_rate.dtype)
                deviation = burst_deviation(rule, received, sent.event_rate, sent.soma)
                received, changes = plastic_changes(rule, sent, deviation, needs, self._kept[index])
            for array, change in zip(arrays, changes, strict=True):
                if array is not None:
                    array.grad = None if change is None else change.to(array.dtype)


_Passed = tuple[BurstRule, tuple[Tensor | None, ...], Sent]
"""A layer that events went up through: its rule, W, c, Y and Q, and what it sent."""


def _memory(arrays: Sequence[Tensor | None]) -> Changes:
    """For the changes of a layer's matrices; those of biases and kernels come in new memory."""
    return Changes(
        *(
            torch.empty_like(each)
            if each is not None and each.requires_grad and each.ndim == 2
            else None
            for each in arrays
        )
    )


def is_direct(model: torch.nn.Module) -> bool:
    """Whether :class:`DirectStep` does all that autograd would do for a model.

    It is a plain ``Sequential`` of burst layers with a readout at its end, each array there once,
    and nothing of the user's hangs on it: no hook, no forward, compiler or parametrisation.
    """
    modules = list(model.modules())
    kinds = [type(module) for module in modules]
    first = next((i for i, kind in enumerate(kinds) if issubclass(kind, BurstLayer)), len(kinds))
    arrays = [
        each for module in modules for each in module._parameters.values() if each is not None
    ]
    return (
        kinds[0] is torch.nn.Sequential
        and len(kinds) == len(model._modules) + 1
        and all(kind in _INPUTS for kind in kinds[1:first])
        and all(kind in _HIDDEN or kind in _BETWEEN for kind in kinds[first:-1])
        and kinds[-1] is BurstReadout
        and len(set(arrays)) == len(arrays)
        and all(map(_is_bare, arrays))
        and all(map(_is_plain, modules))
        and not any(getattr(every_module, f"_global{name}") for name in _HOOKS)
        and not torch.is_anomaly_enabled()
        and not any(map(torch.is_autocast_enabled, ("cpu", "cuda")))
    )


def _is_plain(module: torch.nn.Module) -> bool:
    """Whether nothing was hung on a module."""
    own = vars(module)
    is_bare = not any(own[name] for name in _HOOKS)
    is_own = "forward" in own or type(module).forward is not _FORWARDS.get(type(module))
    return is_bare and module._compiled_call_impl is None and not is_own


def _is_bare(parameter: torch.nn.Parameter) -> bool:
    """Whether a parameter is one as PyTorch makes it; products round by how a matrix lies."""
    return (
        type(parameter) is torch.nn.Parameter
        and not parameter._backward_hooks
        and not parameter._post_accumulate_grad_hooks
        and (parameter.ndim != 2 or parameter.is_contiguous())
    )

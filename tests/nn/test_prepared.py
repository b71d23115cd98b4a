"""Prepared steps change weights as the steps of PyTorch's optimizers do, to the bit."""

import copy

import pytest
import torch
from torch.optim.optimizer import register_optimizer_step_post_hook

from lava_bccn.nn.prepared import PreparedStep

OPTIMIZERS = {
    "adam": lambda groups: torch.optim.AdamW(groups, lr=0.01, fused=True),
    "adam one by one": lambda groups: torch.optim.AdamW(groups, lr=0.01, foreach=False),
    "plain steps": lambda groups: torch.optim.SGD(groups, lr=0.01),
    "momentum": lambda groups: torch.optim.SGD(groups, lr=0.01, momentum=0.9),
    "fused momentum": lambda groups: torch.optim.SGD(groups, lr=0.01, momentum=0.9, fused=True),
    "fused steps": lambda groups: torch.optim.SGD(groups, lr=0.01, fused=True),
}


def optimizer(kind, weight_decay, dtypes=(torch.float32,) * 3):
    generator = torch.Generator().manual_seed(0)
    first, second, third = (
        torch.nn.Parameter(torch.randn(5, 3, generator=generator).to(dtype)) for dtype in dtypes
    )
    groups = [
        {"params": [first, second], "weight_decay": weight_decay},
        {"params": [third], "weight_decay": 0.0},
        {"params": [], "weight_decay": 0.0},
    ]
    return OPTIMIZERS[kind](groups), (first, second, third)


@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("dtypes", [(torch.float32,) * 3, (torch.float32, torch.float64) * 2])
def test_steps_are_those_of_the_optimizer(kind, weight_decay, dtypes):
    expected, wanted = optimizer(kind, weight_decay, dtypes[:3])
    prepared, parameters = optimizer(kind, weight_decay, dtypes[:3])
    step = PreparedStep(prepared)
    for update in range(6):
        for number, (own, other) in enumerate(zip(parameters, wanted, strict=True)):
            # No gradient yet (where PyTorch's fused momentum itself stumbles), or for once.
            skipped = update in ((3,) if kind == "fused momentum" else (0, 3)) and number == 1
            other.grad = None if skipped else torch.randn_like(other)
            own.grad = copy.deepcopy(other.grad)
        for each in (prepared, expected):
            each.param_groups[0]["lr"] = 0.01 / (1 + update)  # as schedules change it
        step()
        expected.step()
        for own, other in zip(parameters, wanted, strict=True):
            assert torch.equal(own, other)
    torch.testing.assert_close(prepared.state_dict(), expected.state_dict(), rtol=0, atol=0)


def test_fused_momentum_takes_what_gets_its_first_gradient_later():
    (first, *own), (second, *wanted) = (
        optimizer(kind, 0.1) for kind in ("fused momentum", "momentum")
    )
    step = PreparedStep(first)
    for update in range(4):
        for number, (each, other) in enumerate(zip(*own, *wanted, strict=True)):
            other.grad = torch.randn_like(other) if number == 0 or update > 1 else None
            each.grad = copy.deepcopy(other.grad)
        step()
        second.step()
    for each, other in zip(*own, *wanted, strict=True):
        torch.testing.assert_close(each, other)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_the_optimizer_itself_is_asked_at_first_only(momentum):
    prepared = torch.optim.SGD(
        [torch.nn.Parameter(torch.ones(3))], lr=0.01, momentum=momentum, fused=True
    )
    (parameter,) = prepared.param_groups[0]["params"]
    step, calls = PreparedStep(prepared), []
    prepared.register_step_post_hook(lambda *given: calls.append(given))
    for _ in range(4):
        parameter.grad = torch.ones(3)
        step()
    assert len(calls) == 1


def test_hooks_of_all_optimizers_are_called():
    prepared, parameters = optimizer("adam", 0.0)
    step, calls = PreparedStep(prepared), []
    hook = register_optimizer_step_post_hook(lambda *given: calls.append(given))
    try:
        for _ in range(3):
            for each in parameters:
                each.grad = torch.ones_like(each)
            step()
    finally:
        hook.remove()
    assert len(calls) == 3

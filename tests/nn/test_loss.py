"""A readout learns from the error that burst_loss sends, or burst_error, and from nothing else."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from lava_bccn.errors import InvalidInputError
from lava_bccn.nn import BurstLinear, burst_error, burst_loss, burst_mlp, mlp

INPUTS = torch.rand(6, 4, generator=torch.Generator().manual_seed(0))
LABELS = torch.arange(6) % 3
TARGETS = functional.one_hot(LABELS, 3).float()


def learned(send):
    """``.grad`` of a network after an error has been sent down from its event rates."""
    model = burst_mlp((4, 5, 3), generator=torch.Generator().manual_seed(0))
    send(model(INPUTS))
    return [parameter.grad for parameter in model.parameters()]


def assert_same(first, second):
    for a, b in zip(first, second, strict=True):
        torch.testing.assert_close(a, b)


FROM_TARGETS = learned(lambda rates: burst_loss(rates, TARGETS).backward())


@pytest.mark.parametrize(
    "loss",
    [
        lambda rates: functional.mse_loss(rates, TARGETS),
        lambda rates: functional.mse_loss(rates, TARGETS, reduction="sum"),
        lambda rates: functional.cross_entropy(rates, LABELS),
        lambda rates: functional.binary_cross_entropy(rates, TARGETS),
        lambda rates: 0.5 * (rates - TARGETS).square().sum(),
        lambda rates: burst_loss(rates, TARGETS) + 0.1 * rates.sum(),
        lambda rates: burst_loss(rates.softmax(1), TARGETS),
        lambda rates: burst_loss(2 * rates, TARGETS),
    ],
)
def test_another_loss_on_a_readout_is_refused(loss):
    with pytest.raises(InvalidInputError, match="burst_loss did not send"):
        learned(lambda rates: loss(rates).backward())


def test_an_error_of_ones_own_has_its_own_way():
    error = torch.randn(6, 3, generator=torch.Generator().manual_seed(1))
    with pytest.raises(InvalidInputError, match=r"burst_error\(event_rate, error\)"):
        learned(lambda rates: rates.backward(error))
    from_error = learned(lambda rates: burst_error(rates, rates - TARGETS).backward())
    assert_same(from_error, FROM_TARGETS)
    assert learned(lambda rates: burst_error(rates, error).backward())[0].abs().sum() > 0


def test_the_gradient_of_another_loss_can_be_the_error():
    def send(rates):
        leaf = rates.detach().requires_grad_()
        loss = 0.5 * functional.mse_loss(leaf, TARGETS, reduction="sum")
        (error,) = torch.autograd.grad(loss, leaf)
        burst_error(rates, error).backward()

    assert_same(learned(send), FROM_TARGETS)


@pytest.mark.parametrize(
    "route",
    [
        lambda rates: (rates.clone(), TARGETS),
        lambda rates: (rates.double().float(), TARGETS),
        lambda rates: (rates.T.reshape(3, 6), TARGETS.T),
        lambda rates: (torch.cat([rates[:2], rates[2:]]), TARGETS),
        lambda rates: (rates.flip(0)[[5, 4, 3, 2, 1, 0]], TARGETS),
        lambda rates: (torch.stack(rates.unbind()), TARGETS),
    ],
)
def test_an_error_may_take_a_detour_that_leaves_it_as_it_is(route):
    assert_same(learned(lambda rates: burst_loss(*route(rates)).backward()), FROM_TARGETS)


def test_units_and_samples_can_be_left_out():
    chosen = TARGETS.clone()
    chosen[:, 2] = -1
    expected = learned(lambda rates: burst_loss(rates, chosen).backward())
    found = learned(lambda rates: burst_loss(rates[:, :2], TARGETS[:, :2]).backward())
    assert_same(found, expected)


def test_two_losses_are_two_errors():
    half = TARGETS.clone()
    half[:3], other = -1, TARGETS.clone()
    other[3:] = -1

    def send(rates):
        (burst_loss(rates, half) + burst_loss(rates, other)).backward()

    assert_same(learned(send), FROM_TARGETS)


def test_a_loss_that_is_only_looked_at_changes_nothing():
    def send(rates):
        burst_loss(rates, TARGETS.roll(1))
        burst_loss(rates, TARGETS).backward()

    assert_same(learned(send), FROM_TARGETS)


def test_a_hidden_layer_is_no_readout():
    model = torch.nn.Sequential(BurstLinear(4, 3, feedback=None))
    with pytest.raises(InvalidInputError, match="no BurstReadout"):
        burst_loss(model(INPUTS), TARGETS)


@pytest.mark.parametrize("model", ["backprop", "feedback_alignment"])
def test_layers_that_learn_by_backprop_take_any_loss(model):
    network = mlp(model, (4, 5, 3))
    functional.mse_loss(network(INPUTS), TARGETS).backward()
    assert network[-1].weight.grad.abs().sum() > 0


@pytest.mark.parametrize(
    "target",
    [
        TARGETS.numpy(),
        TARGETS.tolist(),
        "targets",
        LABELS,
        TARGETS[:0],
        TARGETS + np.nan,
        TARGETS + 1,
        TARGETS.to(torch.complex64),
        TARGETS.to_sparse(),
    ],
)
def test_targets_that_do_not_fit_are_refused(target):
    with pytest.raises(InvalidInputError):
        burst_loss(torch.rand(6, 3), target)


@pytest.mark.parametrize("rates", [np.zeros((6, 3)), None, torch.zeros(0, 3), LABELS])
def test_event_rates_that_are_none_are_refused(rates):
    with pytest.raises(InvalidInputError):
        burst_loss(rates, None if rates is None else torch.zeros(np.shape(rates)))

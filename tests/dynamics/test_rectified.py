"""Rectified units without an upper end, alone and divided by their layer's root mean square."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics import relu_rms, unbounded_relu
from lava_bccn.dynamics.constants import FLOATING
from lava_bccn.dynamics.relu_rms import RELU_RMS
from lava_bccn.dynamics.unbounded_relu import UNBOUNDED_RELU

BOTH = pytest.mark.parametrize("activation", [UNBOUNDED_RELU, RELU_RMS], ids=lambda each: each.name)
POTENTIALS = st.lists(st.floats(-5, 5), min_size=2, max_size=6).map(np.array)


def deviation(activation, apical, soma):
    """b − p^b e."""
    event_rate = activation.event_rate(soma, FLOATING)
    gated = activation.gated(apical, event_rate, soma, FLOATING)
    return 0.5 * activation.hidden_modulation(gated, FLOATING) * event_rate


@given(POTENTIALS)
def test_event_rates_have_a_root_mean_square_of_one(soma):
    event_rate = relu_rms.event_rate(soma, FLOATING)
    square = np.mean(np.maximum(soma, 0) ** 2)
    assert np.isclose(np.mean(event_rate**2), square / (square + 1e-5))


def test_every_sample_has_a_scale_of_its_own(generator):
    soma = generator.normal(size=(3, 2, 4, 4))
    whole = relu_rms.event_rate(soma, FLOATING)
    for one, expected in zip(soma, whole, strict=True):
        assert np.allclose(relu_rms.event_rate(one.ravel(), FLOATING), expected.ravel())


@BOTH
@given(soma=POTENTIALS, apical=st.floats(-100, 100))
def test_the_error_sent_is_bounded_by_the_event_rate(activation, soma, apical):
    event_rate = activation.event_rate(soma, FLOATING)
    assert np.all(
        np.abs(deviation(activation, apical * np.ones_like(soma), soma)) <= event_rate / 2
    )


@BOTH
@given(soma=POTENTIALS)
def test_a_unit_at_rest_or_silent_bursts_at_its_baseline(activation, soma):
    assert not np.any(deviation(activation, np.zeros_like(soma), soma))
    silent = deviation(activation, np.ones_like(soma), soma)[soma <= 0]
    assert not np.any(silent)


@BOTH
def test_small_errors_are_those_of_backprop_where_units_are_active(activation, generator):
    """The ramp that stands for the rectifier's slope is 1 there."""
    soma = torch.from_numpy(generator.uniform(2, 3, (4, 5))).requires_grad_()
    apical = torch.from_numpy(1e-7 * generator.normal(size=(4, 5)))
    event_rate = activation.event_rate(soma, FLOATING)
    (expected,) = torch.autograd.grad(event_rate, soma, grad_outputs=apical)
    got = deviation(activation, apical, soma.detach())
    assert torch.allclose(got, expected, rtol=1e-5, atol=1e-14)


@BOTH
@given(st.integers(0, 2**32 - 1))
def test_backprop_is_that_of_autograd(activation, seed):
    generator = torch.Generator().manual_seed(seed)
    soma = torch.randn(3, 6, generator=generator, dtype=torch.float64).requires_grad_()
    error = torch.randn(3, 6, generator=generator, dtype=torch.float64)
    event_rate = activation.event_rate(soma, FLOATING)
    (expected,) = torch.autograd.grad(event_rate, soma, grad_outputs=error)
    got = activation.backprop(error, event_rate.detach(), soma.detach())
    assert torch.allclose(got, expected)


@given(st.floats(-3, 3))
def test_it_is_relu(soma):
    expected = torch.nn.functional.relu(torch.tensor(soma, dtype=torch.float64)).item()
    assert unbounded_relu.event_rate(np.array(soma), FLOATING) == expected


@pytest.mark.parametrize("is_elementwise", [True, False])
def test_a_gate_sees_potentials_only_where_units_depend_on_each_other(is_elementwise):
    """So that every executor, whatever it keeps, gives it the same."""
    seen = []

    def remembered(apical, event_rate, soma):
        seen.append(soma)
        return apical

    activation = replace(RELU_RMS, gate=remembered, delta=remembered, is_elementwise=is_elementwise)
    apical, event_rate, soma = np.array([1.0]), np.array([2.0]), np.array([3.0])
    activation.gated(apical, event_rate, soma, FLOATING)
    activation.backprop(apical, event_rate, soma)
    assert seen == ([event_rate] * 2 if is_elementwise else [soma] * 2)

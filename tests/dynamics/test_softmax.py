"""The softmax readout: its event rates, and the errors that it sends."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics import softmax
from lava_bccn.dynamics.constants import FLOATING, floating_constants
from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.softmax import SOFTMAX

SEEDS = st.integers(0, 2**32 - 1)


def classes(seed, samples=3, units=4):
    return np.random.default_rng(seed).normal(0, 1, (samples, units))


@given(SEEDS)
def test_event_rates_are_a_distribution(seed):
    soma = classes(seed)
    event_rate = softmax.event_rate(soma, FLOATING)
    assert np.allclose(event_rate.sum(1), 1)
    assert np.allclose(event_rate, torch.from_numpy(soma).softmax(1))


@given(SEEDS, st.sampled_from((0.0, 0.5, 1.0)), st.sampled_from((0.25, 0.5)))
def test_small_errors_are_those_of_cross_entropy(seed, shift, p_baseline):
    """Twice (p^b)² s times them, and without the tonic rate 1 / p^b times that."""
    scale = 1e-7
    constants = floating_constants(p_baseline, error_scale=scale, activity_shift=shift)
    soma = torch.from_numpy(classes(seed)).requires_grad_()
    target = torch.eye(4, dtype=torch.float64)[:3]
    loss = torch.nn.functional.cross_entropy(soma, target, reduction="sum")
    (gradient,) = torch.autograd.grad(loss, soma)
    readout = Ensembles(SOFTMAX, constants)
    event_rate = readout.event_rate(soma.detach())
    states = readout.taught(soma.detach(), event_rate, target)
    deviation = (states.burst_rate - p_baseline * event_rate) / scale
    expected = -2 * p_baseline * gradient * (p_baseline if shift else 1)
    assert torch.allclose(deviation, expected, rtol=1e-3, atol=1e-6)


@given(SEEDS)
def test_units_burst_at_their_baseline_without_a_teacher(seed):
    readout = Ensembles(SOFTMAX, floating_constants(0.5, activity_shift=1.0))
    soma = classes(seed)
    states = readout.taught(soma, readout.event_rate(soma), -np.ones((1, 4)))
    assert np.array_equal(states.burst_rate, 0.5 * states.event_rate)

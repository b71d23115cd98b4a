"""Delay-free Euler integration in PyTorch."""

import pytest
import torch

from lava_bccn import ContinuousTime
from lava_bccn.errors import InvalidInputError
from lava_bccn.nn import burst_mlp, burst_states
from lava_bccn.nn.continuous import simulate

DISCRETE = ContinuousTime(dt=0.1, tau_soma=0.1, tau_apical=0.1)


def model_and_data(steps=7):
    model = burst_mlp((3, 6, 5, 2), feedback="random", feedback_event="random").double()
    random = torch.Generator().manual_seed(1)
    inputs = torch.rand(steps, 3, generator=random, dtype=torch.float64)
    return model, inputs, torch.rand(steps, 2, generator=random, dtype=torch.float64)


def test_steps_as_long_as_the_time_constants_are_the_discrete_model():
    model, inputs, targets = model_and_data()
    for stepped, at_once in zip(
        simulate(model, inputs, targets, DISCRETE),
        burst_states(model, inputs, targets),
        strict=True,
    ):
        for name in ("soma", "event_rate", "burst_prob", "burst_rate"):
            torch.testing.assert_close(getattr(stepped, name), getattr(at_once, name))


def test_without_a_teacher_bursts_stay_at_baseline_where_q_is_balanced():
    model = burst_mlp((3, 6, 2), feedback="random").double()
    hidden, output = simulate(model, torch.rand(5, 3, dtype=torch.float64))
    assert (output.burst_prob == 0.5).all()
    torch.testing.assert_close(hidden.burst_prob, torch.full_like(hidden.burst_prob, 0.5))


def test_the_soma_relaxes_exponentially():
    model, inputs, _ = model_and_data(1)
    time = ContinuousTime(dt=0.01, tau_soma=0.04)
    held = inputs.expand(30, -1)
    soma = simulate(model, held, None, time)[0].soma
    drive = inputs @ model[1].weight.T + model[1].bias
    steps = torch.arange(1, 31, dtype=torch.float64)[:, None]
    torch.testing.assert_close(soma, drive * (1 - 0.75**steps))


def test_targets_of_another_length_are_refused():
    model, inputs, targets = model_and_data()
    with pytest.raises(InvalidInputError, match="a row a time step"):
        simulate(model, inputs, targets[:3])


def test_hard_sigmoids_have_inertia_too():
    model = burst_mlp((3, 4, 2), activation="hard_sigmoid").double()
    inputs, targets = torch.rand(5, 3).double(), torch.rand(5, 2).double()
    at_once = burst_states(model, inputs, targets)
    for stepped, wanted in zip(simulate(model, inputs, targets, DISCRETE), at_once, strict=True):
        torch.testing.assert_close(stepped.burst_rate, wanted.burst_rate)
    slow = ContinuousTime(dt=0.1, tau_soma=0.4, tau_apical=0.4)
    first = simulate(model, inputs, targets, slow)[0]
    assert not torch.allclose(first.burst_rate, at_once[0].burst_rate)

"""Which optimizer applies the plasticity of what."""

import dataclasses
import math

import pytest
import torch

from lava_bccn.nn import TrainingConfig, burst_loss, burst_mlp, homeostatic_parameters
from lava_bccn.nn.models import burst_layers
from lava_bccn.nn.optimization import Optimization, parameter_groups

BATCH = torch.rand(16, 12, generator=torch.Generator().manual_seed(0))
TARGET = torch.eye(4)[torch.arange(16) % 4]
LEARNS = {"feedback_event": "symmetric", "learn_feedback_event": True}
CONFIG = TrainingConfig(schedule="constant", learning_rate=0.02, feedback_rate=0.03)


def model_and_update(config=CONFIG, **options):
    model = burst_mlp((12, 8, 4), generator=torch.Generator().manual_seed(0), **options)
    optimization = Optimization(model, config, 10)
    burst_loss(model(BATCH), TARGET).backward()
    return model, optimization


def test_every_parameter_is_in_one_place():
    model = burst_mlp((12, 8, 4), learn_feedback_burst=True, **LEARNS)
    readout = burst_layers(model)[-1]
    homeostatic = homeostatic_parameters(model)
    assert {id(p) for p in homeostatic} == {id(readout.feedback_burst), id(readout.feedback_event)}
    grouped = [p for group in parameter_groups(model, 0.1) for p in group["params"]]
    everything = [id(p) for p in (*homeostatic, *grouped)]
    assert sorted(everything) == sorted(id(p) for p in model.parameters())


def test_q_takes_plain_steps_whatever_the_optimizer_of_w():
    for kind in ("adam", "sgd"):
        model, optimization = model_and_update(
            dataclasses.replace(CONFIG, optimizer=kind), **LEARNS
        )
        event = burst_layers(model)[-1].feedback_event
        expected = event.detach() - 0.03 * event.grad
        optimization.step()
        torch.testing.assert_close(event.detach(), expected)


def test_kolen_pollack_feedback_goes_with_the_weight():
    model = burst_mlp((12, 8, 4), feedback="kolen_pollack")
    readout = burst_layers(model)[-1]
    decayed, _ = parameter_groups(model, 0.1)
    assert homeostatic_parameters(model) == []
    assert any(p is readout.feedback_burst for p in decayed["params"])


def test_a_schedule_ends_both_rates_at_zero():
    model, optimization = model_and_update(dataclasses.replace(CONFIG, schedule="cosine"), **LEARNS)
    for _ in range(10):
        optimization.step()
    assert optimization.learning_rate == 0.0
    before = [p.detach().clone() for p in model.parameters()]
    optimization.step()
    assert all(map(torch.equal, before, model.parameters()))


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_warm_up_rises_with_every_update_and_then_the_schedule_begins(schedule):
    config = TrainingConfig(epochs=10, warm_up=2, schedule=schedule, optimizer="sgd")
    model = burst_mlp((12, 8, 4), **LEARNS)
    optimization = Optimization(model, config, 50)
    warm = [1 / 11, 2 / 11, 3 / 11, 4 / 11, 5 / 11, 6 / 11, 7 / 11, 8 / 11, 9 / 11, 10 / 11]
    falls = [0.5 * (1 + math.cos(math.pi * update / 40)) for update in range(40)]
    for factor in warm + ([1.0] * 40 if schedule == "constant" else falls):
        assert optimization.learning_rate == pytest.approx(config.learning_rate * factor)
        (q_group,) = optimization.optimizers[1].param_groups
        assert q_group["lr"] == pytest.approx(config.feedback_rate * factor)
        optimization.step()


def test_momentum_and_decay_are_those_of_the_equations():
    """m ← 0.9 m + grad W + decay W; W ← W − rate m; of biases without decay."""
    config = TrainingConfig(
        optimizer="sgd", momentum=0.9, weight_decay=0.1, learning_rate=0.02, schedule="constant"
    )
    model, optimization = model_and_update(config)
    readout = burst_layers(model)[-1]
    arrays = {"weight": 0.1, "bias": 0.0}
    values = {name: getattr(readout, name).detach().clone() for name in arrays}
    momenta = dict.fromkeys(arrays, 0.0)
    for _ in range(5):
        for name, decay in arrays.items():
            grad = getattr(readout, name).grad
            momenta[name] = 0.9 * momenta[name] + grad + decay * values[name]
            values[name] = values[name] - 0.02 * momenta[name]
        optimization.step()
        for name, value in values.items():
            torch.testing.assert_close(getattr(readout, name).detach(), value)

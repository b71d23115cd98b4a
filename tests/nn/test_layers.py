"""Feedback regimes, and what each lets learn."""

import pytest
import torch

from lava_bccn.errors import InvalidInputError
from lava_bccn.metrics import angle_degrees
from lava_bccn.nn import BurstLinear, BurstReadout, Normalize, burst_loss, burst_mlp, burst_states
from lava_bccn.nn.description import build, describe
from lava_bccn.nn.models import burst_layers
from lava_bccn.nn.optimization import parameter_groups

BATCH = torch.rand(16, 12, generator=torch.Generator().manual_seed(0))
TARGET = torch.eye(4)[torch.arange(16) % 4]


def train_a_little(model, updates=20, decay=0.0, target=TARGET, rate=0.5):
    optimizer = torch.optim.SGD(parameter_groups(model, decay), lr=rate)
    for _ in range(updates):
        optimizer.zero_grad()
        burst_loss(model(BATCH), target).backward()
        optimizer.step()


@pytest.mark.parametrize("feedback_event", ["tied", "symmetric"])
def test_random_feedback_stays(feedback_event):
    model = burst_mlp((12, 8, 4), feedback="random", feedback_event=feedback_event)
    readout = burst_layers(model)[-1]
    burst, event = readout.feedback_burst.clone(), readout.feedback_event.clone()
    train_a_little(model)
    assert torch.equal(readout.feedback_burst, burst)
    assert torch.equal(readout.feedback_event, event)
    torch.testing.assert_close(event, 0.5 * burst)


def test_training_sees_the_event_feedback_that_is_stored():
    model = burst_mlp((12, 8, 4), feedback_event="symmetric")
    readout = burst_layers(model)[-1]
    with torch.no_grad():
        readout.feedback_event.zero_()
    burst_loss(model(BATCH), None).backward()
    assert float(burst_layers(model)[0].weight.grad.abs().max()) > 0


def test_tied_feedback_follows_the_weight():
    model = burst_mlp((12, 8, 4), feedback="tied")
    train_a_little(model)
    readout = burst_layers(model)[-1]
    assert torch.equal(readout.feedback_burst, readout.weight)
    assert torch.equal(readout.feedback_event, 0.5 * readout.weight)


def test_symmetric_feedback_starts_as_the_weight_and_stays_there():
    model = burst_mlp((12, 8, 4), feedback="symmetric")
    readout = burst_layers(model)[-1]
    start = readout.weight.detach().clone()
    train_a_little(model)
    assert torch.equal(readout.feedback_burst, start)
    assert not torch.equal(readout.weight, start)


def test_kolen_pollack_feedback_aligns_at_the_rate_of_the_decay():
    model = burst_mlp((12, 8, 4), feedback="kolen_pollack", feedback_std=1.0)
    readout = burst_layers(model)[-1]
    difference = (readout.weight - readout.feedback_burst).detach().clone()
    train_a_little(model, updates=50, decay=0.1, rate=0.5)
    now = (readout.weight - readout.feedback_burst).detach()
    torch.testing.assert_close(now, difference * (1 - 0.05) ** 50, atol=1e-5, rtol=1e-3)


def test_kolen_pollack_aligns_under_adam_too():
    model = burst_mlp((12, 8, 4), feedback="kolen_pollack", feedback_std=1.0)
    readout = burst_layers(model)[-1]
    start = angle_degrees(readout.weight.detach(), readout.feedback_burst.detach())
    optimizer = torch.optim.AdamW(parameter_groups(model, 0.5), lr=0.02)
    for _ in range(400):
        optimizer.zero_grad()
        burst_loss(model(BATCH), TARGET).backward()
        optimizer.step()
    end = angle_degrees(readout.weight.detach(), readout.feedback_burst.detach())
    assert start > 60 and end < 5


@pytest.mark.parametrize("learns", ["learn_feedback_event", "learn_feedback_burst"])
def test_homeostatic_learning_silences_the_dendrites(learns):
    model = burst_mlp((12, 8, 4), feedback_event="random", feedback_std=1.0, **{learns: True})

    def mean_abs_apical():
        return float(burst_states(model, BATCH)[0].apical.abs().mean())

    start = mean_abs_apical()
    feedback = ("_feedback_burst", "_feedback_event")
    learnt = [value for name, value in model.named_parameters() if name.endswith(feedback)]
    assert len(learnt) == 1
    optimizer = torch.optim.SGD(learnt, lr=1.0)
    for _ in range(2000):
        optimizer.zero_grad()
        burst_loss(model(BATCH), None).backward()
        optimizer.step()
    assert mean_abs_apical() < 0.1 * start


@torch.no_grad()
def loss_of(model):
    return float(burst_loss(model(BATCH), TARGET))


@pytest.mark.parametrize("sizes", [(12, 4), (12, 8, 4), (12, 8, 6, 4)])
def test_any_depth_learns(sizes):
    model = burst_mlp(sizes, generator=torch.Generator().manual_seed(0))
    start = loss_of(model)
    train_a_little(model, updates=200, rate=2.0)
    assert loss_of(model) < 0.9 * start


def test_a_first_layer_that_must_send_feedback_says_so():
    model = torch.nn.Sequential(BurstLinear(12, 8), BurstReadout(8, 4, feedback=None))
    with pytest.raises(InvalidInputError, match="feedback=None"):
        burst_loss(model(BATCH), TARGET).backward()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"p_baseline": 0.6}, "p_baseline"),
        ({"feedback": "sym"}, "feedback must be one of"),
        ({"feedback_event": "none"}, "feedback_event must be one of"),
        ({"feedback": "tied", "learn_feedback_burst": True}, "learn_feedback_burst"),
        ({"learn_feedback_event": True}, "learn_feedback_event"),
        ({"feedback_std": -1.0}, "feedback_std"),
        ({"gain": float("nan")}, "gain"),
    ],
)
def test_contradicting_options_are_refused(options, message):
    with pytest.raises(InvalidInputError, match=message):
        BurstLinear(3, 2, **options)


def test_images_without_flatten_are_refused_with_the_remedy():
    with pytest.raises(InvalidInputError, match="Flatten"):
        BurstReadout(9, 2)(torch.rand(1, 3, 3))


def test_normalize_refuses_a_deviation_of_zero():
    with pytest.raises(InvalidInputError, match="std"):
        Normalize(0.0, 0.0)


def test_the_same_generator_gives_the_same_start():
    first, second = (
        burst_mlp((5, 4, 3), generator=torch.Generator().manual_seed(7)) for _ in range(2)
    )
    for a, b in zip(first.state_dict().values(), second.state_dict().values(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("feedback", ["random", "symmetric", "tied", "kolen_pollack"])
def test_a_description_builds_the_same_network(feedback):
    model = burst_mlp((12, 8, 4), normalize=(0.5, 0.2), feedback=feedback, p_baseline=0.25)
    state = torch.get_rng_state()
    copy = build(describe(model))
    assert torch.equal(state, torch.get_rng_state())
    copy.load_state_dict(model.state_dict())
    assert torch.equal(copy(BATCH), model(BATCH))
    assert describe(copy) == describe(model)


def test_a_model_with_other_modules_between_is_not_taken_for_a_bursting_network():
    with pytest.raises(InvalidInputError, match="BurstReadout at the end"):
        burst_layers(torch.nn.Sequential(BurstReadout(3, 2), BurstLinear(2, 2)))

"""What the layers leave in .grad: the published code's numbers, and the rules behind them."""

import numpy as np
import pytest
import torch

from lava_bccn.errors import InvalidInputError
from lava_bccn.metrics import angle_degrees
from lava_bccn.nn import BurstLinear, BurstReadout, alignment, burst_loss, burst_mlp, burst_states

TOLERANCE = 1e-5


def model_of(file, dtype=torch.float32):
    """A BurstCCN with the weights of a golden file, Y and Q free to learn homeostatically."""
    depth = len(file["sizes"]) - 1
    layers = []
    for i in range(1, depth + 1):
        out_features, in_features = file[f"weight_{i}"].shape
        kind = BurstReadout if i == depth else BurstLinear
        options = {"feedback": None}
        if i > 1:
            options = {
                "feedback": "random",
                "feedback_event": "random",
                "learn_feedback_burst": True,
                "learn_feedback_event": True,
            }
        layer = kind(
            in_features, out_features, p_baseline=float(file["p_baseline"]), dtype=dtype, **options
        )
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(file[f"weight_{i}"]))
            layer.bias.copy_(torch.from_numpy(file[f"bias_{i}"]))
            if i > 1:
                layer.feedback_burst.copy_(torch.from_numpy(file[f"feedback_burst_{i}"]))
                layer.feedback_event.copy_(torch.from_numpy(file[f"feedback_event_{i}"]))
        layers.append(layer)
    return torch.nn.Sequential(*layers)


@pytest.mark.parametrize("name", ["discrete_fc_small", "discrete_fc_digits"])
def test_every_published_number(golden, name):
    file = golden(name)
    model = model_of(file)
    inputs, target = torch.from_numpy(file["x"]), torch.from_numpy(file["target"])
    burst_loss(model(inputs), target).backward()
    states = burst_states(model, inputs, target)
    compared = {"x", "target", "p_baseline", "sizes"}

    def check(key, value):
        np.testing.assert_allclose(value.detach(), file[key], atol=TOLERANCE, err_msg=key)
        compared.add(key)

    for i, (layer, state) in enumerate(zip(model, states, strict=True), start=1):
        for key in ("event_rate", "burst_prob", "burst_rate"):
            check(f"{key}_{i}", getattr(state, key))
        if state.apical is not None:
            check(f"apical_{i}", state.apical)
        for key in ("weight", "bias"):
            check(f"{key}_{i}", getattr(layer, key))
            check(f"grad_{key}_{i}", getattr(layer, key).grad)
        if i > 1:
            for key in ("feedback_burst", "feedback_event"):
                check(f"{key}_{i}", getattr(layer, key))
                check(f"grad_{key}_{i}", getattr(layer, key).grad)

    angles = alignment(model, inputs, target)
    for i, layer in enumerate(model, start=1):
        for rule, measured in (
            ("backprop", angles[i - 1].to_backprop),
            ("fa", angles[i - 1].to_feedback_alignment),
        ):
            key = f"{rule}_grad_weight_{i}"
            expected = angle_degrees(layer.weight.grad, torch.from_numpy(file[key]))
            assert measured == pytest.approx(expected, abs=0.01), key
            compared.add(key)
    assert compared == set(file), "every array of the file must be compared"


def backprop_gradients(model, inputs, target):
    """Autograd's own gradients of ½‖e − target‖² through ordinary sigmoid layers."""
    weights = [layer.weight.detach().clone().requires_grad_() for layer in model]
    rates = inputs
    for layer, weight in zip(model, weights, strict=True):
        rates = torch.sigmoid(rates @ weight.T + layer.bias.detach())
    loss = 0.5 * (rates - target).square().sum() / len(inputs)
    return torch.autograd.grad(loss, weights)


@pytest.mark.parametrize("p_baseline", [0.5, 0.25, 0.1])
def test_with_symmetric_feedback_updates_are_backprop_to_third_order(p_baseline):
    generator = torch.Generator().manual_seed(1)
    options = {
        "feedback": "symmetric",
        "p_baseline": p_baseline,
        "generator": generator,
        "dtype": torch.float64,
    }
    model = burst_mlp((6, 5, 4, 3), **options)[1:]
    inputs = torch.rand(8, 6, generator=generator, dtype=torch.float64)
    errors = []
    for size in (1e-2, 1e-3):
        target = model(inputs).detach() - size
        model.zero_grad()
        burst_loss(model(inputs), target).backward()
        expected = backprop_gradients(model, inputs, target)
        error = max(
            float((layer.weight.grad / p_baseline - gradient).abs().max())
            for layer, gradient in zip(model, expected, strict=True)
        )
        errors.append(error)
    assert errors[1] < errors[0] * 2e-3


def test_gradients_are_the_mean_over_the_batch():
    model = burst_mlp((4, 3, 2), dtype=torch.float64)
    inputs, target = torch.rand(6, 4, dtype=torch.float64), torch.rand(6, 2, dtype=torch.float64)
    burst_loss(model(inputs), target).backward()
    batch = [parameter.grad.clone() for parameter in model.parameters()]
    model.zero_grad()
    for x, t in zip(inputs.split(1), target.split(1), strict=True):
        burst_loss(model(x), t).backward()  # .grad accumulates
    for mean, parameter in zip(batch, model.parameters(), strict=True):
        torch.testing.assert_close(mean, parameter.grad / 6)


def test_without_a_teacher_nothing_learns_when_feedback_is_balanced():
    model = burst_mlp((4, 3, 2))
    burst_loss(model(torch.rand(5, 4)), None).backward()
    assert all(float(parameter.grad.abs().max()) == 0 for parameter in model.parameters())


@pytest.mark.parametrize("factor", [0.5, 1024.0])
def test_a_scaled_loss_is_refused(factor):
    model = burst_mlp((4, 2))
    with pytest.raises(InvalidInputError, match=f"incoming gradient of {factor:g}"):
        (factor * burst_loss(model(torch.rand(3, 4)), torch.rand(3, 2))).backward()


def test_class_labels_are_refused_with_the_remedy():
    with pytest.raises(InvalidInputError, match="one_hot"):
        burst_loss(torch.rand(3, 2), torch.tensor([0, 1, 1]))


@pytest.mark.parametrize("bad", [float("nan"), 1.5])
def test_targets_that_are_no_event_rates_are_refused(bad):
    with pytest.raises(InvalidInputError, match="targets must be"):
        burst_loss(torch.rand(1, 2), torch.tensor([[0.0, bad]]))


def test_one_product_for_balanced_feedback_equals_two():
    generator = torch.Generator().manual_seed(0)
    tied = BurstReadout(4, 3, generator=generator, dtype=torch.float64)
    free = BurstReadout(4, 3, feedback_event="random", dtype=torch.float64)
    free.load_state_dict(
        {**tied.state_dict(), "_feedback_event": 0.5 * tied.feedback_burst}, strict=True
    )
    below = [torch.rand(5, 4, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    below[1].data.copy_(below[0].data)
    target = torch.rand(5, 3, dtype=torch.float64)
    for layer, inputs in ((tied, below[0]), (free, below[1])):
        burst_loss(layer(inputs), target).backward()
    torch.testing.assert_close(below[0].grad, below[1].grad)


def test_small_errors_keep_their_direction_in_float32():
    model = burst_mlp((64, 48, 32, 10), feedback_std=0.02, **LEARNED_Q)
    inputs = torch.rand(16, 64)
    target = model(inputs).detach() + 1e-5 * torch.randn(16, 10)
    burst_loss(model(inputs), target).backward()
    single = [parameter.grad.clone() for parameter in model.parameters()]
    logged = alignment(model, inputs, target)
    model.double().zero_grad()
    burst_loss(model(inputs.double()), target.double()).backward()
    exact = alignment(model, inputs, target)
    for expected, parameter in zip(single, model.parameters(), strict=True):
        assert angle_degrees(expected.double(), parameter.grad) < 1
    assert [a.to_backprop for a in logged] == pytest.approx([a.to_backprop for a in exact], abs=0.1)


@pytest.mark.slow
def test_torch_compile_gives_the_same_gradients():
    generator = torch.Generator().manual_seed(0)
    model = burst_mlp((8, 6, 5, 3), generator=generator)
    inputs = torch.rand(4, 8, generator=generator)
    target = torch.rand(4, 3, generator=generator)
    burst_loss(model(inputs), target).backward()
    eager = [parameter.grad.clone() for parameter in model.parameters()]
    model.zero_grad()
    burst_loss(torch.compile(model)(inputs), target).backward()
    for expected, parameter in zip(eager, model.parameters(), strict=True):
        torch.testing.assert_close(expected, parameter.grad)


LEARNED_Q = {"feedback_event": "symmetric", "learn_feedback_event": True}


@pytest.mark.parametrize("options", [{}, LEARNED_Q])
@pytest.mark.parametrize("size", [1.0, 0.05])
def test_bfloat16_autocast_keeps_gradients_close_and_in_float32(options, size):
    generator = torch.Generator().manual_seed(0)
    model = burst_mlp((64, 48, 32, 10), generator=generator, **options)
    inputs = torch.rand(16, 64, generator=generator)
    target = torch.eye(10)[torch.arange(16) % 10]
    outputs = model(inputs).detach()
    target = outputs + size * (target - outputs)
    burst_loss(model(inputs), target).backward()
    exact = [parameter.grad.clone() for parameter in model.parameters()]
    model.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        outputs = model(inputs)
    burst_loss(outputs, target).backward()
    for expected, parameter in zip(exact, model.parameters(), strict=True):
        assert parameter.grad.dtype == torch.float32
        assert angle_degrees(expected, parameter.grad) < (3 if size == 1 else 15)

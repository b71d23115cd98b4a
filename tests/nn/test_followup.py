"""Rectified networks with a softmax readout: the numbers of the 2026 follow-up's code."""

import numpy as np
import pytest
import torch

from lava_bccn.errors import InvalidInputError
from lava_bccn.nn import (
    BurstConv2d,
    BurstLinear,
    BurstReadout,
    burst_cross_entropy,
    burst_layers,
    burst_states,
    update_gains,
)

FILES = pytest.mark.parametrize(
    "name", ["journal_relu", "journal_relu_rms", "journal_relu_rms_conv"]
)
FREE = {
    "feedback": "random",
    "feedback_event": "random",
    "learn_feedback_burst": True,
    "learn_feedback_event": True,
}


def model_of(file, activation):
    """A BurstCCN with the weights of a golden file."""
    depth = sum(key.startswith("weight_") for key in file)
    modules = []
    for number in range(1, depth + 1):
        weight, options = file[f"weight_{number}"], {"dtype": torch.float64}
        options |= {"feedback": None} if number == 1 else FREE
        if number == depth:
            shift, scale = float(file["activity_shift"]), float(file["error_gain"])
            options |= {"activation": "softmax", "activity_shift": shift, "error_scale": scale}
        else:
            gain = float(file[f"feedback_gain_{number}"])
            options |= {"activation": activation, "feedback_gain": gain}
        above, below, *kernel = weight.shape
        if kernel:
            stride = int(file["strides"][number - 1]) if number <= len(file["strides"]) else 1
            layer = BurstConv2d(below, above, kernel[0], stride=stride, **options)
        else:
            layer = (BurstReadout if number == depth else BurstLinear)(below, above, **options)
        with torch.no_grad():
            for key in (
                "weight",
                "bias",
                *(("feedback_burst", "feedback_event") if number > 1 else ()),
            ):
                getattr(layer, key).copy_(torch.from_numpy(file[f"{key}_{number}"]))
        if not kernel and modules and isinstance(modules[-1], BurstConv2d):
            modules.append(torch.nn.Flatten())
        modules.append(layer)
    return torch.nn.Sequential(*modules)


def taught(golden, name):
    """The file, its model and what the model's bursts left in ``.grad``."""
    file = golden(name)
    model = model_of(file, "unbounded_relu" if name == "journal_relu" else "relu_rms")
    inputs, target = (torch.from_numpy(file[key]) for key in ("x", "target"))
    burst_cross_entropy(model(inputs), target).backward()
    return file, model, burst_states(model, inputs, target)


@FILES
def test_every_state_and_update_is_the_published_one(golden, name):
    file, model, states = taught(golden, name)
    layers, gains = burst_layers(model), update_gains(model)
    for number, (layer, state, gain) in enumerate(zip(layers, states, gains, strict=True), start=1):
        assert np.isclose(gain, file[f"update_gain_{number}"])
        kinds = ["soma", "event_rate", "burst_prob", "burst_rate"]
        kinds += [] if state.apical is None else ["apical"]
        for kind in kinds:
            expected = file[f"{kind}_{number}"]
            got = getattr(state, kind).numpy().reshape(expected.shape)
            if kind == "burst_rate" and state.apical is None:  # the file's has the tonic bursts
                got = got + file["p_baseline"] * file["activity_shift"]
            np.testing.assert_allclose(got, expected, atol=1e-5, err_msg=f"{kind}_{number}")
        for kind in ("weight", "bias"):
            divided = getattr(layer, kind).grad / (file["p_baseline"] * gain)
            np.testing.assert_allclose(divided, file[f"grad_{kind}_{number}"], atol=1e-5)


def test_backprop_of_the_rectifier_is_the_published_one(golden):
    """There with the slope that stands for the rectifier's own, clip(v, 0, 1)."""
    file, model, states = taught(golden, "journal_relu")
    layers = burst_layers(model)
    error = states[-1].event_rate - torch.from_numpy(file["target"])
    below = [torch.from_numpy(file["x"]), *[state.event_rate for state in states[:-1]]]
    for number in range(len(layers), 0, -1):
        if number < len(layers):
            error = error * states[number - 1].soma.clip(0, 1)
        gradient = error.T @ below[number - 1] / len(error)
        expected = file[f"backprop_grad_weight_{number}"]
        np.testing.assert_allclose(gradient, expected, atol=1e-5)
        error = error @ layers[number - 1].weight.detach()


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_small_errors_learn_as_backprop(shift):
    """Where all units are so active that the ramp for the rectifier's slope is 1; without the tonic
    rate twice as fast."""
    generator = torch.Generator().manual_seed(0)
    options = {"dtype": torch.float64, "generator": generator}
    hidden = {**options, "activation": "unbounded_relu"}
    readout = {"activation": "softmax", "activity_shift": shift, "error_scale": 1e-6}
    model = torch.nn.Sequential(
        BurstLinear(6, 5, feedback=None, **hidden),
        BurstLinear(5, 4, feedback="tied", feedback_gain=4.0, **hidden),
        BurstReadout(4, 3, feedback="tied", **readout, **options),
    )
    with torch.no_grad():
        for layer, bias in zip(model[:2], (5, 20), strict=True):
            layer.bias.fill_(bias)
        model[-1].weight.mul_(0.01)  # so that no class is all but certain
    inputs = torch.rand(8, 6, generator=generator, dtype=torch.float64)
    target = torch.eye(3, dtype=torch.float64)[torch.arange(8) % 3]
    burst_cross_entropy(model(inputs), target).backward()
    rates, weights = inputs, [layer.weight.detach().requires_grad_() for layer in model]
    for layer, weight in zip(model, weights, strict=True):
        soma = rates @ weight.T + layer.bias.detach()
        rates = soma.clamp_min(0)
    expected = torch.autograd.grad(torch.nn.functional.cross_entropy(soma, target), weights)
    for layer, gain, gradient in zip(model, update_gains(model), expected, strict=True):
        factor = 0.5 * gain * (1 if shift else 2)
        assert torch.allclose(layer.weight.grad, factor * gradient, rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize("activation", ["unbounded_relu", "relu_rms"])
def test_half_precision_is_refused_where_event_rates_divide(activation):
    with pytest.raises(InvalidInputError, match=r"take dtype=torch\.bfloat16"):
        BurstLinear(3, 4, activation=activation, dtype=torch.float16)
    layer = BurstLinear(3, 4, activation=activation, dtype=torch.bfloat16)
    layer(torch.rand(2, 3, dtype=torch.bfloat16)).sum().backward()
    assert torch.isfinite(layer.weight.grad).all()

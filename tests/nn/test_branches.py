"""Branches, noise and Kolen-Pollack for Q: the numbers of the 2026 follow-up's code, and loops."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lava_bccn.dynamics.branches import branch_sizes
from lava_bccn.errors import InvalidInputError
from lava_bccn.nn import (
    BurstConv2d,
    BurstLinear,
    BurstReadout,
    burst_cnn,
    burst_loss,
    burst_mlp,
    burst_states,
    update_gains,
)
from lava_bccn.nn.bursts import burst_deviation
from lava_bccn.nn.direct import DirectStep
from lava_bccn.nn.model_options import ConvolutionSpec

TOLERANCE = 1e-5
HOMEOSTATIC_Y = {
    "feedback": "random",
    "feedback_event": "random",
    "learn_feedback_burst": True,
    "homeostatic_factor": "burst_rate",
}
FOLLOWING = {"feedback": "kolen_pollack", "feedback_event": "kolen_pollack"}
FILES = {
    "journal_branches_2": HOMEOSTATIC_Y,
    "journal_branches_5": HOMEOSTATIC_Y,
    "journal_kolen_pollack": FOLLOWING,
}


class Given:
    """The noise of a file, in the place of one that is drawn."""

    def __init__(self, noise):
        self._noise = torch.from_numpy(noise)

    def draw(self, like):
        assert like.shape == self._noise.shape
        return self._noise.clone()


def model_of(file, options):
    """A network with the matrices and the noise of a file."""
    layers = []
    for number in (1, 2, 3):
        above, below = file[f"weight_{number}"].shape
        own = {"feedback": None} if number == 1 else options
        if number > 1 and "n_branches" in file:
            own = {**own, "branches": min(int(file["n_branches"]), above)}
        if number == 3:
            own = {**own, "error_scale": float(file["error_gain"])}
        noise = file.get(f"noise_{number}")
        layer = (BurstReadout if number == 3 else BurstLinear)(
            below, above, dtype=torch.float64, forward_noise=float(noise is not None), **own
        )
        if noise is not None:
            layer.noise = Given(noise)
        names = ("weight", "bias", *(("feedback_burst", "feedback_event") if number > 1 else ()))
        with torch.no_grad():
            for name in names:
                getattr(layer, name).copy_(torch.from_numpy(file[f"{name}_{number}"]))
        layers.append(layer)
    return torch.nn.Sequential(*layers)


def passes(model, file):
    """Event rates of all layers, and what comes down to each: minus u, or the error."""
    rates = [torch.from_numpy(file["x"])]
    for layer in model:
        rates.append(layer(rates[-1]))
        rates[-1].retain_grad()
    burst_loss(rates[-1], torch.from_numpy(file["target"]) if file["teacher"] else None).backward()
    return [each.detach() for each in rates], [each.grad for each in rates[1:]]


@pytest.mark.parametrize("name", FILES)
def test_every_published_number(golden, name):
    file = golden(name)
    model = model_of(file, FILES[name])
    rates, received = passes(model, file)
    compared = {"x", "target", "teacher", "p_baseline", "error_gain", "n_branches"}

    def check(key, value):
        np.testing.assert_allclose(value, file[key], atol=TOLERANCE, err_msg=key)
        compared.add(key)

    for number, (layer, below, event_rate, down) in enumerate(
        zip(model, rates, rates[1:], received, strict=False), start=1
    ):
        check(f"event_rate_{number}", event_rate)
        soma = layer.connection.up(layer.noisy(below), layer.weight, layer.bias).detach()
        check(f"soma_{number}", soma)
        if f"noise_{number}" in file:
            check(f"noise_{number}", layer.noisy(below) - below)
        deviation = burst_deviation(layer.rule, down, event_rate, soma)
        check(f"burst_rate_{number}", 0.5 * event_rate - deviation)
        check(f"burst_prob_{number}", 0.5 - deviation / event_rate)
        if number < 3:
            check(f"apical_{number}", -down)
        if number > 1 and "n_branches" in file:
            sent = layer.feedback_burst.detach(), layer.feedback_event.detach()
            parts = layer.rule.homeostasis.potentials(
                layer.connection, (deviation, event_rate), sent[0], sent[1] - 0.5 * sent[0], below
            )
            check(f"apical_branches_{number - 1}", -parts.transpose(0, 1))
            check(f"branch_sizes_{number - 1}", branch_sizes(len(sent[0]), layer.branches))
    check_updates(model, file, check)
    assert compared >= set(file)


def check_updates(model, file, check):
    for number, (layer, gain) in enumerate(zip(model, update_gains(model), strict=True), start=1):
        check(f"update_gain_{number}", gain)
        divisor = float(file["p_baseline"]) * gain
        for name in ("weight", "bias", "feedback_burst", "feedback_event"):
            array = getattr(layer, name)
            if array is None:
                continue
            check(f"{name}_{number}", array.detach())
            if f"grad_{name}_{number}" in file:
                homeostatic = "feedback" in name and layer.learn_feedback_burst
                check(f"grad_{name}_{number}", array.grad / (1.0 if homeostatic else divisor))
        if number < 3:
            check(f"feedback_gain_{number}", layer.feedback_gain)


def loops(model, inputs, targets, branches):
    """The plasticity of Y and Q of each sending layer, one synapse and sample after the other."""
    states = burst_states(model, inputs, targets)
    result = []
    for lower, layer, state in zip(states, model[1:], states[1:], strict=False):
        burst, event = layer.feedback_burst.detach(), layer.feedback_event.detach()
        above, below = burst.shape
        count = min(branches, above)
        of_unit = np.repeat(
            np.arange(count), [above // count + (k < above % count) for k in range(count)]
        )
        of_burst, of_event = np.zeros(burst.shape), np.zeros(burst.shape)
        for sample in range(len(inputs)):
            for i in range(below):
                for j in range(above):
                    block = np.flatnonzero(of_unit == of_unit[j])
                    apical = sum(
                        float(burst[k, i] * state.burst_rate[sample, k])
                        - float(event[k, i] * state.event_rate[sample, k])
                        for k in block
                    )
                    speed = np.sqrt(above / len(block)) / len(inputs)
                    of_event[j, i] += speed * float(state.event_rate[sample, j]) * apical
                    rate = getattr(state, layer.homeostatic_factor)
                    of_burst[j, i] -= speed * float(rate[sample, j]) * apical
        result.append((of_burst, of_event))
        del lower
    return result


@settings(max_examples=20)
@given(
    st.lists(st.integers(1, 7), min_size=3, max_size=4),
    st.integers(1, 7),
    st.sampled_from(("event_rate", "burst_rate")),
    st.booleans(),
    st.booleans(),
)
def test_y_and_q_learn_as_in_loops_over_all_synapses(sizes, branches, factor, is_taught, direct):
    widest = max(sizes[2:])
    branches = min(branches, widest)
    options = {"learn_feedback_burst": True, "learn_feedback_event": True}
    model = burst_mlp(
        (3, *sizes),
        feedback_event="random",
        branches=branches,
        homeostatic_factor=factor,
        dtype=torch.float64,
        **options,
    )[1:]
    inputs = torch.rand(4, 3, dtype=torch.float64)
    targets = torch.rand(4, sizes[-1], dtype=torch.float64) if is_taught else None
    if direct:
        off = torch.full((4, sizes[-1]), -1.0, dtype=torch.float64)
        DirectStep(model)(inputs, off if targets is None else targets)
    else:
        burst_loss(model(inputs), targets).backward()
    for layer, (of_burst, of_event) in zip(
        model[1:], loops(model, inputs, targets, branches), strict=True
    ):
        np.testing.assert_allclose(layer.feedback_burst.grad, -of_burst, atol=1e-12)
        np.testing.assert_allclose(layer.feedback_event.grad, -of_event, atol=1e-12)


def test_branches_of_a_convolution_are_blocks_of_its_channels():
    options = {"feedback_event": "random", "learn_feedback_event": True, "dtype": torch.float64}
    convolutions = (ConvolutionSpec(3, 2), ConvolutionSpec(5, 2))
    model = burst_cnn((1, 4, 4), convolutions, (), 3, branches=2, **options)
    inputs, targets = torch.rand(3, 1, 4, 4).double(), torch.rand(3, 3).double()
    burst_loss(model(inputs), targets).backward()
    first, second, layer = states = burst_states(model, inputs, targets)
    sender = model[1]
    for block, speed in ((slice(0, 3), (5 / 3) ** 0.5), (slice(3, 5), 2.5**0.5)):
        burst, event = sender.feedback_burst[block], sender.feedback_event[block]
        event = event.detach().requires_grad_()
        received = torch.nn.functional.conv_transpose2d(
            second.burst_rate[:, block], burst
        ) - torch.nn.functional.conv_transpose2d(second.event_rate[:, block], event)
        (slope,) = torch.autograd.grad(0.5 * received.square().sum(), event)
        expected = speed * slope / len(inputs)
        np.testing.assert_allclose(sender.feedback_event.grad[block], expected, atol=1e-12)
    assert len(states) == 3 and first.event_rate.shape[1] == 3 and layer.event_rate.shape[1] == 3


def test_branches_change_what_is_learned_and_not_what_is_computed():
    def gradients(branches):
        options = {"feedback_event": "random", "learn_feedback_event": True}
        model = burst_mlp(
            (6, 8, 8, 3), generator=torch.Generator().manual_seed(0), branches=branches, **options
        )
        generator = torch.Generator().manual_seed(1)
        inputs, targets = torch.rand(5, 6, generator=generator), torch.eye(3)[[0, 1, 2, 0, 1]]
        burst_loss(model(inputs), targets).backward()
        return {name: each.grad for name, each in model.named_parameters()}

    one, four = gradients(1), gradients(4)
    for name in one:
        is_same = torch.allclose(one[name], four[name], atol=1e-7)
        assert is_same == ("feedback_event" not in name), name


def test_noise_is_on_in_training_and_off_in_evaluation():
    model = burst_mlp((5, 4, 3), forward_noise=0.1)
    inputs = torch.rand(7, 5)
    assert not torch.equal(model(inputs), model(inputs))
    model.eval()
    assert torch.equal(model(inputs), model(inputs))


def test_weights_learn_from_noisy_rates_and_feedback_from_clean_ones():
    layer = BurstReadout(5, 3, forward_noise=1.0, dtype=torch.float64, **FOLLOWING)
    noise = torch.randn(7, 5, dtype=torch.float64)
    layer.noise = Given(noise.numpy())
    inputs, targets = torch.rand(7, 5).double(), torch.rand(7, 3).double()
    event_rate = layer(inputs)
    burst_loss(event_rate, targets).backward()
    deviation = (0.5 * (targets - event_rate) * (1 - event_rate) * event_rate).detach() / 7
    assert torch.allclose(layer.weight.grad, -deviation.T @ (inputs + noise))
    assert torch.allclose(layer.feedback_burst.grad, -deviation.T @ inputs)
    assert torch.allclose(layer.feedback_event.grad, -0.5 * deviation.T @ inputs)


def test_a_narrow_layer_has_a_branch_from_each_of_its_units():
    model = burst_mlp((5, 4, 6, 3), learn_feedback_burst=True, branches=5)
    assert [layer.branches for layer in model[1:]] == [1, 5, 3]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"branches": 2}, "neither Y nor Q learns"),
        ({"branches": 0, "learn_feedback_burst": True}, "branches"),
        ({"branches": 4, "learn_feedback_burst": True}, "only 3 units"),
        ({"homeostatic_factor": "burst_rate"}, "set learn_feedback_burst"),
        ({"homeostatic_factor": "bursts", "learn_feedback_burst": True}, "event_rate"),
        ({"forward_noise": -0.1}, "forward_noise"),
        ({"feedback": "random", "feedback_event": "kolen_pollack"}, "has none"),
        ({**FOLLOWING, "learn_feedback_event": True}, "learn_feedback_event"),
    ],
)
def test_options_that_contradict_are_refused_in_a_line(options, message):
    with pytest.raises(InvalidInputError, match=message) as error:
        BurstLinear(4, 3, **options)
    assert "\n" not in str(error.value)


def test_branches_and_groups_of_channels_are_refused():
    options = {"learn_feedback_burst": True, "branches": 2}
    with pytest.raises(InvalidInputError, match="groups=1"):
        BurstConv2d(4, 4, 3, groups=2, **options)
    BurstConv2d(4, 4, 3, groups=1, **options)

"""Training without autograd's graph leaves in ``.grad`` what autograd does, or leaves it to it."""

import dataclasses

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch._subclasses import FakeTensorMode

from lava_bccn.dynamics.activations import learning_activations
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.regimes import BURST_REGIMES, EVENT_REGIMES
from lava_bccn.nn import (
    BurstLinear,
    BurstReadout,
    ConvolutionSpec,
    Normalize,
    TrainingConfig,
    burst_cnn,
    burst_mlp,
    epochs,
    mlp,
    train,
)
from lava_bccn.nn.direct import DirectStep, is_direct
from lava_bccn.nn.loss import loss_for
from lava_bccn.nn.model_options import OF_NETWORK

HIDDEN = [name for name, each in learning_activations().items() if not each.is_readout]
READOUTS = [name for name, each in learning_activations().items() if each.gate is None]


@st.composite
def layer_options(draw):
    """Options of all layers: regimes that go together, and what else changes what is learned."""
    options = {
        "feedback": draw(st.sampled_from(list(BURST_REGIMES))),
        "feedback_event": draw(st.sampled_from(list(EVENT_REGIMES))),
        "learn_feedback_burst": draw(st.booleans()),
        "learn_feedback_event": draw(st.booleans()),
        "forward_noise": draw(st.sampled_from((0.0, 0.2))),
        "activation": draw(st.sampled_from(HIDDEN)),
        "readout_activation": draw(st.sampled_from(READOUTS)),
        "error_scale": draw(st.sampled_from((1.0, 0.3))),
        "p_baseline": draw(st.sampled_from((0.5, 0.25, 0.3))),
        "bias": draw(st.booleans()),
        "dtype": draw(st.sampled_from((torch.float32, torch.float64))),
    }
    of_layer = {name: each for name, each in options.items() if name not in OF_NETWORK}
    try:
        BurstLinear(1, 1, **of_layer)
    except InvalidInputError:
        assume(False)
    return options


def random(*shape, seed=0, **options):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), **options)


def gradients(model):
    return {name: each.grad for name, each in model.named_parameters()}


def assert_same_gradients(model, inputs, targets):
    """Of two batches, the second smaller, one after the other, to the bit."""
    step = DirectStep(model)
    for size in (len(inputs), max(1, len(inputs) - 1)):
        batch, taught = inputs[:size], targets[:size]
        model.zero_grad()
        loss = loss_for(model[-1].activation)
        torch.manual_seed(size)  # of noise
        expected_loss = loss(model(batch), taught)
        expected_loss.backward()
        expected = {name: each.clone() for name, each in gradients(model).items()}
        torch.manual_seed(size)
        assert torch.equal(step(batch, taught), expected_loss.detach())
        for name, gradient in gradients(model).items():
            assert torch.equal(gradient, expected[name]), name


@settings(max_examples=150)
@given(layer_options(), st.lists(st.integers(1, 7), min_size=2, max_size=5), st.integers(1, 6))
def test_gradients_of_a_dense_network_are_those_of_autograd(options, sizes, batch):
    normalize = (0.2, 0.5) if len(sizes) % 2 else None
    model = burst_mlp(sizes, normalize=normalize, **options)
    inputs = random(batch, sizes[0], dtype=options["dtype"])
    targets = random(batch, sizes[-1], seed=1, dtype=options["dtype"])
    targets /= targets.sum(1, keepdim=True)  # of classes, as a softmax needs them
    targets[0, 0] = -1  # no teacher
    assert is_direct(model)
    assert_same_gradients(model, inputs, targets)


@settings(max_examples=40)
@given(layer_options(), st.integers(1, 5))
def test_gradients_of_a_convolutional_network_are_those_of_autograd(options, batch):
    convolutions = (ConvolutionSpec(3, 3, stride=2, padding=1), ConvolutionSpec(4, 2))
    model = burst_cnn((2, 7, 6), convolutions, (5,), 3, **options)
    inputs = random(batch, 2, 7, 6, dtype=options["dtype"])
    targets = torch.eye(3, dtype=options["dtype"])[torch.arange(batch) % 3]
    assert is_direct(model)
    assert_same_gradients(model, inputs, targets)


def test_gradients_are_written_over_those_of_the_last_batch():
    model = burst_mlp((5, 4, 3), feedback_event="symmetric", learn_feedback_event=True)
    step = DirectStep(model)
    step(random(4, 5), random(4, 3))
    matrices = [each for each in model.parameters() if each.ndim == 2]
    first = [each.grad.data_ptr() for each in matrices]
    step(random(2, 5), random(2, 3))
    assert [each.grad.data_ptr() for each in matrices] == first


def test_what_is_frozen_gets_no_gradient_and_stops_what_nothing_waits_for():
    model = burst_mlp((5, 4, 4, 3))
    step = DirectStep(model)
    step(random(4, 5), random(4, 3))
    model[1].requires_grad_(False)
    model[2].bias.requires_grad_(False)
    step(random(4, 5), random(4, 3))
    left = [name for name, each in gradients(model).items() if each is not None]
    assert left == ["2.weight", "3.weight", "3.bias"]


def test_a_layer_without_feedback_above_another_is_refused_as_by_autograd():
    model = torch.nn.Sequential(BurstLinear(5, 4, feedback=None), BurstReadout(4, 3, feedback=None))
    with pytest.raises(InvalidInputError, match="feedback=None"):
        DirectStep(model)(random(4, 5), random(4, 3))


def test_inputs_that_do_not_fit_are_refused_as_by_the_layers():
    with pytest.raises(InvalidInputError, match=r"expected inputs of shape \(batch, 5\)"):
        DirectStep(burst_mlp((5, 3)))(random(4, 6), random(4, 3))


@pytest.mark.parametrize("feedback", ["random", "tied", "kolen_pollack"])
def test_gradients_in_lower_precision_are_those_of_autograd_under_autocast(feedback):
    convolutions = (ConvolutionSpec(3, 3, stride=2, padding=1), ConvolutionSpec(4, 2))
    model = burst_cnn((2, 7, 6), convolutions, (5,), 3, feedback=feedback)
    step = DirectStep(model, torch.bfloat16)
    for batch in (random(4, 2, 7, 6), random(3, 2, 7, 6, seed=1)):
        targets = torch.eye(3)[torch.arange(len(batch)) % 3]
        with torch.autocast("cpu", torch.bfloat16):
            event_rate = model(batch)
        model.zero_grad()
        loss = loss_for(model[-1].activation)(event_rate, targets)
        loss.backward()
        expected = {name: each.clone() for name, each in gradients(model).items()}
        assert torch.equal(step(batch, targets), loss.detach())
        for name, gradient in gradients(model).items():
            assert gradient.dtype == torch.float32
            assert torch.equal(gradient, expected[name]), name


@pytest.mark.filterwarnings("ignore:CUDA is not available:UserWarning")  # only pretended
@pytest.mark.parametrize("lower", [None, torch.bfloat16])
def test_a_step_does_not_wait_for_a_gpu(lower):
    """Nothing in it asks for a number that the device has yet to calculate."""
    options = {"feedback_event": "symmetric", "learn_feedback_event": True}
    with FakeTensorMode(), torch.device("cuda"):
        model = burst_mlp((5, 4, 4, 3), **options)
        loss = DirectStep(model, lower)(torch.rand(6, 5), torch.rand(6, 3))
        assert {each.grad.device.type for each in model.parameters()} == {"cuda"}
    assert loss.device.type == "cuda"


class Own(BurstLinear):
    """A layer of a user's own."""


def hooked(hang):
    """Hang something on a part of a model."""

    def change(model):
        hang(model)
        return model

    return change


INDIRECT = {
    "hook of a gradient": hooked(lambda model: model[1].weight.register_hook(lambda grad: grad)),
    "hook after a gradient": hooked(
        lambda model: model[1].weight.register_post_accumulate_grad_hook(lambda each: None)
    ),
    "forward hook": hooked(lambda model: model[1].register_forward_hook(lambda *_: None)),
    "forward pre-hook": hooked(lambda model: model.register_forward_pre_hook(lambda *_: None)),
    "backward hook": hooked(lambda model: model[1].register_full_backward_hook(lambda *_: None)),
    "backward pre-hook": hooked(
        lambda model: model[2].register_full_backward_pre_hook(lambda *_: None)
    ),
    "forward of one's own": hooked(lambda model: setattr(model[1], "forward", model[1].forward)),
    "parametrisation": hooked(
        lambda model: torch.nn.utils.parametrize.register_parametrization(
            model[1], "weight", torch.nn.Identity()
        )
    ),
    "compiled in place": hooked(lambda model: model.compile()),
    "layer of one's own": lambda model: torch.nn.Sequential(Own(5, 4), *model[2:]),
    "a layer twice": lambda model: torch.nn.Sequential(*model[:3], *model[2:]),
    "shared weights": lambda model: shared_weights(model),
    "nested": lambda model: torch.nn.Sequential(model),
    "other modules": lambda model: torch.nn.Sequential(*model[:2], torch.nn.Dropout(), *model[2:]),
    "standardised within": lambda model: torch.nn.Sequential(
        *model[:2], Normalize(0.5, 0.5), *model[2:]
    ),
    "readout below the top": lambda model: torch.nn.Sequential(*model, torch.nn.Flatten()),
    "wrapped": torch.nn.DataParallel,
    "a matrix that lies by columns": hooked(
        lambda model: setattr(
            model[1], "weight", torch.nn.Parameter(model[1].weight.detach().t().contiguous().t())
        )
    ),
    "comparator": lambda model: mlp("backprop", (5, 4, 4, 3)),
    "no layers": lambda model: torch.nn.Sequential(),
}


def shared_weights(model):
    model[2].bias = model[1].bias
    return model


@pytest.mark.parametrize("name", INDIRECT)
def test_what_autograd_does_more_for_is_left_to_it(name):
    model = burst_mlp((5, 4, 4, 3))
    assert is_direct(model)
    assert not is_direct(INDIRECT[name](model))


def test_a_forward_that_all_layers_were_given_is_taken(monkeypatch):
    monkeypatch.setattr(BurstLinear, "forward", lambda self, inputs: inputs)
    assert not is_direct(burst_mlp((5, 4, 3)))


def test_modes_that_watch_autograd_are_left_to_it():
    model = burst_mlp((5, 3))
    with torch.autograd.set_detect_anomaly(True):
        assert not is_direct(model)
    with torch.autocast("cpu", torch.bfloat16):
        assert not is_direct(model)
    handle = torch.nn.modules.module.register_module_forward_hook(lambda *_: None)
    assert not is_direct(model)
    handle.remove()
    assert is_direct(model)


INPUTS = random(61, 6)
SAMPLES = (INPUTS, (INPUTS[:, 0] > INPUTS[:, 1]).long())
CONFIG = TrainingConfig(epochs=4, batch_size=8, learning_rate=0.02, seed=5)
LEARNED_Q = {"feedback_event": "symmetric", "learn_feedback_event": True}


def trained(config, change=lambda model: None, **options):
    model = burst_mlp((6, 5, 4, 2), generator=torch.Generator().manual_seed(0), **options)
    change(model)
    return train(model, SAMPLES, SAMPLES, config)


@pytest.mark.parametrize("options", [{}, LEARNED_Q, {"feedback": "kolen_pollack"}])
@pytest.mark.parametrize(
    "change",
    [
        {"weight_decay": 1e-3},
        {"optimizer": "sgd"},
        {"optimizer": "sgd", "momentum": 0.9, "weight_decay": 1e-3, "schedule": "constant"},
        {"autocast": "bf16"},
    ],
)
def test_a_run_is_that_of_autograd_to_the_bit(monkeypatch, options, change):
    config = dataclasses.replace(CONFIG, **change)
    result = trained(config, **options)
    monkeypatch.setattr(epochs, "is_direct", lambda model: False)
    expected = trained(config, **options)
    for name, value in expected.model.state_dict().items():
        assert torch.equal(result.model.state_dict()[name], value), name
    for record, other in zip(result.history, expected.history, strict=True):
        assert {**record, "seconds": 0} == {**other, "seconds": 0}


def test_hooks_of_the_user_see_every_batch():
    seen = []

    def watch(model):
        model[1].weight.register_hook(lambda gradient: seen.append(gradient.abs().max() > 0))

    trained(CONFIG, watch)
    assert len(seen) == CONFIG.epochs * 8 and all(seen)

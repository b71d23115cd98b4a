"""Convolutional layers: the published code's numbers, backprop where they are its limit, rules."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch._subclasses import FakeTensorMode

from lava_bccn.errors import InvalidInputError
from lava_bccn.metrics import angle_degrees
from lava_bccn.nn import (
    BurstConv2d,
    BurstLinear,
    BurstReadout,
    Checkpoint,
    ConvolutionSpec,
    TrainingConfig,
    alignment,
    burst_cnn,
    burst_layers,
    burst_loss,
    burst_states,
    load_checkpoint,
    save_checkpoint,
    train,
)
from lava_bccn.nn.augmentation import augment
from lava_bccn.nn.optimization import parameter_groups

TOLERANCE = 1e-5
DOUBLE = torch.float64


def published_model(file):
    """The golden file's network: conv, conv, flatten, fully connected, output."""
    options = {"feedback": "random", "feedback_event": "random"}
    strides = file["strides"].tolist()
    modules = []
    for i in range(1, 5):
        units, below, *kernel = file[f"weight_{i}"].shape
        own = options if i > 1 else {"feedback": None}
        if kernel:
            modules.append(BurstConv2d(below, units, tuple(kernel), stride=strides[i - 1], **own))
        else:
            modules.append((BurstReadout if i == 4 else BurstLinear)(below, units, **own))
        for name in ("weight", "bias", "feedback_burst", "feedback_event"):
            if f"{name}_{i}" in file:
                with torch.no_grad():
                    getattr(modules[-1], name).copy_(torch.from_numpy(file[f"{name}_{i}"]))
    modules.insert(2, torch.nn.Flatten())
    return torch.nn.Sequential(*modules)


def test_every_published_number(golden):
    file = golden("discrete_conv")
    model = published_model(file)
    inputs, target = torch.from_numpy(file["x"]), torch.from_numpy(file["target"])
    burst_loss(model(inputs), target).backward()
    compared = {"x", "target", "p_baseline", "strides"}

    def check(key, value):
        np.testing.assert_allclose(value.detach(), file[key], atol=TOLERANCE, err_msg=key)
        compared.add(key)

    layers = burst_layers(model)
    states, angles = burst_states(model, inputs, target), alignment(model, inputs, target)
    for i, (layer, state, angle) in enumerate(zip(layers, states, angles, strict=True), start=1):
        for key in ("event_rate", "burst_prob", "burst_rate", *(["apical"] if i < 4 else [])):
            check(f"{key}_{i}", getattr(state, key))
        for key in ("weight", "bias"):
            check(f"{key}_{i}", getattr(layer, key))
            check(f"grad_{key}_{i}", getattr(layer, key).grad)
        if i > 1:
            check(f"feedback_burst_{i}", layer.feedback_burst)
            check(f"feedback_event_{i}", layer.feedback_event)
        for rule, measured in (
            ("backprop", angle.to_backprop),
            ("fa", angle.to_feedback_alignment),
        ):
            key = f"{rule}_grad_weight_{i}"
            expected = angle_degrees(layer.weight.grad, torch.from_numpy(file[key]))
            assert measured == pytest.approx(expected, abs=0.01), key
            compared.add(key)
    assert compared == set(file), "every array of the file must be compared"


def ordinary(model):
    """The same weights in PyTorch's own layers, trained by its own backprop."""
    modules = []
    for module in model:
        if isinstance(module, torch.nn.Flatten):
            modules.append(torch.nn.Flatten())
            continue
        if isinstance(module, BurstConv2d):
            twin = torch.nn.Conv2d(
                module.in_channels,
                module.out_channels,
                module.kernel_size,
                module.stride,
                module.padding,
                groups=module.groups,
                dtype=DOUBLE,
            )
        else:
            twin = torch.nn.Linear(module.in_features, module.out_features, dtype=DOUBLE)
        twin.load_state_dict({"weight": module.weight.detach(), "bias": module.bias.detach()})
        modules += [twin, torch.nn.Sigmoid()]
    return torch.nn.Sequential(*modules)


@st.composite
def geometries(draw):
    """Two convolutions with strides that need not divide the images, padding and groups."""
    groups = draw(st.sampled_from((1, 2)))
    kernel = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    stride = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    padding = draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    size = draw(st.tuples(st.integers(5, 8), st.integers(5, 8)))
    return size, {"kernel_size": kernel, "stride": stride, "padding": padding, "groups": groups}


def conv_model(geometry, **options):
    """A convolution, the drawn one, and a readout, in double precision."""
    size, arguments = geometry
    options = {"dtype": DOUBLE, "generator": torch.Generator().manual_seed(3), **options}
    first = BurstConv2d(
        2,
        4,
        3,
        padding=1,
        feedback=None,
        **{k: v for k, v in options.items() if k in ("dtype", "generator", "p_baseline")},
    )
    second = BurstConv2d(4, 6, **arguments, **options)
    features = second(torch.zeros(1, 4, *size, dtype=DOUBLE)).numel()
    readout = BurstReadout(features, 3, **options)
    return torch.nn.Sequential(first, second, torch.nn.Flatten(), readout)


def images(geometry, count=4):
    return torch.rand(
        count, 2, *geometry[0], dtype=DOUBLE, generator=torch.Generator().manual_seed(4)
    )


@settings(max_examples=30)
@given(geometries(), st.sampled_from((0.5, 0.2)))
def test_tied_feedback_is_backprop_where_apical_potentials_are_small(geometry, p_baseline):
    model, inputs = conv_model(geometry, feedback="tied", p_baseline=p_baseline), images(geometry)
    target = model(inputs).detach() - 1e-5
    burst_loss(model(inputs), target).backward()
    twin = ordinary(model)
    (0.5 * (twin(inputs) - target).square().sum() / len(inputs)).backward()
    references = [module for module in twin if hasattr(module, "weight")]
    for layer, reference in zip(burst_layers(model), references, strict=True):
        for name in ("weight", "bias"):
            expected = getattr(reference, name).grad
            error = (getattr(layer, name).grad / p_baseline - expected).abs().max()
            assert float(error) <= 1e-6 * float(expected.abs().max()), name


@settings(max_examples=15)
@given(geometries(), st.booleans())
def test_homeostatic_learning_changes_kernels_by_events_times_apical_potentials(geometry, burst):
    name, sign = ("feedback_burst", 1) if burst else ("feedback_event", -1)
    model = conv_model(geometry, feedback_event="random", **{f"learn_{name}": True})
    inputs = images(geometry)
    burst_loss(model(inputs), None).backward()
    below, layer_states, _ = burst_states(model, inputs, None)
    layer = model[1]
    kernel = torch.zeros_like(layer.weight, requires_grad=True)
    # <e, K * u> is linear in the kernel K; its gradient pairs every e with the u it reaches.
    reached = torch.nn.functional.conv2d(
        below.apical, kernel, None, layer.stride, layer.padding, groups=layer.groups
    )
    ((layer_states.event_rate * reached).sum() / len(inputs)).backward()
    assert float(kernel.grad.abs().max()) > 0
    torch.testing.assert_close(getattr(layer, name).grad, sign * kernel.grad)


def test_kolen_pollack_kernels_align_at_the_rate_of_the_decay():
    geometry = ((7, 6), {"kernel_size": 3, "stride": 2, "padding": 1, "groups": 2})
    model, inputs = conv_model(geometry, feedback="kolen_pollack"), images(geometry)
    layer = model[1]
    difference = (layer.weight - layer.feedback_burst).detach().clone()
    start = layer.weight.detach().clone()
    optimizer = torch.optim.SGD(parameter_groups(model, 0.1), lr=0.5)
    for _ in range(20):
        optimizer.zero_grad()
        burst_loss(model(inputs), torch.eye(3, dtype=DOUBLE)[[0, 1, 2, 0]]).backward()
        optimizer.step()
    now = (layer.weight - layer.feedback_burst).detach()
    torch.testing.assert_close(now, difference * 0.95**20)
    assert not torch.allclose(layer.weight, start * 0.95**20)


def test_without_a_teacher_balanced_kernels_learn_nothing():
    geometry = ((6, 6), {"kernel_size": 2, "stride": 2})
    model = conv_model(geometry)
    burst_loss(model(images(geometry)), None).backward()
    assert all(float(p.grad.abs().max()) == 0 for p in model.parameters())


def test_the_published_cifar10_network_has_its_sizes():
    layers = burst_layers(burst_cnn((3, 32, 32)))
    shapes = [tuple(layer.weight.shape) for layer in layers]
    assert shapes == [(64, 3, 5, 5), (128, 64, 5, 5), (256, 128, 3, 3), (1480, 2304), (10, 1480)]
    assert layers[0].feedback is None and layers[1].feedback == "random"


def small_cnn(**options):
    return burst_cnn(
        (1, 8, 8),
        (ConvolutionSpec(4, 3, stride=2, padding=1), ConvolutionSpec(6, 3)),
        (12,),
        2,
        normalize=(0.5, 0.3),
        **options,
    )


def bars(count=64):
    """Images of a bright row (0) or column (1)."""
    generator = torch.Generator().manual_seed(0)
    inputs = 0.2 * torch.rand(count, 1, 8, 8, generator=generator)
    labels = torch.arange(count) % 2
    for image, label, place in zip(
        inputs, labels, torch.randint(8, (count,), generator=generator), strict=True
    ):
        (image[0].T if label else image[0])[place] = 1
    return inputs, labels


def test_it_learns_and_a_resumed_run_has_the_same_bits(tmp_path):
    samples = bars()
    config = TrainingConfig(
        epochs=15, batch_size=8, learning_rate=1e-2, schedule="constant", crop_padding=1, flip=True
    )

    def model():
        return small_cnn(feedback="tied", gain=4.0, generator=torch.Generator().manual_seed(0))

    whole = train(model(), samples, samples, config)
    assert whole.history[-1]["held_out_error"] < 0.1

    class Killed(Exception):
        pass

    def kill(record):
        if record["epoch"] == 3:
            raise Killed

    path = tmp_path / "bars.pt"
    with pytest.raises(Killed):
        train(model(), samples, samples, config, checkpoint=path, on_epoch=kill)
    resumed = train(model(), samples, samples, config, checkpoint=path, resume=True)
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[name]), name


def test_a_checkpoint_keeps_every_option_of_a_convolution(tmp_path):
    geometry = ((7, 6), {"kernel_size": (2, 3), "stride": (2, 1), "padding": (0, 1), "groups": 2})
    model = conv_model(geometry, feedback_event="random", learn_feedback_event=True)
    save_checkpoint(tmp_path / "conv.pt", Checkpoint(model))
    loaded = load_checkpoint(tmp_path / "conv.pt").model
    assert repr(loaded) == repr(model)
    assert torch.equal(loaded(images(geometry)), model(images(geometry)))


@given(st.integers(0, 3), st.booleans(), st.integers(0, 2**32))
def test_augmented_images_are_the_images_moved_and_mirrored(padding, flip, seed):
    batch = torch.rand(3, 2, 5, 6, generator=torch.Generator().manual_seed(1))
    shown = augment(batch, torch.Generator().manual_seed(seed), crop_padding=padding, flip=flip)
    assert shown.shape == batch.shape
    padded = torch.nn.functional.pad(batch, (padding,) * 4)
    places = range(2 * padding + 1)
    for image, augmented in zip(padded, shown, strict=True):
        crops = [image[:, y : y + 5, x : x + 6] for y in places for x in places]
        possible = crops + ([crop.flip(2) for crop in crops] if flip else [])
        assert any(torch.equal(augmented, crop) for crop in possible)


def test_augmentation_does_not_wait_for_a_gpu():
    with FakeTensorMode():
        images = torch.rand(4, 3, 5, 5, device="cuda")
        shown = augment(images, torch.Generator(), crop_padding=1, flip=True)
    assert shown.device.type == "cuda" and shown.shape == images.shape


def test_augmentation_is_fair():
    batch = torch.arange(4.0).expand(4000, 1, 1, 4)
    shown = augment(batch, torch.Generator().manual_seed(0), crop_padding=0, flip=True)
    assert float((shown[:, 0, 0, 0] == 3).float().mean()) == pytest.approx(0.5, abs=0.04)
    ones = torch.ones(4000, 1, 1, 4)
    moved = augment(ones, torch.Generator().manual_seed(0), crop_padding=1)
    # Of nine places, three leave the row in view; a third of those keeps all four columns.
    assert float((moved.sum((1, 2, 3)) == 4).float().mean()) == pytest.approx(1 / 9, abs=0.02)


@pytest.mark.parametrize(
    "arguments",
    [
        {"stride": 0},
        {"padding": -1},
        {"groups": 3},
        {"stride": (1, 2, 3)},
        {"feedback": "none"},
    ],
)
def test_what_no_convolution_has_is_refused(arguments):
    with pytest.raises(InvalidInputError):
        BurstConv2d(4, 6, 3, **arguments)


@pytest.mark.parametrize("shape", [(2, 16), (2, 3, 8, 8), (2, 4, 2, 8)])
def test_inputs_of_another_shape_are_refused(shape):
    with pytest.raises(InvalidInputError, match="expected images of shape"):
        BurstConv2d(4, 6, 3)(torch.rand(shape))


def test_images_too_small_for_a_convolution_are_refused():
    with pytest.raises(InvalidInputError, match="too small for convolution 3"):
        burst_cnn((3, 16, 16))


def test_augmentation_of_flat_inputs_is_refused():
    inputs, labels = bars(4)
    flat = (inputs.flatten(1), labels)
    model = torch.nn.Sequential(BurstReadout(64, 2, feedback=None))
    with pytest.raises(InvalidInputError, match="are for images"):
        train(model, flat, flat, TrainingConfig(epochs=1, flip=True))


@pytest.mark.slow
def test_torch_compile_gives_the_same_gradients():
    model = small_cnn(feedback_event="symmetric", learn_feedback_event=True)
    inputs, labels = bars(8)
    target = torch.nn.functional.one_hot(labels, 2).float()
    burst_loss(model(inputs), target).backward()
    eager = [parameter.grad.clone() for parameter in model.parameters()]
    model.zero_grad()
    burst_loss(torch.compile(model)(inputs), target).backward()
    for expected, parameter in zip(eager, model.parameters(), strict=True):
        torch.testing.assert_close(expected, parameter.grad)

"""The chip's integers in PyTorch: the same bits, gradients of real numbers, and back again."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lava_bccn
from lava_bccn import mapping
from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.mapping.torch.aware import IntegerNetwork
from lava_bccn.mapping.torch.module import FloatNetwork
from lava_bccn.mapping.torch.staircase import Staircase
from lava_bccn.nn import burst_mlp

nn = torch.nn
IMAGE = (2, 6, 6)
GENERATOR = torch.Generator().manual_seed(1)
IMAGES = torch.rand(40, *IMAGE, generator=GENERATOR)

MODELS = {
    "relu": lambda: nn.Sequential(nn.Flatten(), nn.Linear(72, 20), nn.ReLU(), nn.Linear(20, 4)),
    "tanh": lambda: nn.Sequential(nn.Flatten(), nn.Linear(72, 20), nn.Tanh(), nn.Linear(20, 4)),
    "sigmoid": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(72, 20), nn.Sigmoid(), nn.Linear(20, 4), nn.Sigmoid()
    ),
    "convolutions": lambda: nn.Sequential(
        nn.Conv2d(2, 6, 3, padding=1),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 8, 2, groups=2),
        nn.ReLU6(),
        nn.Flatten(),
        nn.Linear(32, 4),
    ),
    "mixed": lambda: nn.Sequential(
        nn.Conv2d(2, 4, 3, stride=2),
        nn.Tanh(),
        nn.Flatten(),
        nn.Linear(16, 12),
        nn.ReLU(),
        nn.Linear(12, 8),
        nn.Hardtanh(),
        nn.Linear(8, 3),
        nn.Softmax(-1),
    ),
}


def model_of(name: str, seed: int = 0) -> torch.nn.Module:
    torch.manual_seed(seed)
    return MODELS[name]().eval()


def network_of(name: str, seed: int = 0, **options):
    return mapping.from_torch(model_of(name, seed), IMAGES, feedback=None, **options)


def equal(network, other) -> bool:
    return all(
        np.array_equal(getattr(layer, name), getattr(same, name))
        for layer, same in zip(network.layers, other.layers, strict=True)
        for name in ("weight", "bias", "weight_exponent", "soma_fraction_bits")
    ) and (network.output, network.number_format) == (other.output, other.number_format)


@pytest.mark.parametrize("name", MODELS)
@given(seed=st.integers(0, 99), bits=st.sampled_from([8, 4, 2]), events=st.sampled_from([8, 5]))
@settings(max_examples=4)
@pytest.mark.filterwarnings("ignore::lava_bccn.errors.RoundingWarning")
def test_it_computes_the_bits_of_the_simulator(name, seed, bits, events):
    network = network_of(name, seed, weight_bits=bits, event_bits=events)
    inputs = torch.rand(9, *IMAGE, dtype=torch.float64)
    module = mapping.quantisation_aware(network)
    expected = lava_bccn.run(network, inputs.numpy()).outputs
    np.testing.assert_array_equal(IntegerNetwork(network, torch.float64)(inputs).detach(), expected)
    # In single precision the rates are as exact, and the outputs rounded once.
    output = network.output
    scale, offset = (1, 0) if output is None else (output.scale, output.offset)
    rates = (module(inputs).detach().double().numpy() - offset) / scale
    rates /= network.number_format.event_unit
    np.testing.assert_array_equal(np.rint(rates), np.rint((expected - offset) / scale * 2**events))


@pytest.mark.parametrize("name", MODELS)
def test_after_training_it_is_the_network_of_its_bits(name):
    network = network_of(name)
    module = mapping.quantisation_aware(network)
    optimizer = torch.optim.Adam(module.parameter_groups(0.02))
    target = torch.rand(len(IMAGES), network.output_size)
    losses = []
    for _ in range(10):
        loss = torch.square(module.train()(IMAGES) - target).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    learned = mapping.from_torch(module.eval())
    assert not equal(learned, network)
    assert mapping.stored_rounding(network) and not mapping.stored_rounding(learned)
    outputs = lava_bccn.run(learned, IMAGES.numpy()).outputs
    np.testing.assert_allclose(module(IMAGES).detach(), outputs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("precision", ["fixed", "float"])
@pytest.mark.parametrize("name", sorted({*MODELS} - {"sigmoid"}))
def test_from_torch_of_to_torch_is_the_network(name, precision, dtype):
    network = network_of(name, precision=precision)
    module = mapping.to_torch(network, dtype)
    assert isinstance(module, IntegerNetwork) == (precision == "fixed")
    again = mapping.from_torch(module, precision=precision, metadata={"from": "here"})
    assert equal(again, network)
    assert again.metadata == {**network.metadata, "from": "here"}


def test_wrappers_are_no_matter():
    network = network_of("relu")
    assert equal(mapping.from_torch(nn.DataParallel(mapping.to_torch(network))), network)


def test_a_float_network_maps_to_integers_as_its_model_does():
    network = network_of("mixed")
    module = mapping.to_torch(network_of("mixed", precision="float"))
    assert equal(mapping.from_torch(module, IMAGES), network)


@pytest.mark.parametrize("name", MODELS)
def test_where_nothing_is_rounded_gradients_are_those_of_real_numbers(name):
    """With the finest integers, gradients are nearly those of the model in floating point."""
    network = network_of(name, event_bits=12)
    real = FloatNetwork(
        replace(
            network,
            layers=tuple(
                replace(
                    layer,
                    weight=layer.weight * 2.0**layer.weight_exponent,
                    bias=layer.bias * network.state_unit("soma", index),
                )
                for index, layer in enumerate(network.layers)
            ),
            precision="float",
            number_format=None,
        ),
        torch.float64,
    )
    module = IntegerNetwork(network, torch.float64)
    inputs = (IMAGES.double() * 4095).round() / 4096
    for each in (real, module):
        each(inputs).square().sum().backward()
    for expected, found in zip(real.parameters(), module.parameters(), strict=True):
        largest = float(expected.grad.abs().max())
        assert float((expected.grad - found.grad).abs().max()) < 0.02 * largest


def test_weights_beyond_the_integers_get_no_gradient():
    module = IntegerNetwork(network_of("relu"))
    with torch.no_grad():
        module.weights[1][0, 0] = 1000.0
    module(IMAGES).sum().backward()
    assert module.weights[1].grad[0, 0] == 0
    assert mapping.from_torch(module).layers[1].weight[0, 0] == 127


def test_sums_beyond_single_precision_are_exact():
    layer = nn.Linear(2000, 3)
    nn.init.constant_(layer.weight, 0.99)
    inputs = torch.rand(5, 2000)
    network = mapping.from_torch(nn.Sequential(layer, nn.ReLU(), nn.Linear(3, 2)), inputs)
    module = IntegerNetwork(network)
    assert module._exact_in(0) is torch.float64
    outputs = lava_bccn.run(network, inputs.numpy()).outputs
    np.testing.assert_allclose(module(inputs).detach(), outputs, rtol=1e-6)


def test_it_is_copied_and_stored_as_other_modules_are(tmp_path):
    network = network_of("convolutions")
    module, other = (mapping.quantisation_aware(network) for _ in range(2))
    with torch.no_grad():
        module.weights[0].mul_(0.9)
    torch.save(module.state_dict(), tmp_path / "module.pt")
    other.load_state_dict(torch.load(tmp_path / "module.pt", weights_only=True))
    for same in (other, copy.deepcopy(module)):
        assert equal(same.mapped(), module.mapped())
    coarser = mapping.quantisation_aware(network_of("convolutions", weight_bits=4))
    with pytest.raises(InvalidInputError, match="other scales or bits"):
        coarser.load_state_dict(module.state_dict())


def test_half_precision_around_it_changes_no_bit():
    module = mapping.quantisation_aware(network_of("convolutions"))
    with torch.autocast("cpu", torch.bfloat16):
        within = module(IMAGES)
    assert torch.equal(within, module(IMAGES))


@pytest.mark.parametrize(
    ("option", "value"),
    [("precision", "float"), ("weight_bits", 4), ("equalise", True), ("hardware", True)],
)
def test_options_that_contradict_its_integers_are_refused(option, value):
    module = mapping.quantisation_aware(network_of("relu"))
    with pytest.raises(MappingError, match=f"{option}={value!r} cannot be chosen") as refusal:
        mapping.from_torch(module, IMAGES, **{option: value})
    assert "\n" not in str(refusal.value)


def test_options_that_are_its_own_are_no_contradiction():
    network = network_of("relu", weight_bits=4)
    module = mapping.quantisation_aware(network)
    assert equal(mapping.from_torch(module, weight_bits=4, precision="fixed"), network)
    assert equal(mapping.from_torch(module), network)


def test_what_cannot_be_trained_in_integers_says_why():
    with pytest.raises(InvalidInputError, match="precision 'float'"):
        mapping.quantisation_aware(network_of("relu", precision="float"))
    with pytest.raises(InvalidInputError, match="weight_bits cannot be chosen any more"):
        mapping.quantisation_aware(network_of("relu"), weight_bits=4)


def test_what_learns_by_bursts_returns_as_burst_layers():
    network = mapping.from_torch(burst_mlp((5, 4, 3)), torch.rand(9, 5))
    assert isinstance(mapping.to_torch(network), nn.Sequential)


@pytest.mark.parametrize("name", [*MODELS, "burst"])
@given(potentials=st.lists(st.integers(-(2**23), 2**23 - 1), min_size=1, max_size=50))
@settings(max_examples=20)
def test_stairs_are_the_integer_activation(name, potentials):
    network = NETWORKS[name]
    for index in range(len(network.layers)):
        ensembles = network.ensembles(index)
        near = np.array(potentials) // [[1], [64], [4096]]
        expected = ensembles.event_rate(near) * network.number_format.event_unit
        found = Staircase(ensembles, network.number_format.event_unit)(torch.from_numpy(near * 1.0))
        np.testing.assert_array_equal(found, expected)


def _burst():
    model = burst_mlp((72, 6, 3), activation="hard_sigmoid")
    return mapping.from_torch(model, IMAGES.flatten(1))


NETWORKS = {"burst": _burst(), **{name: network_of(name) for name in MODELS}}

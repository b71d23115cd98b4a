"""Kernels that learn online in the simulator: its two forms, and PyTorch's gradients."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lava_bccn
from lava_bccn import LearningConfig, datasets, mapping
from lava_bccn.network.learning import PATHWAYS
from lava_bccn.nn import ConvolutionSpec, burst_loss
from lava_bccn.nn.models import burst_layers
from lava_bccn.sim.compiled.learner import CompiledLearner
from lava_bccn.sim.learner import Learner
from tests.conftest import REGIMES, samples_for
from tests.convolutions import conv_network, geometries, model_for

seeds = st.integers(0, 2**32 - 1)
configs = st.builds(
    LearningConfig,
    weight_rate=st.integers(4, 6),
    bias_rate=st.integers(-2, 4),
    hidden_boost=st.sampled_from(((), (1,), (2, 1))),
    feedback_burst_rate=st.integers(0, 4),
    feedback_event_rate=st.integers(0, 4),
    decay=st.sampled_from((None, 8)),
    halve_at=st.sampled_from(((), (3, 40))),  # and the 64th sample decays
    learns=st.sets(st.sampled_from(PATHWAYS)).map(lambda some: ("bias", *some)),
    seed=seeds,
)


def arrays(network):
    return {
        f"{name}_{index}": array
        for index, layer in enumerate(network.layers)
        for name, array in layer.arrays.items()
    }


def assert_same(first, second):
    a, b = arrays(first), arrays(second)
    assert a.keys() == b.keys()
    for name, array in a.items():
        np.testing.assert_array_equal(array, b[name], err_msg=name)


def mapped(geometry, seed, regime, **options):
    torch.manual_seed(seed)
    model, images = model_for(geometry, normalize=True, **regime)
    return mapping.from_torch(model, images.numpy(), **options)


@settings(max_examples=12, deadline=None)
@given(geometries(), st.sampled_from(REGIMES), configs, seeds)
def test_the_compiled_form_has_the_bits_of_the_plain_one(geometry, regime, config, seed):
    network = mapped(geometry, seed, regime)
    inputs, targets = samples_for(network, 30, np.random.default_rng(seed))
    plain, compiled = (kind(network, config, learned=36) for kind in (Learner, CompiledLearner))
    states = [plain.learn(*sample) for sample in zip(inputs, targets, strict=True)]
    outputs = compiled.learn(inputs, targets)
    np.testing.assert_array_equal(outputs, [state[-1].event_rate[0] for state in states])
    for expected, got in zip(states[-1], compiled.states(), strict=True):
        for name, value in vars(expected).items():
            np.testing.assert_array_equal(getattr(got, name), value, err_msg=name)
    assert_same(plain.network(), compiled.network())
    assert plain.saturations() == compiled.saturations()
    np.testing.assert_array_equal(plain.potential_saturations(), compiled.potential_saturations())


@settings(max_examples=5, deadline=None)
@given(geometries(), seeds, st.integers(0, 66))
def test_parts_have_the_bits_of_the_whole(geometry, seed, cut):
    network = mapped(geometry, seed, {"feedback": "kolen_pollack"})
    config = LearningConfig(weight_rate=2, decay=8)
    inputs, targets = samples_for(network, 66, np.random.default_rng(seed))
    whole, first = CompiledLearner(network, config), CompiledLearner(network, config)
    whole.learn(inputs, targets)
    first.learn(inputs[:cut], targets[:cut])
    second = CompiledLearner(first.network(), config, learned=cut)
    second.learn(inputs[cut:], targets[cut:])
    assert_same(whole.network(), second.network())


@settings(max_examples=10, deadline=None)
@given(geometries(), st.sampled_from(REGIMES), seeds)
def test_in_floating_point_a_sample_changes_kernels_by_the_gradient_times_the_rate(
    geometry, regime, seed
):
    """The one sample of a batch of 1, as SGD would with the rates of the kernels: to 1e-12."""
    torch.manual_seed(seed)
    model, images = model_for(geometry, normalize=True, **regime)
    label = torch.nn.functional.one_hot(torch.tensor([2]), 3).double()
    burst_loss(model(images[:1]), label).backward()
    network = mapping.from_torch(model, images.numpy(), precision="float")
    rates = {"weight": 3, "bias": 2, "feedback_burst": 4, "feedback_event": 5}
    config = LearningConfig(**{f"{name}_rate": n for name, n in rates.items()}, hidden_boost=())
    learned = lava_bccn.run(network, images[:1].numpy(), label.numpy(), learn=config).network
    # What a first Normalize does to inputs is in the first W and c, which learn from raw ones.
    triples = list(zip(burst_layers(model), network.layers, learned.layers, strict=True))[1:]
    for source, before, after in triples:
        own = {"weight": source.weight, "bias": source.bias}
        own |= {"feedback_burst": source._feedback_burst, "feedback_event": source._feedback_event}
        for name, parameter in own.items():
            if parameter is None or not parameter.requires_grad:
                continue
            is_follower = name == "feedback_burst" and source.feedback == "kolen_pollack"
            places = before.units // len(before.weight)
            if name.startswith("feedback") and not is_follower:
                shift = (before.senders * places - 1).bit_length()
            else:
                shift = math.ceil(math.log2(places) / 2)
            rate = 2.0 ** -(rates["weight" if is_follower else name] + shift)
            change = getattr(after, name) - getattr(before, name)
            expected = -rate * parameter.grad.numpy()
            if name == "bias":
                expected = expected.repeat(places)
            np.testing.assert_allclose(change, expected, rtol=0, atol=1e-12, err_msg=name)


def test_a_first_kernel_learns_the_gradient_too(generator):
    from lava_bccn.dynamics.convolution import ConvolutionGeometry

    model, images = model_for(ConvolutionGeometry((2, 6, 5), (2, 1), (1, 0), 2))
    label = torch.nn.functional.one_hot(torch.tensor([1]), 3).double()
    burst_loss(model(images[:1]), label).backward()
    network = mapping.from_torch(model, images.numpy(), precision="float")
    config = LearningConfig(weight_rate=1, hidden_boost=())
    learned = lava_bccn.run(network, images[:1].numpy(), label.numpy(), learn=config).network
    places = network.layers[0].places
    change = learned.layers[0].weight - network.layers[0].weight
    rate = 2.0 ** -(1 + math.ceil(math.log2(places) / 2))
    expected = -rate * next(iter(burst_layers(model))).weight.grad.numpy()
    np.testing.assert_allclose(change, expected, rtol=0, atol=1e-12)
    assert np.abs(change).max() > 1e-9


@pytest.mark.parametrize("regime", ["tied", "kolen_pollack"])
def test_y_of_a_kernel_follows_w_with_the_same_draws(regime, generator):
    network, _, _ = conv_network(generator, feedback=regime, feedback_event="tied")
    samples, targets = samples_for(network, 100, generator)
    learner = CompiledLearner(network, LearningConfig(weight_rate=1, decay=None))
    learner.learn(samples, targets)
    before, after = network.layers[1], learner.network().layers[1]
    changes = [
        after.arrays[name].astype(int) - before.arrays[name]
        for name in ("weight", "feedback_burst", "feedback_event")
    ]
    assert np.abs(changes[0]).max() > 3
    assert sum(s.weights for s in learner.saturations()[1].values()) == 0
    for change in changes[1:]:
        np.testing.assert_array_equal(change, changes[0])


def test_units_of_a_channel_keep_the_differences_of_their_biases(generator):
    """Those of padding and normalisation are of the network, and no sample's."""
    network, _, _ = conv_network(generator)
    learner = CompiledLearner(network, LearningConfig())
    learner.learn(*samples_for(network, 50, generator))
    for before, after in zip(network.layers[:2], learner.network().layers[:2], strict=True):
        change = (after.bias - before.bias).reshape(len(before.weight), -1)
        assert (change == change[:, :1]).all() and change.any()


def test_q_of_a_kernel_learns_to_silence_the_dendrites(generator):
    network, _, images = conv_network(
        generator, feedback="random", feedback_event="random", learn_feedback_event=True
    )
    config = LearningConfig(learns=("feedback_event",), feedback_event_rate=0)
    inputs = network.quantise_inputs(np.concatenate([images] * 40).reshape(800, -1))
    no_teacher = np.full((800, network.output_size), -1)

    def apical(each):
        states = lava_bccn.run(each, images, record="apical").states
        return [np.abs(state.apical).mean() for state in states[:-1]]

    learner = CompiledLearner(network, config)
    learner.learn(inputs, no_teacher)
    for before, after in zip(apical(network), apical(learner.network()), strict=True):
        assert after < 0.5 * before


@pytest.mark.slow
def test_a_convolutional_network_learns_digits_from_nothing():
    digits = datasets.load("digits")
    images = digits.train_inputs.reshape(-1, 1, 8, 8)
    network = mapping.new_network(
        (64, 10),
        images,
        convolutions=[ConvolutionSpec(16, 3), ConvolutionSpec(32, 3)],
        gain=1.0,
    )
    inputs = np.tile(images, (10, 1, 1, 1))
    targets = np.tile(np.eye(10)[digits.train_labels], (10, 1))
    config = LearningConfig(weight_rate=1, bias_rate=1)
    learned = lava_bccn.run(network, inputs, targets, learn=config).network
    predictions = lava_bccn.run(learned, digits.test_inputs.reshape(-1, 1, 8, 8)).predictions
    assert (predictions == digits.test_labels).mean() > 0.9

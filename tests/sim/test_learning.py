"""Online learning in the simulator: its two forms, its parts, and PyTorch's gradients."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lava_bccn import mapping
from lava_bccn.network.learning import PATHWAYS, LearningConfig
from lava_bccn.network.plasticity import plasticity
from lava_bccn.sim.compiled.learner import CompiledLearner
from lava_bccn.sim.learner import Learner
from tests.conftest import REGIMES, learning_networks, regime_name, samples_for
from tests.gradients import assert_one_sample_learns_the_gradient

seeds = st.integers(0, 2**32 - 1)
configs = st.builds(
    LearningConfig,
    weight_rate=st.integers(4, 6),
    bias_rate=st.integers(-2, 4),
    hidden_boost=st.sampled_from(((), (1,), (2, 1))),
    feedback_burst_rate=st.integers(0, 4),
    feedback_event_rate=st.integers(0, 4),
    decay=st.sampled_from((None, 6)),
    halve_at=st.sampled_from(((), (3, 40))),
    learns=st.sets(st.sampled_from(PATHWAYS)).map(lambda some: ("bias", *some)),
    forward_noise=st.sampled_from((0.0, 0.0, 0.3)),
    seed=seeds,
)


def arrays(network):
    return {
        f"{name}_{index}": getattr(layer, name)
        for index, layer in enumerate(network.layers)
        for name in PATHWAYS
        if getattr(layer, name) is not None
    }


def assert_same_weights(first, second):
    a, b = arrays(first), arrays(second)
    assert a.keys() == b.keys()
    for name, array in a.items():
        assert array.dtype == b[name].dtype
        np.testing.assert_array_equal(array, b[name], err_msg=name)


def learn_plainly(network, config, inputs, targets):
    learner = Learner(network, config)
    states = [learner.learn(*sample) for sample in zip(inputs, targets, strict=True)]
    return learner, states


@settings(max_examples=60)
@given(learning_networks(), configs, seeds)
def test_the_compiled_form_has_the_bits_of_the_plain_one(network, config, seed):
    inputs, targets = samples_for(network, 70, np.random.default_rng(seed))
    plain, states = learn_plainly(network, config, inputs, targets)
    compiled = CompiledLearner(network, config)
    outputs = compiled.learn(inputs, targets)
    np.testing.assert_array_equal(outputs, [state[-1].event_rate[0] for state in states])
    for expected, got in zip(states[-1], compiled.states(), strict=True):
        for name, value in vars(expected).items():
            np.testing.assert_array_equal(getattr(got, name), value, err_msg=name)
    assert_same_weights(plain.network(), compiled.network())
    assert plain.saturations() == compiled.saturations()
    np.testing.assert_array_equal(plain.potential_saturations(), compiled.potential_saturations())


@settings(max_examples=20)
@given(learning_networks(), configs, seeds, st.integers(0, 70))
def test_parts_have_the_bits_of_the_whole(network, config, seed, cut):
    inputs, targets = samples_for(network, 70, np.random.default_rng(seed))
    whole = CompiledLearner(network, config)
    whole.learn(inputs, targets)
    first = CompiledLearner(network, config)
    first.learn(inputs[:cut], targets[:cut])
    second = CompiledLearner(first.network(), config, learned=cut)
    second.learn(inputs[cut:], targets[cut:])
    assert_same_weights(whole.network(), second.network())


@pytest.mark.parametrize("regime", REGIMES, ids=regime_name)
def test_another_seed_rounds_otherwise_and_what_does_not_learn_stays(regime, generator):
    inputs = generator.random((60, 12))
    network = mapping.new_network((12, 20, 5), inputs, **regime)
    samples, targets = samples_for(network, 60, generator)
    learned = []
    for seed in (0, 1):
        learner = CompiledLearner(network, LearningConfig(seed=seed))
        learner.learn(samples, targets)
        learned.append(arrays(learner.network()))
    before = arrays(network)
    follows = regime["feedback"] in ("kolen_pollack", "tied")
    learns = {
        "weight": True,
        "feedback_burst": follows or "learn_feedback_burst" in regime,
        "feedback_event": "learn_feedback_event" in regime
        or ("feedback_event" not in regime and (follows or "learn_feedback_burst" in regime)),
    }
    for name, expected in learns.items():
        first, second, start = learned[0][f"{name}_1"], learned[1][f"{name}_1"], before[f"{name}_1"]
        assert (not np.array_equal(first, start)) == expected, name
        assert (not np.array_equal(first, second)) == expected, name


def test_what_follows_w_from_its_start_stays_equal_to_it(generator):
    inputs = generator.random((150, 12))
    network = mapping.new_network((12, 20, 5), inputs, feedback="tied")
    samples, targets = samples_for(network, 150, generator)
    learner = CompiledLearner(network, LearningConfig(decay=6))
    learner.learn(samples, targets)
    layer = learner.network().layers[1]
    np.testing.assert_array_equal(layer.feedback_burst, layer.weight)
    np.testing.assert_array_equal(layer.feedback_event, layer.weight)


def test_kolen_pollack_with_decay_brings_y_to_w(generator):
    network = mapping.new_network((20, 30, 10), generator.random((50, 20)), feedback_std=0.3)
    learner = CompiledLearner(network, LearningConfig(weight_rate=4, decay=4))

    def difference():
        layer = learner.network().layers[1]
        return int(np.abs(layer.weight.astype(int) - layer.feedback_burst).sum())

    distances = [difference()]
    for _ in range(4):
        learner.learn(*samples_for(network, 3000, generator))
        distances.append(difference())
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 0.05 * distances[0]


@pytest.mark.parametrize("regime", REGIMES, ids=regime_name)
def test_in_floating_point_a_sample_changes_weights_by_the_gradient_times_the_rate(regime):
    assert_one_sample_learns_the_gradient(regime, "sim")


@given(st.lists(st.integers(1, 5), min_size=2, max_size=4), seeds)
def test_without_a_teacher_balanced_networks_learn_nothing(sizes, seed):
    random = np.random.default_rng(seed)
    network = mapping.new_network(sizes, random.random((20, sizes[0])), seed=seed)
    samples, targets = samples_for(network, 10, random)
    learner = CompiledLearner(network, LearningConfig())
    learner.learn(samples, np.full_like(targets, -1))
    assert_same_weights(network, learner.network())


@pytest.mark.parametrize("precision", ["fixed", "float"])
def test_q_learns_to_silence_the_dendrites_without_a_teacher(precision, generator):
    inputs = generator.random((400, 15))
    network = mapping.new_network(
        (15, 20, 10),
        inputs,
        feedback="symmetric",
        feedback_event="random",
        learn_feedback_event=True,
        precision=precision,
    )
    config = LearningConfig(learns=("feedback_event",), feedback_event_rate=0)
    samples = network.quantise_inputs(inputs)
    silence = network.quantise_targets(np.full((400, 10), -1.0))
    learner = Learner(network, config)
    apical = [
        np.abs(learner.learn(*sample)[0].apical).mean()
        for _ in range(4)
        for sample in zip(samples, silence, strict=True)
    ]
    assert np.mean(apical[-50:]) < (0.02 if precision == "float" else 0.2) * apical[0]


def test_the_order_of_synapses_does_not_matter(generator):
    """Each synapse alone changes as it does among the others."""
    network = mapping.new_network((6, 5, 4), generator.random((30, 6)))
    rule = plasticity(network, LearningConfig(seed=5))[0].weight
    weight = network.layers[0].weight
    deviation, events = generator.integers(-90, 90, 5), generator.integers(0, 256, 6)
    together, _ = rule.learn(weight, deviation, events, sample=3)
    for unit, below in generator.permutation(list(np.ndindex(weight.shape))):
        alone, _ = rule.learn(
            weight, deviation * (np.arange(5) == unit), events * (np.arange(6) == below), sample=3
        )
        assert alone[unit, below] == together[unit, below]
        assert np.count_nonzero(alone != weight) <= 1

"""Branches, gains, noise and realignment of networks that learn online."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lava_bccn
from lava_bccn import mapping
from lava_bccn.dynamics.branches import branch_gain, branch_slices
from lava_bccn.errors import InvalidInputError
from lava_bccn.network import ContinuousTime
from lava_bccn.network.learning import LearningConfig
from lava_bccn.sim.compiled.learner import CompiledLearner
from lava_bccn.sim.learner import Learner
from lava_bccn.sim.settled import settle
from tests.conftest import samples_for
from tests.sim.test_learning import assert_same_weights

LEARNING = {
    "feedback": "random",
    "feedback_event": "random",
    "learn_feedback_burst": True,
    "learn_feedback_event": True,
}
SIZES = (12, 11, 9, 4)


def network(precision="fixed", seed=0, **options):
    inputs = np.random.default_rng(seed).random((30, SIZES[0]))
    return mapping.new_network(
        SIZES, inputs, precision=precision, **{**LEARNING, **options}, seed=seed
    )


def with_branches(made, branches):
    return replace(made, layers=tuple(replace(each, branches=branches) for each in made.layers))


@given(st.integers(1, 15), st.integers(0, 2**32 - 1))
def test_what_is_computed_is_the_same_for_any_number_of_branches(branches, seed):
    made = network(seed=seed)
    samples, targets = samples_for(made, 5, np.random.default_rng(seed))
    for first, second in zip(
        settle(made, samples, targets)[0],
        settle(with_branches(made, branches), samples, targets)[0],
        strict=True,
    ):
        for name, value in vars(first).items():
            np.testing.assert_array_equal(value, getattr(second, name), name)


@settings(max_examples=10)
@given(st.integers(1, 15), st.sampled_from(("event_rate", "burst_rate")), st.booleans())
def test_each_synapse_learns_from_the_potential_of_its_own_branch(branches, factor, teacher):
    """In floating point, against the equations written out here."""
    made = network("float", branches=branches, homeostatic_factor=factor)
    random = np.random.default_rng(0)
    sample, target = random.random(SIZES[0]), random.random(SIZES[-1])
    target = target if teacher else -np.ones(SIZES[-1])
    learner = Learner(made, LearningConfig(learns=("feedback_burst", "feedback_event")))
    states = learner.learn(sample, target)
    for index in (1, 2):
        before, after = made.layers[index], learner.network().layers[index]
        units = before.units
        rate = 2.0 ** -(LearningConfig.feedback_burst_rate + (units - 1).bit_length())
        events, bursts = states[index].event_rate[0], states[index].burst_rate[0]
        read = bursts if factor == "burst_rate" else events
        for block in branch_slices(units, branches):
            potential = before.feedback_burst[block].T @ bursts[block]
            potential = potential - before.feedback_event[block].T @ events[block]
            step = rate * branch_gain(units, block.stop - block.start)
            np.testing.assert_allclose(
                after.feedback_burst[block] - before.feedback_burst[block],
                -step * np.outer(read[block], potential),
                atol=1e-12,
            )
            np.testing.assert_allclose(
                after.feedback_event[block] - before.feedback_event[block],
                step * np.outer(events[block], potential),
                atol=1e-12,
            )


@pytest.mark.slow  # three networks are compiled for
def test_the_integers_learn_what_floating_point_does(generator):
    """Without a teacher Q comes nearer to p^b Y, sender by sender, and with branches more so."""

    def distance(branches):
        made = network(branches=branches, learn_feedback_burst=False)
        samples, _ = samples_for(made, 4000, np.random.default_rng(1))
        config = LearningConfig(feedback_event_rate=0, learns=("feedback_event",))
        learner = CompiledLearner(made, config)
        learner.learn(samples, np.full((4000, SIZES[-1]), -1))
        layer = learner.network().layers[1]
        return np.abs(layer.feedback_burst.astype(int) - layer.feedback_event).mean()

    start = network().layers[1]
    unlearned = np.abs(start.feedback_burst.astype(int) - start.feedback_event).mean()
    one, three, many = distance(1), distance(3), distance(9)
    assert many < three < one < unlearned
    assert many < 0.1 * unlearned


def test_a_gain_sets_how_far_bursts_leave_their_baseline_and_not_what_is_learned(generator):
    """To first order; in floating point with small errors."""
    made = network(
        "float",
        feedback="tied",
        feedback_event="tied",
        learn_feedback_burst=False,
        learn_feedback_event=False,
    )
    sample = generator.random(SIZES[0])
    target = settle(made, sample[None])[0][-1].event_rate[0] + 1e-6

    def learned(scale, gain):
        layers = [replace(each, feedback_gain=gain) for each in made.layers[:-1]]
        changed = replace(made, layers=(*layers, made.layers[-1]), error_scale=scale)
        learner = Learner(changed, LearningConfig(decay=None))
        bursts = learner.learn(sample, target)[0].burst_prob
        return [
            (after.weight - before.weight, np.abs(bursts - 0.5).max())
            for before, after in zip(made.layers, learner.network().layers, strict=True)
        ]

    for (plain, moved), (gained, further) in zip(learned(1, 1), learned(0.5, 10), strict=True):
        np.testing.assert_allclose(plain, gained, rtol=1e-3, atol=1e-15)
        np.testing.assert_allclose(further, 50 * moved, rtol=1e-3)


@pytest.mark.parametrize(
    ("changes", "nearest"),
    [
        ({"error_scale": 0.1}, "0.125"),
        ({"error_scale": 3.0}, "1"),
        ({"error_scale": 2.0}, "1"),
        ({"error_scale": 1e-9}, "0.0002"),
    ],
)
def test_integers_take_gains_of_powers_of_two_and_name_the_nearest(changes, nearest):
    with pytest.raises(InvalidInputError, match=f"take {nearest}"):
        replace(network(), **changes)


def test_noise_that_rounds_to_none_is_none(generator):
    samples, targets = generator.random((20, SIZES[0])), generator.random((20, SIZES[-1]))
    made = network()
    learned = [
        lava_bccn.run(made, samples, targets, learn=LearningConfig(forward_noise=noise)).network
        for noise in (0.0, 1e-6)
    ]
    for first, second in zip(*(each.layers for each in learned), strict=True):
        np.testing.assert_array_equal(first.weight, second.weight)
        np.testing.assert_array_equal(first.feedback_burst, second.feedback_burst)


def test_noise_is_of_the_size_that_was_asked_for():
    from lava_bccn.dynamics.fixed_point import FixedPointFormat
    from lava_bccn.dynamics.noise import ForwardNoise

    for units, rates in (
        (None, np.full((1, 20000), 0.5)),
        (FixedPointFormat(), np.full(20000, 128)),
    ):
        noise = ForwardNoise(0.1, 7, units)
        first, second = (noise.heard(rates, layer, 3) for layer in (0, 1))
        unit = 1.0 if units is None else 2.0**-8
        assert abs(unit * (first - rates).std() - 0.1) < 2e-3
        assert abs(unit * (first - rates).mean()) < 3e-3
        assert abs(np.corrcoef(np.ravel(first), np.ravel(second))[0, 1]) < 0.05
    assert noise.heard(np.array([0, 255]), 0, 0).min() >= 0
    assert all(noise.heard(np.full(200, 255), 0, sample).max() <= 255 for sample in range(5))


@pytest.mark.slow  # it compiles
def test_realignment_changes_nothing_but_what_is_homeostatic(generator):
    made = network(branches=3)
    samples, targets = samples_for(made, 12, generator)
    config = LearningConfig(realign_every=4, realign_samples=8, decay=None)
    learner = Learner(made, config)
    assert [config.realigns(sample) for sample in range(13)] == [*[False] * 4, *[True] * 8, False]
    before = None
    for number, (sample, target) in enumerate(zip(samples, targets, strict=True)):
        states = learner.learn(sample, target)
        if number >= 4:
            assert (states[-1].burst_prob == 1 << 14).all()  # no teacher
        if number == 3:
            before = learner.network()
    after = learner.network()
    for one, other in zip(before.layers, after.layers, strict=True):
        np.testing.assert_array_equal(one.weight, other.weight)
        np.testing.assert_array_equal(one.bias, other.bias)
    assert not np.array_equal(before.layers[1].feedback_event, after.layers[1].feedback_event)
    compiled = CompiledLearner(made, config)
    compiled.learn(samples, targets)
    assert_same_weights(after, compiled.network())


@pytest.mark.parametrize(
    ("made", "config", "time", "message"),
    [
        (
            {"learn_feedback_burst": False, "learn_feedback_event": False},
            {"realign_every": 4, "realign_samples": 4},
            None,
            "homeostatic Y or Q",
        ),
        ({}, {"forward_noise": 0.1}, ContinuousTime(), "forward_noise.*leave time out"),
        ({"branches": 2}, {}, ContinuousTime(), "branches.*leave time out"),
        ({"branches": 2}, {"rule": "engine"}, None, "no form of this network's branches"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(made, config, time, message, generator):
    inputs, targets = generator.random((2, SIZES[0])), np.eye(SIZES[-1])[:2]
    with pytest.raises(InvalidInputError, match=message) as refusal:
        lava_bccn.run(network(**made), inputs, targets, learn=LearningConfig(**config), time=time)
    assert "\n" not in str(refusal.value)


def test_realignment_needs_both_of_its_numbers():
    with pytest.raises(InvalidInputError, match="give both, or neither"):
        LearningConfig(realign_every=3)

"""Online learning inside the learning engine, in plain NumPy."""

from dataclasses import replace

import numpy as np
import pytest

from lava_bccn.mapping import new_network
from lava_bccn.network.engine_options import EngineOptions
from lava_bccn.network.learning import LearningConfig
from lava_bccn.sim.compiled.engine_learner import CompiledEngineLearner
from lava_bccn.sim.engine_learner import EngineLearner
from lava_bccn.sim.settled import settle
from tests import engine_digits
from tests.conftest import samples_for

CONFIG = LearningConfig(weight_rate=1, hidden_boost=(2, 1), rule="engine")
ENGINES = ("integer_tag", "tag", "direct")


def by(options, config=CONFIG):
    """The configuration with other options of the engine."""
    return replace(config, engine=options, rule="engine")


def network(sizes=(12, 8, 7, 5), feedback="kolen_pollack"):
    return new_network(sizes, np.random.default_rng(0).random((20, sizes[0])), feedback=feedback)


def taught(learner, network, count, generator):
    inputs, targets = samples_for(network, count, generator)
    for sample, target in zip(inputs, targets, strict=True):
        learner.learn(sample, target)
    return learner


def arrays(learner):
    """All weights and tags."""
    return [
        array
        for layer in learner.connections
        for synapses in layer
        if synapses is not None
        for array in synapses
    ]


def finest(learner):
    """Weights with their tags, in units of tags."""
    values = arrays(learner)
    return [64 * weight + tag for weight, tag in zip(values[::2], values[1::2], strict=True)]


def test_before_it_learns_it_is_the_network(generator):
    given = network()
    inputs, targets = samples_for(given, 30, generator)
    states, _ = settle(given, inputs, targets)
    learner = EngineLearner(given, CONFIG)
    for ours, theirs in zip(learner.settle(inputs, targets), states, strict=True):
        for name in ("soma", "event_rate", "apical", "burst_rate"):
            assert np.array_equal(getattr(ours, name), getattr(theirs, name))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rounding", ["shared", "synapse", "nearest"])
def test_with_a_teacher_everything_learns_and_at_rest_nothing(engine, rounding, generator):
    given, options = network(), EngineOptions(engine=engine, rounding=rounding)
    learner, fresh = (EngineLearner(given, by(options)) for _ in range(2))
    taught(learner, given, 40, generator)
    for after, before in zip(finest(learner), finest(fresh), strict=True):
        assert (after != before).any()
    before = finest(learner)
    inside = [np.abs(weight) < 250 for weight in arrays(learner)[::2]]
    for sample in samples_for(given, 5, generator)[0]:
        learner.learn(sample, given.no_teacher[0])
    for after, was, each in zip(finest(learner), before, inside, strict=True):
        assert np.array_equal(after[each], was[each])


@pytest.mark.parametrize("rounding", ["shared", "synapse"])
@pytest.mark.parametrize("engine", ENGINES)
def test_feedback_that_follows_gets_its_weights_changes(engine, rounding, generator):
    """Kolen–Pollack: W − Y never changes, in the finest unit, while neither is at its end."""
    given, options = network(), EngineOptions(engine=engine, rounding=rounding)
    learner, fresh = (EngineLearner(given, by(options)) for _ in range(2))
    taught(learner, given, 60, generator)
    for after, before in zip(learner.connections[1:], fresh.connections[1:], strict=True):
        changes = []
        inside = np.ones(before.feedback.weight.shape, dtype=bool)
        for one, other in ((after.weight, before.weight), (after.feedback, before.feedback)):
            fine = 64 * (one.weight - other.weight) + (one.tag - other.tag)
            fine, weight = (
                each if one is after.feedback else each[:, : len(inside)].T
                for each in (fine, one.weight)
            )
            inside &= np.abs(weight) < 250
            changes.append(fine)
        assert inside.any()
        assert np.array_equal(changes[0][inside], changes[1][inside])
        assert changes[0].any()


def test_fixed_feedback_stays(generator):
    given = network(feedback="random")
    learner = taught(EngineLearner(given, CONFIG), given, 20, generator)
    for layer, connections in zip(given.layers[1:], learner.connections[1:], strict=True):
        assert np.array_equal(connections.feedback.weight, 2 * layer.feedback_burst.T.astype(int))
        assert not connections.feedback.tag.any()


@pytest.mark.parametrize("rounding", ["shared", "synapse"])
def test_learning_in_parts_is_learning_at_once(rounding, generator):
    given, options = network(), EngineOptions(engine="tag", rounding=rounding)
    inputs, targets = samples_for(given, 30, generator)
    whole, first = (EngineLearner(given, by(options)) for _ in range(2))
    for sample, target in zip(inputs, targets, strict=True):
        whole.learn(sample, target)
    for sample, target in zip(inputs[:11], targets[:11], strict=True):
        first.learn(sample, target)
    second = EngineLearner(given, by(options), first.learned)
    second.connections = first.connections
    for sample, target in zip(inputs[11:], targets[11:], strict=True):
        second.learn(sample, target)
    assert all(map(np.array_equal, arrays(whole), arrays(second)))


def test_what_leaves_its_limits_is_counted(generator):
    given = network((12, 8, 5))
    fast = replace(CONFIG, weight_rate=-1, hidden_boost=(0,))
    learner = taught(EngineLearner(given, fast), given, 60, generator)
    of_weight, _ = learner.lost[-1]
    assert of_weight.tags > 0
    assert learner.traces.sum() > 0
    learner = taught(EngineLearner(given, replace(fast, weight_rate=6)), given, 5, generator)
    assert learner.traces.sum() == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "rate", "boost", "accuracy"),
    [("direct", 0, 1, 0.9389), ("integer_tag", 2, 3, 0.8139)],
)
def test_digits_are_learned_in_two_epochs(engine, rate, boost, accuracy):
    """As the same network did whose every part, neurons too, ran in Lava (0 values differed)."""
    config = engine_digits.configuration(engine, rate, boost)
    given, order = engine_digits.digits_network(config)
    learner = EngineLearner(given, config)
    inputs = engine_digits.rates(given, engine_digits.DATA.train_inputs)
    targets = given.quantise_targets(np.eye(10)[engine_digits.DATA.train_labels])
    for sample in order:
        learner.learn(inputs[sample], targets[sample])
    assert engine_digits.accuracy(learner, given) == pytest.approx(accuracy, abs=5e-5)


@pytest.mark.parametrize("sizes", [(12, 8, 7, 5), (12, 40, 5)])
@pytest.mark.parametrize(
    ("engine", "feedback"),
    [
        ("integer_tag", "kolen_pollack"),
        ("integer_tag", "random"),
        ("tag", "kolen_pollack"),
        ("direct", "kolen_pollack"),
    ],
)
def test_the_compiled_form_has_the_bits_of_the_plain_one(engine, feedback, sizes, generator):
    """Through two halvings of the rate, and in two calls."""
    given = network(sizes, feedback)
    config = LearningConfig(weight_rate=0, hidden_boost=(0,), halve_at=(20, 45), seed=7)
    inputs, targets = samples_for(given, 60, generator)
    for rounding, rounds_traces in (("shared", "nearest"), ("synapse", "synapse")):
        options = EngineOptions(engine=engine, rounding=rounding, rounds_traces=rounds_traces)
        plain = EngineLearner(given, by(options, config))
        compiled = CompiledEngineLearner(given, by(options, config))
        events = [
            plain.learn(*each)[-1].event_rate[0] for each in zip(inputs, targets, strict=True)
        ]
        found = [compiled.learn(inputs[part], targets[part]) for part in (slice(33), slice(33, 60))]
        assert np.array_equal(np.vstack(found), events)
        assert all(map(np.array_equal, arrays(compiled), arrays(plain)))
        assert compiled.lost == plain.lost
        assert np.array_equal(compiled.traces, plain.traces)
        assert compiled.learned == plain.learned

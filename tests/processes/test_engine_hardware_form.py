"""Learning in the engine with stock neurons: the simulator's integers."""

from dataclasses import replace

import numpy as np
import pytest

import lava_bccn
from lava_bccn import mapping
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.engine_options import EngineOptions
from lava_bccn.network.learning import LearningConfig
from lava_bccn.sim.engine_learner import EngineLearner

OPTIONS = EngineOptions(rounds_traces="nearest", constants=2)
CONFIG = LearningConfig(weight_rate=1, hidden_boost=(1,), rule="engine", engine=OPTIONS)


def network(sizes=(5, 4, 3), feedback="random"):
    inputs = np.random.default_rng(1).random((20, sizes[0]))
    return mapping.new_network(
        sizes,
        inputs,
        activation="hard_sigmoid",
        feedback=feedback,
        weight_range=[2.0] * (len(sizes) - 1),
    )


def samples(sizes, count):
    """Inputs, some of them silent, and targets, one of them not given."""
    random = np.random.default_rng(2)
    inputs, targets = random.random((count, sizes[0])), random.random((count, sizes[-1]))
    inputs[random.random(inputs.shape) < 0.3] = 0
    targets[1] = -1
    return inputs, targets


@pytest.mark.parametrize(
    ("sizes", "engine"),
    [
        pytest.param((5, 4, 3), "integer_tag", marks=pytest.mark.slow),
        pytest.param((5, 4, 3), "direct", marks=pytest.mark.slow),
        pytest.param((5, 4, 3), "tag", marks=pytest.mark.slow),
        pytest.param((6, 5, 4, 3), "integer_tag", marks=pytest.mark.slow),
        pytest.param((5, 3), "tag", marks=pytest.mark.slow),
    ],
)
def test_stock_neurons_let_it_learn_the_same(sizes, engine):
    given, (inputs, targets) = network(sizes), samples(sizes, 5)
    config = replace(CONFIG, engine=replace(OPTIONS, engine=engine))
    if engine == "tag":
        config = replace(config, halve_at=(3,))
    result = lava_bccn.run(
        given, inputs, targets, backend="lava-hardware", learn=config, record=STATE_NAMES
    )
    learner = EngineLearner(given, config)
    for index, each in enumerate(
        zip(given.quantise_inputs(inputs), given.quantise_targets(targets), strict=True)
    ):
        for ours, theirs in zip(result.states, learner.learn(*each), strict=True):
            for name in STATE_NAMES:
                if getattr(theirs, name) is not None:
                    assert np.array_equal(getattr(ours, name)[index], getattr(theirs, name)[0])
    for ours, theirs in zip(result.network.layers, learner.network().layers, strict=True):
        for name in ("weight", "tag"):
            assert np.array_equal(getattr(ours.engine, name), getattr(theirs.engine, name))
        assert theirs.engine.tag.any() or engine == "direct"
    assert result.learned == len(inputs)


@pytest.mark.parametrize(
    ("feedback", "changes", "advice"),
    [
        ("kolen_pollack", {}, "take feedback 'random'"),
        ("random", {"engine": EngineOptions()}, "take rounds_traces 'nearest'"),
        ("random", {"halve_at": (2,)}, "take engine 'tag'"),
    ],
)
def test_what_stock_neurons_cannot_send_is_refused(feedback, changes, advice):
    given, (inputs, targets) = network(feedback=feedback), samples((5, 4, 3), 4)
    with pytest.raises(InvalidInputError, match=advice):
        lava_bccn.run(
            given, inputs, targets, backend="lava-hardware", learn=replace(CONFIG, **changes)
        )

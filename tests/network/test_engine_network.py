"""What a network keeps of the learning engine, and what it has of it for everything else."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lava_bccn.dynamics.engine import EngineSynapses
from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping import new_network
from lava_bccn.network.engine_network import engine_network
from lava_bccn.network.engine_options import EngineOptions
from lava_bccn.network.engine_state import EngineState, continued, nearest, widened
from lava_bccn.network.learning import LearningConfig
from lava_bccn.network.storage import load
from lava_bccn.sim.compiled.engine_learner import CompiledEngineLearner
from lava_bccn.sim.engine_learner import EngineLearner
from lava_bccn.sim.settled import settle
from tests.conftest import samples_for

CONFIG = LearningConfig(weight_rate=1, hidden_boost=(2,), rule="engine", halve_at=(30,))


def network(**options):
    inputs = np.random.default_rng(0).random((20, 6))
    return new_network((6, 5, 4, 3), inputs, **({"feedback": "kolen_pollack"} | options))


def taught(given, count, config=CONFIG, learned=0, first=0):
    learner = EngineLearner(given, config, learned)
    inputs, targets = samples_for(given, 80, np.random.default_rng(1))
    for index in range(first, first + count):
        learner.learn(inputs[index], targets[index])
    return learner


def all_arrays(learner):
    return [a for layer in learner.connections for each in layer if each for a in each]


@given(st.integers(2, 8), st.data())
def test_weights_of_fewer_bits_are_the_nearest_ones(bits, data):
    integers = st.integers(-256, 255)
    weight = data.draw(arrays(np.int16, (3, 4), elements=integers))
    tag = data.draw(arrays(np.int16, (3, 4), elements=integers))
    step, largest = 2 ** (9 - bits), 2 ** (bits - 1) - 1
    found = nearest(EngineSynapses(weight, tag), bits)
    distance = np.abs(np.arange(-largest, largest + 1)[:, None, None] * step - weight.astype(int))
    assert np.array_equal(np.abs(found * step - weight), distance.min(axis=0))
    between = (distance == distance.min(axis=0)).sum(axis=0) == 2
    goes_up = found * step > weight
    assert np.array_equal(goes_up[between & (tag != 0)], tag[between & (tag != 0)] > 0)
    assert (found[between & (tag == 0)] % 2 == 0).all()


@given(st.integers(2, 8), st.data())
def test_weights_are_the_same_after_they_were_in_the_engine(bits, data):
    largest = 2 ** (bits - 1) - 1
    weight = data.draw(arrays(np.int8, (3, 4), elements=st.integers(-largest, largest)))
    assert np.array_equal(nearest(widened(weight, bits), bits), weight)


@pytest.mark.parametrize("weight_bits", [8, 5])
@pytest.mark.parametrize("feedback", ["kolen_pollack", "random"])
def test_learning_goes_on_from_a_file_to_the_bit(feedback, weight_bits, tmp_path):
    given = network(feedback=feedback, weight_bits=weight_bits)
    whole, part = taught(given, 80), taught(given, 33)
    part.network().save(tmp_path / "part.safetensors")
    rest = taught(load(tmp_path / "part.safetensors"), 47, learned=33, first=33)
    assert all(map(np.array_equal, all_arrays(rest), all_arrays(whole)))
    for ours, theirs in zip(rest.network().layers, whole.network().layers, strict=True):
        assert all(map(np.array_equal, ours.arrays.values(), theirs.arrays.values()))


def test_what_it_learned_runs_everywhere_nearly_as_it_does_in_the_engine():
    """But for halves of a weight's step, and bits below what biases hold."""
    given = network()
    learner = taught(given, 80)
    inputs, _ = samples_for(given, 30, np.random.default_rng(2))
    changed = learner.network()
    there, here = learner.settle(inputs)[-1].soma, settle(changed, inputs)[0][-1].soma
    unit = 2.0 ** -given.layers[-1].soma_fraction_bits
    assert np.abs(there - here).max() * unit < 0.02
    assert (changed.layers[0].bias != given.layers[0].bias).any()


def test_the_compiled_form_makes_the_same_network():
    given = network()
    inputs, targets = samples_for(given, 80, np.random.default_rng(1))
    compiled = CompiledEngineLearner(given, CONFIG)
    compiled.learn(inputs, targets)
    plain = taught(given, 80)
    for ours, theirs in zip(compiled.network().layers, plain.network().layers, strict=True):
        assert all(map(np.array_equal, ours.arrays.values(), theirs.arrays.values()))
        pairs = ours.engine.arrays.values(), theirs.engine.arrays.values()
        assert all(map(np.array_equal, *pairs))
    assert compiled.saturations() == plain.saturations()
    assert np.array_equal(compiled.potential_saturations(), plain.potential_saturations())
    for ours, theirs in zip(compiled.states(), plain.settle(inputs[-1:]), strict=True):
        assert ours.soma.shape == theirs.soma.shape


def test_where_weights_were_changed_since_they_count():
    kept = EngineSynapses(np.array([[5, -8, 4]]), np.array([[3, -60, 9]]))
    weight = np.array([[3, -4, 1]], dtype=np.int8)
    found = continued(weight, kept, 64, 64, 8)
    assert found.weight.tolist() == [[5, -8, 2]]
    assert found.tag.tolist() == [[3, -60, 0]]
    assert continued(weight, kept, 16, 64, 8).tag.tolist() == [[1, -15, 0]]


def test_other_constants_start_at_nothing_and_biases_keep_what_they_were():
    learned = taught(network(), 60).network()
    for constants, same in ((4, True), (2, False)):
        engine = engine_network(learned, EngineOptions(constants=constants))
        moved = [
            np.array_equal(bias, layer.bias)
            for bias, layer in zip(engine.bias, learned.layers, strict=True)
        ]
        assert not all(moved) if same else all(moved)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"half": 0}, "half must be"),
        ({"weight": np.zeros((2, 3))}, "engine.weight must be a matrix of integers"),
        ({"tag": np.full((2, 3), 300)}, "engine.tag reaches from 300 to 300"),
        ({"tag": np.zeros((2, 2), int)}, "tags must have the shapes"),
        ({"feedback": np.zeros((2, 2), int)}, "tags must have the shapes"),
    ],
)
def test_a_state_that_no_synapse_has_is_refused(changes, reason):
    state = EngineState(64, *np.zeros((2, 2, 3), dtype=int))
    with pytest.raises(InvalidInputError, match=reason):
        replace(state, **changes)


def test_a_state_of_another_layer_is_refused():
    learned = taught(network(), 3).network()
    layers = list(learned.layers)
    layers[1] = replace(layers[1], engine=layers[0].engine)
    with pytest.raises(InvalidInputError, match="what the learning engine has of layer 2"):
        replace(learned, layers=tuple(layers))


def test_weights_decay_through_their_tags_where_inputs_are_or_are_not_active():
    """Without a teacher only the decay is left: every weight goes toward 0, compiled or not."""
    given = network()
    config = replace(CONFIG, engine=EngineOptions(decay=1))
    inputs, _ = samples_for(given, 40, np.random.default_rng(1))
    silence = np.repeat(given.no_teacher, 40, axis=0)
    plain, compiled = EngineLearner(given, config), CompiledEngineLearner(given, config)
    start = [array.copy() for array in all_arrays(plain)]
    for sample, target in zip(inputs, silence, strict=True):
        plain.learn(sample, target)
    compiled.learn(inputs, silence)
    assert all(map(np.array_equal, all_arrays(plain), all_arrays(compiled)))
    end = all_arrays(plain)
    for (w0, t0), (w1, t1) in zip(zip(start[::2], start[1::2]), zip(end[::2], end[1::2])):  # noqa: B905
        before, after = (64 * w + t for w, t in ((w0, t0), (w1, t1)))
        large = np.abs(w0) > 16
        assert (np.abs(after) < np.abs(before))[large].all()

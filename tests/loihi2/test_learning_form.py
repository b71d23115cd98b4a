"""Networks that learn by themselves on the chip: what they are made of, hold and do."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics.engine_plasticity import sent_trace
from lava_bccn.errors import InvalidInputError
from lava_bccn.loihi2 import (
    Loihi2Limits,
    Part,
    engine_form,
    engine_parts,
    estimate,
    measure,
    missing,
    neuron_programs,
    partition,
)
from lava_bccn.loihi2.form import STOCK
from lava_bccn.mapping import new_network
from lava_bccn.network.engine_options import EngineOptions
from lava_bccn.network.learning import LearningConfig
from lava_bccn.sim import settle

CONFIG = LearningConfig(weight_rate=3, hidden_boost=(2, 1), rule="engine")
DIRECT = replace(CONFIG, weight_rate=4, engine=EngineOptions(engine="direct"))


def network(sizes=(12, 8, 7, 5), feedback="kolen_pollack"):
    inputs = np.random.default_rng(0).random((20, sizes[0]))
    return new_network(sizes, inputs, feedback=feedback)


def test_what_it_is_made_of():
    parts = engine_parts(network(), CONFIG)
    assert [(part.name, part.process, part.count) for part in parts] == [
        ("neurons 1", "EngineEnsemble", 8 + 4),
        ("W 1", "LearningDense", 8 * (12 + 4)),
        ("neurons 2", "EngineEnsemble", 7 + 4),
        ("W 2", "LearningDense", 7 * (8 + 4)),
        ("Y 2", "LearningDense", 7 * 8),
        ("neurons 3", "EngineOutput", 5),
        ("W 3", "LearningDense", 5 * (7 + 4)),
        ("Y 3", "LearningDense", 5 * 7),
    ]
    assert {part.kind for part in parts if part.process == "LearningDense"} == {"stock"}
    assert {part.kind for part in parts if "neurons" in part.name} == {"neuron program"}
    fixed = engine_parts(network(feedback="random"), CONFIG)
    assert {part.process for part in fixed if "Y" in part.name} == {"Dense"}
    assert missing(parts) == missing(fixed) == ()


def test_what_the_chip_does_not_have_is_named():
    odd = Part("W 2", "DelayDense", 56)
    assert missing((*engine_parts(network(), CONFIG), odd)) == (odd,)
    assert str(odd).startswith("W 2 is DelayDense, which Loihi 2 has not")
    assert "LearningDense" in str(odd)
    assert "needs a neuron program" in str(engine_parts(network(), CONFIG)[0])


@pytest.mark.lava
def test_its_parts_are_those_of_the_lists():
    from lava_bccn.loihi2.learning_form import STOCK_PROCESSES
    from lava_bccn.processes.hardware_burst_ccn.available import LOIHI2_PROCESSES

    assert {each.__name__ for each in LOIHI2_PROCESSES} == STOCK_PROCESSES


@pytest.mark.parametrize(
    ("config", "feedback", "weight_bits", "feedback_bits"),
    [
        (CONFIG, "kolen_pollack", 17, 17),
        (CONFIG, "random", 17, 8),
        (DIRECT, "kolen_pollack", 8, 8),
    ],
)
def test_memory_is_that_of_weights_and_tags(config, feedback, weight_bits, feedback_bits):
    given_network = network(feedback=feedback)
    form = engine_form(given_network, config)
    first, second, last = partition(given_network, form=form).layers
    bits = 8 * (12 + 4) * weight_bits + 8 * 7 * feedback_bits
    assert first.load.synaptic_bytes == math.ceil(bits / 8)
    bits = 7 * (8 + 4) * weight_bits + 7 * 5 * feedback_bits
    assert second.load.synaptic_bytes == math.ceil(bits / 8)
    assert last.load.synaptic_bytes == math.ceil(5 * (7 + 4) * weight_bits / 8)
    words = [program.state_words for program in neuron_programs(given_network, config)]
    assert first.load.state_bytes == 8 * max(words[:2]) * 4
    assert [layer.load.neurons for layer in (first, second, last)] == [8 + 4, 7 + 4, 5]
    # Those below with their constants, and the deviations of those above.
    assert [layer.load.input_axons for layer in (first, second, last)] == [
        12 + 4 + 7,
        8 + 4 + 5,
        7 + 4,
    ]


def test_it_takes_fewer_cores_without_tags():
    wide = network((784, 300, 10))
    cores = [partition(wide, form=engine_form(wide, config)).cores for config in (CONFIG, DIRECT)]
    assert cores[0] > cores[1]
    broken = partition(wide, Loihi2Limits(synaptic_bytes=1000), engine_form(wide, CONFIG))
    assert "engine 'direct' has no tags" in str(broken.violations[0])
    assert "without feedback" not in str(broken.violations[0])
    bare = partition(wide, Loihi2Limits(synaptic_bytes=500), engine_form(wide, DIRECT))
    assert "direct" not in str(bare.violations[0])
    assert "without feedback" in str(
        partition(wide, Loihi2Limits(synaptic_bytes=500)).violations[0]
    )


@given(seed=st.integers(0, 2**32 - 1), feedback=st.sampled_from(("kolen_pollack", "random")))
def test_the_engine_visits_the_synapses_of_inputs_that_sent_something(seed, feedback):
    given_network, random = network(feedback=feedback), np.random.default_rng(seed)
    inputs = random.random((3, 12)) * (random.random(12) < 0.5)
    targets = random.random((3, 5))
    form = engine_form(given_network, CONFIG)
    activity = measure(given_network, inputs, targets, form)
    samples = given_network.quantise_inputs(inputs)
    states, _ = settle(given_network, samples, given_network.quantise_targets(targets))
    below = samples
    for index, (layer, state) in enumerate(zip(given_network.layers, states, strict=True)):
        expected, sent_down = 0, 0
        deviations = given_network.ensembles(index).burst_deviation(
            state.burst_rate, state.event_rate
        )
        for events, deviation in zip(below, deviations, strict=True):
            expected += (np.count_nonzero(events) + 4) * layer.units
            if index and feedback == "kolen_pollack":
                payload = sent_trace(np.clip(deviation, -63, 63))
                expected += np.count_nonzero(payload) * layer.units_below
                sent_down += np.count_nonzero(payload)
            elif index:
                sent_down += np.count_nonzero(deviation)
        assert activity.plastic_updates[index] == pytest.approx(expected / 3)
        assert activity.burst_messages[index] == pytest.approx(sent_down / 3)
        below = state.event_rate


def test_learning_costs_more_than_inference_and_less_than_with_stock_neurons(generator):
    given_network = network((20, 30, 30, 5))
    form = engine_form(given_network, CONFIG)
    placement = partition(given_network, form=form)
    inputs, targets = generator.random((10, 20)), np.eye(5)[np.arange(10) % 5]
    inferred = measure(given_network, inputs, None, form)
    taught = measure(given_network, inputs, targets, form)
    inference = estimate(given_network, placement, inferred, learns=False)
    learning = estimate(given_network, placement, taught, learns=True)
    assert (inference.steps, learning.steps) == (3 + 1, 2 * 3)
    assert inference.plastic_updates == 0 < learning.plastic_updates
    assert inference.dynamic_joule < learning.dynamic_joule
    assert inferred.burst_messages.sum() == 0
    stock = estimate(
        given_network,
        partition(given_network),
        measure(given_network, inputs, targets),
        learns=True,
    )
    assert stock.steps == 3 * (STOCK.up_steps + STOCK.down_steps)
    assert learning.seconds < stock.seconds and learning.local_messages == 0


def test_what_the_engine_does_not_teach_has_no_form():
    with pytest.raises(InvalidInputError, match=r"no learning rate .* rates are 2\^-n"):
        engine_form(network(), replace(CONFIG, weight_rate=20))
    with pytest.raises(InvalidInputError, match="without feedback"):
        layers = [
            replace(layer, feedback=None, feedback_burst=None, feedback_event=None)
            for layer in network().layers
        ]
        engine_form(replace(network(), layers=tuple(layers)), CONFIG)

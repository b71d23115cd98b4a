"""Neuron programs: what they compute is what the simulator does, to the bit, and learns alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics.activations import ACTIVATIONS
from lava_bccn.dynamics.engine import NEAREST, EngineTraces, learned, payload_trace
from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.stochastic_rounding import connection_key, draw
from lava_bccn.errors import InvalidInputError
from lava_bccn.loihi2.learning_neurons import neuron_programs
from lava_bccn.loihi2.program_writer import Writer
from lava_bccn.mapping import new_network
from lava_bccn.network.engine_network import CONSTANT_PAYLOAD
from lava_bccn.network.engine_options import EngineOptions
from lava_bccn.network.learning import LearningConfig
from lava_bccn.sim.engine_learner import EngineLearner
from tests.conftest import samples_for

CONFIG = LearningConfig(weight_rate=3, hidden_boost=(2, 1), halve_at=(4,), seed=5, rule="engine")
KINDS = [
    (activation, feedback, rounds)
    for activation in ("sigmoid", "hard_sigmoid")
    for feedback in ("kolen_pollack", "random")
    for rounds in ("synapse", "nearest")
]


def network(activation="sigmoid", feedback="kolen_pollack"):
    return new_network(
        (12, 8, 7, 5),
        np.random.default_rng(0).random((20, 12)),
        feedback=feedback,
        activation=activation,
    )


class Axons:
    """What the synapses of one connection remember of their inputs."""

    def __init__(self, size):
        self.payload, self.spiked, self.trace = np.zeros((3, size), dtype=np.int64)

    def send(self, payload):
        self.payload = payload
        self.spiked = self.spiked | (payload != 0)
        self.trace = np.where(payload != 0, payload_trace(payload), self.trace)


class Chip:
    """A network of nothing but neuron programs, connections a step late, and learning engines."""

    def __init__(self, network, config):
        self.network, self.config = network, config
        self.start = EngineLearner(network, config)
        self.layers = [self.start.layer(index)[0] for index in range(len(network.layers))]
        self.connections = list(self.start.connections)
        self.up = [Axons(each.weight.weight.shape[1]) for each in self.connections]
        self.down = [Axons(layer.units) for layer in network.layers]
        self.states = [
            {"clock": np.zeros(layer.units, dtype=np.int64), "bias": bias}
            for layer, bias in zip(network.layers, self.start.bias, strict=True)
        ]

    def learn(self, number, sample, target):
        """Hold a sample for 2L steps; in the last of them every connection has an epoch."""
        programs = neuron_programs(self.network, self.config, sample=number)
        constants = [CONSTANT_PAYLOAD] * self.config.engine.constants
        for _ in range(2 * len(self.layers)):
            words = [
                program.run(self._arriving(index, program, number, target))
                for index, program in enumerate(programs)
            ]
            events = [sample, *(each["s_out"] for each in words)]
            for up, down, sent, each in zip(self.up, self.down, events, words, strict=False):
                up.send(np.append(sent, constants))
                down.send(each.get("s_out_deviation", down.payload))
            for states, each in zip(self.states, words, strict=True):
                states["clock"] = each.get("clock", states["clock"])
        for index, each in enumerate(words):
            self._epoch(index, number, each, words[index - 1])
        return words

    def _arriving(self, index, program, number, target):
        layer, weight = self.layers[index], self.connections[index].weight.weight
        key = connection_key(*np.uint32([[layer.seed], [number], [layer.trace_stream]]))
        words = {
            "a_in": weight @ self.up[index].payload,
            "random": draw(key, np.arange(len(weight), dtype=np.uint32)).astype(np.int64),
            "target_in": target + 1,
            **self.states[index],
        }
        if index + 1 < len(self.layers):
            feedback = self.connections[index + 1].feedback.weight
            words["a_third_factor_in"] = feedback @ self.down[index + 1].payload
        return {name: words[name] for name in (*program.inputs, *program.states)}

    def _epoch(self, index, number, words, words_below):
        (weight, feedback), plasticity = self.connections[index], self.layers[index].at(number)
        up, down = self.up[index], self.down[index]
        read = EngineTraces(up.spiked, up.trace, y2=words["y2"], y3=words["y3"])
        weight, _ = learned(plasticity.weight_rule, weight, read, number + 1, NEAREST)
        if self.layers[index].follows:
            read = EngineTraces(down.spiked, down.trace, y1=words_below["y1"])
            feedback, _ = learned(plasticity.following_rule, feedback, read, number + 1, NEAREST)
        self.connections[index] = type(self.connections[index])(weight, feedback)
        up.spiked, down.spiked = up.spiked & False, down.spiked & False


@pytest.mark.parametrize(("activation", "feedback", "rounds"), KINDS)
def test_a_network_of_programs_learns_as_the_simulator(activation, feedback, rounds, generator):
    """States, traces, weights and tags, before and after the rate is halved."""
    given_network = network(activation, feedback)
    config = replace(CONFIG, engine=EngineOptions(rounding="nearest", rounds_traces=rounds))
    chip, learner = Chip(given_network, config), EngineLearner(given_network, config)
    inputs, targets = samples_for(given_network, 8, generator)
    targets[3] = given_network.no_teacher
    for number, (sample, target) in enumerate(zip(inputs, targets, strict=True)):
        words = chip.learn(number, sample, target)
        for each, state in zip(words, learner.learn(sample, target), strict=True):
            for name in ("soma", "event_rate", "burst_prob", "burst_rate"):
                assert np.array_equal(each[name], getattr(state, name)[0])
            if state.apical is not None:
                assert np.array_equal(each["apical"], state.apical[0])
    for ours, theirs in zip(chip.connections, learner.connections, strict=True):
        for one, other in zip(ours, theirs, strict=True):
            assert one is None or all(map(np.array_equal, one, other))
    moved = chip.connections[0].weight.tag != chip.start.connections[0].weight.tag
    assert moved.any()


@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(KINDS), scale=st.integers(0, 31))
def test_programs_hold_whatever_arrives(seed, kind, scale):
    """Sums far beyond those of any network saturate as the simulator's do."""
    activation, feedback, rounds = kind
    given_network, random = network(activation, feedback), np.random.default_rng(seed)
    config = replace(CONFIG, engine=EngineOptions(rounds_traces=rounds))
    learner = EngineLearner(given_network, config)
    for index, program in enumerate(neuron_programs(given_network, config)):
        ensembles: Ensembles = learner.layer(index)[1]
        words = {
            name: random.integers(-(2**scale), 2**scale, 50)
            for name in ("a_in", "a_third_factor_in", "bias")
        }
        others = {
            "target_in": random.integers(0, 258, 50),
            "random": random.integers(0, 2**32, 50),
            "clock": random.integers(0, 6, 50),
        }
        found = program.run(words | others)
        soma, _ = ensembles.soma(words["a_in"], words["bias"])
        event_rate = ensembles.event_rate(soma)
        if "target_in" in program.inputs:
            states = ensembles.taught(soma, event_rate, others["target_in"] - 1)
        else:
            apical, _ = ensembles.apical(words["a_third_factor_in"], np.int64(0), event_rate)
            states = ensembles.hidden(soma, event_rate, apical)
            assert np.array_equal(found["apical"], apical)
        assert np.array_equal(found["burst_rate"], states.burst_rate)
        deviation = ensembles.burst_deviation(states.burst_rate, event_rate)
        assert np.array_equal(found["deviation"], deviation)
        for name in ("y1", "y2", "y3"):
            assert 0 <= found.get(name, soma * 0).min() <= found.get(name, soma * 0).max() <= 127


def test_what_a_neuron_sends_and_keeps():
    """Words of state: a clock, a bias, and the traces that somebody reads."""
    first, second, last = neuron_programs(network(), CONFIG)
    assert set(first.outputs) == {"s_out", "y1", "y2", "y3", "clock"}
    assert set(second.outputs) == {"s_out", "s_out_deviation", "y1", "y2", "y3", "clock"}
    assert set(last.outputs) == {"s_out", "s_out_deviation", "y2", "y3", "clock"}
    assert [each.state_words for each in (first, second, last)] == [5, 5, 4]
    fixed = neuron_programs(network(feedback="random"), CONFIG)
    assert [each.states for each in fixed] == [("clock", "bias")] * 2 + [("bias",)]


def test_a_hidden_neuron_is_silent_until_the_sample_has_come_up_to_it():
    for index, program in enumerate(neuron_programs(network(), CONFIG)[:-1]):
        clock = np.arange(6)
        words = dict.fromkeys((*program.inputs, *program.states), np.full(6, 1000))
        sent = program.run(words | {"clock": clock})["s_out"]
        assert ((sent != 0) == (clock > index)).all()


def test_without_tables_entries_are_selected():
    writer = Writer()
    index = writer.word("index")
    tables = [np.array(each) for each in ((5, 6, 7), (1, 2, 3))]
    total = writer.looked_up(tables[0], index) + writer.looked_up(tables[1], index)
    program = writer.program("sum", ("index",), (), {"out": total})
    assert program.run({"index": np.array([0, 2])})["out"].tolist() == [6, 10]
    assert len(program.instructions) == 3 and program.registers == 2
    assert program.without_tables == 2 + 2 * 2 + 1  # two comparisons, two selections a table, a sum
    assert str(program.instructions[0]) == "r1 = table index of 5 6 7"


def test_what_is_computed_twice_is_written_once_and_what_is_not_needed_not_at_all():
    writer = Writer()
    word = writer.word("word")
    once = writer.named("once", word * 3 >> 2)
    unused = np.maximum(word, 7)
    assert unused.name != once.name
    program = writer.program("p", ("word", "other"), (), {"out": once + (word * 3 >> 2)})
    assert [each.operation for each in program.instructions] == ["multiply", "shift right", "add"]
    assert program.inputs == ("word",)


@pytest.mark.parametrize(
    ("event_rate", "told"),
    [
        (lambda soma, constants: np.sin(soma), "no operation for sin"),
        (lambda soma, constants: np.arange(8)[soma & 7], "'odd' is not made of the operations"),
    ],
)
def test_an_activation_that_no_program_has_is_refused(monkeypatch, event_rate, told):
    odd = replace(ACTIVATIONS["hard_sigmoid"], name="odd", event_rate=event_rate)
    monkeypatch.setitem(ACTIVATIONS._items, "odd", odd)
    with pytest.raises(InvalidInputError, match=told):
        neuron_programs(replace(network("hard_sigmoid"), activation="odd"), CONFIG)

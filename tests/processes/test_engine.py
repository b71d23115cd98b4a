"""Networks that learn inside Lava's own ``LearningDense``, with no host: the simulator's bits."""

from dataclasses import replace

import numpy as np
import pytest

import lava_bccn
from lava_bccn import datasets, processes
from lava_bccn.dynamics.engine import NENGO_LOIHI
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.dynamics.synapses import Saturations
from lava_bccn.errors import BackendExecutionError, InterruptedRunError, InvalidInputError
from lava_bccn.mapping import new_network
from lava_bccn.network.engine_network import with_constants
from lava_bccn.network.engine_options import EngineOptions
from lava_bccn.network.learning import LearningConfig
from lava_bccn.processes.engine_burst_ccn.process import PLASTIC_VARS
from lava_bccn.sim.engine_learner import EngineLearner
from tests import engine_digits

ENGINES = ("integer_tag", "tag", "direct")
FEEDBACKS = ("random", "kolen_pollack")
CONFIG = LearningConfig(weight_rate=1, hidden_boost=(2, 1), rule="engine")


class Pair:
    """The same network in Lava and in the simulator, before either learns."""

    def __init__(self, network, config, learned=0):
        self.network = network
        self.learner = EngineLearner(network, config, learned)
        self.process = processes.EngineBurstCCN(network, config, learned)
        self.constants = config.engine.constants

    def learn(self, inputs, targets):
        """Both learn; returns what differs, and how many synapses of W and Y have changed."""
        settled = [self.learner.learn(*each) for each in zip(inputs, targets, strict=True)]
        source = processes.SampleSource(
            samples=with_constants(inputs, self.constants),
            targets=targets,
            output_size=self.network.output_size,
            presentation_steps=self.network.presentation_steps,
        )
        source.sample_out.connect(self.process.sample_in)
        source.target_out.connect(self.process.target_in)
        with processes.running(self.process, processes.on_cpu(self.process.tag)) as lava:
            for _ in inputs:
                lava.steps(self.network.presentation_steps)
                self.process.follow_schedule(lava.done)
                lava.done += 1
            return self._compared(settled[-1])

    def _compared(self, settled):
        differing, changed = {}, {}
        for index, state in enumerate(settled):
            for name in ("soma", "event_rate", "apical", "burst_prob", "burst_rate"):
                theirs = getattr(state, name)
                if theirs is not None:
                    differing[f"{name}_{index + 1}"] = self._unlike(name, index, theirs[0])
            of_traces = self.learner.traces[index]
            differing[f"traces_{index + 1}"] = self._unlike("trace_saturations", index, of_traces)
            for part, start in self.process.plastic(index).items():
                synapses = getattr(self.learner.connections[index], part)
                names = PLASTIC_VARS[part]
                weights = self._var(names["weights"], index)
                differing[f"{part}_{index + 1}"] = int((weights != synapses.weight).sum())
                tags = self._unlike(names["tag_1"], index, synapses.tag)
                differing[f"{part}_tag_{index + 1}"] = tags
                changed[f"{part}_{index + 1}"] = int((weights != start.weight).sum())
        return {name: count for name, count in differing.items() if count}, changed

    def _unlike(self, name, index, theirs):
        return int((self._var(name, index) != theirs).sum())

    def _var(self, name, index):
        return getattr(self.process, f"{name}_{index + 1}").get()


def data_for(network, count, seed):
    """Samples, some of whose inputs are silent, and labels, some of them not given."""
    generator = np.random.default_rng(seed)
    inputs = generator.random((count, network.input_size))
    inputs[generator.random(inputs.shape) < 0.3] = 0
    targets = np.eye(network.output_size)[generator.integers(0, network.output_size, count)]
    targets[::7] = -1
    return network.quantise_inputs(inputs), network.quantise_targets(targets)


def small(sizes=(6, 5, 4, 3), feedback="kolen_pollack", seed=0, **options):
    inputs = np.random.default_rng(seed).random((20, sizes[0]))
    return new_network(sizes, inputs, feedback=feedback, seed=seed, **options)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("feedback", FEEDBACKS)
def test_every_weight_tag_and_state_is_that_of_the_simulator(engine, feedback):
    """With two hidden layers, and through two halvings of the rate, which change some rules."""
    config = replace(CONFIG, weight_rate=0, hidden_boost=(0,), halve_at=(6, 11))
    seed = 3 * FEEDBACKS.index(feedback) + ENGINES.index(engine)
    network = small(feedback=feedback, seed=seed)
    pair = Pair(network, replace(config, seed=seed, engine=EngineOptions(engine=engine)))
    differing, changed = pair.learn(*data_for(network, 16, seed))
    assert differing == {}
    following = {"feedback_2", "feedback_3"} if feedback == "kolen_pollack" else set()
    assert changed.keys() == {"weight_1", "weight_2", "weight_3"} | following
    assert all(changed.values())


@pytest.mark.parametrize("sizes", [(5, 3), (7, 5, 3)])
def test_any_number_of_layers_and_constants(sizes):
    for constants in (0, 3):
        network = small(sizes)
        options = EngineOptions(constants=constants, decay=1, rounds_traces="nearest")
        pair = Pair(network, replace(CONFIG, engine=options))
        differing, changed = pair.learn(*data_for(network, 9, 1))
        assert differing == {}
        assert any(changed.values())


@pytest.mark.parametrize("feedback", ["symmetric", "kolen_pollack"])
@pytest.mark.parametrize(
    "options",
    [
        {"activation": "hard_sigmoid"},
        {"weight_bits": 4},
        {"p_baseline": 1 / 8, "burst_extra_bits": 6},
    ],
    ids=["hard sigmoid", "4-bit weights", "p_baseline of 1/8"],
)
def test_any_activation_and_number_format(options, feedback):
    network = small((6, 5, 4), feedback=feedback, **options)
    pair = Pair(network, CONFIG)
    differing, changed = pair.learn(*data_for(network, 16, 4))
    assert differing == {}
    assert any(changed.values())


def test_a_unit_that_falls_silent_learns_nothing():
    """What it sends on the way from one settled state to the next is no event to its synapses."""
    network = small((6, 12, 8, 4))
    first, *others = network.layers
    steep = np.random.default_rng(0).integers(-127, 128, first.weight.shape).astype(np.int8)
    first = replace(first, weight=steep, weight_exponent=-4)
    network = replace(network, layers=(first, *others))
    inputs, targets = data_for(network, 20, 2)
    pair = Pair(network, replace(CONFIG, weight_rate=-1, hidden_boost=(-2, 0)))
    events = pair.learner.settle(inputs)[0].event_rate
    assert ((events[:-1] > 8) & (events[1:] == 0)).sum() > 10
    differing, changed = pair.learn(inputs, targets)
    assert differing == {}
    assert changed["weight_2"]


@pytest.mark.parametrize("engine", ENGINES)
def test_it_goes_on_where_it_stopped(engine):
    """From odd weights, tags, the random number and the count of epochs that were left."""
    decay = None if engine == "direct" else 2
    options = EngineOptions(engine=engine, decay=decay)
    config = replace(CONFIG, halve_at=(33, 41), seed=5, engine=options)
    network = small((6, 5, 3))
    inputs, targets = data_for(network, 47, 3)
    first = EngineLearner(network, config)
    for sample, target in zip(inputs[:37], targets[:37], strict=True):
        first.learn(sample, target)
    assert (first.connections[0].weight.weight % 2).any()
    second = Pair(first.network(), config, learned=37)
    differing, changed = second.learn(inputs[37:], targets[37:])
    assert differing == {}
    assert all(changed.values())


def test_what_lavas_model_does_not_compute_is_refused():
    network = small((6, 3))
    for options, advice in (
        (EngineOptions(arithmetic=NENGO_LOIHI), "take that of 'lava'"),
        (EngineOptions(rounding="synapse"), "take rounding 'shared'"),
    ):
        with pytest.raises(InvalidInputError, match=advice):
            processes.EngineBurstCCN(network, replace(CONFIG, engine=options))
    processes.EngineBurstCCN(network, replace(CONFIG, engine=EngineOptions(rounding="shared")))


def of_layers(network):
    """Every array of a network, those of the engine among them."""
    return [
        (f"{name} of layer {number}", array)
        for number, layer in enumerate(network.layers, start=1)
        for name, array in {**layer.arrays, **layer.engine.arrays}.items()
    ]


def assert_same_network(one, other):
    for (name, first), (_, second) in zip(of_layers(one), of_layers(other), strict=True):
        np.testing.assert_array_equal(first, second, name)


@pytest.mark.parametrize(
    "engine", ["integer_tag", *(pytest.param(each, marks=pytest.mark.slow) for each in ENGINES[1:])]
)
def test_run_learns_in_lava_what_it_does_in_sim_and_goes_on_in_either(engine, generator):
    network = small((6, 5, 3))
    inputs = generator.random((24, 6))
    targets = np.eye(3)[generator.integers(0, 3, 24)]
    options = EngineOptions(engine=engine)
    config = replace(CONFIG, halve_at=(9, 17), engine=options)

    def learned(*backends):
        """A part on each backend."""
        results, parts = [], np.array_split(np.arange(24), len(backends))
        for part, backend in zip(parts, backends, strict=True):
            results.append(
                lava_bccn.run(
                    results[-1].network if results else network,
                    inputs[part],
                    targets[part],
                    backend=backend,
                    learn=config,
                    learned=int(part[0]),
                    record=STATE_NAMES,
                )
            )
        return results

    (whole,) = learned("sim")
    for backends in (("lava",), ("lava", "sim", "lava")):
        results = learned(*backends)
        assert_same_network(results[-1].network, whole.network)
        assert results[-1].learned == 24
        events = np.vstack([result.event_rate for result in results])
        np.testing.assert_array_equal(events, whole.event_rate)
    (lava,) = learned("lava")
    for first, second in zip(lava.states, whole.states, strict=True):
        for name in STATE_NAMES:
            np.testing.assert_array_equal(getattr(first, name), getattr(second, name), name)
    np.testing.assert_array_equal(lava.saturations, whole.saturations)
    for first, second in zip(lava.learning_saturations, whole.learning_saturations, strict=True):
        assert first.keys() == second.keys()
        for pathway, counts in first.items():
            assert counts == Saturations(-1, second[pathway].traces, -1)  # Lava counts no synapses


def test_what_fails_in_mid_run_keeps_the_network_from_before():
    """What was learned in Lava is gone with it; what was recorded is kept."""
    network = small((6, 3))
    inputs = np.full((5, 6), 0.5)

    def stop_at_the_third(done):
        stopped.append(done)
        if len(stopped) == 3:
            raise BackendExecutionError("enough")

    stopped: list[int] = []
    with pytest.raises(InterruptedRunError, match=r"enough \(after 3 of 5 samples\)") as caught:
        lava_bccn.run(
            network,
            inputs,
            np.eye(3)[[0, 1, 2, 0, 1]],
            backend="lava",
            learn=CONFIG,
            learned=7,
            progress=stop_at_the_third,
        )
    partial = caught.value.partial
    assert partial.network is network
    assert partial.learned == 7
    assert len(partial.event_rate) == 3


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("feedback", FEEDBACKS)
@pytest.mark.parametrize("sizes", [(64, 32, 10), (64, 24, 20, 10)])
def test_digits(sizes, feedback, engine, seed):
    digits = datasets.load("digits")
    chosen = np.random.default_rng(seed).permutation(len(digits.train_labels))[:60]
    assert_same_on(digits, chosen, sizes, feedback, engine, seed)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("feedback", FEEDBACKS)
def test_thirty_images_of_mnist(feedback, engine, data_dir):
    mnist = datasets.load("mnist", data_dir)
    assert_same_on(mnist, np.arange(30), (784, 100, 10), feedback, engine, 0)


def assert_same_on(data, chosen, sizes, feedback, engine, seed):
    """At a rate at which traces and tags leave their limits now and then."""
    images = np.reshape(data.train_inputs[chosen], (len(chosen), -1))
    network = new_network(sizes, images, feedback=feedback, seed=seed)
    options = EngineOptions(engine=engine)
    pair = Pair(network, replace(CONFIG, seed=seed, halve_at=(20, 40), engine=options))
    targets = np.eye(10)[data.train_labels[chosen]]
    differing, changed = pair.learn(
        network.quantise_inputs(images), network.quantise_targets(targets)
    )
    assert differing == {}
    assert all(changed.values())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "rate", "boost", "least"), [("direct", 0, 1, 0.93), ("integer_tag", 2, 3, 0.8)]
)
def test_digits_are_learned_in_two_epochs(engine, rate, boost, least):
    """All of it in Lava; tags leave their limits often at such a rate."""
    config = engine_digits.configuration(engine, rate, boost)
    network, order = engine_digits.digits_network(config)
    inputs = engine_digits.rates(network, engine_digits.DATA.train_inputs)[order]
    targets = network.quantise_targets(np.eye(10)[engine_digits.DATA.train_labels])[order]
    pair = Pair(network, config)
    differing, changed = pair.learn(inputs, targets)
    assert differing == {}
    assert all(changed.values())
    assert engine_digits.accuracy(pair.learner, network) > least

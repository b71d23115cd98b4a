"""Learning in Lava: the simulator's bits, PyTorch's gradients, and nothing left behind."""

import resource

import numpy as np
import pytest
from lava.magma.core.run_configs import Loihi2SimCfg

import lava_bccn
from lava_bccn import LearningConfig, mapping, processes
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.learning import PATHWAYS
from lava_bccn.sim.learner import Learner
from tests.conftest import REGIMES, regime_name
from tests.gradients import assert_one_sample_learns_the_gradient

ARCHITECTURES = [(12, 5), (16, 12, 6), (10, 9, 8, 4)]
CASES = [(ARCHITECTURES[0], REGIMES[0])]  # one layer has no feedback, and so one regime
CASES += [(sizes, regime) for sizes in ARCHITECTURES[1:] for regime in REGIMES]


def case(sizes, regime):
    """All cases are run before a release; the deepest network in a third of the regimes, always."""
    seldom = sizes == ARCHITECTURES[1] or regime not in REGIMES[::3]
    name = f"{'-'.join(map(str, sizes))}-{regime_name(regime)}"
    return pytest.param(sizes, regime, id=name, marks=[pytest.mark.slow] if seldom else [])


CONFIG = LearningConfig(
    weight_rate=4, bias_rate=4, decay=6, halve_at=(20, 60), feedback_event_rate=2, seed=11
)


def data_for(sizes, count, generator):
    targets = np.eye(sizes[-1])[generator.integers(0, sizes[-1], count)]
    targets[::7] = -1  # no teacher
    return generator.random((count, sizes[0])), targets


@pytest.mark.parametrize(("sizes", "regime"), [case(*each) for each in CASES])
def test_after_100_samples_every_integer_is_that_of_the_simulator(sizes, regime, generator):
    inputs, targets = data_for(sizes, 100, generator)
    network = mapping.new_network(sizes, inputs, **regime)

    def learned(backend, record):
        """In two runs: Lava tells its states number by number, so only those of the last sample."""
        first = lava_bccn.run(network, inputs[:99], targets[:99], backend=backend, learn=CONFIG)
        second = lava_bccn.run(
            first.network,
            inputs[99:],
            targets[99:],
            backend=backend,
            learn=CONFIG,
            learned=99,
            record=record,
        )
        return first, second

    (lava_99, lava), (sim_99, sim) = (learned(name, STATE_NAMES) for name in ("lava", "sim"))
    _, compiled = learned("sim", ())
    plain = Learner(network, CONFIG)
    samples, quantised = network.quantise_inputs(inputs), network.quantise_targets(targets)
    for sample, target in zip(samples, quantised, strict=True):
        plain.learn(sample, target)
    for first, second in zip(lava.states, sim.states, strict=True):
        for name in STATE_NAMES:
            np.testing.assert_array_equal(getattr(first, name), getattr(second, name), name)
    assert lava_99.learning_saturations == sim_99.learning_saturations
    np.testing.assert_array_equal(lava_99.event_rate, sim_99.event_rate)
    np.testing.assert_array_equal(lava_99.saturations, sim_99.saturations)
    changed = 0
    for before, *after in zip(
        network.layers,
        lava.network.layers,
        sim.network.layers,
        plain.network().layers,
        compiled.network.layers,
        strict=True,
    ):
        for name in PATHWAYS:
            first, *others = (getattr(layer, name) for layer in after)
            for other in others:
                np.testing.assert_array_equal(first, other, name)
            changed += first is not None and not np.array_equal(first, getattr(before, name))
    assert changed >= 2 * len(network.layers)  # every W and every bias has learned
    assert lava.learning_saturations == sim.learning_saturations == compiled.learning_saturations
    np.testing.assert_array_equal(lava.saturations, compiled.saturations)
    assert lava.learned == sim.learned == compiled.learned == 100


def test_a_run_in_two_parts_has_the_bits_of_one(generator):
    sizes = ARCHITECTURES[1]
    inputs, targets = data_for(sizes, 80, generator)
    network = mapping.new_network(sizes, inputs)
    whole = lava_bccn.run(network, inputs, targets, backend="lava", learn=CONFIG)
    first = lava_bccn.run(network, inputs[:30], targets[:30], backend="lava", learn=CONFIG)
    second = lava_bccn.run(
        first.network,
        inputs[30:],
        targets[30:],
        backend="lava",
        learn=CONFIG,
        learned=first.learned,
    )
    for a, b in zip(whole.network.layers, second.network.layers, strict=True):
        np.testing.assert_array_equal(a.weight, b.weight)
        np.testing.assert_array_equal(a.bias, b.bias)


@pytest.mark.parametrize("regime", REGIMES, ids=regime_name)
def test_in_floating_point_a_sample_changes_weights_by_the_gradient_times_the_rate(regime):
    assert_one_sample_learns_the_gradient(regime, "lava")


def test_a_plastic_connection_alone(generator):
    """It delivers one step later and learns at the end of a presentation, like any Process."""
    from lava.proc.io.source import RingBuffer

    from lava_bccn.dynamics.schedule import Schedule
    from lava_bccn.dynamics.synapses import FloatSynapses

    rule = FloatSynapses("burst_dependent", 1, Schedule(0))
    held = processes.Presentation(steps=2)
    dense = processes.PlasticDense(weights=np.zeros((2, 3)), synapses=rule, presentation=held)
    below, above = np.array([1.0, 0.5, 0.0]), np.array([0.25, -0.25])
    sources = []
    for port, values in ((dense.s_in, below), (dense.presynaptic_in, below)):
        sources.append(RingBuffer(data=np.tile(values[:, None], 4)))
        sources[-1].s_out.connect(port)
    sources.append(RingBuffer(data=np.tile(above[:, None], 4)))
    sources[-1].s_out.connect(dense.postsynaptic_in)
    with processes.running(dense, Loihi2SimCfg(select_tag="floating_pt")) as lava:
        seen = []
        for _ in range(4):
            lava.steps(1)
            seen.append(dense.weights.get())
    change = np.outer(above, below)
    np.testing.assert_allclose(seen, [0 * change, change, change, 2 * change])


def test_the_arithmetic_of_the_rule_must_be_that_of_the_model():
    from lava_bccn.dynamics.schedule import Schedule
    from lava_bccn.dynamics.synapses import FloatSynapses

    rule = FloatSynapses("burst_dependent", 1, Schedule(0))
    dense = processes.PlasticDense(weights=np.zeros((2, 3)), synapses=rule)
    with (
        pytest.raises(InvalidInputError, match="select_tag='floating_pt'"),
        processes.running(dense, Loihi2SimCfg(select_tag="fixed_pt")),
    ):
        pass


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_samples(generator):
    """The largest of Lava's processes, after twenty times as many samples."""
    sizes = (30, 20, 5)
    inputs, targets = data_for(sizes, 4000, generator)
    network = mapping.new_network(sizes, inputs)

    def peak(count):
        lava_bccn.run(network, inputs[:count], targets[:count], backend="lava", learn=CONFIG)
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss

    few, many = peak(200), peak(4000)
    assert many - few < 3 * 1024  # kilobytes; one array per step would take 28 MB

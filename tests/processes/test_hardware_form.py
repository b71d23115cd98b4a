"""The hardware form: stock Processes only, and the simulator's integers."""

from dataclasses import replace

import numpy as np
import pytest
from lava.proc.lif.process import LIF

import lava_bccn
from lava_bccn import LearningConfig, mapping
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.errors import InterruptedRunError, InvalidInputError
from lava_bccn.loihi2.form import STOCK
from lava_bccn.loihi2.hardware_form import MAX_CONSTANT, constant_digits
from lava_bccn.processes import BurstCCN, Soma, runtime
from lava_bccn.processes.hardware_burst_ccn.available import foreign_processes
from lava_bccn.processes.hardware_burst_ccn.models import HardwareBurstCCNModel

ARCHITECTURES = [(4, 3, 2), (6, 5, 4, 3), (3, 8, 6, 5, 2)]


def network(sizes, **options):
    inputs = np.random.default_rng(1).random((20, sizes[0]))
    options = {
        "feedback": "random",
        "feedback_event": "random",
        "gain": 3.0,
        "weight_range": [2.0] * (len(sizes) - 1),
        **options,
    }
    return mapping.new_network(sizes, inputs, activation="hard_sigmoid", **options)


def samples(sizes, count):
    """Inputs and targets; the last sample has no teacher."""
    random = np.random.default_rng(2)
    targets = random.random((count, sizes[-1]))
    targets[-1] = -1
    return random.random((count, sizes[0])), targets


@pytest.mark.parametrize(
    "sizes",
    [ARCHITECTURES[0], *(pytest.param(s, marks=pytest.mark.slow) for s in ARCHITECTURES[1:])],
)
def test_its_integers_are_those_of_the_simulator(sizes):
    mapped, (inputs, targets) = network(sizes), samples(sizes, 4)
    sim, chip = (
        lava_bccn.run(mapped, inputs, targets, record=STATE_NAMES, backend=backend)
        for backend in ("sim", "lava-hardware")
    )
    assert not sim.saturations.any()
    for layer, (ours, theirs) in enumerate(zip(sim.states, chip.states, strict=True)):
        for name in STATE_NAMES:
            expected = getattr(ours, name)
            if expected is not None:
                assert np.array_equal(getattr(theirs, name), expected), (layer, name)


@pytest.mark.slow
def test_with_the_host_in_the_loop_it_learns_the_simulators_bits():
    sizes = (4, 3, 2)
    mapped = network(sizes, feedback="kolen_pollack", feedback_event="tied")
    inputs, targets = samples(sizes, 12)
    config = LearningConfig(weight_rate=1)
    sim, chip = (
        lava_bccn.run(mapped, inputs, targets, learn=config, backend=backend)
        for backend in ("sim", "lava-hardware")
    )
    changed = 0
    for before, ours, theirs in zip(
        mapped.layers, sim.network.layers, chip.network.layers, strict=True
    ):
        for name in ("weight", "bias", "feedback_burst", "feedback_event"):
            expected = getattr(ours, name)
            if expected is not None:
                assert np.array_equal(getattr(theirs, name), expected), name
                changed += np.count_nonzero(expected != getattr(before, name))
    assert changed > 10
    assert np.array_equal(sim.event_rate, chip.event_rate)


def composed(sizes=(4, 3, 2)):
    return HardwareBurstCCNModel(BurstCCN(network(sizes)))


def test_every_part_is_one_that_loihi_2_has():
    assert foreign_processes(composed((6, 5, 4, 3))) == []


def test_a_foreign_part_is_named():
    model = composed()
    mapped = network((4, 3, 2))
    model.intruder = Soma(bias=mapped.layers[0].bias, ensembles=mapped.ensembles(0))
    assert foreign_processes(model) == ["intruder: Soma"]


@pytest.mark.parametrize("sizes", ARCHITECTURES)
def test_it_has_the_neurons_that_inspect_counts(sizes):
    parts = composed(sizes).find_sub_procs().values()
    neurons = sum(
        part.proc_params["shape"][0]
        for part in parts
        if "shape" in part.proc_params._parameters and not isinstance(part, LIF)
    )
    *hidden, output = sizes[1:]
    assert neurons == sum(hidden) * STOCK.neurons(False) + output * STOCK.neurons(True)


@pytest.mark.parametrize("value", [0, 1, -1, 127, 128, -129, MAX_CONSTANT, -MAX_CONSTANT])
def test_constants_are_two_weights(value):
    low, high = constant_digits(np.array([value]))
    assert low + 128 * high == value
    assert max(abs(int(low[0])), abs(int(high[0]))) <= 127


def test_a_constant_that_no_two_weights_give_is_refused():
    with pytest.raises(InvalidInputError, match="does not fit the hardware form"):
        constant_digits(np.array([MAX_CONSTANT + 1]))


def test_a_network_of_the_published_sigmoid_is_refused():
    mapped = replace(network((4, 3, 2)), activation="sigmoid")
    with pytest.raises(InvalidInputError, match="--activation hard_sigmoid and map"):
        lava_bccn.run(mapped, np.zeros((1, 4)), backend="lava-hardware")


def test_potentials_that_could_wrap_are_refused_with_what_helps():
    inputs = np.random.default_rng(1).random((20, 4))
    wide = mapping.new_network((4, 3, 100), inputs, activation="hard_sigmoid", burst_extra_bits=8)
    with pytest.raises(InvalidInputError, match="fewer burst_extra_bits"):
        lava_bccn.run(wide, np.zeros((1, 4)), backend="lava-hardware")


@pytest.mark.slow
def test_what_was_done_before_a_failure_is_kept(monkeypatch):
    sizes = (4, 3, 2)
    mapped, (inputs, _) = network(sizes), samples(sizes, 4)
    whole = lava_bccn.run(mapped, inputs)
    steps = runtime.LavaRun.steps
    presented = []

    def failing(self, count):
        if len(presented) == 2:
            raise runtime.BackendExecutionError("the board is gone")
        presented.append(count)
        steps(self, count)

    monkeypatch.setattr(runtime.LavaRun, "steps", failing)
    with pytest.raises(InterruptedRunError, match=r"gone \(after 2 of 4 samples\)") as caught:
        lava_bccn.run(mapped, inputs, backend="lava-hardware")
    kept = caught.value.partial
    assert np.array_equal(kept.event_rate, whole.event_rate[:2])

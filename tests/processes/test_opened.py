"""A network that stays open in Lava: started once, the bits of one run, and nothing left of it."""

from dataclasses import replace

import numpy as np
import pytest

import lava_bccn
from lava_bccn import ContinuousTime, LearningConfig, mapping
from lava_bccn.backends.presenting import LavaSession
from lava_bccn.errors import InterruptedRunError, InvalidInputError
from lava_bccn.loihi2.hardware_form import check_engine_form
from lava_bccn.network.engine_options import EngineOptions
from lava_bccn.processes import SampleSlot, actors
from lava_bccn.processes.lava_runtime import LavaRuntime
from lava_bccn.processes.sample_source.models import SampleSourceStep
from tests.handles import check_like_one_run, check_same_weights

RANDOM = np.random.default_rng(1)
INPUTS, TARGETS = RANDOM.random((6, 4)), RANDOM.random((6, 2))
CONFIG = LearningConfig(weight_rate=1)
ENGINE = LearningConfig(weight_rate=1, hidden_boost=(1,), halve_at=(3,), rule="engine")
STOCK = EngineOptions(rounds_traces="nearest", constants=2)
"""What stock neurons can do."""


def network(precision="fixed", **options):
    options = {"feedback": "kolen_pollack", "activation": "hard_sigmoid", "gain": 3.0, **options}
    return mapping.new_network((4, 3, 2), INPUTS, precision=precision, **options)


@pytest.fixture
def starts(monkeypatch):
    """The runs of Lava that were started."""
    started = []
    initialize = LavaRuntime.initialize

    def initialize_and_tell(self):
        started.append(self)
        initialize(self)

    monkeypatch.setattr(LavaRuntime, "initialize", initialize_and_tell)
    return started


def test_a_stream_is_learned_from_with_one_start(starts):
    start = network()
    whole = lava_bccn.run(start, INPUTS, TARGETS, learn=CONFIG)
    with lava_bccn.opened(start, backend="lava", learn=CONFIG) as running:
        pairs = zip(INPUTS, TARGETS, strict=True)
        outputs = [result.states[-1].event_rate[0] for result in running.stream(pairs)]
        check_same_weights(running.network, whole.network)
    np.testing.assert_array_equal(outputs, whole.states[-1].event_rate)
    assert len(starts) == 1


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("backend", "precision", "options"),
    [
        ("lava", "float", {}),
        pytest.param("lava", "fixed", {}, marks=SLOW),
        pytest.param("lava", "fixed", {"learn": CONFIG, "learned": 3}, marks=SLOW),
        pytest.param("lava", "float", {"learn": CONFIG}, marks=SLOW),
        pytest.param("lava", "fixed", {"learn": ENGINE}, marks=SLOW),
        pytest.param("lava", "float", {"time": ContinuousTime()}, marks=SLOW),
        pytest.param("lava", "float", {"time": ContinuousTime(), "learn": CONFIG}, marks=SLOW),
        pytest.param("lava-hardware", "fixed", {}, marks=SLOW),
        pytest.param("lava-hardware", "fixed", {"learn": CONFIG}, marks=SLOW),
    ],
)
def test_parts_are_like_one_run(backend, precision, options):
    check_like_one_run(network(precision), INPUTS, TARGETS, [1, 2, 3], backend=backend, **options)


@pytest.mark.slow
def test_parts_of_learning_in_the_engine_of_the_hardware_form_are_like_one_run():
    start, learn = network(feedback="random"), replace(ENGINE, halve_at=(), engine=STOCK)
    check_like_one_run(start, INPUTS, TARGETS, [1, 5], backend="lava-hardware", learn=learn)


def test_a_rate_that_stock_neurons_could_not_follow_is_refused_before_lava_starts(starts):
    start, learn = network(feedback="random"), replace(ENGINE, halve_at=(1000,), engine=STOCK)
    running = lava_bccn.opened(start, backend="lava-hardware", learn=learn)
    with pytest.raises(InvalidInputError, match="learning rate of layer 1 changes"), running:
        pass
    assert not starts
    check_engine_form(start, learn, 1000, None)  # when no other rate will come


@pytest.fixture
def fails_in_the_third(monkeypatch):
    """The Process that presents samples raises in the second step of the third."""
    send = SampleSourceStep.run_spk

    def run_spk(self):
        if self.time_step == 2 * self.presentation_steps + 2:
            raise RuntimeError("the source is gone")
        send(self)

    monkeypatch.setattr(SampleSourceStep, "run_spk", run_spk)


@pytest.mark.parametrize("backend", ["lava", pytest.param("lava-hardware", marks=SLOW)])
@pytest.mark.usefixtures("fails_in_the_third")
def test_what_was_done_before_lava_failed_is_kept_and_it_is_of_no_more_use(backend):
    start = network()
    reason = r"the source is gone \(in sample 3 since it was opened\)"
    with lava_bccn.opened(start, backend=backend, learn=CONFIG) as running:
        running.run(INPUTS[0], TARGETS[0])
        with pytest.raises(InterruptedRunError, match=reason) as caught:
            running.run(INPUTS[1:], TARGETS[1:])
        with pytest.raises(InvalidInputError, match=f"failed before .*{reason}.*; open it again"):
            running.run(INPUTS[0], TARGETS[0])
    whole = lava_bccn.run(start, INPUTS[:2], TARGETS[:2], learn=CONFIG)
    kept = caught.value.partial
    assert caught.value.done == 1
    np.testing.assert_array_equal(kept.event_rate, whole.event_rate[1:])
    if backend == "lava":  # which took what was learned with it
        assert kept.learned == 0 and kept.network is start
    else:
        assert kept.learned == 2
        check_same_weights(kept.network, whole.network)


def test_an_error_in_the_block_ends_lava():
    """What is left would fail this folder's tests."""
    with (
        pytest.raises(ZeroDivisionError),
        lava_bccn.opened(network("float"), backend="lava") as running,
    ):
        for _ in running.stream(INPUTS):
            1 / 0  # noqa: B018


def test_two_stay_open_beside_each_other():
    first, second = network("float"), network("float", seed=1)
    with (
        lava_bccn.opened(first, backend="lava") as ours,
        lava_bccn.opened(second, backend="lava") as theirs,
    ):
        for sample in INPUTS[:2]:
            for running, simulated in ((ours, first), (theirs, second)):
                expected = lava_bccn.run(simulated, sample[None]).event_rate
                np.testing.assert_allclose(running.run(sample).event_rate, expected, atol=1e-12)


def test_saturations_are_those_of_each_call(monkeypatch):
    counted = iter([[1, 2], [1, 5]])
    running = lava_bccn.opened(network("float"), backend="lava")
    with running:
        form = running._session._form
        monkeypatch.setattr(form, "saturations", lambda: np.array(next(counted)))
        assert isinstance(running._session, LavaSession)
        assert running.run(INPUTS[0]).saturations.tolist() == [1, 2]
        assert running.run(INPUTS[0]).saturations.tolist() == [0, 3]


@pytest.mark.parametrize("forks", [True, False])
def test_a_slot_holds_what_was_put_into_it_last(monkeypatch, forks):
    if forks and not actors.FORKS:
        pytest.skip("processes are not forked here")
    monkeypatch.setattr(actors, "FORKS", forks)
    slot = SampleSlot(np.array([1, 2, 3]))
    assert slot.shape[1:] == (3,) and len(slot) > 10**9
    np.testing.assert_array_equal(slot[7], [1, 2, 3])
    slot.put(np.array([4, 5, 6]))
    np.testing.assert_array_equal(slot[0], [4, 5, 6])

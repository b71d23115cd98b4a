"""A network that stays open: the bits of one run, and refusals that say what to do."""

import multiprocessing
import threading
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lava_bccn
from lava_bccn import ContinuousTime, LearningConfig, mapping
from lava_bccn.backends.registry import BACKENDS, Backend
from lava_bccn.backends.sim import SimSession, execute
from lava_bccn.errors import BackendUnavailableError, InterruptedRunError, InvalidInputError
from tests.handles import check_like_one_run, check_same_weights

RANDOM = np.random.default_rng(1)
INPUTS, TARGETS = RANDOM.random((7, 6)), RANDOM.random((7, 3))
CONFIG = LearningConfig(weight_rate=1, halve_at=(3,))
ENGINE = LearningConfig(weight_rate=1, hidden_boost=(2, 1), rule="engine")
TIME = ContinuousTime()
PARTS = st.lists(st.integers(1, 3), min_size=1, max_size=3)


@pytest.fixture(scope="module", params=["fixed", "float"])
def network(request):
    regime = {"feedback": "kolen_pollack", "feedback_event": "tied"}
    return mapping.new_network((6, 5, 3), INPUTS, precision=request.param, **regime)


@pytest.fixture
def mine(monkeypatch):
    """A backend from outside the package, which knows nothing of sessions."""
    monkeypatch.setattr(BACKENDS, "_items", dict(BACKENDS))
    return BACKENDS.register(Backend("mine", "each job a run of its own", execute))


OPTIONS = [
    {},
    {"learn": CONFIG, "learned": 2},
    {"time": TIME},
    {"time": TIME, "learn": CONFIG},
]


@pytest.mark.parametrize("options", OPTIONS, ids=["settled", "learning", "time", "time, learning"])
@settings(max_examples=10)
@given(parts=PARTS)
def test_parts_are_like_one_run(network, options, parts):
    check_like_one_run(network, INPUTS[: sum(parts)], TARGETS[: sum(parts)], parts, **options)


@settings(max_examples=3)
@given(parts=PARTS)
def test_parts_of_learning_in_the_engine_are_like_one_run(parts):
    network = mapping.new_network((6, 5, 3), INPUTS, weight_bits=7, feedback="random")
    check_like_one_run(network, INPUTS[: sum(parts)], TARGETS[: sum(parts)], parts, learn=ENGINE)


@pytest.mark.parametrize("learn", [False, CONFIG])
def test_a_backend_without_sessions_does_the_same(network, mine, learn):
    check_like_one_run(network, INPUTS, TARGETS, [2, 1, 4], backend="mine", learn=learn)


def test_a_backend_without_sessions_cannot_go_on_in_continuous_time(network, mine):
    with pytest.raises(InvalidInputError, match="take one of sim, lava, or run_continuous"):
        lava_bccn.opened(network, backend="mine", time=TIME)


def test_one_sample_is_taken_as_it_is():
    network = mapping.new_network((9, 3), np.ones((2, 9)))
    image, target = RANDOM.random((3, 3)), RANDOM.random(3)
    expected = lava_bccn.run(network, image[None], target[None], record="burst_rate")
    with lava_bccn.opened(network, record="burst_rate") as running:
        for one in (image, image.ravel(), image[None], image.tolist()):
            for taught in (target, target[None], target.tolist()):
                result = running.run(one, taught)
                assert result.event_rate.shape == (1, 3)
                for ours, theirs in zip(result.states, expected.states, strict=True):
                    np.testing.assert_array_equal(ours.burst_rate, theirs.burst_rate)


def test_a_stream_waits_for_each_sample_and_its_result():
    """Each sample is made of the result of the one before."""
    network = mapping.new_network((3, 4, 3), np.ones((2, 3)))
    results = []

    def samples():
        yield np.zeros(3)
        while True:
            yield results[-1].event_rate[0]

    with lava_bccn.opened(network) as running:
        for result in running.stream(samples()):
            results.append(result)
            if len(results) == 4:
                break
    expected = np.zeros((1, 3))
    for result in results:
        expected = lava_bccn.run(network, expected).event_rate
        np.testing.assert_array_equal(result.event_rate, expected)


def test_a_stream_of_pairs_teaches(network):
    with lava_bccn.opened(network, learn=CONFIG) as running:
        results = list(running.stream(zip(INPUTS, TARGETS, strict=True)))
        learned = running.network
        assert "7 learned so far" in repr(running)
    whole = lava_bccn.run(network, INPUTS, TARGETS, learn=CONFIG)
    check_same_weights(learned, whole.network)
    assert [each.learned for each in results] == [1, 2, 3, 4, 5, 6, 7]
    assert all(each.network is network for each in results)
    np.testing.assert_array_equal([each.event_rate[0] for each in results], whole.event_rate)


def test_a_loader_of_pairs_teaches(network):
    pairs = torch.utils.data.TensorDataset(torch.from_numpy(INPUTS), torch.from_numpy(TARGETS))
    with lava_bccn.opened(network, learn=CONFIG) as running:
        for _ in running.stream(torch.utils.data.DataLoader(pairs, batch_size=2)):
            pass
        learned = running.network
    check_same_weights(learned, lava_bccn.run(network, INPUTS, TARGETS, learn=CONFIG).network)


def test_what_ended_may_end_again(network):
    with lava_bccn.opened(network) as running:
        pass
    running.__exit__(None, None, None)


def test_taught_samples_and_others_take_turns(network):
    with lava_bccn.opened(network, record="burst_rate") as running:
        results = list(running.stream([INPUTS[0], (INPUTS[0], TARGETS[0]), INPUTS[0]]))
    rates = [each.states[0].burst_rate for each in results]
    np.testing.assert_array_equal(rates[0], rates[2])
    assert (rates[0] != rates[1]).any()


WRONG = {
    "another size": (INPUTS[0, :4], r"shape \(4,\); expected \(samples, 6\)"),
    "no teacher": (INPUTS[0], r"pass targets \(in a stream, pairs of a sample and its target\)"),
    "another teacher": ((INPUTS[0], TARGETS[0, :2]), r"targets have shape \(1, 2\)"),
    "three": ((INPUTS[0], TARGETS[0], 1), "a tuple of 3; expected inputs, or a pair"),
    "beyond 1": ((INPUTS[0] + 1, TARGETS[0]), r"event rates in \[0, 1\]"),
    "words": (("no sample", TARGETS[0]), "inputs "),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_in_mid_stream_does_nothing(network, name):
    wrong, message = WRONG[name]
    pairs = list(zip(INPUTS, TARGETS, strict=True))
    with lava_bccn.opened(network, learn=CONFIG) as running:
        with pytest.raises(InvalidInputError, match=f"^sample 3 of the stream: .*{message}"):
            list(running.stream([*pairs[:2], wrong, *pairs[2:]]))
        list(running.stream(pairs[2:]))
        whole = lava_bccn.run(network, INPUTS, TARGETS, learn=CONFIG)
        check_same_weights(running.network, whole.network)


def test_what_is_no_stream_is_refused_at_once(network):
    with (
        lava_bccn.opened(network) as running,
        pytest.raises(InvalidInputError, match=r"samples must be a list, a generator .* not 3"),
    ):
        running.stream(3)


def test_it_is_used_within_its_block(network):
    running = lava_bccn.opened(network, learn=CONFIG)
    with pytest.raises(InvalidInputError, match=r"not open yet; .* with lava_bccn\.opened"):
        running.run(INPUTS, TARGETS)
    with running:
        stream = running.stream(zip(INPUTS, TARGETS, strict=True))
        next(stream)
    for use in (
        lambda: running.run(INPUTS, TARGETS),
        lambda: running.stream([]),
        lambda: running.network,
        lambda: running.learning_saturations,
        lambda: next(stream),
    ):
        with pytest.raises(InvalidInputError, match="was closed at the end of its with block"):
            use()
    with pytest.raises(InvalidInputError, match=r"again with a new opened\(\)"), running:
        pass
    assert running.learned == 1 and "not open" in repr(running)


def test_it_is_used_by_the_thread_that_opened_it(network):
    told = []

    def use(running):
        try:
            running.run(INPUTS)
        except InvalidInputError as error:
            told.append(str(error))

    with lava_bccn.opened(network) as running:
        thread = threading.Thread(target=use, args=(running,))
        thread.start()
        thread.join()
        running.run(INPUTS)
    assert len(told) == 1 and "opened in another thread or process" in told[0]


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="processes are not forked here"
)
def test_it_is_used_in_the_process_that_opened_it(network):
    context = multiprocessing.get_context("fork")
    told = context.SimpleQueue()

    def use(running):
        try:
            running.run(INPUTS)
        except InvalidInputError as error:
            told.put(str(error))

    with lava_bccn.opened(network) as running:
        process = context.Process(target=use, args=(running,))
        process.start()
        assert "opened in another thread or process" in told.get()
        process.join()


def test_stopped_in_mid_sample_it_is_of_no_more_use(network, monkeypatch):
    def stopped(session, job):
        raise KeyboardInterrupt

    with lava_bccn.opened(network) as running:
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(SimSession, "show", stopped)
            running.run(INPUTS)
        with pytest.raises(InvalidInputError, match="stopped in the middle of a sample"):
            running.run(INPUTS)


def test_what_was_done_before_it_failed_is_kept(network, monkeypatch):
    def failing(job):
        if len(job.samples) < 3:
            return execute(job)
        part = lava_bccn.run(job.network, INPUTS[:2], TARGETS[:2], learn=CONFIG, learned=1)
        job.recording.store_output(slice(0, 2), part.states[-1].event_rate)
        raise InterruptedRunError("it is gone", 2, execution_of(part))

    def execution_of(part):
        return lava_bccn.backends.Execution(
            part.network, part.saturations, part.seconds, part.learning_saturations, part.learned
        )

    monkeypatch.setattr(BACKENDS, "_items", dict(BACKENDS))
    BACKENDS.register(Backend("failing", "", failing))
    with lava_bccn.opened(network, backend="failing", learn=CONFIG) as running:
        running.run(INPUTS[0], TARGETS[0])
        with pytest.raises(InterruptedRunError, match="it is gone") as caught:
            running.run(INPUTS, TARGETS)
        with pytest.raises(InvalidInputError, match=r"failed before \(it is gone\); open it again"):
            running.run(INPUTS[0], TARGETS[0])
    assert caught.value.done == 2 and caught.value.partial.learned == 3
    assert caught.value.partial.event_rate.shape == (2, 3)


def test_what_a_backend_cannot_do_is_said_before_it_starts(network, without_lava):
    with pytest.raises(
        InvalidInputError, match="opened takes a MappedNetwork or DaleNetwork, not a str"
    ):
        lava_bccn.opened("network.safetensors")
    with pytest.raises(InvalidInputError, match="'lava-hardware' holds each sample"):
        lava_bccn.opened(network, backend="lava-hardware", time=TIME)
    running = lava_bccn.opened(network, backend="lava")
    with pytest.raises(BackendUnavailableError, match="is not installed"), running:
        pass


def test_sessions_can_come_from_outside_the_package(network, monkeypatch):
    monkeypatch.setattr(BACKENDS, "_items", dict(BACKENDS))
    ready = Backend("ready", "", execute, opens=lambda opening: nullcontext(SimSession(opening)))
    BACKENDS.register(ready)
    check_like_one_run(network, INPUTS, TARGETS, [3, 4], backend="ready", learn=CONFIG)

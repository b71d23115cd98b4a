"""Any number of threads gives the same bits."""

from __future__ import annotations

import copy
import os
import pickle
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.backends import sim_spikes
from lava_bccn.backends.spikes import run_spikes
from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping.spiking import quantise
from lava_bccn.sim.spiking import SpikingSimulator
from lava_bccn.sim.spiking.arrays import part_bounds
from tests.spiking_networks import spiking_network, stimulus

RUN = {"sample_steps": 60, "interval_steps": 20, "record_flags": True}


def _network(arithmetic):
    """Every kind of state: all that learns, and homeostasis, receptors, delays and a teacher."""
    described = spiking_network(
        stp=True, delays=True, receptors=True, homeostasis=0.01, neurons=70, average_ms=None
    )
    return quantise(described) if arithmetic == "fixed" else described


@pytest.mark.parametrize("arithmetic", ["float", "fixed"])
@pytest.mark.parametrize("threads", [2, 3])
def test_threads_change_no_bit(arithmetic, threads):
    network, (currents, targets) = _network(arithmetic), stimulus(4)
    learn = np.array([True, True, False, True])
    alone, together = (SpikingSimulator(network, 1, threads=each) for each in (1, threads))
    expected, result = (
        each.run(currents, None, targets, learn=learn, **RUN) for each in (alone, together)
    )
    np.testing.assert_array_equal(expected.flags, result.flags)
    np.testing.assert_array_equal(expected.counts, result.counts)
    np.testing.assert_array_equal(expected.released, result.released)
    assert expected.counts.sum() > 0
    for name, array in alone.arrays().items():
        np.testing.assert_array_equal(array, together.arrays()[name], err_msg=name)


def test_what_one_number_of_threads_saved_another_goes_on_from():
    network, (currents, targets) = _network("float"), stimulus(4)
    first, second = (SpikingSimulator(network, 1, threads=each) for each in (3, 1))
    first.run(currents, None, targets, learn=True, **RUN)
    second.restore({name: array.copy() for name, array in first.arrays().items()})
    flags = [each.run(currents, None, targets, learn=True, **RUN).flags for each in (first, second)]
    np.testing.assert_array_equal(*flags)


def test_run_spikes_hands_them_on(monkeypatch):
    made = []

    class Noted(SpikingSimulator):
        def __init__(self, *given, **options):
            super().__init__(*given, **options)
            made.append(self.threads)

    monkeypatch.setattr(sim_spikes, "SpikingSimulator", Noted)
    run_spikes(_network("float"), stimulus(1)[0], threads=2, sample_steps=1)
    assert made == [2]


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interruption_leaves_a_state_that_goes_on(threads):
    network, (currents, _) = _network("float"), stimulus(1)
    interrupted = SpikingSimulator(network, 1, threads=threads)
    interrupted.run(currents, sample_steps=10, learn=True)
    alarm = threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        alarm.start()
        with pytest.raises(KeyboardInterrupt):
            for _ in range(100):
                interrupted.run(currents, sample_steps=20_000, learn=True)
    finally:
        alarm.join()
        signal.signal(signal.SIGINT, before)
    whole = SpikingSimulator(network, 1)
    whole.run(currents, sample_steps=interrupted.step, learn=True)
    for name, array in whole.arrays().items():
        np.testing.assert_array_equal(array, interrupted.arrays()[name], err_msg=name)


def test_no_thread_waits_for_one_that_cannot_start(monkeypatch):
    def submit(pool, *given):
        if pool._threads:
            raise RuntimeError("can't start new thread")
        return start(pool, *given)

    start = ThreadPoolExecutor.submit
    monkeypatch.setattr(ThreadPoolExecutor, "submit", submit)
    simulator = SpikingSimulator(_network("float"), threads=3)
    with pytest.raises(RuntimeError, match="start new thread"):
        simulator.run(stimulus(1)[0], sample_steps=10)
    assert simulator.step == 0


@pytest.mark.parametrize("again", [copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_a_copy_has_a_state_of_its_own(again):
    currents, _ = stimulus(1)
    first = SpikingSimulator(_network("fixed"), 1)
    first.run(currents, sample_steps=30, learn=True)
    second, before = again(first), first.arrays()["hidden/soma"].copy()
    flags = [each.run(currents, learn=True, **RUN).flags for each in (second, first)]
    np.testing.assert_array_equal(*flags)
    assert (first.arrays()["hidden/soma"] != before).any()
    assert not np.shares_memory(first.arrays()["hidden/soma"], second.arrays()["hidden/soma"])


@pytest.mark.parametrize("threads", [0, -1, 1.5, None, 10**9])
def test_a_number_of_threads_that_is_none_is_refused(threads):
    with pytest.raises(InvalidInputError, match="threads"):
        SpikingSimulator(replace(_network("float")), threads=threads)


@given(size=st.integers(1, 5000), parts=st.integers(1, 70))
def test_parts_are_whole_cache_lines_and_cover_all(size, parts):
    bounds = part_bounds(size, parts)
    assert (bounds[0], bounds[-1], len(bounds)) == (0, size, parts + 1)
    assert (np.diff(bounds) >= 0).all()
    assert np.isin(bounds[bounds < size] % 64, [0]).all()

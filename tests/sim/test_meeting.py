"""Threads of compiled code that wait for each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import pytest

from lava_bccn.sim.meeting import barrier, cancel, meet


@numba.njit(nogil=True)
def _write_and_look(places, meeting, own, rounds):
    """Writes the round into its own place; counts rounds in which another had not."""
    behind = 0
    for number in range(1, rounds + 1):
        places[own] = number
        meet(meeting)
        behind += (places != number).any()
        meet(meeting)
    return behind


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_all_see_what_all_have_written_before_they_met(threads):
    places, meeting = np.zeros(threads, dtype=np.int64), barrier(threads)
    _write_and_look(places, barrier(1), 0, 0)
    with ThreadPoolExecutor(threads) as pool:
        running = [
            pool.submit(_write_and_look, places, meeting, own, 500) for own in range(threads)
        ]
    assert [each.result() for each in running] == [0] * threads


def test_nobody_waits_at_a_meeting_that_is_cancelled():
    places, meeting = np.zeros(1, dtype=np.int64), barrier(2)
    _write_and_look(places, barrier(1), 0, 0)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(_write_and_look, places, meeting, 0, 3)
        cancel(meeting)
        assert waiting.result() == 0

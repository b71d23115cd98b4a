"""Run after run in one program: it holds no more after many than after a few."""

import gc
import os
import threading
from pathlib import Path

import numpy as np
import pytest

import lava_bccn
from lava_bccn import LearningConfig, mapping, online
from lava_bccn.backends.spikes import run_spikes
from lava_bccn.datasets import Dataset
from tests import killed
from tests.spiking_networks import spiking_network

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks into /proc")

RANDOM = np.random.default_rng(0)
INPUTS, TARGETS = RANDOM.random((2, 16)), RANDOM.random((2, 4))
GROWTH = 5 * 1024 * 1024
"""Bytes by which 100 runs may grow a program that has warmed up, for allocators are what they are.
Of a run that leaves its Processes behind, each takes 350 KB."""


def inference():
    network = mapping.new_network((16, 8, 4), INPUTS)
    lava_bccn.run(network, INPUTS, backend="lava")


def spikes():
    network = mapping.spiking.quantise(spiking_network())
    run_spikes(
        network, np.zeros((1, 5)), backend="lava", sample_steps=2, interval_steps=2, learn=True
    )


def lesson():
    """A run of Lava for each of its parts."""
    data = Dataset("noise", INPUTS, np.array([0, 1]), INPUTS, np.array([0, 1]), ("a", "b"))
    network = mapping.new_network((16, 8, 2), INPUTS)
    online.learn(network, data, LearningConfig(), online.Lesson(epochs=1), backend="lava")


def held():
    """What this program holds: (descriptors, threads, named memory), and its resident bytes."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    counts = (
        len(list(Path("/proc/self/fd").iterdir())),
        threading.active_count(),
        len(killed.named_memory_of([os.getpid()])),
    )
    return counts, pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("work", [inference, spikes, lesson])
def test_a_few_runs_hold_nothing(work):
    work()
    before, _ = held()
    for _ in range(2):
        work()
        assert held()[0] == before


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("work", [inference, spikes, lesson])
def test_200_runs_hold_no_more_than_100(work):
    for _ in range(100):
        work()
    before, memory = held()
    for _ in range(100):
        work()
    after, grown = held()
    assert after == before
    assert grown - memory < GROWTH

"""Compiling is told once, and is no part of the time that a run took."""

import logging
import time
from types import FunctionType

import numba
import numpy as np

from lava_bccn.sim.notices import tell_of_compiling
from lava_bccn.sim.spiking import SpikingSimulator, simulator
from tests.spiking_networks import spiking_network

PLASTIC = 11
"""Place of the samples' plasticity among the arguments of ``run_steps``."""


def doubled(x):
    return 2 * x


def of_module(name):
    return numba.njit(FunctionType(doubled.__code__, {"__name__": name}))


def test_what_is_compiled_is_told_and_not_what_is_there_already(caplog):
    caplog.set_level(logging.INFO)
    tell_of_compiling()
    tell_of_compiling()
    ours = of_module("lava_bccn.sim.example")
    assert ours(2) == 4
    assert [record.getMessage() for record in caplog.records] == [
        "compiling, once: about half a minute"
    ]
    assert ours(3) == 6 and of_module("another")(2) == 4
    assert len(caplog.records) == 1


def test_a_run_is_timed_without_compiling(monkeypatch):
    calls = []
    monkeypatch.setattr(simulator, "run_steps", lambda *given: calls.append(len(given[PLASTIC])))
    monkeypatch.setattr(time, "perf_counter", lambda: calls.append("clock") or 0.0)
    SpikingSimulator(spiking_network()).run(np.zeros((2, 5)), sample_steps=3)
    assert calls == [0, "clock", 2, "clock"]

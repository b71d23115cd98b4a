"""A program that runs Lava is killed: nothing of it is left, whatever kills it, and when."""

import json
import os
import random
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from lava_bccn import mapping
from tests import killed

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")

SIGNALS = [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL]
TIMES = 30


@pytest.mark.parametrize(
    ("number", "what"),
    [
        (signal.SIGTERM, "inference"),
        (signal.SIGHUP, "spikes"),
        (signal.SIGKILL, "learning"),
        *(
            pytest.param(number, what, marks=pytest.mark.slow)
            for number in SIGNALS
            for what in ("inference", "learning", "spikes")
        ),
    ],
)
def test_children_end_with_their_parent(number, what):
    program = killed.start_endless(what)
    processes = killed.processes_of(program.pid)
    assert len(processes) > 5
    assert not killed.named_memory_of(processes)
    os.kill(program.pid, number)
    assert program.wait(timeout=30) == -number
    assert not killed.left_of(program.pid)
    program.communicate()


@pytest.mark.slow
@pytest.mark.parametrize("number", [*SIGNALS, signal.SIGINT])
def test_a_signal_to_the_whole_group_leaves_nothing(number):
    """As a terminal sends it that is closed."""
    program = killed.start_endless("inference")
    os.killpg(program.pid, number)
    program.wait(timeout=30)
    assert not killed.left_of(program.pid)
    _, errors = program.communicate()
    assert errors.count("Traceback") == (number == signal.SIGINT)  # which is Python's own


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("number", SIGNALS)
def test_nothing_is_left_whenever_it_comes(number, tmp_path, capsys):
    """While modules are imported, while Lava compiles, starts, runs and ends, and after."""
    inputs = np.random.default_rng(0).random((400, 16))
    np.save(tmp_path / "inputs.npy", inputs)
    mapping.new_network((16, 8, 4), inputs).save(tmp_path / "network.safetensors")
    command = ["-m", "lava_bccn", "run", str(tmp_path / "network.safetensors")]
    command += ["--backend", "lava", "--inputs", str(tmp_path / "inputs.npy"), "--json"]
    started = time.monotonic()
    whole, errors = killed.start(*command, cwd=tmp_path).communicate(timeout=60)
    seconds = time.monotonic() - started
    assert json.loads(whole), errors
    chance = random.Random(int(number))
    met = 0
    for _ in range(TIMES):
        program = killed.start(*command, cwd=tmp_path)
        time.sleep(chance.uniform(0, 1.1 * seconds))
        processes = killed.processes_of(program.pid)
        met += len(processes) > 1
        assert not killed.named_memory_of(processes)
        program.send_signal(number)
        program.wait(timeout=30)
        assert not killed.left_of(program.pid)
        program.communicate()
    with capsys.disabled():
        print(f"\n{number.name}: {met} of {TIMES} while there were children, nothing left")
    assert met

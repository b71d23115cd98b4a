"""Programs that tests kill, such as runs of Lava, and what is there of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
GONE_SECONDS = 5.0
"""After which nothing of a program that was killed may be left."""

ENDLESS = """
import numpy as np
import lava_bccn
from lava_bccn import mapping
from lava_bccn.backends.spikes import run_spikes
from tests.spiking_networks import spiking_network

def ready(count):
    print("running", flush=True)

def rates(**options):
    network = mapping.new_network((4, 3, 2), np.ones((2, 4)))
    inputs = np.zeros((10**6, 4), np.float32)
    lava_bccn.run(network, inputs, backend="lava", progress=ready, **options)

def inference():
    rates()

def learning():
    rates(targets=np.zeros((10**6, 2), np.float32), learn=True)

def spikes():
    network = mapping.spiking.quantise(spiking_network())
    options = dict(sample_steps=10, interval_steps=10, learn=True)
    run_spikes(network, np.zeros((10**6, 5)), backend="lava", progress=ready, **options)

if __name__ == "__main__":
    {what}()
"""


def start(*command: str, **options: object) -> subprocess.Popen:
    """A program in a group of its own, as a terminal starts it."""
    return subprocess.Popen(
        [sys.executable, *command],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # What a shell starts in the background is born deaf to Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        **options,
    )


def start_endless(what: str) -> subprocess.Popen:
    """A run of Lava that does not end by itself, once its models run.

    Args:
        what: ``inference``, ``learning`` or ``spikes``.
    """
    program = start("-c", ENDLESS.replace("{what}", what))
    line = program.stdout.readline()
    assert line == "running\n", program.communicate()
    return program


def processes_of(group: int) -> list[int]:
    """The processes of a group that run; what has ended and waits to be asked how does not."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            state, _, number, *_ = (entry / "stat").read_text().rpartition(")")[2].split()
        except (OSError, ValueError):  # no process, or no longer
            continue
        if int(number) == group and state not in "ZX":
            found.append(int(entry.name))
    return found


def named_memory_of(processes: list[int]) -> set[str]:
    """Shared memory and semaphores that processes use by a name that could outlive them."""
    found = set()
    for process in processes:
        try:
            lines = Path(f"/proc/{process}/maps").read_text().splitlines()
        except OSError:
            continue
        found |= {name for line in lines if (name := line.partition("/dev/shm/")[2])}
    return {name for name in found if not name.endswith("(deleted)")}


def left_of(group: int) -> list[int]:
    """The processes of a group that are still there when all should be gone."""
    deadline = time.monotonic() + GONE_SECONDS
    while (left := processes_of(group)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left

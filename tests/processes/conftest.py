"""Lava runs only on Python 3.10; and nothing of it may outlive a test."""

from __future__ import annotations

import multiprocessing
import sys
import threading
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    collect_ignore_glob = ["test_*.py"]


def _leftovers() -> dict[str, set]:
    shared_memory = Path("/dev/shm")
    return {
        "processes": {process.pid for process in multiprocessing.active_children()},
        "threads": set(threading.enumerate()),
        "shared memory": set(shared_memory.iterdir()) if shared_memory.is_dir() else set(),
    }


@pytest.fixture(autouse=True)
def _nothing_outlives_a_test():
    before = _leftovers()
    yield
    for name, now in _leftovers().items():
        assert now <= before[name], f"{name} left behind"

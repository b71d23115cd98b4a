"""Nothing of Lava may outlive a test."""

from __future__ import annotations

import multiprocessing
import os
import threading
from pathlib import Path

import pytest

from lava_bccn.lava_nc import why_not
from tests import killed

if why_not():
    collect_ignore_glob = ["test_*.py"]


def _held() -> dict[str, set]:
    descriptors = Path("/proc/self/fd")
    return {
        "processes": {process.pid for process in multiprocessing.active_children()},
        "threads": set(threading.enumerate()),
        "pipes": {name for each in descriptors.glob("*") if "pipe" in (name := _target(each))},
        "named memory": killed.named_memory_of([os.getpid()]),
    }


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:  # that of the folder itself, while it was listed
        return ""


@pytest.fixture(autouse=True)
def _nothing_outlives_a_test():
    before = _held()
    yield
    for name, now in _held().items():
        assert now <= before[name], f"{name} left behind"

"""Nothing of Lava may outlive a test."""

from __future__ import annotations

import multiprocessing
import threading
from multiprocessing.shared_memory import SharedMemory

import pytest

from lava_bccn.lava_nc import why_not

if why_not():
    collect_ignore_glob = ["test_*.py"]


def _running() -> dict[str, set]:
    return {
        "processes": {process.pid for process in multiprocessing.active_children()},
        "threads": set(threading.enumerate()),
    }


@pytest.fixture(autouse=True)
def _nothing_outlives_a_test(monkeypatch):
    from lava.magma.runtime.message_infrastructure.shared_memory_manager import SharedMemoryManager

    create, segments = SharedMemoryManager.create_shared_memory, []

    def create_and_remember(self, size):
        handle = create(self, size)
        segments.append(handle.name)
        return handle

    monkeypatch.setattr(SharedMemoryManager, "create_shared_memory", create_and_remember)
    before = _running()
    yield
    for name, now in _running().items():
        assert now <= before[name], f"{name} left behind"
    assert not [name for name in segments if exists(name)], "shared memory left behind"


def exists(segment: str) -> bool:
    """Whether a shared-memory segment is still there."""
    try:
        handle = SharedMemory(segment)
    except FileNotFoundError:
        return False
    handle.close()
    return True

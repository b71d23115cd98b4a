"""Lava on every Python: the one module that newer ones refuse passes, and nothing else changes."""

import dataclasses
import subprocess
import sys
import types

import pytest

from lava_bccn.errors import BackendUnavailableError
from lava_bccn.lava_nc import INSTALL, import_lava, why_not


@pytest.mark.lava
def test_dataclasses_are_as_before():
    assert why_not() is None
    import_lava()
    with pytest.raises(TypeError, match="unhashable"):
        hash(dataclasses.make_dataclass("Plain", ["x"])(1))


@pytest.mark.lava
@pytest.mark.parametrize("first", ["lava_bccn.processes", "lava.proc.lif.process"])
def test_lava_comes_in_whatever_was_tried_before(first):
    code = f"""
import contextlib, importlib
with contextlib.suppress(ValueError):
    importlib.import_module("{first}")  # Lava alone: refused above Python 3.10
import lava_bccn.processes
from lava.proc.dense.process import Dense
from lava.proc.lif.process import LIF
from lava.proc.io.source import RingBuffer
import lava.magma.compiler.compiler
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_without_it_the_line_to_type_is_told(without_lava):
    assert why_not() == "is not installed"
    with pytest.raises(BackendUnavailableError, match="is not installed on Python 3") as refusal:
        import_lava()
    assert INSTALL in str(refusal.value) and "backend='sim'" in str(refusal.value)


def test_what_is_called_lava_but_is_another_package_is_told(without_lava, monkeypatch):
    monkeypatch.setitem(sys.modules, "lava", types.ModuleType("lava"))
    assert why_not() == "lacks lava.magma"

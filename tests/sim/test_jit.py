"""What is compiled: where it is kept, and that closures of one name are not confused."""

import importlib.util
import logging

import pytest

from lava_bccn.sim import jit

LOOP = """
def loop(count):
    total = 0
    for each in range(count):
        total += each
    return total
"""


@pytest.fixture
def loop(tmp_path):
    """A loop of a module whose folder compiled code cannot be kept in."""
    (tmp_path / "loops.py").write_text(LOOP)
    (tmp_path / "__pycache__").touch()  # a file where the folder would be
    spec = importlib.util.spec_from_file_location("loops", tmp_path / "loops.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    jit._tell_that_nothing_is_kept.cache_clear()
    return module.loop


@pytest.fixture(autouse=True)
def no_folder_is_named(monkeypatch):
    monkeypatch.setattr("numba.config.CACHE_DIR", "")


def test_where_the_package_is_read_only_the_user_has_a_folder(loop, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    compiled = jit.kept(loop)
    assert compiled(5) == 10
    folder = compiled.stats.cache_path
    assert folder.startswith(str(tmp_path / "cache")) and folder in jit.cache_folders()
    assert list((tmp_path / "cache").rglob("*.nbc")) and not caplog.records


def test_where_nothing_can_be_kept_that_is_said_once(loop, tmp_path, monkeypatch, caplog):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with caplog.at_level(logging.WARNING, "lava_bccn"):
        assert jit.kept(loop)(5) == 10
        assert jit.kept(loop)(4) == 6
    assert [record.message for record in caplog.records] == [
        "there is no folder that compiled code can be kept in, so every process compiles anew; "
        "name one that can be written in NUMBA_CACHE_DIR"
    ]


def test_closures_of_other_parts_have_other_names():
    def closure(part):
        def function(value):
            return value + part

        return jit.jit(function)

    one, two, again = closure(1), closure(2), closure(1)
    assert one(1) == 2 and two(1) == 3
    names = [each.py_func.__qualname__ for each in (one, two, again)]
    assert names[0] == names[2] != names[1]

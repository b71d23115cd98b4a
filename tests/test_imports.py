"""Everything but ``processes`` lives without Lava, and executors without PyTorch."""

import ast
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

LAZY = ["lava_bccn.nn", "lava_bccn.mapping"]


def run(code: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=False
    )


@pytest.mark.parametrize(
    "module", ["lava_bccn", "lava_bccn.nn", "lava_bccn.mapping", "lava_bccn.sim"]
)
def test_importing_does_not_import_lava(module):
    result = run(f"import sys, {module}; sys.exit('lava' in sys.modules)")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "module",
    [
        "lava_bccn",
        "lava_bccn.mapping",
        "lava_bccn.sim",
        "lava_bccn.nn",
        "lava_bccn.nn.model_options",
        "lava_bccn.nn.training_config",
    ],
)
def test_executors_and_options_do_not_import_pytorch(module):
    result = run(f"import sys, {module}; sys.exit('torch' in sys.modules)")
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("package", LAZY)
def test_a_lazy_package_has_all_that_it_promises(package):
    module = importlib.import_module(package)
    assert set(module.__all__) <= set(dir(module))
    for name in module.__all__:
        value = getattr(module, name)
        assert getattr(value, "__name__", name) == name, f"{name} is {value}"
    with pytest.raises(AttributeError, match=f"{package}.*'nothing'"):
        _ = module.nothing


@pytest.mark.parametrize("package", LAZY)
def test_type_checkers_see_what_a_lazy_package_exports(package):
    module = importlib.import_module(package)
    tree = ast.parse(Path(module.__file__).read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name: line.module for line in block.body for alias in line.names}
    call = tree.body[-1].value
    table = ast.literal_eval(call.args[1])
    assert seen == {name: place for place, names in table.items() for name in names}
    modules = {found.name for found in pkgutil.iter_modules(module.__path__)}
    assert not modules & set(seen), "a module would take the place of a name"


def test_without_lava_processes_say_plainly_what_to_do():
    hidden = "import sys; sys.modules['lava'] = None; import lava_bccn.processes"
    result = run(hidden)
    assert result.returncode != 0
    last_line = result.stderr.strip().splitlines()[-1]
    assert "BackendUnavailableError" in last_line and "Python 3.10 only" in last_line

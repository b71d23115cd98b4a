"""Everything but ``processes`` lives without Lava, executors without PyTorch; exports are lazy."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from lava_bccn.lazy import attach, exports
from tests import architecture

PACKAGE = Path(__file__).parents[1] / architecture.PACKAGE


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
def test_executors_do_not_import_pytorch(module):
    result = run(f"import sys, {module}; sys.exit('torch' in sys.modules)")
    assert result.returncode == 0, result.stderr


def test_without_lava_processes_say_plainly_what_to_do():
    hidden = "import sys; sys.modules['lava'] = None; import lava_bccn.processes"
    result = run(hidden)
    assert result.returncode != 0
    last_line = result.stderr.strip().splitlines()[-1]
    assert "BackendUnavailableError" in last_line and "pip install" in last_line


def test_importing_the_package_imports_nothing_else():
    result = run(
        "import sys, lava_bccn; sys.exit(bool({'numpy', 'importlib.metadata'} & {*sys.modules}))"
    )
    assert result.returncode == 0, result.stderr


def test_help_does_not_wait_for_numbers():
    code = "import sys; from lava_bccn.cli import main; main(['--help'])"
    result = run(f"import atexit, sys; atexit.register(lambda: print(*sys.modules)); {code}")
    assert "usage: bccn" in result.stdout, result.stderr
    assert not {"numpy", "rich", "torch"} & {*result.stdout.splitlines()[-1].split()}


def test_rooms_are_attributes():
    result = run(
        "import lava_bccn; lava_bccn.sim.settle, lava_bccn.nn.burst_mlp, lava_bccn.__version__"
    )
    assert result.returncode == 0, result.stderr


def test_what_is_not_exported_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'lava_bccn' has no attribute 'nothing'"):
        import lava_bccn

        lava_bccn.nothing  # noqa: B018
    get, names = attach("lava_bccn", lava_bccn.__file__)
    assert "load" in names() and callable(get("load"))


def lazy_packages() -> list[str]:
    return [
        module
        for module, file in architecture.modules(PACKAGE).items()
        if file.name == "__init__.py" and "attach(" in file.read_text()
    ]


@pytest.mark.parametrize("package", lazy_packages())
def test_all_that_is_exported_is_there(package):
    lazy = exports(package, str(architecture.modules(PACKAGE)[package]))
    beside = {module for module in architecture.modules(PACKAGE) if module.startswith(package)}
    for name, module in lazy.items():
        assert f"{package}.{name}" not in beside or module == f"{package}.{name}", name
    for name in {*lazy, *import_module(package).__all__} - {"processes"}:  # nothing without Lava
        assert getattr(import_module(package), name) is not None


def cpu_seconds(*arguments: str) -> float:
    """What a fresh Python takes, the least of three, each after what came before it."""
    resource = pytest.importorskip("resource", reason="measures processes of Unix")

    def used() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    found = []
    for _ in range(3):
        before = used()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        found.append(used() - before)
    return min(found)


def test_importing_takes_a_tenth_of_a_second_beyond_numpy():
    extra = cpu_seconds("-c", "import numpy, lava_bccn") - cpu_seconds("-c", "import numpy")
    assert extra < 0.1


def test_help_takes_less_than_a_third_of_a_second():
    assert cpu_seconds("-m", "lava_bccn", "--help") < 0.3

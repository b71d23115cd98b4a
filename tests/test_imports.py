"""Everything but ``processes`` lives without Lava, and executors without PyTorch."""

import subprocess
import sys

import pytest


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
    assert "BackendUnavailableError" in last_line and "Python 3.10 only" in last_line

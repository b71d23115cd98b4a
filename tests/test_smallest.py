"""The smallest installation, which has no library of any extra, runs mapped networks."""

import subprocess
import sys

import numpy as np
import pytest

import lava_bccn
from lava_bccn import mapping
from lava_bccn.extras import EXTRAS

ABSENT = {"lava", *(module for extra in EXTRAS.values() for module in extra.modules)}

WITHOUT = f"""\
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {ABSENT!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
import lava_bccn
from lava_bccn.cli import main
"""

LEARN = """\
import numpy as np
samples = np.load("samples.npz")
network = lava_bccn.load("network.safetensors")
taught = lava_bccn.run(network, samples["inputs"], np.eye(4)[samples["labels"]], learn=True)
taught.network.save("learned.safetensors")
np.save("rates.npy", taught.event_rate)
"""


@pytest.fixture
def without(tmp_path, monkeypatch):
    """Runs code, beside some samples, where nothing that an extra brings can be imported."""
    rng = np.random.default_rng(0)
    inputs = rng.random((40, 6)).astype(np.float32)
    labels = np.arange(40) % 4
    named = {"inputs": inputs, "labels": labels, "test_inputs": inputs, "test_labels": labels}
    np.savez(tmp_path / "samples.npz", **named)
    monkeypatch.chdir(tmp_path)

    def run(code: str) -> subprocess.CompletedProcess:
        arguments = [sys.executable, "-c", WITHOUT + code]
        return subprocess.run(arguments, capture_output=True, text=True, timeout=100, check=False)

    return run


@pytest.mark.parametrize("precision", ["fixed", "float"])
def test_it_loads_runs_and_learns_to_the_same_bits(without, tmp_path, precision):
    with np.load("samples.npz") as samples:
        inputs, targets = samples["inputs"], np.eye(4)[samples["labels"]]
    network = mapping.new_network((6, 5, 4), inputs, precision=precision)
    network.save("network.safetensors")
    taught = lava_bccn.run(network, inputs, targets, learn=True)  # which compiles for both
    result = without(LEARN)
    assert result.returncode == 0, result.stderr
    np.testing.assert_array_equal(np.load("rates.npy"), taught.event_rate, strict=True)
    learned = lava_bccn.load("learned.safetensors")
    for layer, ours, before in zip(
        learned.layers, taught.network.layers, network.layers, strict=True
    ):
        np.testing.assert_array_equal(layer.weight, ours.weight, strict=True)
        assert not np.array_equal(layer.weight, before.weight)


def test_its_commands_make_run_and_show_networks(without):
    result = without(
        "assert main('new --dataset samples.npz --hidden 5 -o new.safetensors'.split()) == 0\n"
        "assert main('run new.safetensors'.split()) == 0\n"
        "assert main('inspect new.safetensors'.split()) == 0\n"
        "assert main('doctor'.split()) == 0\n"
    )
    assert result.returncode == 0, result.stderr
    assert "6-5-4" in result.stdout and "accuracy" in result.stdout
    for extra in EXTRAS:
        assert f"pip install 'lava-bccn[{extra}]'" in result.stdout


LACKS = {
    "demo": "torch",
    "train --dataset samples.npz -o model.pt": "torch",
    "map model.pt -o new.safetensors": "torch",
    "new --dataset digits -o new.safetensors": "data",
    "xor": "data",
    "reproduce xor": "plot",
}


def test_what_it_lacks_is_one_line_with_what_to_type(without):
    result = without(f"print(*(main(command.split()) for command in {[*LACKS]}))")
    assert set(result.stdout.split()) == {"2"}, result.stderr
    for line, command in zip(result.stderr.splitlines(), LACKS, strict=True):
        assert line.startswith(f"bccn {command.split()[0]}: error: ")
        assert f"is not installed: type pip install 'lava-bccn[{LACKS[command]}]'" in line

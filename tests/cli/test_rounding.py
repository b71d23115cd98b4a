"""What rounding costs, on the command line: warned of in one line, shown, and kept in files."""

import json
import subprocess
import sys

import pytest

from lava_bccn import mapping
from lava_bccn.cli import main
from tests.conftest import DATA

CHECKPOINT = str(DATA / "legacy" / "sigmoid.pt")


def json_of(capsys, *arguments):
    capsys.readouterr()
    assert main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def mapped(tmp_path):
    path = tmp_path / "mapped.safetensors"
    assert main(["map", CHECKPOINT, "--dataset", "digits", "-o", str(path)]) == 0
    return path


def test_inspect_shows_what_map_measured(capsys, mapped):
    kept = mapping.stored_rounding(mapping.load(mapped))
    report = json_of(capsys, "inspect", mapped)
    assert "rounding" not in report["metadata"]
    for cost, layer in zip(kept, report["layers"], strict=True):
        assert layer["rounding"]["weights_kept"] == cost.weights_kept
        assert layer["rounding"]["event_rate_error"] == cost.event_rate_error
    assert main(["inspect", str(mapped)]) == 0
    shown = capsys.readouterr().out
    assert "kept" in shown and "e error" in shown
    assert f"{kept[0].weights_kept:.1%}" in shown and f"{kept[0].event_rate_error:.4f}" in shown


def test_files_of_before_and_floats_are_inspected_without_a_cost(capsys, tmp_path):
    report = json_of(capsys, "inspect", DATA / "legacy" / "sigmoid.safetensors")
    assert [layer["rounding"] for layer in report["layers"]] == [None] * len(report["layers"])
    path = tmp_path / "float.safetensors"
    arguments = ["map", CHECKPOINT, "--dataset", "digits", "--precision", "float", "-o", str(path)]
    assert main(arguments) == 0 and main(["inspect", str(path)]) == 0
    assert json_of(capsys, "inspect", path)["layers"][0]["rounding"] is None


def test_the_cost_goes_to_nir_and_back_but_not_into_a_model(tmp_path, mapped):
    nir, back, model = (tmp_path / name for name in ("n.nir", "back.safetensors", "m.pt"))
    pytest.importorskip("nir", reason="nir is not installed: uv pip install nir")
    assert main(["export", str(mapped), "-o", str(nir)]) == 0
    assert main(["import", str(nir), "-o", str(back)]) == 0
    first, second = (mapping.stored_rounding(mapping.load(path)) for path in (mapped, back))
    assert first is not None and first == second
    assert main(["export", str(mapped), "-o", str(model)]) == 0
    assert "rounding" not in mapping.from_torch(model, precision="float").metadata


@pytest.mark.parametrize("command", ["map", "new"])
def test_a_warning_is_one_line(tmp_path, command):
    options = {
        "map": [CHECKPOINT, "--dataset", "digits", "--weight-bits", "2"],
        "new": ["--hidden", "5", "--weight-range", "500", "500"],
    }
    arguments = [sys.executable, "-m", "lava_bccn", command, *options[command]]
    arguments += ["-o", str(tmp_path / "out.safetensors")]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"bccn {command}: warning: ") and "are too coarse: layer 1 " in line
    if command == "map":  # in the words of the command line
        assert "map with --weight-bits 8, --event-bits 12, or --precision float" in line

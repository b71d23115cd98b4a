"""Numbers that make no sense are refused in a line, whatever option they are given to."""

from __future__ import annotations

import pytest

from tests.cli.test_cli import refused
from tests.conftest import DATA

NETWORK = DATA / "legacy" / "sigmoid.safetensors"
HUGE = 10**23


@pytest.mark.parametrize(
    "arguments",
    [
        ("xor", "--seeds", -1),
        ("xor", "--seeds", 0, HUGE),
        ("xor", "--neurons", HUGE),
        ("xor", "--rate-scale", "nan"),
        ("xor", "--example-seconds", "inf"),
        ("xor", "--connection-probability", "nan"),
        ("spikes", "--seeds", -1),
        ("spikes", "--neurons", HUGE),
        ("spikes", "--hidden", HUGE),
        ("spikes", "--samples", HUGE),
        ("spikes", "--example-ms", "inf"),
        ("spikes", "--example-ms", 1e12),
        ("spikes", "--learning-rate", "nan"),
        ("run", NETWORK, "--learn", "--epochs", HUGE),
        ("run", NETWORK, "--learn", "--final-rate", HUGE),
        ("run", NETWORK, "--learn", "--hidden-boost", HUGE),
        ("run", NETWORK, "--samples", -1),
        ("train", "--seed", -1),
        ("train", "--hidden", -1),
        ("new", "--hidden", -1),
        ("new", "--seed", -1),
        ("reproduce", "regression", "--quick", "--seeds", -1),
        ("inspect", NETWORK, "--loihi2", "--chips", 0),
    ],
    ids=lambda each: " ".join(map(str, each)).replace(str(NETWORK), "NETWORK"),
)
def test_a_number_that_makes_no_sense(capsys, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    outputs = {"train": "a.pt", "run": "a.safetensors", "new": "a.safetensors"}
    output = outputs.get(arguments[0]) if "--samples" not in arguments else None
    refused(capsys, *arguments, *(("-o", output) if output else ()))

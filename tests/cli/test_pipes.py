"""What the command does where its output goes nowhere, or not on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import DATA

NETWORK = str(DATA / "legacy" / "sigmoid.safetensors")
INSPECT = ("inspect", NETWORK)


def bccn(*arguments: str, **pipes) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-m", "lava_bccn", *arguments], text=True, **pipes)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [INSPECT, (*INSPECT, "--json"), ("--help",), ("train", "--help"), ("doctor",)]
)
def test_whoever_reads_no_further_hears_nothing_of_it(arguments):
    with bccn(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() in (
            0,
            141,
        )  # newer argparse takes a closed pipe for help that was read


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [INSPECT, (*INSPECT, "--json")])
def test_results_on_a_full_disk_are_one_line(arguments):
    with Path("/dev/full").open("w") as full, bccn(*arguments, stdout=full, stderr=-1) as process:
        (line,) = process.stderr.read().splitlines()
        assert line.startswith("bccn") and "No space left" in line
        assert process.wait() == 2


@pytest.mark.slow
def test_without_any_standard_output_it_is_silent():
    command = f"exec {sys.executable} -m lava_bccn inspect {NETWORK} >&-"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")

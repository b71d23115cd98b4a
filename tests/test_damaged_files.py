"""Whatever is wrong with a file, reading it is a valid result or an own error of one line."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lava_bccn
from lava_bccn import LearningConfig, mapping, nn, online
from lava_bccn.cli.data import read_array
from lava_bccn.datasets import Dataset
from lava_bccn.errors import BurstCCNError
from lava_bccn.experiments import xor
from lava_bccn.experiments.paper import harness
from lava_bccn.experiments.paper.experiment import Part
from lava_bccn.mapping.spiking import quantise
from lava_bccn.network.spiking import load as load_spiking
from lava_bccn.tables import read_table, table_beside, write_table
from tests.convolutions import conv_network
from tests.damage import (
    Edit,
    bytes_damaged,
    edit_hdf5,
    edit_json,
    edit_npz,
    edit_safetensors,
    edit_torch,
    value_damaged,
)
from tests.spiking_networks import spiking_network

GENERATOR = np.random.default_rng(0)
INPUTS = GENERATOR.random((12, 6)).astype(np.float32)
LABELS = np.arange(12) % 3
DATA = Dataset("small", INPUTS, LABELS, INPUTS, LABELS, ("a", "b", "c"))
SAMPLES = (torch.from_numpy(INPUTS), torch.from_numpy(LABELS))
LESSON = online.Lesson(epochs=2)


def fresh() -> lava_bccn.MappedNetwork:
    return mapping.new_network((6, 4, 3), INPUTS)


def model() -> torch.nn.Sequential:
    return nn.mlp("burstccn", (6, 4, 3), normalize=(0.5, 0.25), generator=torch.Generator())


TRAINING = nn.TrainingConfig(epochs=3, batch_size=5, patience=2)


def finite_training(path: Path) -> None:
    result = nn.train(model(), SAMPLES, SAMPLES, TRAINING, checkpoint=path, resume=True)
    assert all(bool(torch.isfinite(each).all()) for each in result.model.state_dict().values())


def killed_training(path: Path) -> None:
    def stop(record: dict[str, float]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        nn.train(model(), SAMPLES, SAMPLES, TRAINING, checkpoint=path, on_epoch=stop)


def killed_learning(path: Path) -> None:
    def stop(point: online.Progression) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn(path, on_point=stop)


def learn(path: Path, **options: Any) -> None:
    config = LearningConfig()
    online.learn(fresh(), DATA, config, LESSON, checkpoint=path, resume=True, **options)


def run_mapped(path: Path) -> None:
    network = lava_bccn.load(path)
    inputs = np.zeros((1, network.input_size))
    lava_bccn.run(network, inputs, np.zeros((1, network.output_size)))


def write_convolution(path: Path) -> None:
    conv_network(GENERATOR)[0].save(path)


def run_spiking(path: Path) -> None:
    network = load_spiking(path)
    lava_bccn.run_spikes(network, np.zeros((1, network.ensembles)), sample_steps=2, learn=True)


SMALL_XOR = xor.XorConfig(epochs=2, neurons=8, example_ms=100.0)


def killed_xor(path: Path) -> None:
    def stop(epoch: int, ratio: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        xor.train(SMALL_XOR, path, stop)


def part_at(path: Path) -> Part:
    return Part("regression", "nn", 0, True, path.with_suffix(".pt"))


def write_rows(path: Path) -> None:
    harness.write_rows(
        part_at(path), [{"variant": "nn", "seed": 0, "error": 0.5 / n} for n in (1, 2)]
    )


@dataclass(frozen=True)
class Kind:
    """A kind of file: what writes one, what reads it, and how its content can be edited."""

    suffix: str
    write: Callable[[Path], object]
    read: Callable[[Path], object]
    edit: Callable[[bytes, Edit], bytes] | None = None


KINDS = {
    "mapped": Kind(".safetensors", lambda path: fresh().save(path), run_mapped, edit_safetensors),
    "convolution": Kind(".safetensors", write_convolution, run_mapped, edit_safetensors),
    "spiking": Kind(
        ".safetensors",
        lambda path: quantise(spiking_network(stp=True, neurons=3)).save(path),
        run_spiking,
        edit_safetensors,
    ),
    "training": Kind(".pt", killed_training, finite_training, edit_torch),
    "learning": Kind(".safetensors", killed_learning, learn, edit_safetensors),
    "xor": Kind(".npz", killed_xor, lambda path: xor.train(SMALL_XOR, path), edit_npz),
    "rows": Kind(".json", write_rows, lambda path: harness.read_rows(part_at(path)), edit_json),
    "array": Kind(".npy", lambda path: np.save(path, INPUTS), read_array),
    "nir": Kind(".nir", lambda path: mapping.write_nir(fresh(), path), mapping.read_nir, edit_hdf5),
    "table": Kind(
        ".csv",
        lambda path: write_table(path, [{"epoch": 1, "loss": 0.5}] * 3),
        lambda path: (table_beside(path.with_suffix(".pt"), "epoch"), read_table(path)),
    ),
}


@pytest.fixture(scope="module")
def contents(tmp_path_factory):
    """The content of an undamaged file of each kind."""
    made: dict[str, bytes] = {}

    def content(name: str) -> bytes:
        if name == "nir":
            pytest.importorskip("nir", reason="nir is not installed: uv pip install nir")
        if name not in made:
            path = tmp_path_factory.mktemp("whole") / f"file{KINDS[name].suffix}"
            KINDS[name].write(path)
            made[name] = path.read_bytes()
        return made[name]

    return content


def assert_valid_or_refused(kind: Kind, folder: Path, content: bytes) -> None:
    path = folder / f"file{kind.suffix}"
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of numbers like 1e300
        try:
            kind.read(path)
        except BurstCCNError as error:
            assert len(str(error).splitlines()) == 1, str(error)


FUZZ = settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("name", KINDS)
def test_a_whole_file_is_read(name, contents, tmp_path):
    path = tmp_path / f"file{KINDS[name].suffix}"
    path.write_bytes(contents(name))
    KINDS[name].read(path)


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
@FUZZ
@given(data=st.data())
def test_damaged_bytes(name, contents, tmp_path_factory, data):
    content = data.draw(bytes_damaged(contents(name)))
    assert_valid_or_refused(KINDS[name], tmp_path_factory.mktemp("damaged"), content)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.edit])
@FUZZ
@given(data=st.data())
def test_edited_content(name, contents, tmp_path_factory, data):
    kind = KINDS[name]
    content = kind.edit(contents(name), lambda value: data.draw(value_damaged(value)))
    assert_valid_or_refused(kind, tmp_path_factory.mktemp("damaged"), content)

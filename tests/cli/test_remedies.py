"""What a refusal says to do works: provoke it, see the advice, follow it, succeed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import lava_bccn
from lava_bccn import mapping
from lava_bccn.cli import main
from lava_bccn.errors import BurstCCNError
from lava_bccn.mapping import MappedLayer, MappedNetwork
from lava_bccn.nn import burst_loss
from tests.cli.test_cli import refused
from tests.spiking_networks import spiking_network


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A folder with a file of every kind that the commands below meet."""
    folder = tmp_path_factory.mktemp("remedies")
    made = {
        "net.pt": "train --hidden 8 --epochs 1",
        "fifth.pt": "train --hidden 8 --epochs 1 --p-baseline 0.2",
        "hard.pt": "train --hidden 8 --epochs 1 --activation hard_sigmoid",
        "conv.pt": "train --conv 2x3 --hidden 6 --epochs 1",
        "fresh.safetensors": "new --hidden 8",
        "homeostatic.safetensors": "new --hidden 8 --feedback random --feedback-event random "
        "--learn-feedback-event",
        "float.safetensors": "map net.pt --precision float",
        "net.safetensors": "map net.pt",
        "conv.safetensors": "map conv.pt",
        "learned.safetensors": "run fresh.safetensors --learn --samples 5",
    }
    for name, command in made.items():
        run(folder, f"{command} -o {name}")
    generator = torch.Generator().manual_seed(0)
    plain = nn.Sequential(nn.Linear(64, 8), nn.Sigmoid(), nn.Linear(8, 10), nn.Sigmoid())
    torch.save(plain, folder / "whole.pt")
    torch.save(plain.state_dict(), folder / "state.pt")
    torch.save({"epoch": 3, "state_dict": plain.state_dict()}, folder / "wrapped.pt")
    rates = torch.rand(20, 64, generator=generator).numpy()
    np.save(folder / "rates.npy", rates)
    np.save(folder / "bytes.npy", np.rint(255 * rates).astype(np.uint8))
    np.save(folder / "over255.npy", np.rint(255 * rates).astype(np.uint8) / 255)
    np.save(folder / "wide.npy", 3 * rates)
    network = lava_bccn.load(folder / "float.safetensors")
    layers = [MappedLayer(layer.weight, layer.bias) for layer in network.layers]
    MappedNetwork(tuple(layers), "float").save(folder / "bare.safetensors")
    return folder


@pytest.fixture
def folder(prepared, tmp_path, monkeypatch):
    """A copy of it, in which the commands run."""
    for file in prepared.iterdir():
        shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(folder, command):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(command.split()) == 0, command


REMEDIES = {
    "a data set, by name": ("run bare.safetensors", "--dataset", "{0} --dataset digits"),
    "a data set, to learn": (
        "run homeostatic-unnamed.safetensors --learn -o o.safetensors --samples 5",
        "name one with --dataset$",
        "{0} --dataset digits",
    ),
    "a data set, or samples": (
        "run bare.safetensors",
        "give samples with --inputs",
        "{0} --inputs rates.npy",
    ),
    "its own data set": (
        "run net.safetensors --dataset wide",
        "name its own data set with --dataset",
        "run net.safetensors --dataset digits",
    ),
    "a place for states": (
        "run net.safetensors --record soma",
        "--save FILE.npz",
        "{0} --save o.npz",
    ),
    "labels for a teacher": (
        "run net.safetensors --teacher --inputs rates.npy",
        "use it with --dataset",
        "run net.safetensors --teacher --dataset digits --samples 5",
    ),
    "a place to learn": (
        "run fresh.safetensors --learn --samples 5",
        "needs -o FILE.safetensors",
        "{0} -o o.safetensors",
    ),
    "another place to learn": (
        "run fresh.safetensors --learn --samples 5 -o fresh.safetensors",
        "name another file",
        "run fresh.safetensors --learn --samples 5 -o another.safetensors",
    ),
    "learning, to plot it": (
        "run fresh.safetensors --plot o.png",
        "--plot needs --learn",
        "{0} --learn --samples 5 -o o.safetensors",
    ),
    "the learned network": (
        "run fresh.safetensors --learn -o o.safetensors --teacher",
        "run the learned network",
        "run learned.safetensors --teacher",
    ),
    "resume a training": ("train --hidden 8 --epochs 1 -o net.pt", "with --resume", "{0} --resume"),
    "replace a training": (
        "train --hidden 8 --epochs 1 -o net.pt",
        "--overwrite",
        "{0} --overwrite",
    ),
    "the same options": (
        "train --hidden 9 --epochs 1 -o net.pt --resume",
        "give the options it was started with",
        "train --hidden 8 --epochs 1 -o net.pt --resume",
    ),
    "or replace that too": (
        "train --hidden 9 --epochs 1 -o net.pt --resume",
        "or --overwrite",
        "train --hidden 9 --epochs 1 -o net.pt --overwrite",
    ),
    "replace a network": ("map net.pt -o net.safetensors", "--overwrite", "{0} --overwrite"),
    "resume learning": (
        "run fresh.safetensors --learn --samples 5 -o learned.safetensors",
        "with --resume",
        "{0} --resume",
    ),
    "an ending": ("map net.pt -o z.pt", r"name it (\S+)", "map net.pt -o {1}"),
    "an ending of a picture": (
        "run fresh.safetensors --learn --samples 5 -o o.safetensors --plot p.txt",
        r"name it (\S+)",
        "run fresh.safetensors --learn --samples 5 -o o.safetensors --plot {1}",
    ),
    "an ending that chooses": (
        "export net.safetensors -o z",
        r"name it (\S+)",
        "export net.safetensors -o {1}",
    ),
    "a decay": (
        "run fresh.safetensors --learn --samples 5 -o o.safetensors --rate 20",
        r"d from 0 to (\d+)",
        "{0} --decay {1}",
    ),
    "no decay": (
        "run fresh.safetensors --learn --samples 5 -o o.safetensors --rate 20",
        r"\(--decay -1;",
        "{0} --decay -1",
    ),
    "a faster rate": (
        "run fresh.safetensors --learn --samples 5 -o o.safetensors --decay -1 --rate 25",
        r"\(--rate (\d+)\)",
        "run fresh.safetensors --learn --samples 5 -o o.safetensors --decay -1 --rate {1}",
    ),
    "a faster end": (
        "run fresh.safetensors --learn --samples 40 -o o.safetensors --decay -1 --final-rate 30",
        r"\(--final-rate (\d+)\)",
        "run fresh.safetensors --learn --samples 40 -o o.safetensors --decay -1 --final-rate {1}",
    ),
    "a slower rate": (
        "run fresh.safetensors --learn --samples 5 -o o.safetensors --decay -1 --rate -9 "
        "--final-rate 3",
        r"\(--rate (-?\d+)\)",
        "run fresh.safetensors --learn --samples 5 -o o.safetensors --decay -1 --rate {1} "
        "--final-rate 3",
    ),
    "a smaller boost": (
        "run fresh.safetensors --learn --samples 5 -o o.safetensors --hidden-boost 20 --decay -1",
        r"--hidden-boost of at most (\d+)",
        "run fresh.safetensors --learn --samples 5 -o o.safetensors --hidden-boost {1} --decay -1",
    ),
    "a rate that is a rate": (
        "run fresh.safetensors --learn --samples 5 -o o.safetensors --rate 40",
        r"from -31 to (\d+)",
        "run fresh.safetensors --learn --samples 5 -o o.safetensors --rate 5",
    ),
    "feedback to learn through": (
        "run bare.safetensors --learn -o o.safetensors --dataset digits --samples 5",
        "make a network that has it .bccn new, bccn map",
        "run net.safetensors --learn -o o.safetensors --dataset digits --samples 5",
    ),
    "something that learns": (
        "run fresh.safetensors --learn --learns feedback_event -o o.safetensors --samples 5",
        "where it was made with learn_feedback_burst, learn_feedback_event",
        "run homeostatic.safetensors --learn --learns feedback_event -o o.safetensors --samples 5",
    ),
    "what learns without a teacher": (
        "run homeostatic.safetensors --learn --no-teacher -o o.safetensors --samples 5",
        "--learns feedback_event",
        "{0} --learns feedback_event",
    ),
    "a layer that convolves images": (
        "new --conv 3x9 -o o.safetensors",
        "smaller than the kernel",
        "new --conv 3x3 -o o.safetensors",
    ),
    "another p_baseline": (
        "map fifth.pt -o o.safetensors",
        "train with one of these",
        "map net.pt -o o.safetensors",
    ),
    "floating point": (
        "map fifth.pt -o o.safetensors",
        "--precision float",
        "{0} --precision float",
    ),
    "fixed point, for a chip": (
        "inspect float.safetensors --loihi2",
        "map the model with --precision fixed",
        "map net.pt --precision fixed -o o.safetensors",
        "inspect o.safetensors --loihi2",
    ),
    "map before the chip": (
        "inspect net.pt --loihi2",
        "map it with bccn map first",
        "map net.pt -o o.safetensors",
        "inspect o.safetensors --loihi2",
    ),
    "map before running": (
        "run net.pt",
        "make a mapped network of it with bccn map",
        "map net.pt -o o.safetensors",
        "run o.safetensors",
    ),
    "mapped already": (
        "map net.safetensors -o o.safetensors",
        "ready for bccn run",
        "run net.safetensors",
    ),
    "a state dict's key": (
        "map wrapped.pt --activation sigmoid --dataset digits -o o.safetensors",
        r"--key (\w+) ",
        "{0} --key {1}",
    ),
    "a state dict's activation": (
        "map state.pt --dataset digits -o o.safetensors",
        "--activation sigmoid",
        "{0} --activation sigmoid",
    ),
    "no key where none is needed": (
        "map net.pt --key state -o o.safetensors",
        "leave out --key",
        "map net.pt -o o.safetensors",
    ),
    "samples, to map": (
        "map state.pt --activation sigmoid -o o.safetensors",
        "give samples with --inputs",
        "{0} --inputs rates.npy",
    ),
    "bytes": (
        "run net.safetensors --inputs bytes.npy",
        "divide 8-bit images by 255",
        "run net.safetensors --inputs over255.npy",
    ),
    "a scale": (
        "run net.safetensors --inputs wide.npy",
        "scale them",
        "run net.safetensors --inputs rates.npy",
    ),
    "another feedback": (
        "train --model edn --feedback kolen_pollack --hidden 8 --epochs 1 -o o.pt",
        "must be one of random",
        "train --model edn --feedback random --hidden 8 --epochs 1 -o o.pt",
    ),
    "a model's own options": (
        "train --model backprop --feedback random --hidden 8 --epochs 1 -o o.pt",
        "which has .*--gain",
        "train --model backprop --gain 2 --hidden 8 --epochs 1 -o o.pt",
    ),
    "a model with convolutions": (
        "train --model edn --conv 2x3 --hidden 8 --epochs 1 -o o.pt",
        r"take one of (\w+)",
        "train --model {1} --conv 2x3 --hidden 8 --epochs 1 -o o.pt",
    ),
    "an experiment": ("reproduce", "with --list", "reproduce --list"),
    "what NIR's nodes are followed by": (
        "import foreign.nir -o o.safetensors",
        r"--activation (\w+)",
        "{0} --activation {1}",
    ),
    "a NIR file": (
        "import net.safetensors -o o.safetensors",
        "bccn export",
        "export net.safetensors -o o.nir",
        "import o.nir -o o.safetensors",
    ),
    "a NIR file, to run": (
        "run foreign.nir",
        "read it with bccn import",
        "import foreign.nir --activation sigmoid -o o.safetensors",
    ),
    "a NIR file, to map": (
        "map foreign.nir -o o.safetensors",
        "read it with bccn import",
        "import foreign.nir --activation sigmoid -o o.safetensors",
    ),
    "arrays, for a network": (
        "run data.npz",
        "which --dataset may take",
        "train --dataset data.npz --hidden 4 --epochs 1 -o o.pt",
    ),
    "chips": ("inspect net.safetensors --chips 2", "(--loihi2)", "{0} {1}"),
    "a folder, for a file": ("new --hidden 4 -o .", "name a file in it", "new --hidden 4 -o o"),
    "help": ("train", "bccn train --help", None),
}


@pytest.mark.parametrize("name", REMEDIES)
def test_the_remedy_works(capsys, folder, name):
    refused_command, advice, *remedies = REMEDIES[name]
    _more_files(folder, refused_command)
    message = refused(capsys, *refused_command.split())
    found = re.search(advice, message)
    assert found, message
    for remedy in remedies:
        if remedy is not None:
            run(folder, remedy.format(refused_command, *found.groups()))


def _more_files(folder: Path, command: str) -> None:
    """What only one of them needs."""
    if "foreign.nir" in command:
        nir = pytest.importorskip("nir")
        nir.write(folder / "foreign.nir", nir.NIRGraph.from_list(nir.Linear(np.ones((3, 64)))))
    if "data.npz" in command:
        labels = np.arange(20) % 2
        np.savez(folder / "data.npz", inputs=np.load(folder / "rates.npy"), labels=labels)
    if "unnamed" in command:
        network = lava_bccn.load(folder / "homeostatic.safetensors")
        network.metadata.pop("dataset")
        network.save(folder / "homeostatic-unnamed.safetensors")
    if "wide" in command:
        from PIL import Image

        for part in ("train", "test"):
            for label in ("a", "b"):
                (folder / "wide" / part / label).mkdir(parents=True)
                pixels = np.arange(0, 240, 12, dtype=np.uint8).reshape(4, 5)
                Image.fromarray(pixels).save(folder / "wide" / part / label / "0.png")


@pytest.mark.lava
def test_convolutions_learn_where_a_refusal_says(capsys, folder):
    command = "run conv.safetensors --learn -o o.safetensors --samples 5 --backend"
    refusal = refused(capsys, *command.split(), "lava")
    other = re.search(r"learn with backend '(\w+)'", refusal)[1]
    run(folder, f"{command} {other}")


@pytest.mark.lava
def test_the_hardware_form_s_remedy_works(capsys, folder):
    refusal = refused(capsys, "run", "net.safetensors", "--backend", "lava-hardware")
    activation = re.search(r"bccn train --activation (\w+) and map it", refusal)[1]
    run(folder, f"train --activation {activation} --hidden 8 --epochs 1 -o o.pt")
    run(folder, "map o.pt -o o.safetensors")
    run(folder, "run o.safetensors --backend lava-hardware --samples 2")


def test_a_whole_module_ends_in_a_network_whatever_advice_is_followed(capsys, folder):
    """From one refusal to the next, always as it says."""
    model = nn.Sequential(nn.Linear(64, 8), nn.Sigmoid(), nn.Linear(8, 10), nn.Sigmoid())
    inputs = torch.rand(20, 64)
    message = refused(capsys, "map", "whole.pt", "-o", "o.safetensors")
    in_program, saving = (
        "lava_bccn.mapping.from_torch(model, inputs)",
        "torch.save(model.state_dict(), path)",
    )
    assert in_program in message and saving in message
    names = {"lava_bccn": lava_bccn, "torch": torch, "model": model, "inputs": inputs}
    exec(re.search(r"(lava_bccn\.mapping\.\S+ inputs\)\S+\))", message)[1], names)
    assert lava_bccn.load("net.safetensors").sizes == (64, 8, 10)
    exec(saving, {**names, "path": "weights.pt"})
    command = ["map", "weights.pt", "-o", "o.safetensors"]
    steps = []
    while len(steps) < 5:
        if main(command) == 0:
            break
        message = capsys.readouterr().err
        steps.append(message)
        if "--activation sigmoid" in message:
            command += ["--activation", "sigmoid"]
        elif "name one with --dataset" in message:
            command += ["--dataset", "digits"]
    assert len(steps) == 2
    assert lava_bccn.load("o.safetensors").sizes == (64, 8, 10)


def test_another_run_of_xor_is_replaced_as_it_says(capsys, folder):
    command = "xor --neurons 20 --connection-probability 1 --example-seconds {} --rate-scale 0.02"
    command += " --epochs 1 --output-dir xor"
    run(folder, command.format(0.1))
    assert "or --overwrite" in refused(capsys, *command.format(0.2).split())
    run(folder, f"{command.format(0.2)} --overwrite")


RATES = np.random.default_rng(0).random((8, 6))


def small(**options):
    return mapping.new_network((6, 5, 3), RATES, **options)


def trained_step(factor):
    model = lava_bccn.nn.mlp("burstccn", (6, 5, 3))
    (factor * burst_loss(model(torch.rand(2, 6)), torch.ones(2, 3))).backward()


IN_PYTHON = {
    "record it": (
        lambda: lava_bccn.run(small(), RATES).values("soma", 0),
        r"record=\('soma',\)",
        lambda: lava_bccn.run(small(), RATES, record=("soma",)).values("soma", 0),
    ),
    "a layer that has it": (
        lambda: lava_bccn.run(small(), RATES, record=("apical",)).values("apical", -1),
        "apical potentials of a layer below",
        lambda: lava_bccn.run(small(), RATES, record=("apical",)).values("apical", -2),
    ),
    "one-hot targets": (
        lambda: lava_bccn.run(small(), RATES, np.arange(8) % 3),
        r"numpy.eye\(classes\)\[labels\]",
        lambda: lava_bccn.run(small(), RATES, np.eye(3)[np.arange(8) % 3]),
    ),
    "targets, to learn": (
        lambda: lava_bccn.run(small(), RATES, learn=True),
        "pass targets",
        lambda: lava_bccn.run(small(), RATES, np.eye(3)[np.arange(8) % 3], learn=True),
    ),
    "inputs to calibrate on": (
        lambda: mapping.from_torch(nn.Sequential(nn.Linear(6, 3), nn.Sigmoid())),
        r"from_torch\(model, inputs\)",
        lambda: mapping.from_torch(nn.Sequential(nn.Linear(6, 3), nn.Sigmoid()), RATES),
    ),
    "or none": (
        lambda: mapping.from_torch(nn.Sequential(nn.Linear(6, 3), nn.Sigmoid())),
        "precision='float'",
        lambda: mapping.from_torch(nn.Sequential(nn.Linear(6, 3), nn.Sigmoid()), precision="float"),
    ),
    "inputs that say how large values become": (
        lambda: mapping.from_torch(nn.Sequential(nn.Linear(6, 3)), precision="float"),
        r"from_torch\(model, inputs\)",
        lambda: mapping.from_torch(nn.Sequential(nn.Linear(6, 3)), RATES, precision="float"),
    ),
    "feedback to learn through": (
        lambda: lava_bccn.run(
            mapping.from_torch(two_layers(), RATES, feedback=None), RATES, np.eye(8, 3), learn=True
        ),
        r"from_torch\(model, inputs, feedback='random'\)",
        lambda: lava_bccn.run(
            mapping.from_torch(two_layers(), RATES, feedback="random"),
            RATES,
            np.eye(8, 3),
            learn=True,
        ),
    ),
    "a network that run takes": (
        lambda: lava_bccn.run(two_layers(), RATES),
        "map a model with lava_bccn.from_torch",
        lambda: lava_bccn.run(lava_bccn.from_torch(two_layers(), RATES), RATES),
    ),
    "spikes, to run_spikes": (
        lambda: lava_bccn.run(spiking_network(), np.zeros((1, 5))),
        "run spikes with run_spikes",
        lambda: lava_bccn.run_spikes(spiking_network(), np.zeros((1, 5)), sample_steps=3),
    ),
    "a teacher for spikes": (
        lambda: lava_bccn.run_spikes(
            spiking_network(teacher=False), np.zeros((1, 5)), targets=[[5.0]], sample_steps=3
        ),
        "teacher=Teacher",
        lambda: lava_bccn.run_spikes(
            spiking_network(teacher=True), np.zeros((1, 5)), targets=[[5.0]], sample_steps=3
        ),
    ),
    "a loss as it is": (
        lambda: trained_step(0.5),
        r"Call loss.backward\(\) on it as it is",
        lambda: trained_step(1.0),
    ),
}


def two_layers():
    return nn.Sequential(nn.Linear(6, 5), nn.Sigmoid(), nn.Linear(5, 3), nn.Sigmoid())


@pytest.mark.parametrize("name", IN_PYTHON)
def test_the_remedy_works_in_python(name):
    provoke, advice, remedy = IN_PYTHON[name]
    with pytest.raises(BurstCCNError, match=advice):
        provoke()
    remedy()

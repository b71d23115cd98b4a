"""Files that say more than they hold are refused before anything is allocated for that."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save

from lava_bccn.nn import BurstLinear, BurstReadout, Checkpoint, save_checkpoint

HUGE = 30_000


def convolution(path: Path) -> None:
    """A 3 KB header of images of 30,000 x 30,000, of which a stride leaves one unit."""
    layer = {"geometry": {"input_shape": [1, HUGE, HUGE], "stride": [HUGE, HUGE]}}
    header = {
        **{"format": "lava-bccn mapped network", "version": 3, "layers": [layer]},
        **{"precision": "fixed", "p_baseline": 0.5, "number_format": {}},
    }
    tensors = {
        "layers.0.weight": np.ones((1, 1, 1, 1), dtype=np.int8),
        "layers.0.bias": np.zeros(1, dtype=np.int32),
    }
    path.write_bytes(save(tensors, {"lava_bccn": json.dumps(header)}))


def layers(path: Path) -> None:
    """A checkpoint that describes a larger network than it holds."""
    model = torch.nn.Sequential(BurstLinear(4, 5, feedback=None), BurstReadout(5, 3))
    save_checkpoint(path, Checkpoint(model))
    content = torch.load(path, weights_only=True)
    content["modules"][0] |= {"in_features": HUGE, "out_features": HUGE}
    torch.save(content, path)


def expanded(path: Path) -> None:
    """Tensors of one number each, expanded to what the network needs."""
    layers(path)
    content = torch.load(path, weights_only=True)
    content["state"]["0.weight"] = torch.zeros(1).expand(HUGE, HUGE)
    content["state"]["0.bias"] = torch.zeros(HUGE)
    content["modules"][1] |= {"in_features": HUGE}
    content["state"]["1.weight"] = torch.zeros(1).expand(3, HUGE)
    torch.save(content, path)


def compressed(path: Path) -> None:
    """An archive that unpacks to a thousand times its size."""
    stream = io.BytesIO()
    torch.save({"weight": torch.zeros(HUGE * HUGE // 9)}, stream)
    with (
        zipfile.ZipFile(stream) as whole,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file,
    ):
        for name in whole.namelist():
            file.writestr(name, whole.read(name))


def array(path: Path) -> None:
    """An array of which only the header is there."""
    np.save(path, np.zeros((2, 2)))
    content = path.read_bytes()
    shape = f"({HUGE}, {HUGE})".encode()
    path.write_bytes(content.replace(b"(2, 2), }".ljust(len(shape) + 3), shape + b", }"))


def lazy(path: Path) -> None:
    """Arrays of HDF5 that were never filled."""
    h5py = pytest.importorskip("h5py", reason="nir is not installed")
    with h5py.File(path, "w") as file:
        node = file.create_group("node/nodes/layer_1")
        node["type"] = "Affine"
        file["node/type"] = "NIRGraph"
        node.create_dataset("weight", (HUGE, HUGE), "f8", chunks=(100, 100))
        node.create_dataset("bias", (HUGE,), "f8")


READ = """if True:
    import resource, sys
    import torch
    from lava_bccn import load, mapping
    from lava_bccn.cli.data import read_array
    from lava_bccn.errors import BurstCCNError
    from lava_bccn.nn import load_checkpoint
    import h5py, nir
    read = {".safetensors": load, ".pt": load_checkpoint, ".npy": read_array}
    read[".nir"] = mapping.read_nir
    torch.zeros(1)
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    limit = used + (300 << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    try:
        read["." + sys.argv[1].rpartition(".")[2]](sys.argv[1])
    except BurstCCNError as error:
        print(error)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("suffix", "write", "message"),
    [
        (".safetensors", convolution, "900,000,000 values, more than"),
        (".pt", layers, r"state.0.weight is \(5, 4\) of .*; expected \(30000, 30000\)"),
        (".pt", expanded, "state.0.weight is larger than what is stored of it"),
        (".pt", compressed, "would unpack to more than it holds"),
        (".npy", array, "not a .npy file"),
        (".nir", lazy, "would unpack to 7,200,240,"),
    ],
)
def test_what_is_not_there_is_not_allocated(tmp_path, suffix, write, message):
    path = tmp_path / f"file{suffix}"
    write(path)
    assert path.stat().st_size < 2 << 20
    done = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, text=True)
    assert done.stdout.count("\n") == 1, done.stderr
    assert "llocate" not in done.stdout and "emory" not in done.stdout, done.stdout
    assert re.search(message, done.stdout), done.stdout

"""The simulator against a plain forward pass of PyTorch, against Lava, and its memory.

    uv run python -m benchmarks.simulator [NET.safetensors] [--data-dir DIR] [--rounds 7]

Batches of 1,000 images in 8 bits: 784-500-500-500-10 (or the network given) on MNIST, and two
convolutional networks on noise; the time does not depend on the weights. Both sides take turns, in
CPU time, a thread each: `lava_bccn.run` as a user calls it, and the same layers in float32 without
gradients. Lava then takes turns with the simulator on the same images, and its integers are
compared. Last, the peak memory of runs that write all states into a folder, by number of samples.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from torch import nn

import lava_bccn
from lava_bccn import MappedNetwork, datasets, mapping
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.errors import RoundingWarning
from lava_bccn.network.layer import MappedLayer
from lava_bccn.nn import BurstConv2d, BurstLinear, BurstReadout, burst_mlp

SIZES = (784, 500, 500, 500, 10)
BATCH = 1000
PLAIN_TARGET, LAVA_TARGET = 2.0, 500.0
LAVA_STATES = ("event_rate", "apical", "burst_rate")
MEMORY_SAMPLES = (4_000, 60_000)


def convolutional(size: str) -> tuple[nn.Sequential, tuple[int, int, int]]:
    """A small network, and that of the published experiment on CIFAR-10; shapes of their images."""
    if size == "small":
        layers = [
            BurstConv2d(1, 16, 5, stride=2, padding=2, feedback=None),
            BurstConv2d(16, 32, 3, stride=2, padding=1),
        ]
        return nn.Sequential(
            *layers, nn.Flatten(), BurstLinear(1568, 100), BurstReadout(100, 10)
        ), (1, 28, 28)
    layers = [
        BurstConv2d(3, 64, 5, stride=2, feedback=None),
        BurstConv2d(64, 128, 5, stride=2),
        BurstConv2d(128, 256, 3),
    ]
    return nn.Sequential(*layers, nn.Flatten(), BurstLinear(2304, 1480), BurstReadout(1480, 10)), (
        3,
        32,
        32,
    )


def plain(network: MappedNetwork) -> nn.Sequential:
    """Layers of the same shapes in PyTorch, with its own weights."""

    def of(layer: MappedLayer) -> list[nn.Module]:
        if layer.geometry is None:
            flat = [nn.Flatten()] if len(layer.shape_below) > 1 else []
            return [*flat, nn.Linear(layer.units_below, layer.units), nn.Sigmoid()]
        channels, _, *kernel = layer.weight.shape
        geometry = layer.geometry
        below = geometry.input_shape[0]
        options = {"stride": geometry.stride, "padding": geometry.padding}
        connection = nn.Conv2d(below, channels, tuple(kernel), groups=geometry.groups, **options)
        return [connection, nn.Sigmoid()]

    return nn.Sequential(
        nn.Flatten() if len(network.input_shape) == 1 else nn.Identity(),
        *[
            module
            for below, layer in zip((None, *network.layers), network.layers, strict=False)
            for module in (
                [nn.Flatten()] if below and below.geometry and not layer.geometry else []
            )
            + of(layer)
        ],
    )


def in_turn(sides: dict[str, Callable[[], object]], rounds: int) -> dict[str, NDArray[np.float64]]:
    """CPU seconds of each side in each round, after one that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds + 1):
        for name, side in sides.items():
            started = time.process_time()
            side()
            seconds[name].append(time.process_time() - started)
    return {name: np.array(values[1:]) for name, values in seconds.items()}


def show(name: str, ratios: NDArray[np.float64], target: str = "") -> None:
    """The median of some ratios, and from where to where they go."""
    spread = f"{ratios.min():.2f} to {ratios.max():.2f}"
    beside = f"   target {target}" if target else ""
    print(f"  {name:46} {np.median(ratios):8.2f}   ({spread}){beside}")


def against_plain(network: MappedNetwork, images: NDArray[Any], rounds: int) -> None:
    """Print how long the simulator takes of what a plain forward pass does."""
    model, tensor = plain(network), torch.from_numpy(images)
    targets = np.eye(network.output_size)[np.arange(len(images)) % network.output_size]

    def forward() -> None:
        with torch.inference_mode():
            model(tensor)

    sides: dict[str, Callable[[], object]] = {
        "event rates": lambda: lava_bccn.run(network, images),
        "all states": lambda: lava_bccn.run(network, images, record=STATE_NAMES),
        "all states, taught": lambda: lava_bccn.run(network, images, targets, record=STATE_NAMES),
    }
    print(f"{network.architecture}, {len(images)} images")
    for name, side in sides.items():
        seconds = in_turn({"plain": forward, "simulator": side}, rounds)
        target = f"{PLAIN_TARGET:g}" if name == "event rates" else ""
        milliseconds = 1000 * np.median(seconds["plain"])
        ratios = seconds["simulator"] / seconds["plain"]
        show(f"{name}, times plain PyTorch ({milliseconds:.0f} ms)", ratios, target)


def against_lava(network: MappedNetwork, images: NDArray[Any], rounds: int, samples: int) -> None:
    """Print how many images the simulator settles while Lava does one, and whether they agree."""
    ratios, same = [], True
    targets = np.eye(network.output_size)[np.arange(len(images)) % network.output_size]
    for index in range(rounds):
        chosen = np.arange(samples * index, samples * (index + 1)) % len(images)
        given = images[chosen], targets[chosen]
        lava = lava_bccn.run(network, *given, backend="lava", record=LAVA_STATES)
        here = lava_bccn.run(network, *given, record=LAVA_STATES)
        same &= all(
            np.array_equal(getattr(a, name), getattr(b, name))
            for a, b in zip(lava.states, here.states, strict=True)
            for name in LAVA_STATES
        )
        started = time.process_time()
        lava_bccn.run(network, images, targets, record=LAVA_STATES)
        seconds = time.process_time() - started
        ratios.append(lava.seconds / samples / (seconds / len(images)))
    show("taught: images while Lava does one", np.array(ratios), f"{LAVA_TARGET:g}")
    print(f"  event rates, apical potentials, burst rates: {'the same' if same else 'DIFFERENT'}")


_MEMORY = """
import json, sys, numpy as np, lava_bccn
from lava_bccn.dynamics.states import STATE_NAMES
network, peak = lava_bccn.load("net.safetensors"), 0

def watch(done):
    global peak
    with open("/proc/self/status") as status:
        peak = max(peak, next(int(line.split()[1]) for line in status if "RssAnon" in line))

images = np.load("images.npy", mmap_mode="r")
save = "states" if sys.argv[1] == "folder" else None
result = lava_bccn.run(network, images, record=STATE_NAMES, progress=watch, save=save)
arrays = [a for state in result.states for a in vars(state).values() if a is not None]
print(json.dumps([peak / 1024, sum(a.nbytes for a in arrays) / 2**20]))
"""


def memory(network: MappedNetwork, images: NDArray[Any], samples: int) -> None:
    """Print the peak of a process that records everything, into a folder and in memory."""
    peaks = {}
    with tempfile.TemporaryDirectory() as folder:
        network.save(Path(folder) / "net.safetensors")
        np.save(Path(folder) / "images.npy", images[np.arange(samples) % len(images)])
        for where in ("folder", "memory"):
            command = [sys.executable, "-c", _MEMORY, where]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
            peaks[where], recorded = json.loads(done.stdout)
    print(
        f"  {samples:6,} samples, {recorded:6,.0f} MB of states: peak {peaks['folder']:4,.0f} MB "
        f"with save=FOLDER, {peaks['memory']:6,.0f} MB in memory"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", type=Path, nargs="?")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--lava-samples", type=int, default=40, help="images of Lava a round")
    parser.add_argument("--no-lava", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    warnings.simplefilter("ignore", RoundingWarning)
    data = datasets.load("mnist", options.data_dir)
    images = data.test_inputs[:BATCH]
    if options.network is not None:
        network = mapping.load(options.network)
    else:
        network = mapping.from_torch(burst_mlp(SIZES), data.train_inputs[:512])
    lava_bccn.run(network, data.test_inputs)  # reads compiled code, or makes it
    with threadpool_limits(1):
        against_plain(network, images, options.rounds)
        if not options.no_lava:
            against_lava(network, images, options.rounds, options.lava_samples)
        for size in ("small", "published"):
            model, shape = convolutional(size)
            noise = np.random.default_rng(0).random((BATCH, *shape), dtype=np.float32)
            against_plain(mapping.from_torch(model, noise[:64]), noise, options.rounds)
    if sys.platform == "linux":
        print("memory that is its own of a process that records everything")
        for samples in MEMORY_SAMPLES:
            memory(network, images, samples)


if __name__ == "__main__":
    main()

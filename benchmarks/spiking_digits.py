"""Accuracy on digits of a trained rate network that runs as ensembles of spiking neurons.

    uv run python benchmarks/spiking_digits.py [--neurons 100] [--presented-ms 200]

Trains 64-32-10 on scikit-learn's digits in PyTorch, maps every unit to an ensemble of burst-Poisson
neurons, shows the test images one after the other as input currents and counts the events of the
output ensembles, in floating point and in Loihi 2 integers. The events at the start of an image are
not counted: those of the image before are still on their way.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch

import lava_bccn
from lava_bccn import MappedNetwork, datasets, mapping, metrics
from lava_bccn.mapping.spiking import quantise
from lava_bccn.mapping.spiking.from_rate import from_rate
from lava_bccn.mapping.spiking.rate_code import decode, input_currents
from lava_bccn.network.spiking import SpikingNetwork
from lava_bccn.nn import TrainingConfig, burst_mlp, train
from lava_bccn.sim.spiking import SpikingSimulator

SIZES = (64, 32, 10)
INTERVAL_MS = 50

EXAMPLES = """examples:
  python benchmarks/spiking_digits.py
  python benchmarks/spiking_digits.py --samples 100 --neurons 25
  python benchmarks/spiking_digits.py --presented-ms 150 --skipped-ms 50
  python benchmarks/spiking_digits.py --network digits.safetensors"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--network", type=Path, help="a mapped network, instead of training one")
    parser.add_argument("--samples", type=int, default=360, help="test images to show, of 360")
    parser.add_argument("--neurons", type=int, default=100, help="in each ensemble")
    parser.add_argument(
        "--connection-probability", type=float, default=0.2, help="between ensembles"
    )
    parser.add_argument("--max-rate", type=float, default=40.0, help="Hz that stand for e = 1")
    parser.add_argument("--presented-ms", type=int, default=200, help="for how long: each image")
    parser.add_argument("--skipped-ms", type=int, default=100, help="of this not counted")
    parser.add_argument("--seed", type=int, default=0, help="of training, synapses and noise")
    options = parser.parse_args()
    for name in ("presented_ms", "skipped_ms"):
        if getattr(options, name) % INTERVAL_MS:
            parser.error(f"--{name.replace('_', '-')} must be a multiple of {INTERVAL_MS}")
    if not 0 <= options.skipped_ms < options.presented_ms:
        parser.error("--skipped-ms must be less than --presented-ms")
    started = time.perf_counter()
    data = datasets.load("digits")
    inputs, labels = data.test_inputs[: options.samples], data.test_labels[: options.samples]
    network = mapping.load(options.network) if options.network else trained(data, options.seed)
    rates = lava_bccn.run(network, inputs, record=("event_rate",))
    reference = rates.values("event_rate", len(network.layers) - 1)
    print(f"{'-'.join(map(str, network.sizes))}, {len(inputs)} test images")
    print(f"rate network: {metrics.accuracy(reference, labels):.2%}", flush=True)
    spiking = from_rate(
        network,
        neurons=options.neurons,
        connection_probability=options.connection_probability,
        max_rate_hz=options.max_rate,
        feedback=False,
        seed=options.seed,
    )
    neurons = spiking.size
    synapses = sum(len(connection.weight) for connection in spiking.connections)
    print(
        f"ensembles of {options.neurons}: {neurons} neurons, {synapses / 1e6:.1f} million synapses;"
        f" {options.presented_ms} ms an image, the last "
        f"{options.presented_ms - options.skipped_ms} ms counted"
    )
    print("arithmetic  accuracy  same class  rms difference of e  seconds an image")
    for described in (spiking, quantise(spiking)):
        event_rate, seconds = shown(described, inputs, options)
        same = np.mean(event_rate.argmax(axis=1) == reference.argmax(axis=1))
        difference = np.sqrt(np.mean((event_rate - reference) ** 2))
        print(
            f"{described.precision:10s} {metrics.accuracy(event_rate, labels):9.2%} {same:11.2%} "
            f"{difference:20.4f} {seconds / len(inputs):17.3f}",
            flush=True,
        )
    print(f"{time.perf_counter() - started:.0f} s in all")


def trained(data: datasets.Dataset, seed: int) -> MappedNetwork:
    """A rate network trained in PyTorch, in floating point."""
    torch.set_num_threads(1)  # so small a network only waits for a second thread
    normalize = (float(data.train_inputs.mean()), float(data.train_inputs.std()))
    generator = torch.Generator().manual_seed(seed)
    model = burst_mlp(SIZES, normalize=normalize, generator=generator)
    training, test = (
        (torch.from_numpy(inputs), torch.from_numpy(labels))
        for inputs, labels in (
            (data.train_inputs, data.train_labels),
            (data.test_inputs, data.test_labels),
        )
    )
    train(model, training, test, TrainingConfig(seed=seed))
    return mapping.from_torch(model, data.train_inputs, precision="float")


def shown(
    network: SpikingNetwork, inputs: np.ndarray, options: argparse.Namespace
) -> tuple[np.ndarray, float]:
    """Event rates of the outputs, (samples, classes), and the seconds that the run took."""
    simulator = SpikingSimulator(network, options.seed)
    simulator.run(input_currents(network, inputs[:1]), sample_steps=1)  # compile
    steps = network.units.steps
    result = simulator.run(
        input_currents(network, inputs),
        sample_steps=steps(options.presented_ms),
        interval_steps=steps(INTERVAL_MS),
    )
    return decode(result, len(inputs), skip=options.skipped_ms // INTERVAL_MS), result.seconds


if __name__ == "__main__":
    main()

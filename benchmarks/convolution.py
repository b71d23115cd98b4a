"""What 8 bits cost a convolutional network, and how fast the simulator runs it on one core.

    bccn train --dataset cifar10 --conv 64x5/2 128x5/2 256x3 --hidden 1480 -o cifar10.pt
    OMP_NUM_THREADS=1 python benchmarks/convolution.py cifar10.pt

Inference, and with ``--teacher`` with bursts going down as well.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import lava_bccn
from lava_bccn import datasets, mapping, metrics
from lava_bccn.mapping.torch_models import read_model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--dataset", help="default: the one it was trained on")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--weight-bits", type=int, default=8)
    parser.add_argument("--teacher", action="store_true", help="let bursts carry errors down")
    options = parser.parse_args()
    model, notes = read_model(options.checkpoint)
    data = datasets.load(options.dataset or notes["dataset"], options.data_dir)
    # Folders are in the order of their classes.
    chosen = np.random.default_rng(0).permutation(len(data.test_inputs))[: options.samples]
    inputs, labels = data.test_inputs[chosen], data.test_labels[chosen]
    targets = np.eye(len(data.class_names))[labels] if options.teacher else None
    calibration = data.train_inputs[:: max(1, len(data.train_inputs) // 512)]
    accuracies = []
    for precision in ("float", "fixed"):
        network = mapping.from_torch(
            model, calibration, precision=precision, weight_bits=options.weight_bits
        )
        if not accuracies:
            print(f"{network.architecture}, {len(inputs)} test images of {data.name}")
        lava_bccn.run(network, inputs[:8])  # warm up
        result = lava_bccn.run(network, inputs, targets)
        accuracies.append(metrics.accuracy(result.event_rate, labels))
        speed = len(inputs) / result.seconds
        print(f"{precision:5s}  accuracy {accuracies[-1]:7.2%}  {speed:8.1f} images per second")
    bits, loss = options.weight_bits, 100 * (accuracies[0] - accuracies[1])
    print(
        f"{bits} bits cost {loss:.2f} points; {int(result.saturations.sum())} potentials saturated"
    )


if __name__ == "__main__":
    main()

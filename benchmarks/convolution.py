"""What mapping a convolutional network to 8 bits costs, on images that it was not trained on.

    uv run python benchmarks/convolution.py CHECKPOINT.pt --data-dir DIR [--images 2000]

The checkpoint is one of ``bccn reproduce cifar10`` (or ``bccn train --conv``); the images are
drawn at random from its test set. Prints the accuracy in PyTorch, in floating point and in 8-bit
integers in the simulator, what is lost, and images per second on one core.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch

import lava_bccn
from lava_bccn import mapping, metrics
from lava_bccn.experiments.paper.cifar10 import load_images
from lava_bccn.nn import load_checkpoint


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--images", type=int, default=2000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    name, data = load_images(options.data_dir)
    chosen = np.random.default_rng(1).permutation(len(data.test_inputs))[: options.images]
    images, labels = data.test_inputs[chosen], data.test_labels[chosen]
    calibration = np.random.default_rng(0).permutation(len(data.train_inputs))[:256]
    calibration = data.train_inputs[calibration]
    model = load_checkpoint(options.checkpoint).model.eval()
    with torch.no_grad():
        outputs = torch.cat([model(part) for part in torch.from_numpy(images).split(100)])
    reference = metrics.accuracy(outputs.numpy(), labels)
    print(f"{name}, {len(images)} test images: PyTorch {reference:.2%}")
    for precision in ("float", "fixed"):
        network = mapping.from_torch(model, calibration, precision=precision)
        started = time.perf_counter()
        result = lava_bccn.run(network, images)
        rate = len(images) / (time.perf_counter() - started)
        accuracy = metrics.accuracy(result.event_rate, labels)
        print(
            f"{network.architecture}, {precision}: {accuracy:.2%}, "
            f"{100 * (reference - accuracy):+.2f} points lost, {rate:.0f} images per second, "
            f"{int(result.saturations.sum())} potentials saturated"
        )


if __name__ == "__main__":
    main()

"""Convolutional networks that learn online in 8 bits, beside PyTorch in floating point.

    uv run python benchmarks/online_convolution.py mnist|cifar10 [--data-dir DIR] [--epochs 3]
        [--conv 16x5/2 32x5/2] [--hidden 100] [--rate 0] [--final-rate 6] [--held-out N] [--seed 0]
        [--reference [LEARNING_RATE]]

Both start as the same model: Kolen–Pollack feedback, standardised inputs, centred biases. It is
mapped and learns one sample after the other in the simulator; with --reference it is trained in
PyTorch instead, by Adam, in batches of 32, the learning rate falling as a cosine. --held-out N
tests on N of the training images, drawn by a fixed seed, as rates are to be chosen. Prints the
accuracy after each epoch, and samples a second of processor time.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch

import lava_bccn
from lava_bccn import LearningConfig, datasets, mapping
from lava_bccn.cli.parsing import add_convolutions
from lava_bccn.experiments.paper.cifar10 import load_images
from lava_bccn.nn import ConvolutionSpec, burst_loss, centre, cnn
from lava_bccn.nn.models import learning_layers
from lava_bccn.sim.compiled.learner import CompiledLearner

GAIN, RANGE, LAST_RANGE = 4.0, (2.0, 1.0), 1.0
"""Gain of the hidden layers (a sigmoid's slope is at most 1/4); how large weights may become."""

Split = tuple[np.ndarray, np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", choices=("mnist", "cifar10"))
    parser.add_argument("--data-dir", type=Path)
    add_convolutions(parser.add_argument)
    parser.add_argument("--hidden", type=int, nargs="*", default=[])
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rate", type=int, default=0)
    parser.add_argument("--final-rate", type=int, default=6)
    parser.add_argument("--held-out", type=int, default=0)
    parser.add_argument("--reference", type=float, nargs="?", const=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    training, test = split(options)
    model = start(options, training[0])
    (online if options.reference is None else reference)(options, model, training, test)


def split(options: argparse.Namespace) -> tuple[Split, Split]:
    """What is learned, and what is tested on."""
    if options.dataset == "mnist":
        data = datasets.load("mnist", options.data_dir)
    else:
        _, data = load_images(options.data_dir)
    order = np.random.default_rng(12345).permutation(len(data.train_labels))
    held, learned = order[: options.held_out], order[options.held_out :]
    training = data.train_inputs[learned], data.train_labels[learned]
    if options.held_out:
        return training, (data.train_inputs[held], data.train_labels[held])
    return training, (data.test_inputs, data.test_labels)


def start(options: argparse.Namespace, images: np.ndarray) -> torch.nn.Sequential:
    """A model that has learned nothing."""
    generator = torch.Generator().manual_seed(options.seed)
    first = torch.as_tensor(images[:2000], dtype=torch.float32)
    model = cnn(
        "burstccn",
        images.shape[1:],
        [ConvolutionSpec(*numbers) for numbers in options.conv or ((16, 5, 2), (32, 5, 2))],
        options.hidden,
        10,
        normalize=(first.mean((0, 2, 3))[:, None, None], first.std((0, 2, 3))[:, None, None]),
        generator=generator,
        gain=GAIN,
        feedback="kolen_pollack",
    )
    layers = learning_layers(model)
    with torch.no_grad():
        layers[-1].weight.div_(GAIN)
        for layer in layers[1:]:  # Y of the size of W
            layer.feedback_burst.normal_(0, float(layer.weight.std()), generator=generator)
    centre(model, first[:500], readout_rate=0.1)
    return model


def online(
    options: argparse.Namespace, model: torch.nn.Sequential, training: Split, test: Split
) -> None:
    """One sample after the other, in 8 bits."""
    images, labels = training
    hidden = len(learning_layers(model)) - 1
    ranges = (RANGE[0], *(RANGE[1],) * (hidden - 1), LAST_RANGE)
    network = mapping.from_torch(model, images[:512], weight_range=ranges)
    print(network.architecture)
    samples = options.epochs * len(images)
    config = LearningConfig(
        weight_rate=options.rate,
        bias_rate=options.rate,
        halve_at=LearningConfig.evenly(options.rate, options.final_rate, samples),
        seed=options.seed,
    )
    learner = CompiledLearner(network, config)
    learner.learn(np.empty((0, network.input_size)), np.empty((0, 10)))  # compiles
    random, seconds = np.random.default_rng(options.seed), 0.0
    for epoch in range(options.epochs):
        for part in np.array_split(random.permutation(len(images)), 10):
            inputs = network.quantise_inputs(images[part].reshape(len(part), -1))
            targets = network.quantise_targets(np.eye(10)[labels[part]])
            started = time.process_time()
            learner.learn(inputs, targets)
            seconds += time.process_time() - started
        outputs = lava_bccn.run(learner.network(), test[0]).predictions
        tell(epoch, (outputs == test[1]).mean(), learner.learned / seconds)


def reference(
    options: argparse.Namespace, model: torch.nn.Sequential, training: Split, test: Split
) -> None:
    """PyTorch, in float32."""
    images, test_images = (
        torch.as_tensor(each, dtype=torch.float32) for each in (training[0], test[0])
    )
    targets = torch.eye(10)[torch.as_tensor(training[1], dtype=torch.int64)]
    optimizer = torch.optim.Adam(model.parameters(), lr=options.reference)
    steps = options.epochs * -(-len(images) // 32)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    generator, seconds = torch.Generator().manual_seed(options.seed), 0.0
    for epoch in range(options.epochs):
        started = time.process_time()
        for batch in torch.randperm(len(images), generator=generator).split(32):
            optimizer.zero_grad()
            burst_loss(model(images[batch]), targets[batch]).backward()
            optimizer.step()
            schedule.step()
        seconds += time.process_time() - started
        with torch.no_grad():
            outputs = torch.cat([model(part).argmax(1) for part in test_images.split(500)])
        tell(epoch, (outputs.numpy() == test[1]).mean(), (epoch + 1) * len(images) / seconds)


def tell(epoch: int, accuracy: float, speed: float) -> None:
    print(f"epoch {epoch + 1}: {100 * accuracy:.2f} %, {speed:,.0f} samples a second", flush=True)


if __name__ == "__main__":
    main()

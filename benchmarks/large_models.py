"""What mapping a large model takes: seconds, and memory beside what the imports hold.

    uv run python benchmarks/large_models.py [NAME ...] [--feedback random] [--precision float]

Every model is built and mapped in a process of its own, in one thread. Memory is how far the peak
of the resident set grows from before the model is there, so the model's own weights count once;
"model" is what they take in single precision.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import time
import warnings
from itertools import pairwise
from typing import Any

import numpy as np

MLP = (784, 4000, 4000, 2600, 10)
MODELS = {
    "mlp-1m": ("sigmoid", (784, 500, 500, 500, 10)),
    "sigmoid-30m": ("sigmoid", MLP),
    "relu-30m": ("relu", MLP),
    "cnn-cifar": ("cnn", (3, 64, 128, 256)),
    "cnn-30m": ("cnn", (3, 256, 1024, 3072)),
    "sigmoid-100m": ("sigmoid", (8000, 8000, 4000, 10)),
}
"""Kind of model, and its sizes or channels."""

SAMPLES = 512


def built(kind: str, sizes: tuple[int, ...]) -> tuple[Any, tuple[int, ...]]:
    """An untrained model of PyTorch, and the shape of a sample."""
    from torch import nn

    modules: list[nn.Module] = []
    if kind == "cnn":
        for below, channels in pairwise(sizes):
            modules += [nn.Conv2d(below, channels, 3, 2, 1), nn.BatchNorm2d(channels), nn.ReLU()]
        modules += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(sizes[-1], 10)]
        return nn.Sequential(*modules).eval(), (3, 32, 32)
    activation = {"sigmoid": nn.Sigmoid, "relu": nn.ReLU}[kind]
    for below, units in pairwise(sizes):
        modules += [nn.Linear(below, units), activation()]
    return nn.Sequential(*(modules if kind == "sigmoid" else modules[:-1])), (sizes[0],)


def peak() -> int:
    """The largest resident set of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(name: str, options: dict[str, Any]) -> None:
    """Map one model and print what it took."""
    import torch

    from lava_bccn import mapping

    torch.set_num_threads(1)
    torch.manual_seed(0)
    rates = np.random.default_rng(0).random((SAMPLES, *built(*MODELS["mlp-1m"])[1]))
    tiny, shape = built("sigmoid", (4, 3, 2))
    mapping.from_torch(tiny, rates.reshape(len(rates), -1)[:, : shape[0]])  # imports all it needs
    before = peak()
    model, shape = built(*MODELS[name])
    weights = sum(each.numel() for each in model.parameters())
    inputs = np.random.default_rng(0).random((SAMPLES, *shape), dtype=np.float32)
    held, started, worked = peak() - before, time.perf_counter(), time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # untrained models have event rates of one size
        network = mapping.from_torch(model, inputs, **options)
    worked, seconds = time.process_time() - worked, time.perf_counter() - started
    grown = peak() - before
    print(
        f"{name}, {network.architecture}: {weights / 1e6:.1f} million weights, {seconds:.1f} s "
        f"({worked:.1f} s of the processor), "
        f"{grown / 1e6:.0f} MB with the model, {grown / (4 * weights):.1f} times its "
        f"{4 * weights / 1e6:.0f} MB ({held / 1e6:.0f} MB before mapping)",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MODELS)}")
    parser.add_argument("--feedback", default="none", help="of models of sigmoids (default: none)")
    parser.add_argument("--precision", choices=("fixed", "float"), default="fixed")
    options = parser.parse_args()
    arguments = {
        "feedback": None if options.feedback == "none" else options.feedback,
        "precision": options.precision,
    }
    for name in options.names or MODELS:
        process = multiprocessing.get_context("spawn").Process(
            target=measure, args=(name, arguments)
        )
        process.start()
        process.join()


if __name__ == "__main__":
    main()

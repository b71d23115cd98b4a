"""``bccn demo``: the whole path on real handwritten digits."""

from __future__ import annotations

import argparse
import copy
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import lava_bccn
from lava_bccn import datasets, mapping, metrics, plots
from lava_bccn.cli.data import one_hot
from lava_bccn.cli.printing import joined, print_json, print_table, progress_bar, skipped
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.errors import BackendUnavailableError
from lava_bccn.files import check_writable
from lava_bccn.nn import TrainingConfig, burst_mlp, burst_states, train

SIZES = (64, 256, 128, 10)


@dataclass(frozen=True)
class Samples:
    """Test images, their labels and the teacher."""

    inputs: NDArray[np.float32]
    labels: NDArray[np.int64]
    targets: NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """What one executor did with the test images.

    Attributes:
        executor, precision: where and how.
        accuracy: share of images classified correctly.
        milliseconds: per image, without setting up.
        event_rate: of the output layer.
        values: every state of every layer, in the model's units.
        integers: the same as integers; None in floating point.
    """

    executor: str
    precision: str
    accuracy: float
    milliseconds: float
    event_rate: NDArray[np.float64]
    values: list[NDArray[np.float64]]
    integers: list[NDArray[np.int64]] | None


def execute(options: argparse.Namespace) -> None:
    """Train, map, run through every executor, print the table, save the figure."""
    directory: Path = options.output_dir
    figure_path = directory / "activity.png"
    check_writable(figure_path)
    data = datasets.load("digits")
    model = _train(data, directory / "digits.pt", options.seed)
    networks = {
        precision: mapping.from_torch(
            model,
            data.train_inputs,
            precision=precision,
            metadata={"dataset": "digits", "class_names": list(data.class_names)},
        )
        for precision in ("float", "fixed")
    }
    for precision, network in networks.items():
        network.save(directory / f"digits_{precision}.safetensors")
    inputs, labels = data.some_test(options.samples)
    samples = Samples(inputs, labels, one_hot(labels, SIZES[-1]))
    outcomes = _outcomes(model, networks, samples)

    # The image with the largest error has most to teach.
    errors = np.abs(outcomes[0].event_rate - samples.targets).max(axis=1)
    hardest = int(np.argmax(errors))
    figure = plots.travelling_activity(
        networks["fixed"],
        samples.inputs[hardest, 0],
        samples.targets[hardest],
        data.class_names,
    )
    plots.save_figure(figure, figure_path, dpi=130)
    _report(options, outcomes, len(samples.inputs), figure_path)


def _report(
    options: argparse.Namespace, outcomes: Sequence[Outcome], samples: int, figure: Path
) -> None:
    agreements = ["", *(_agreement(a, b) for a, b in pairwise(outcomes))]
    if options.json:
        rows = [
            {
                "executor": outcome.executor,
                "precision": outcome.precision,
                "accuracy": outcome.accuracy,
                "agreement": agreement or None,
                "milliseconds_per_image": outcome.milliseconds,
            }
            for outcome, agreement in zip(outcomes, agreements, strict=True)
        ]
        print_json({"samples": samples, "executors": rows, "figure": str(figure)})
        return
    print_table(
        f"{joined(SIZES)} on {samples} test images of digits, teacher on",
        [
            {
                "executor": outcome.executor,
                "precision": outcome.precision,
                "accuracy": f"{outcome.accuracy:.2%}",
                "agreement with the one above": agreement,
                "ms per image": f"{outcome.milliseconds:.3f}",
            }
            for outcome, agreement in zip(outcomes, agreements, strict=True)
        ],
    )
    print(
        "Agreement: largest difference of any soma, event rate, apical potential, burst\n"
        "probability and burst rate in any layer; from float to fixed it is the rounding to\n"
        "8-bit weights and event rates.\n"
        f"Figure: {figure}; networks: {options.output_dir}/digits*.safetensors"
    )


def _train(data: datasets.Dataset, checkpoint: Path, seed: int) -> torch.nn.Sequential:
    config = TrainingConfig(seed=seed)
    normalize = (float(data.train_inputs.mean()), float(data.train_inputs.std()))
    generator = torch.Generator().manual_seed(seed)
    model = burst_mlp(SIZES, normalize=normalize, generator=generator)
    batches = math.ceil(len(data.train_inputs) / config.batch_size)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so small a network only waits for a second thread
    try:
        with progress_bar("training", config.epochs * batches, unit="batches") as bar:
            train(
                model,
                (torch.from_numpy(data.train_inputs), torch.from_numpy(data.train_labels)),
                (torch.from_numpy(data.test_inputs), torch.from_numpy(data.test_labels)),
                config,
                checkpoint=checkpoint,
                data={"dataset": "digits", "class_names": list(data.class_names)},
                on_batch=lambda epoch, batch: bar(),
                on_epoch=lambda record: bar(0, note=f"error {record['held_out_error']:.2%}"),
            )
    finally:
        torch.set_num_threads(threads)
    return model


def _outcomes(model: Any, networks: dict[str, Any], samples: Samples) -> list[Outcome]:
    """Of PyTorch, then of Lava and the simulator in either precision."""
    outcomes = [_run_torch(model, samples)]
    for precision, tag in (("float", "floating_pt"), ("fixed", "fixed_pt")):
        for backend, name in (("lava", f"Lava {tag}"), ("sim", "simulator")):
            try:
                outcomes.append(_run(networks[precision], backend, name, samples))
            except BackendUnavailableError as error:
                skipped(name, error)
    return outcomes


def _run_torch(model: torch.nn.Sequential, samples: Samples) -> Outcome:
    double = copy.deepcopy(model).double()
    images = torch.from_numpy(samples.inputs).double()
    started = time.perf_counter()
    states = burst_states(double, images, torch.from_numpy(samples.targets))
    seconds = time.perf_counter() - started
    event_rate = states[-1].event_rate.numpy()
    return Outcome(
        "PyTorch",
        "float",
        metrics.accuracy(event_rate, samples.labels),
        1000 * seconds / len(images),
        event_rate,
        [getattr(states[index], name).numpy() for name, index in _present(states)],
        None,
    )


def _run(network: Any, backend: Any, name: str, samples: Samples) -> Outcome:
    images = samples.inputs
    with progress_bar(f"{name}, {network.precision}", len(images), unit="images") as bar:
        result = lava_bccn.run(
            network, images, samples.targets, backend=backend, record=STATE_NAMES, progress=bar
        )
    present = _present(result.states)
    integers = None
    if network.precision == "fixed":
        integers = [getattr(result.states[index], state_name) for state_name, index in present]
    return Outcome(
        name,
        network.precision,
        metrics.accuracy(result.event_rate, samples.labels),
        1000 * result.seconds / len(images),
        result.event_rate,
        [result.values(state_name, index) for state_name, index in present],
        integers,
    )


def _present(states: Sequence[Any]) -> list[tuple[str, int]]:
    """Name and layer of every state that there is."""
    return [
        (name, index)
        for index, state in enumerate(states)
        for name in STATE_NAMES
        if getattr(state, name) is not None
    ]


def _agreement(above: Outcome, below: Outcome) -> str:
    if above.integers is not None and below.integers is not None:
        pairs = zip(above.integers, below.integers, strict=True)
        if all(np.array_equal(first, second) for first, second in pairs):
            return "same bits"
    largest = max(
        float(np.abs(first - second).max())
        for first, second in zip(above.values, below.values, strict=True)
    )
    rounded = above.precision != below.precision
    return f"{'rounding, up to' if rounded else 'within'} {largest:.1e}"

"""``bccn demo``: the whole path on real handwritten digits."""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.cli import demo_spiking
from lava_bccn.cli.common import (
    STDERR,
    add_json_option,
    add_parser,
    print_json,
    print_table,
    progress_bar,
)
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.errors import BackendUnavailableError, InvalidInputError
from lava_bccn.files import check_writable, write_atomically
from lava_bccn.nn.training_config import TrainingConfig

_EXAMPLES = """\
  bccn demo
  bccn demo --samples 50 --output-dir /tmp/demo
  bccn demo --spiking                      one ensemble: raster, events, bursts, synapses
  bccn demo --json"""

SIZES = (64, 256, 128, 10)


def add_command(commands: Any) -> None:
    """Add the command to ``bccn``."""
    summary = "train on handwritten digits, map, run everywhere, compare"
    parser = add_parser(commands, "demo", summary, _EXAMPLES)
    parser.set_defaults(execute=execute)
    parser.add_argument(
        "--output-dir",
        type=Path,
        default=Path("bccn-demo"),
        metavar="DIR",
        help="where the checkpoint, mapped networks and figure go",
    )
    parser.add_argument("--samples", type=int, default=200, help="test images to run, of 360")
    parser.add_argument("--seed", type=int, default=0, help="of the training, or of the noise")
    parser.add_argument(
        "--spiking",
        action="store_true",
        help="instead, show one spiking ensemble, and what its synapses transmit and learn",
    )
    add_json_option(parser)


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
    if options.spiking:
        demo_spiking.execute(options)
        return
    from lava_bccn import datasets, mapping, plots

    if options.samples < 1:
        raise InvalidInputError(f"--samples must be at least 1, not {options.samples}")
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

    inputs, labels = data.test_inputs[: options.samples], data.test_labels[: options.samples]
    targets = np.eye(len(data.class_names))[labels]
    outcomes = [_run_torch(model, inputs, targets, labels)]
    for precision, tag in (("float", "floating_pt"), ("fixed", "fixed_pt")):
        for backend, name in (("lava", f"Lava {tag}"), ("sim", "simulator")):
            try:
                outcome = _run(networks[precision], backend, name, inputs, targets, labels)
            except BackendUnavailableError as error:
                STDERR.print(f"[yellow]skipped {name}:[/yellow] {error}", highlight=False)
                continue
            outcomes.append(outcome)

    # The image with the largest error has most to teach.
    hardest = int(np.argmax(np.abs(outcomes[0].event_rate - targets).max(axis=1)))
    figure = plots.travelling_activity(
        networks["fixed"], inputs[hardest, 0], targets[hardest], data.class_names
    )
    write_atomically(figure_path, lambda path: figure.savefig(path, dpi=130))
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
        print_json({"samples": len(inputs), "executors": rows, "figure": str(figure_path)})
        return
    print_table(
        f"{'-'.join(map(str, SIZES))} on {len(inputs)} test images of digits, teacher on",
        ("executor", "precision", "accuracy", "agreement with the one above", "ms per image"),
        [
            (
                outcome.executor,
                outcome.precision,
                f"{outcome.accuracy:.2%}",
                agreement,
                f"{outcome.milliseconds:.3f}",
            )
            for outcome, agreement in zip(outcomes, agreements, strict=True)
        ],
    )
    print(
        "Agreement: largest difference of any soma, event rate, apical potential, burst\n"
        "probability and burst rate in any layer; from float to fixed it is the rounding to\n"
        "8-bit weights and event rates.\n"
        f"Figure: {figure_path}; networks: {directory}/digits*.safetensors"
    )


def _train(data: Any, checkpoint: Path, seed: int) -> Any:
    import torch

    from lava_bccn.nn import burst_mlp, train

    config = TrainingConfig(seed=seed)
    normalize = (float(data.train_inputs.mean()), float(data.train_inputs.std()))
    generator = torch.Generator().manual_seed(seed)
    model = burst_mlp(SIZES, normalize=normalize, generator=generator)

    def samples(inputs: Any, labels: Any) -> tuple[Any, Any]:
        return torch.from_numpy(inputs), torch.from_numpy(labels)

    batches = math.ceil(len(data.train_inputs) / config.batch_size)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so small a network only waits for a second thread
    try:
        with progress_bar("training", config.epochs * batches, unit="batches") as bar:
            train(
                model,
                samples(data.train_inputs, data.train_labels),
                samples(data.test_inputs, data.test_labels),
                config,
                checkpoint=checkpoint,
                data={"dataset": "digits", "class_names": list(data.class_names)},
                on_batch=lambda epoch, batch: bar(),
                on_epoch=lambda record: bar(0, note=f"error {record['held_out_error']:.2%}"),
            )
    finally:
        torch.set_num_threads(threads)
    return model


def _run_torch(
    model: Any, inputs: NDArray[Any], targets: NDArray[Any], labels: NDArray[Any]
) -> Outcome:
    import copy

    import torch

    from lava_bccn import metrics
    from lava_bccn.nn import burst_states

    double = copy.deepcopy(model).double()
    images = torch.from_numpy(inputs).double()
    started = time.perf_counter()
    states = burst_states(double, images, torch.from_numpy(targets))
    seconds = time.perf_counter() - started
    values = [
        getattr(state, name).numpy()
        for state in states
        for name in STATE_NAMES
        if getattr(state, name) is not None
    ]
    return Outcome(
        "PyTorch",
        "float",
        metrics.accuracy(states[-1].event_rate.numpy(), labels),
        1000 * seconds / len(inputs),
        states[-1].event_rate.numpy(),
        values,
        None,
    )


def _run(
    network: Any,
    backend: Any,
    name: str,
    inputs: NDArray[Any],
    targets: NDArray[Any],
    labels: NDArray[Any],
) -> Outcome:
    import lava_bccn
    from lava_bccn import metrics

    with progress_bar(f"{name}, {network.precision}", len(inputs), unit="images") as bar:
        result = lava_bccn.run(
            network, inputs, targets, backend=backend, record=STATE_NAMES, progress=bar
        )
    present = [
        (state_name, index)
        for index, state in enumerate(result.states)
        for state_name in STATE_NAMES
        if getattr(state, state_name) is not None
    ]
    integers = None
    if network.precision == "fixed":
        integers = [getattr(result.states[index], state_name) for state_name, index in present]
    return Outcome(
        name,
        network.precision,
        metrics.accuracy(result.event_rate, labels),
        1000 * result.seconds / len(inputs),
        result.event_rate,
        [result.values(state_name, index) for state_name, index in present],
        integers,
    )


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

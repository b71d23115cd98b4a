"""``bccn run``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from lava_bccn.backends.registry import BACKENDS
from lava_bccn.cli import learning
from lava_bccn.cli.common import (
    add_data_options,
    add_json_option,
    add_parser,
    load_dataset,
    print_json,
    print_table,
    progress_bar,
    read_array,
)
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.errors import BackendExecutionError, InterruptedRunError, InvalidInputError
from lava_bccn.files import check_new, write_atomically

_EXAMPLES = """\
  bccn run digits.safetensors                             the simulator, all test images
  bccn run digits.safetensors --backend lava --samples 50 Lava on the CPU
  bccn run digits.safetensors --teacher --record apical burst_prob --save states.npz
  bccn run digits.safetensors --inputs mine.npy --save rates.npz
  bccn run fresh.safetensors --learn --epochs 20 -o learned.safetensors --plot curve.png
  bccn run known.safetensors --learn --classes 9 --replay 0.5 --samples 2000 -o new.safetensors"""


_SHOWN = 20


def add_command(commands: Any) -> None:
    """Add the command to ``bccn``."""
    parser = add_parser(commands, "run", "run a mapped network on a backend", _EXAMPLES)
    parser.set_defaults(execute=execute)
    parser.add_argument(
        "network",
        type=Path,
        metavar="NET.safetensors",
        help="network of bccn map or bccn new",
    )
    add = parser.add_argument
    add(
        "--backend",
        choices=BACKENDS.names,
        default="sim",
        help=BACKENDS.help,
    )
    add(
        "--samples",
        type=int,
        metavar="N",
        help="the first N test images; with --learn, N training images an epoch (default: all)",
    )
    add("--inputs", type=Path, metavar="FILE.npy", help="event rates of your own instead")
    add("--teacher", action="store_true", help="teach the labels, so that bursts carry errors")
    add("--overwrite", action="store_true", help="replace what is written if it is there")
    add(
        "--save",
        type=Path,
        metavar="FILE.npz",
        help="write predictions, event rates and recorded states (integers, with the unit of each)",
    )
    add(
        "--record",
        nargs="+",
        choices=STATE_NAMES,
        default=[],
        metavar="STATE",
        help=f"states of every layer to save: {', '.join(STATE_NAMES)}",
    )
    learning.add_options(parser)
    add_data_options(parser, None)
    add_json_option(parser)


def execute(options: argparse.Namespace) -> None:
    """Run, report accuracy and speed, save what was asked for."""
    import lava_bccn
    from lava_bccn import mapping, metrics

    if options.learn:
        learning.execute(options)
        return
    learning.check_unused(options)
    if options.record and options.save is None:
        raise InvalidInputError("--record needs --save FILE.npz to put the states into")
    if options.samples is not None and options.samples < 1:
        raise InvalidInputError(f"--samples must be at least 1, not {options.samples}")
    if options.save is not None:
        check_new(options.save, overwrite=options.overwrite)
    network = mapping.load(options.network)
    labels = None
    if options.inputs is not None:
        inputs = read_array(options.inputs)[: options.samples]
    else:
        data = load_dataset(options, network.metadata.get("dataset"))
        if len(data.class_names) != network.output_size:
            raise InvalidInputError(
                f"{data.name} has {len(data.class_names)} classes, the network "
                f"{network.output_size} outputs"
            )
        inputs, labels = data.test_inputs[: options.samples], data.test_labels[: options.samples]
    if options.teacher and labels is None:
        raise InvalidInputError("--teacher needs the labels of a data set; use it with --dataset")
    targets = np.eye(network.output_size)[labels] if options.teacher else None
    with progress_bar(f"running on {options.backend}", len(inputs), unit="samples") as bar:
        try:
            result = lava_bccn.run(
                network,
                inputs,
                targets,
                backend=options.backend,
                record=options.record,
                progress=bar,
            )
        except InterruptedRunError as error:
            if options.save is not None and error.done:
                kept = _arrays(error.partial, None if labels is None else labels[: error.done])
                write_atomically(options.save, lambda path: _save(path, kept))
                raise BackendExecutionError(f"{error}; these are in {options.save}") from error
            raise
    if options.save is not None:
        arrays = _arrays(result, labels)
        write_atomically(options.save, lambda path: _save(path, arrays))
    report = {
        "backend": result.backend,
        "precision": network.precision,
        "samples": len(inputs),
        "accuracy": None if labels is None else metrics.accuracy(result.event_rate, labels),
        "milliseconds_per_sample": 1000 * result.seconds / len(inputs),
        "saturated_potentials": result.saturations.tolist(),
        "predictions": result.predictions.tolist(),
    }
    if options.json:
        print_json(report)
        return
    accuracy = report["accuracy"]
    print_table(
        f"{options.network.name}: {network.architecture}",
        ("backend", "precision", "samples", "accuracy", "ms per sample", "saturated"),
        [
            (
                result.backend,
                network.precision,
                str(len(inputs)),
                "-" if accuracy is None else f"{accuracy:.2%}",
                f"{report['milliseconds_per_sample']:.3f}",
                str(int(result.saturations.sum())),
            )
        ],
    )
    if labels is None:
        shown = " ".join(str(prediction) for prediction in result.predictions[:_SHOWN])
        print(f"predicted: {shown}{' ...' if len(inputs) > _SHOWN else ''}")


def _arrays(result: Any, labels: Any) -> dict[str, Any]:
    """Recorded states in the network's own units, with the unit of each, and the predictions."""
    arrays = {"predictions": result.predictions}
    if labels is not None:
        arrays["labels"] = labels
    for index, state in enumerate(result.states):
        for name, array in vars(state).items():
            if array is not None:
                arrays[f"{name}_{index + 1}"] = array
                arrays[f"{name}_{index + 1}_unit"] = result.network.state_unit(name, index)
    return arrays


def _save(path: Path, arrays: dict[str, Any]) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)

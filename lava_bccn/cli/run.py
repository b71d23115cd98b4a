"""``bccn run``.

examples:
  bccn run digits.safetensors                             the simulator, all test images
  bccn run digits.safetensors --backend lava --samples 50 Lava on the CPU
  bccn run digits.safetensors --teacher --record apical burst_prob --save states.npz
  bccn run digits.safetensors --inputs mine.npy --save rates.npz
  bccn run mnist.safetensors --inputs all.npy --record soma apical --save states/
  bccn run model.safetensors --inputs x.npy --labels y.npy
  bccn run iris.safetensors --dataset others.csv       scaled as the table it was trained on
  bccn run fresh.safetensors --learn --epochs 20 -o learned.safetensors --plot curve.png
  bccn run fresh.safetensors --learn --seeds 0 1 2 3 -o learned.safetensors   side by side
  bccn run fresh.safetensors --learn --rule engine --epochs 20 -o learned.safetensors
  bccn run known.safetensors --learn --classes 9 --replay 0.5 --samples 2000 -o new.safetensors
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lava_bccn
from lava_bccn import RunResult, metrics
from lava_bccn.backends.registry import BACKENDS
from lava_bccn.cli import learning_options, run_learning, run_seeds, saving
from lava_bccn.cli.data import Labels, one_hot, samples_for
from lava_bccn.cli.parsing import (
    add_data_options,
    add_inputs_option,
    add_json_option,
    add_labels_option,
    add_network,
    chosen_from,
    count,
)
from lava_bccn.cli.printing import print_json, print_table, progress_bar
from lava_bccn.datasets import DATA_SETS, representative
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.errors import BackendExecutionError, InterruptedRunError, InvalidInputError
from lava_bccn.headers import DALE_NETWORK, kind_of
from lava_bccn.network.rate_network import RateNetwork

_SHOWN, _SHOWN_VALUES = 20, 5


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_network(parser, "network", "NET.safetensors", "network of bccn map or bccn new")
    add = parser.add_argument
    add("--backend", default="sim", **chosen_from(BACKENDS, "where it runs"))
    add(
        "--samples",
        type=count,
        metavar="N",
        help="the first N test samples, or any N where they come class by class; with --learn, N "
        "training samples an epoch (default: all)",
    )
    add_inputs_option(parser, "event rates of your own instead")
    add_labels_option(parser)
    add("--teacher", action="store_true", help="teach the labels, so that bursts carry errors")
    add("--overwrite", action="store_true", help="replace what is written if it is there")
    add(
        "--save",
        metavar="FILE.npz|FOLDER/",
        help="write predictions, event rates and recorded states (integers, with the unit of "
        "each); in a folder a .npy file each, as they come, which needs no memory for them",
    )
    add(
        "--record",
        nargs="+",
        choices=STATE_NAMES,
        default=[],
        metavar="STATE",
        help=f"states of every layer to save: {', '.join(STATE_NAMES)}",
    )
    learning_options.add_options(parser)
    add_data_options(parser, None)
    add_json_option(parser)


def execute(options: argparse.Namespace) -> None:
    """Run, report accuracy and speed, save what was asked for."""
    if options.learn:
        _check_learns(options.network)
        (run_seeds if hasattr(options, "seeds") else run_learning).execute(options)
        return
    learning_options.check_unused(options)
    if options.record and options.save is None:
        raise InvalidInputError("--record needs --save FILE.npz to put the states into")
    if options.save is not None:
        saving.check_file(options.save, overwrite=options.overwrite)
    network = lava_bccn.load(options.network)
    if options.teacher and options.inputs is not None:
        raise InvalidInputError("--teacher needs the labels of a data set; use it with --dataset")
    inputs, labels, _ = samples_for(options, network)
    chosen = representative(labels, options.samples)
    inputs, labels = inputs[chosen], None if labels is None else labels[chosen]
    read = _files_read(options, network)
    with saving.place_for(options.save, read, overwrite=options.overwrite) as place:
        result = _run(options, network, inputs, labels, place)
        _report(options, network, result, labels)
        del result  # what it maps could not be moved everywhere


def _check_learns(path: Path) -> None:
    if kind_of(path) is DALE_NETWORK:
        raise InvalidInputError(
            f"{path} is a network under Dale's law, which learns in Python: lava_bccn.run("
            f"lava_bccn.load({str(path)!r}), inputs, targets, learn=True)"
        )


def _files_read(options: argparse.Namespace, network: RateNetwork) -> list[str | Path]:
    read = [options.network, options.inputs, options.labels]
    if options.inputs is None:
        name = options.dataset or network.metadata.get("dataset")
        read.append(None if name in DATA_SETS else name)
    return [each for each in read if each is not None]


def _run(
    options: argparse.Namespace,
    network: RateNetwork,
    inputs: NDArray[Any],
    labels: Labels,
    place: str | None,
) -> RunResult:
    targets = None
    if options.teacher and labels is not None:
        targets = one_hot(labels, network.output_size)
    with progress_bar(f"running on {options.backend}", len(inputs), unit="samples") as bar:
        try:
            result = lava_bccn.run(
                network,
                inputs,
                targets,
                backend=options.backend,
                record=options.record,
                progress=bar,
                save=place if place and saving.is_folder(place) else None,
            )
        except InterruptedRunError as error:
            if place is None or not error.done:
                raise
            saving.save(place, error.partial, None if labels is None else labels[: error.done])
            raise BackendExecutionError(f"{error}; these are in {options.save}") from error
    if place is not None:
        saving.save(place, result, labels)
    return result


def _report(
    options: argparse.Namespace, network: RateNetwork, result: RunResult, labels: Labels
) -> None:
    samples = len(result.predictions)
    accuracy, error = _rightness(result, labels)
    gives_values = network.output is not None and network.output.kind == "values"
    milliseconds = 1000 * result.seconds / samples
    if options.json:
        print_json(
            {
                "backend": result.backend,
                "precision": network.precision,
                "samples": samples,
                "accuracy": accuracy,
                "error": error,
                "milliseconds_per_sample": milliseconds,
                "saturated_potentials": result.saturations.tolist(),
                "predictions": result.predictions.tolist(),
                **({"outputs": result.outputs.tolist()} if gives_values else {}),
            }
        )
        return
    print_table(
        f"{options.network.name}: {network.architecture}",
        [
            {
                "backend": result.backend,
                "precision": network.precision,
                "samples": str(samples),
                "accuracy": "-" if accuracy is None else f"{accuracy:.2%}",
                **({} if error is None else {"error (rms)": f"{error:.4g}"}),
                "ms per sample": f"{milliseconds:.3f}",
                "saturated potentials": str(int(result.saturations.sum())),
            }
        ],
    )
    if labels is not None:
        return
    if gives_values:
        for outputs in result.outputs[:_SHOWN_VALUES]:
            more = " ..." if len(outputs) > _SHOWN else ""
            print(f"outputs: {' '.join(f'{value:.4g}' for value in outputs[:_SHOWN])}{more}")
    else:
        shown = " ".join(str(prediction) for prediction in result.predictions[:_SHOWN])
        print(f"predicted: {shown}{' ...' if samples > _SHOWN else ''}")


def _rightness(result: RunResult, labels: Labels) -> tuple[float | None, float | None]:
    """Accuracy, of classes; or the root mean square error, of values."""
    if labels is None:
        return None, None
    if labels.ndim == 1:
        return metrics.accuracy(result.outputs, labels), None
    return None, float(np.sqrt(np.square(result.outputs - labels).mean()))

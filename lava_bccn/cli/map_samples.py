"""The samples of ``bccn map``: those to calibrate on, and those to measure on."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.cli.data import load_dataset, notes_of, read_array, reading_of, recorded_name
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.network import MappedNetwork

FEWEST_SAMPLES = 100
"""At least so many samples are measured on, where there are so many."""

MOST_PRODUCTS = {False: 3 * 10**9, True: 10**11}
"""Products of weights and event rates that measuring takes: a second or two, and half a minute or
so where a report is asked for."""


@dataclass(frozen=True)
class Samples:
    """What a model is mapped with.

    Attributes:
        calibration: event rates, (samples, ...).
        inputs: to measure on.
        labels: of these, classes or targets; None where there are none.
        place: what these are, in words.
        classes: names of the classes; empty where they are not known.
    """

    calibration: NDArray[Any]
    inputs: NDArray[Any]
    labels: NDArray[Any] | None
    place: str
    classes: tuple[str, ...] = ()

    def first(self, network: MappedNetwork, most: int | None, is_report: bool) -> Samples:
        """With as many to measure on as that may take, or as many as were asked for."""
        layers = network.layers
        work = sum(layer.weight.size * layer.units // len(layer.weight) for layer in layers)
        count = most or max(FEWEST_SAMPLES, MOST_PRODUCTS[is_report] // work)
        labels = None if self.labels is None else self.labels[:count]
        return Samples(self.calibration, self.inputs[:count], labels, self.place, self.classes)


def samples_of(
    options: argparse.Namespace, notes: dict[str, Any]
) -> tuple[Samples, dict[str, Any]]:
    """The samples of the options, in the shape that the model takes, and what its file is to say.

    Args:
        options: of the command.
        notes: what the model's file says.

    Raises:
        InvalidInputError: labels without inputs of one's own, or of others.
    """
    if options.inputs is not None:
        if options.dataset is not None:
            notes = {**notes, "dataset": recorded_name(options.dataset)}
        return _own(options, notes), notes
    if options.labels is not None:
        raise InvalidInputError(
            "--labels are those of --inputs; the labels of a data set come with it"
        )
    data = load_dataset(options, notes)
    notes = {name: notes[name] for name in notes if name != "reading"} | reading_of(data)
    if options.dataset is not None:
        notes = {**notes_of(options.dataset, data), **notes}
        notes["dataset"] = recorded_name(options.dataset)
    samples = Samples(
        _shaped(data.some_training(options.samples)[0].copy(), notes),  # without all the others
        _shaped(data.test_inputs, notes),
        data.test_labels,
        f"test samples of {data.name}",
        data.class_names,
    )
    return samples, notes


def _own(options: argparse.Namespace, notes: dict[str, Any]) -> Samples:
    inputs = _shaped(read_array(options.inputs), notes)
    labels = None if options.labels is None else read_array(options.labels, least_axes=1)
    if labels is not None and len(labels) != len(inputs):
        raise InvalidInputError(
            f"{options.labels} has {len(labels)} labels and {options.inputs} {len(inputs)} "
            "samples; expected one for each"
        )
    used = min(options.samples, len(inputs))
    name, rest = options.inputs.name, len(inputs) - used
    start, place = (used, f"samples of {name} after the {used:,} calibrated on")
    if rest < FEWEST_SAMPLES:
        start, place = 0, f"samples of {name}, among them the {used:,} calibrated on"
    told = None if labels is None else labels[start:]
    return Samples(inputs[:used], inputs[start:], told, place)


def _shaped(inputs: NDArray[Any], notes: dict[str, Any]) -> NDArray[Any]:
    """Samples in the shape that a file records, where that changes no order."""
    try:
        shape = tuple(int(size) for size in notes["input_shape"])
    except (KeyError, TypeError, ValueError):  # free for who wrote a checkpoint
        return inputs
    given = inputs.shape[1:]
    is_same = len(shape) == 1 or _without_ones(given) == _without_ones(shape)
    if given == shape or math.prod(given) != math.prod(shape) or not is_same:
        return inputs
    return inputs.reshape(len(inputs), *shape)


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(size for size in shape if size != 1)


def images_of(inputs: NDArray[Any], network: MappedNetwork) -> NDArray[np.float64] | None:
    """Samples as images, (samples, channels, height, width); None where they are none."""
    shape = network.metadata.get("input_shape") or network.input_shape
    shape = inputs.shape[1:] if inputs.ndim == 4 else tuple(shape)
    if len(shape) != 3 or shape[0] not in (1, 3) or math.prod(shape) != inputs[0].size:
        return None
    return inputs.reshape(len(inputs), *shape).astype(np.float64)

"""``bccn view``.

examples:
  bccn view digits.safetensors -o digits.html            ten test images
  bccn view mnist-500 --data-dir data -o mnist.html --open
  bccn view digits.safetensors -o wrong.html --mistakes  images that it gets wrong
  bccn view cifar10.safetensors -o cifar10.html --units 4096
  bccn view model.safetensors --inputs x.npy --labels y.npy -o model.html
the page is one file, needs no network, and opens in any browser; without labels nothing teaches
"""

from __future__ import annotations

import argparse
import webbrowser
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lava_bccn
from lava_bccn.cli.data import Labels, samples_for
from lava_bccn.cli.outputs import PAGE, check_output
from lava_bccn.cli.parsing import (
    add_data_options,
    add_inputs_option,
    add_json_option,
    add_labels_option,
    add_network,
    add_output,
    count,
)
from lava_bccn.cli.printing import print_json, say
from lava_bccn.datasets import representative
from lava_bccn.errors import InvalidInputError
from lava_bccn.files import existing_file, write_atomically
from lava_bccn.headers import SPIKING_NETWORK, kind_of
from lava_bccn.network.rate_network import RateNetwork
from lava_bccn.view import activity_page
from lava_bccn.view.page import MAX_UNITS

_SEARCHED = 1000
"""Samples a time among which mistakes are looked for."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_network(parser, "network", "NET.safetensors", "network of bccn map, new or run --learn")
    add_output(parser, "PAGE.html")
    add = parser.add_argument
    add("--samples", type=count, default=10, metavar="N", help="show N test samples")
    add("--mistakes", action="store_true", help="of those that the network gets wrong")
    add(
        "--units",
        type=count,
        default=MAX_UNITS,
        metavar="N",
        help="of a larger layer show the N whose bursts change most (of a convolution whole "
        "channels)",
    )
    add("--open", action="store_true", help="show the page in the browser")
    add_inputs_option(parser, "event rates of your own instead")
    add_labels_option(parser)
    add_data_options(parser, None)
    add_json_option(parser)


def execute(options: argparse.Namespace) -> None:
    """Run the samples step by step, write the page."""
    path: Path = options.output
    check_output(path, PAGE, overwrite=options.overwrite, needs_ending=True)
    network = _network(options.network)
    inputs, labels, names = samples_for(options, network)
    if labels is not None and labels.ndim > 1:
        labels = None  # values that outputs should have, which are no teacher
    if options.mistakes:
        inputs, labels = _mistakes(network, inputs, labels, options.samples)
    chosen = representative(labels, options.samples)
    inputs, labels = np.asarray(inputs[chosen]), None if labels is None else labels[chosen]
    page = activity_page(
        network,
        inputs,
        labels,
        class_names=names,
        title=f"{options.network.stem}: events up, bursts down",
        max_units=options.units,
    ).encode()
    write_atomically(path, lambda file: file.write(page))
    if options.json:
        print_json({"page": str(path), "samples": len(inputs), "bytes": len(page)})
    else:
        say(f"{len(inputs)} samples of {network.architecture} in {path} ({len(page) / 1e6:.2f} MB)")
    if options.open:
        webbrowser.open(path.resolve().as_uri())


def _network(path: Path) -> RateNetwork:
    if kind_of(existing_file(path)) is SPIKING_NETWORK:
        raise InvalidInputError(
            f"{path} is a spiking network, which has spikes and no steps; look at those with bccn "
            "demo --spiking, or view the network of rates that it was made from"
        )
    return lava_bccn.load(path)


def _mistakes(
    network: RateNetwork, inputs: NDArray[Any], labels: Labels, most: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The first samples that the network takes for another class."""
    if labels is None:
        raise InvalidInputError("--mistakes needs the classes of the samples; add --labels")
    found: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
    for start in range(0, len(inputs), _SEARCHED):
        chosen = slice(start, start + _SEARCHED)
        predictions = lava_bccn.run(network, inputs[chosen]).predictions
        found = np.append(found, start + np.flatnonzero(predictions != labels[chosen]))
        if len(found) >= most:
            break
    if not len(found):
        raise InvalidInputError(
            f"the network gets all {len(inputs):,} samples right; leave out --mistakes"
        )
    return inputs[found[:most]], labels[found[:most]]

"""``bccn map``.

examples:
  bccn map digits.pt -o digits.safetensors
  bccn map digits.pt --weight-bits 4 -o digits4.safetensors
  bccn map digits.pt --precision float -o digits_float.safetensors
  bccn map iris.pt -o iris.safetensors      (a table is scaled as when it was trained)
  bccn map published_state_dict.pt --dataset mnist --data-dir data -o mnist.safetensors
  bccn map lightning.ckpt --key state_dict --activation sigmoid --inputs x.npy -o mine.safetensors
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np

from lava_bccn import mapping
from lava_bccn.cli.data import load_dataset, one_hot, read_array, reading_of, recorded_name
from lava_bccn.cli.fields import add_fields, given
from lava_bccn.cli.outputs import NETWORK, check_output
from lava_bccn.cli.parsing import (
    add_data_options,
    add_input,
    add_inputs_option,
    add_json_option,
    add_output,
    count,
)
from lava_bccn.cli.printing import print_json, print_table
from lava_bccn.dynamics.fixed_point import FixedPointFormat


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_input(parser, "model", "MODEL.pt", "checkpoint of bccn train, or a state_dict")
    add_output(parser, "FILE.safetensors", "mapped network to write")
    add_precision_options(
        parser,
        "room to learn on: how large the weights of each layer may become (default: the scales "
        "that round best)",
    )
    add = parser.add_argument
    add("--key", metavar="NAME", help="of the state_dict in a file that holds other things too")
    add(
        "--activation",
        choices=("sigmoid",),
        help="of the state_dict of a plain network: what follows each of its Linear layers, which "
        "feed one another in the order of the file",
    )
    add("--p-baseline", type=float, help="of a model that does not say (default: 0.5)")
    add("--samples", type=count, default=512, metavar="N", help="inputs to calibrate on")
    add_inputs_option(parser, "calibrate on these inputs instead")
    add_data_options(parser, None)
    add_json_option(parser)


def add_precision_options(parser: argparse.ArgumentParser, weight_range: str) -> None:
    """Those of every command that makes a mapped network; the help of one differs."""
    add, bits = parser.add_argument, partial(add_fields, parser, FixedPointFormat, metavar="BITS")
    add(
        "--precision",
        choices=("fixed", "float"),
        default="fixed",
        help="Loihi 2 integers, or floats",
    )
    bits("weight_bits", help="of a weight with its sign, 2 to 8")
    bits("event_bits", help="of an event rate, 4 to 12")
    bits("burst_extra_bits", help="of a burst rate beyond those of an event rate")
    add("--weight-range", type=float, nargs="+", metavar="W", help=weight_range)


def execute(options: argparse.Namespace) -> None:
    """Map, write, and report what rounding cost."""
    from lava_bccn.mapping.torch.models import read_model

    check_output(options.output, NETWORK, overwrite=options.overwrite)
    model, notes = read_model(options.model, key=options.key, activation=options.activation)
    if options.inputs is not None:
        inputs = read_array(options.inputs)
    else:
        data = load_dataset(options, notes)
        inputs = data.train_inputs[: options.samples]
        notes = {name: notes[name] for name in notes if name != "reading"} | reading_of(data)
    if options.dataset is not None:
        notes["dataset"] = recorded_name(options.dataset)
    arguments = {"p_baseline": options.p_baseline, "metadata": notes}
    reference = mapping.from_torch(model, inputs, precision="float", **arguments)
    network, rounding = reference, []
    if options.precision == "fixed":
        bits = given(FixedPointFormat, options)
        network = mapping.from_torch(
            model, inputs, weight_range=options.weight_range, **bits, **arguments
        )
        flat = inputs.reshape(len(inputs), -1)
        teacher = one_hot(np.arange(len(flat)) % network.output_size, network.output_size)
        rounding = mapping.rounding_report(reference, network, flat, teacher)
    network.save(options.output)
    if options.json:
        layers = [asdict(layer) for layer in rounding]
        print_json({"output": str(options.output), "sizes": network.sizes, "rounding": layers})
        return
    if rounding:
        _print(rounding, len(inputs))
    print(f"{options.output}: {network.architecture}, {network.precision}")


def _print(rounding: list[Any], samples: int) -> None:
    print_table(
        f"What rounding cost, root mean square over {samples} inputs",
        [
            {
                "layer": str(index),
                "weights": f"{layer.weight_error:.2%}",
                "kept": f"{layer.weights_kept:.1%}",
                "clipped": str(layer.clipped),
                "event rates": f"{layer.event_rate_error:.5f}",
                "of their spread": f"{layer.event_rate_loss:.1%}",
                "burst probabilities": f"{layer.burst_prob_error:.5f}",
            }
            for index, layer in enumerate(rounding, start=1)
        ],
    )

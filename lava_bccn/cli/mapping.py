"""``bccn map``."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from lava_bccn.cli.common import (
    add_data_options,
    add_json_option,
    add_parser,
    load_dataset,
    print_json,
    print_table,
    read_array,
    recorded_name,
)
from lava_bccn.files import check_new

_EXAMPLES = """\
  bccn map digits.pt -o digits.safetensors
  bccn map digits.pt --weight-bits 4 -o digits4.safetensors
  bccn map digits.pt --precision float -o digits_float.safetensors
  bccn map published_state_dict.pt --dataset mnist --data-dir data -o mnist.safetensors"""


def add_command(commands: Any) -> None:
    """Add the command to ``bccn``."""
    summary = "convert a trained network to a mapped network that every backend runs"
    parser = add_parser(commands, "map", summary, _EXAMPLES)
    parser.set_defaults(execute=execute)
    parser.add_argument(
        "model",
        type=Path,
        metavar="MODEL.pt",
        help="checkpoint of bccn train, or a state_dict of the published code",
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE.safetensors",
        help="mapped network to write",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace the output if it is there"
    )
    add = parser.add_argument
    add(
        "--precision",
        choices=("fixed", "float"),
        default="fixed",
        help="Loihi 2 integers or floats",
    )
    add("--weight-bits", type=int, default=8, metavar="BITS", help="2 to 8")
    add("--event-bits", type=int, default=8, metavar="BITS", help="4 to 12")
    add(
        "--burst-extra-bits",
        type=int,
        default=4,
        metavar="BITS",
        help="bits of a burst rate beyond those of an event rate",
    )
    add(
        "--weight-range",
        type=float,
        nargs="+",
        metavar="W",
        help="room to learn on: how large the weights of each layer may become (default: the "
        "scales that round best)",
    )
    add("--p-baseline", type=float, help="of a model that does not say (default: 0.5)")
    add("--samples", type=int, default=512, help="inputs to calibrate on")
    add("--inputs", type=Path, metavar="FILE.npy", help="calibrate on these inputs instead")
    add_data_options(parser, None)
    add_json_option(parser)


def execute(options: argparse.Namespace) -> None:
    """Map, write, and report what rounding cost."""
    from lava_bccn import mapping
    from lava_bccn.mapping.torch.models import read_model

    check_new(options.output, overwrite=options.overwrite)
    model, notes = read_model(options.model)
    if options.inputs is not None:
        inputs = read_array(options.inputs)
    else:
        inputs = load_dataset(options, notes.get("dataset")).train_inputs[: options.samples]
    if options.dataset is not None:
        notes["dataset"] = recorded_name(options.dataset)
    arguments = {"p_baseline": options.p_baseline, "metadata": notes}
    reference = mapping.from_torch(model, inputs, precision="float", **arguments)
    network, rounding = reference, []
    if options.precision == "fixed":
        network = mapping.from_torch(
            model,
            inputs,
            weight_bits=options.weight_bits,
            event_bits=options.event_bits,
            burst_extra_bits=options.burst_extra_bits,
            weight_range=options.weight_range,
            **arguments,
        )
        flat = inputs.reshape(len(inputs), -1)
        teacher = np.eye(network.output_size)[np.arange(len(flat)) % network.output_size]
        rounding = mapping.rounding_report(reference, network, flat, teacher)
    network.save(options.output)
    if options.json:
        layers = [asdict(layer) for layer in rounding]
        print_json({"output": str(options.output), "sizes": network.sizes, "rounding": layers})
        return
    if rounding:
        print_table(
            f"What rounding cost, root mean square over {len(inputs)} inputs",
            ("layer", "weights", "clipped", "event rates", "burst probabilities"),
            [
                (
                    str(index),
                    f"{layer.weight_error:.2%}",
                    str(layer.clipped),
                    f"{layer.event_rate_error:.5f}",
                    f"{layer.burst_prob_error:.5f}",
                )
                for index, layer in enumerate(rounding, start=1)
            ],
        )
    print(f"{options.output}: {network.architecture}, {network.precision}")

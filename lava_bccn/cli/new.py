"""``bccn new``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from lava_bccn.cli.common import (
    add_data_options,
    add_json_option,
    add_parser,
    load_dataset,
    print_json,
    recorded_name,
)
from lava_bccn.files import check_new

_EXAMPLES = """\
  bccn new -o fresh.safetensors
  bccn new --dataset mnist --data-dir data --hidden 500 -o fresh.safetensors
  bccn new --feedback random --weight-bits 6 -o fresh6.safetensors
then
  bccn run fresh.safetensors --learn -o learned.safetensors"""


def add_command(commands: Any) -> None:
    """Add the command to ``bccn``."""
    summary = "make a mapped network that has learned nothing yet, to learn online"
    parser = add_parser(commands, "new", summary, _EXAMPLES)
    parser.set_defaults(execute=execute)
    add = parser.add_argument
    add(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE.safetensors",
        help="network to write",
    )
    add("--overwrite", action="store_true", help="replace the output if it is there")
    add("--hidden", type=int, nargs="*", default=[500], metavar="UNITS", help="hidden layers")
    add(
        "--feedback",
        choices=("random", "symmetric", "tied", "kolen_pollack"),
        default="kolen_pollack",
        help="regime of the burst feedback Y",
    )
    add(
        "--feedback-event",
        choices=("tied", "symmetric", "random"),
        default="tied",
        help="regime of the event feedback Q",
    )
    add("--learn-feedback-burst", action="store_true", help="homeostatic learning of Y")
    add("--learn-feedback-event", action="store_true", help="homeostatic learning of Q")
    add(
        "--feedback-std",
        type=float,
        help="standard deviation of random feedback (default: that of W for kolen_pollack, else 2)",
    )
    add("--gain", type=float, default=0.5, help="of the Xavier start of the weights")
    add(
        "--activation",
        choices=("sigmoid", "hard_sigmoid"),
        default="sigmoid",
        help="hard_sigmoid is that of the form for Loihi 2",
    )
    add(
        "--weight-range",
        type=float,
        nargs="+",
        metavar="W",
        help="how large the weights of each layer may become (default: 0.5, and 1 for the output)",
    )
    add("--precision", choices=("fixed", "float"), default="fixed", help="of the network")
    add("--weight-bits", type=int, default=8, metavar="BITS", help="2 to 8")
    add("--event-bits", type=int, default=8, metavar="BITS", help="4 to 12")
    add("--burst-extra-bits", type=int, default=4, metavar="BITS", help="of burst rates")
    add("--p-baseline", type=float, default=0.5, help="burst probability without a teacher")
    add("--seed", type=int, default=0, help="of the weights")
    add_data_options(parser, "digits")
    add_json_option(parser)


def execute(options: argparse.Namespace) -> None:
    """Make the network and write it."""
    from lava_bccn import mapping

    check_new(options.output, overwrite=options.overwrite)
    data = load_dataset(options)
    sizes = (data.input_size, *options.hidden, len(data.class_names))
    names = (
        *("feedback", "feedback_event", "learn_feedback_burst", "learn_feedback_event"),
        *("feedback_std", "gain", "weight_range", "precision", "p_baseline", "weight_bits"),
        *("event_bits", "burst_extra_bits", "seed", "activation"),
    )
    network = mapping.new_network(
        sizes,
        data.train_inputs[: mapping.CALIBRATION_SAMPLES],
        metadata={
            "dataset": recorded_name(options.dataset),
            "class_names": list(data.class_names),
            "input_shape": list(data.train_inputs.shape[1:]),
        },
        **{name: getattr(options, name) for name in names},
    )
    network.save(options.output)
    if options.json:
        print_json({"output": str(options.output), "sizes": sizes})
        return
    print(f"{options.output}: {'-'.join(map(str, sizes))}, {network.precision}, {options.feedback}")

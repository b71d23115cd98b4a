"""``bccn new``.

examples:
  bccn new -o fresh.safetensors
  bccn new --dataset mnist --data-dir data --hidden 500 -o fresh.safetensors
  bccn new --dataset mnist --conv 16x5/2 32x5/2 --hidden --gain 4 --weight-range 2 1 1 \\
      -o conv.safetensors
  bccn new --dataset flowers.csv --label species --hidden 50 -o fresh.safetensors
  bccn new --activation bounded_relu --readout-activation softmax -o rectified.safetensors
  bccn new --feedback random --weight-bits 6 -o fresh6.safetensors
then
  bccn run fresh.safetensors --learn -o learned.safetensors
"""

from __future__ import annotations

import argparse
from functools import partial

from lava_bccn.cli.data import image_shape, load_dataset, notes_of
from lava_bccn.cli.feedback import warn_of_fixed_q
from lava_bccn.cli.fields import add_fields, given
from lava_bccn.cli.map import add_precision_options
from lava_bccn.cli.outputs import NETWORK, check_output
from lava_bccn.cli.parsing import (
    add_convolutions,
    add_data_options,
    add_json_option,
    add_output,
    chosen_from,
)
from lava_bccn.cli.printing import print_json
from lava_bccn.dynamics.activations import learning_activations
from lava_bccn.mapping import CALIBRATION_SAMPLES, new_network
from lava_bccn.network.regimes import BURST_REGIMES, EVENT_REGIMES
from lava_bccn.nn.model_options import ConvolutionSpec


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command: the arguments of ``new_network``."""
    add_output(parser, "FILE.safetensors", "network to write")
    parser.add_argument(
        "--hidden", type=int, nargs="*", default=[500], metavar="UNITS", help="hidden layers"
    )
    add_convolutions(parser.add_argument)
    add = partial(add_fields, parser, new_network)
    add("feedback", **chosen_from(BURST_REGIMES, "regime of the burst feedback Y"))
    add("feedback_event", **chosen_from(EVENT_REGIMES, "regime of the event feedback Q"))
    add("learn_feedback_burst", help="homeostatic learning of Y")
    add("learn_feedback_event", help="homeostatic learning of Q")
    add("branches", help="of the dendrites; what is homeostatic learns on each by itself")
    add("homeostatic_factor", help="what a homeostatic Y takes of its layer")
    add(
        "feedback_std",
        help="standard deviation of random feedback (default: that of W for kolen_pollack, else 2)",
    )
    add("gain")
    add("activation", **chosen_from(learning_activations(), "of all layers"))
    add(
        "readout_activation",
        choices=learning_activations().names,
        help="another of the output: softmax (default: the same)",
    )
    add_precision_options(
        parser,
        "how large the weights of each layer may become (default: 0.5, and 1 for the output)",
    )
    add("p_baseline", help="burst probability without a teacher")
    add("seed")
    add_data_options(parser, "digits")
    add_json_option(parser)


def execute(options: argparse.Namespace) -> None:
    """Make the network and write it."""
    check_output(options.output, NETWORK, overwrite=options.overwrite)
    data = load_dataset(options)
    if options.conv is not None:
        image_shape(data.name, data.train_inputs.shape[1:])  # refuses what is none
    convolutions = tuple(ConvolutionSpec(*numbers) for numbers in options.conv or ())
    sizes = (data.input_size, *options.hidden, len(data.class_names))
    network = new_network(
        sizes,
        data.some_training(CALIBRATION_SAMPLES)[0],
        metadata=notes_of(options.dataset, data),
        convolutions=convolutions,
        **given(new_network, options),
    )
    warn_of_fixed_q(network.layers[-1])
    network.save(options.output)
    if options.json:
        print_json({"output": str(options.output), "sizes": network.sizes})
        return
    regime = network.layers[-1].feedback or "no feedback"
    print(f"{options.output}: {network.architecture}, {network.precision}, {regime}")

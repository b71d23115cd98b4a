"""``bccn train``.

examples:
  bccn train --dataset digits -o digits.pt
  bccn train --dataset mnist --data-dir data --download --hidden 500 500 500 \\
      --batch-size 64 --learning-rate 1e-3 -o mnist.pt
      (the same again with --resume continues it after it was killed)
  bccn train --dataset cifar10 --conv 64x5/2 128x5/2 256x3 --hidden 1480 --feedback symmetric \\
      --batch-size 32 --learning-rate 5e-4 --crop-padding 4 --flip -o cifar10.pt
  bccn train --dataset cifar10 --conv 64x5/2 128x5/2 256x3 --hidden 1500 --activation relu_rms \\
      --readout-activation softmax --error-scale 0.1 --feedback-gains 1 1 1 10 \\
      --feedback tied --optimizer sgd --learning-rate 2e-3 --momentum 0.9 --weight-decay 5e-5 \\
      --warm-up 2 --label-smoothing 0.05 --batch-size 32 --epochs 400 --crop-padding 4 --flip \\
      -o cifar10.pt
      (the recipe of the 2026 follow-up, doi 10.64898/2026.06.16.732595)
  bccn train --dataset mnist --hidden 500 500 500 --batch-size 64 --learning-rate 1e-3 \\
      --feedback-event symmetric --learn-feedback-event --centre --epochs 20 -o learned_q.pt
      (Q learns too)
  bccn train --epochs 20 --log-dir runs/digits -o digits.pt
      (curves to watch with tensorboard --logdir runs)
  bccn train --model backprop -o backprop.pt
      (what BurstCCN is compared with, under the same loop: --model)
  torchrun --nproc-per-node 2 -m lava_bccn train --dataset mnist -o mnist.pt
      (each process takes its share of every batch; --device cuda: a GPU each)
  bccn train --dataset my_images/ --feedback kolen_pollack --weight-decay 1e-4 -o mine.pt
      (train/CLASS/* and test/CLASS/*; of CLASS/* alone --test-share 0.3 is held out)
  bccn train --dataset imagenet/ --streaming --workers 8 --device cuda --autocast bf16 \\
      --conv 48x9/4 96x3/2 96x5 192x3/2 192x3 384x3/2 470x3 --hidden 1500 --batch-size 128 \\
      --optimizer sgd --learning-rate 8e-3 --momentum 0.9 --flip -o imagenet.pt
      (pictures of train/CLASS/* and val/CLASS/* are read while training)
  bccn train --dataset flowers.csv --label species -o iris.pt
  bccn train --dataset recordings.npz -o recordings.pt
      (arrays inputs and labels, and test_inputs and test_labels if there are some)

A CSV log with losses, errors, angles to backprop and mean |apical| of every epoch is
written beside the checkpoint; --log-dir writes the same for TensorBoard.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from lava_bccn.cli.fields import add_fields, option_of
from lava_bccn.cli.log_dir import add_log_dir, check_log_dir
from lava_bccn.cli.outputs import CHECKPOINT, check_output
from lava_bccn.cli.parsing import (
    add_convolutions,
    add_data_options,
    add_json_option,
    chosen_from,
    count,
)
from lava_bccn.cli.resuming import goes_on
from lava_bccn.datasets import stream
from lava_bccn.dynamics.activations import learning_activations
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.regimes import BURST_REGIMES, EVENT_REGIMES
from lava_bccn.nn.model_options import MODEL_OPTIONS, check_convolutional, check_model_options
from lava_bccn.nn.training_config import TrainingConfig, log_path


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_data_options(parser, "digits")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE.pt", help="checkpoint to write"
    )
    existing = parser.add_mutually_exclusive_group()
    existing.add_argument(
        "--resume", action="store_true", help="continue the run that wrote the checkpoint"
    )
    existing.add_argument(
        "--overwrite", action="store_true", help="start anew and replace the checkpoint"
    )
    add_log_dir(parser.add_argument)
    _add_streaming_options(parser)
    _add_network_options(parser)
    _add_training_options(parser)
    add_json_option(parser)


def _add_streaming_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("pictures that do not fit into memory")
    group.add_argument(
        "--streaming",
        action="store_true",
        help="read the pictures of a folder while training, each cut to one size: random pieces to "
        "train on, the middle of each to test on; with the top-5 error",
    )
    add_fields(group, stream, "size", "resize", "least_area")
    group.add_argument(
        "--workers",
        type=int,
        default=argparse.SUPPRESS,
        metavar="N",
        help="processes that read ahead; any number gives the same bits (default: 0, in this one)",
    )


def _add_network_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("network").add_argument
    add("--hidden", type=int, nargs="*", default=[256, 128], metavar="UNITS", help="hidden layers")
    add("--model", choices=tuple(MODEL_OPTIONS), default="burstccn", help="learning rule")
    add_convolutions(add)
    number = partial(add, type=float, metavar="X")
    number(
        "--p-baseline", help="burst probability without a teacher (default: 0.5; burstprop: 0.2)"
    )
    burst = "regime of the feedback Y (default: random); kolen_pollack is for burstccn only"
    event = "regime of the event feedback Q (default: tied); a random one must learn"
    add("--feedback", **chosen_from(BURST_REGIMES, burst))
    add("--feedback-event", **chosen_from(EVENT_REGIMES, event))
    homeostatic = partial(add, action="store_const", const=True)
    homeostatic("--learn-feedback-burst", help="homeostatic learning of Y")
    homeostatic("--learn-feedback-event", help="homeostatic learning of Q")
    add(
        "--branches",
        type=count,
        metavar="N",
        help="of burstccn: into which dendrites are cut where Y or Q learns homeostatically",
    )
    add(
        "--homeostatic-factor",
        choices=("event_rate", "burst_rate"),
        help="of burstccn: with which a homeostatic Y learns (default: event_rate)",
    )
    number("--forward-noise", help="of burstccn: deviation of the noise that W sees in training")
    number("--nudging", help="lambda of edn (default: 0.1)")
    number("--feedback-std", help="standard deviation of random feedback (default: 0.3)")
    add("--bottleneck", type=count, metavar="R", help="of dale: SST and VIP of each kind")
    homeostatic("--learn-from-sst", help="of dale: plasticity of what SST send to dendrites")
    homeostatic("--learn-apical-bias", help="of dale: tonic excitation of dendrites learns")
    number("--gain", help="of the Xavier start of the weights (default: 1)")
    activations = learning_activations()
    add("--activation", **chosen_from(activations, "of burstccn and backprop (default: sigmoid)"))
    add(
        "--readout-activation",
        choices=activations.names,
        help="of the output (default: that of the hidden layers)",
    )
    number("--error-scale", help="of the teacher, in the output of burstccn (default: 1)")
    number("--activity-shift", help="of a softmax output of burstccn (default: 1)")
    number(
        "--feedback-gains",
        nargs="+",
        help="by which each hidden layer of burstccn multiplies what comes down to it (default: 1)",
    )
    add(
        "--standardise",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="normalise inputs by the mean and deviation of the training set (default: yes)",
    )
    add(
        "--centre",
        action="store_true",
        help="start with biases that put the mean potential of every hidden unit at 0 and that of "
        "an output where it fires for one class of all; do so where Q learns, and in deep networks",
    )


def _add_training_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("training")
    add, fields = group.add_argument, partial(add_fields, group, TrainingConfig)
    fields("epochs", "batch_size", "optimizer", "learning_rate", "schedule", "warm_up")
    fields("momentum", "weight_decay", "label_smoothing", "feedback_rate")
    fields("realignment_batches", "realignment_before", "realignment_per_batch")
    fields("realignment_rate", "realignment_only")
    fields(
        "patience",
        help="hold out a tenth of the training set and stop after that many epochs without "
        "improvement on it (default: train through, report the test error)",
    )
    fields("crop_padding", "flip")
    fields("seed", help="of the start and of the order of samples")
    add("--device", default="cpu", help="cpu, cuda, cuda:1, ...")
    add(
        "--threads",
        type=count,
        metavar="N",
        help="CPU threads of PyTorch (default: 1 for small networks, else all)",
    )
    fields("autocast", "compile")


def execute(options: argparse.Namespace) -> None:
    """Train, checkpoint after every epoch, report; with the others if torchrun started some."""
    from lava_bccn.cli.data import check_apart

    check_output(options.output, CHECKPOINT)
    check_apart(options.dataset, options.output, log_path(options.output))
    options.resume = goes_on(options, options.output, log_path(options.output))
    check_log_dir(options)
    if any(units < 1 for units in options.hidden):
        raise InvalidInputError(f"--hidden needs layers of at least 1 unit, not {options.hidden}")
    names = frozenset().union(*MODEL_OPTIONS.values())
    layers = {name: value for name in names if (value := getattr(options, name, None)) is not None}
    check_model_options(options.model, layers, option_of)
    if options.conv is not None:
        check_convolutional(options.model)
    from lava_bccn.cli.train_model import train_model
    from lava_bccn.nn.parallel import started_processes

    with started_processes(options.device.partition(":")[0]) as processes:
        train_model(options, layers, processes)

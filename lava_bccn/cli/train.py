"""``bccn train``."""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lava_bccn.cli.common import (
    STDERR,
    add_data_options,
    add_json_option,
    add_parser,
    load_dataset,
    print_json,
    progress_bar,
    recorded_name,
)
from lava_bccn.errors import InvalidInputError, OutputPathError
from lava_bccn.nn.model_options import MODEL_OPTIONS, check_convolutional, check_model_options
from lava_bccn.nn.training_config import TrainingConfig, log_path

if TYPE_CHECKING:
    from lava_bccn.nn.parallel import Processes

_EXAMPLES = """\
  bccn train --dataset digits -o digits.pt
  bccn train --dataset mnist --data-dir data --download --hidden 500 500 500 \\
      --batch-size 64 --learning-rate 1e-3 -o mnist.pt
      (the same again with --resume continues it after it was killed)
  bccn train --dataset cifar10 --conv 64x5/2 128x5/2 256x3 --hidden 1480 --feedback symmetric \\
      --batch-size 32 --learning-rate 5e-4 --crop-padding 4 --flip -o cifar10.pt
  bccn train --dataset mnist --hidden 500 500 500 --batch-size 64 --learning-rate 1e-3 \\
      --feedback-event symmetric --learn-feedback-event --centre --epochs 20 -o learned_q.pt
      (Q learns too)
  bccn train --model backprop -o backprop.pt
      (what BurstCCN is compared with, under the same loop: --model)
  torchrun --nproc-per-node 2 -m lava_bccn train --dataset mnist -o mnist.pt
      (each process takes its share of every batch; --device cuda: a GPU each)
  bccn train --dataset my_images/ --feedback kolen_pollack --weight-decay 1e-4 -o mine.pt

A CSV log with losses, errors, angles to backprop and mean |apical| of every epoch is
written beside the checkpoint."""


_SMALL_NETWORK_WEIGHTS = 200_000

_CENTRED_ON = 500
"""Training images that the biases of ``--centre`` see; more change them little."""


def add_command(commands: Any) -> None:
    """Add the command to ``bccn``."""
    parser = add_parser(
        commands, "train", "train a BurstCCN, or a model it is compared with, in PyTorch", _EXAMPLES
    )
    parser.set_defaults(execute=execute)
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
    network = parser.add_argument_group("network")
    add = network.add_argument
    add("--hidden", type=int, nargs="*", default=[256, 128], metavar="UNITS", help="hidden layers")
    add("--model", choices=tuple(MODEL_OPTIONS), default="burstccn", help="learning rule")
    add(
        "--conv",
        type=_convolution,
        nargs="+",
        metavar="CxK[/S][+P]",
        help="convolutional layers before the hidden ones: channels, kernel size, stride, padding; "
        "the published CIFAR-10 network is --conv 64x5/2 128x5/2 256x3 --hidden 1480",
    )
    add(
        "--p-baseline",
        type=float,
        help="burst probability without a teacher (default: 0.5; burstprop: 0.2)",
    )
    add(
        "--feedback",
        choices=("random", "symmetric", "tied", "kolen_pollack"),
        help="regime of the feedback Y (default: random); kolen_pollack is for burstccn only",
    )
    add(
        "--feedback-event",
        choices=("tied", "symmetric", "random"),
        help="regime of the event feedback Q (default: tied); a random one must learn",
    )
    add(
        "--learn-feedback-burst", action="store_const", const=True, help="homeostatic learning of Y"
    )
    add(
        "--learn-feedback-event", action="store_const", const=True, help="homeostatic learning of Q"
    )
    add("--nudging", type=float, help="lambda of edn (default: 0.1)")
    add("--feedback-std", type=float, help="standard deviation of random feedback (default: 0.3)")
    add("--gain", type=float, help="of the Xavier start of the weights (default: 1)")
    add(
        "--activation",
        choices=("sigmoid", "hard_sigmoid"),
        help="of burstccn (default: sigmoid); hard_sigmoid is that of the form for Loihi 2",
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
    defaults = TrainingConfig()
    training = parser.add_argument_group("training")
    add = training.add_argument
    add("--epochs", type=int, default=defaults.epochs, help="passes through the data")
    add("--batch-size", type=int, default=defaults.batch_size, help="samples an update")
    add("--optimizer", choices=("adam", "sgd"), default="adam", help="Adam has decoupled decay")
    add("--learning-rate", type=float, default=defaults.learning_rate, help="at the start")
    add("--schedule", choices=("cosine", "constant"), default="cosine", help="of the rate")
    add("--momentum", type=float, default=defaults.momentum, help="of SGD")
    add(
        "--feedback-rate",
        type=float,
        default=defaults.feedback_rate,
        help="learning rate at the start of Q and Y that learn by the homeostatic rule, in plain "
        "steps; about 1e-4 for layers of 500 units (default: %(default)s)",
    )
    add("--weight-decay", type=float, default=0.0, help="of W and of a Kolen-Pollack Y")
    add(
        "--patience",
        type=int,
        help="hold out a tenth of the training set and stop after that many epochs without "
        "improvement on it (default: train through, report the test error)",
    )
    add(
        "--crop-padding",
        type=int,
        default=0,
        metavar="PIXELS",
        help="augment with random crops out of images padded so much",
    )
    add("--flip", action="store_true", help="augment with random mirror images")
    add("--seed", type=int, default=0, help="of the start and of the order of samples")
    add("--device", default="cpu", help="cpu, cuda, cuda:1, ...")
    add(
        "--threads",
        type=int,
        help="CPU threads of PyTorch (default: 1 for small networks, else all)",
    )
    add("--autocast", choices=("bf16",), help="matrix products and convolutions in bfloat16")
    add("--compile", action="store_true", help="through torch.compile")
    add_json_option(parser)


def execute(options: argparse.Namespace) -> None:
    """Train, checkpoint after every epoch, report; with the others if torchrun started some."""
    for path in (options.output, log_path(options.output)):
        if path.exists() and not (options.resume or options.overwrite):
            raise OutputPathError(
                f"{path} exists; continue that run with --resume or replace it with --overwrite"
            )
    if options.threads is not None and options.threads < 1:
        raise InvalidInputError(f"--threads must be at least 1, not {options.threads}")
    if any(units < 1 for units in options.hidden):
        raise InvalidInputError(f"--hidden needs layers of at least 1 unit, not {options.hidden}")
    if options.resume and not options.output.exists():
        STDERR.print(f"{options.output} is not there yet: nothing to resume, starting anew")

    names = frozenset().union(*MODEL_OPTIONS.values())
    given = {name: value for name in names if (value := getattr(options, name)) is not None}
    check_model_options(options.model, given)
    if options.conv is not None:
        check_convolutional(options.model)
    from lava_bccn.nn.parallel import started_processes

    with started_processes(options.device.partition(":")[0]) as processes:
        _train(options, given, processes)


def _train(options: argparse.Namespace, given: dict[str, Any], processes: Processes) -> None:
    import torch

    from lava_bccn.nn import ConvolutionSpec, centre, cnn, mlp, train
    from lava_bccn.nn.training import classification_accuracy

    several_gpus = processes.count > 1 and options.device == "cuda"
    device = _device(f"cuda:{processes.local_rank}" if several_gpus else options.device)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    with processes.first_goes_first():  # which downloads what is missing
        data = load_dataset(options)
    config = TrainingConfig(
        epochs=options.epochs,
        batch_size=options.batch_size,
        optimizer=options.optimizer,
        learning_rate=options.learning_rate,
        schedule=options.schedule,
        momentum=options.momentum,
        weight_decay=options.weight_decay,
        feedback_rate=options.feedback_rate,
        patience=options.patience,
        seed=options.seed,
        crop_padding=options.crop_padding,
        flip=options.flip,
        autocast=options.autocast,
        compile=options.compile,
    )
    sizes = (data.input_size, *options.hidden, len(data.class_names))
    useful = _useful_threads(sizes) if options.conv is None else torch.get_num_threads()
    torch.set_num_threads(options.threads or useful)
    normalize = None
    if options.standardise is not False:
        normalize = (float(data.train_inputs.mean()), float(data.train_inputs.std()))
    layer_options: dict[str, Any] = {
        **given,
        "normalize": normalize,
        "generator": torch.Generator().manual_seed(options.seed),
    }
    if options.conv is None:
        model = mlp(options.model, sizes, **layer_options).to(device)
    else:
        _, channels, height, width = data.train_inputs.shape
        model = cnn(
            options.model,
            (channels, height, width),
            [ConvolutionSpec(*numbers) for numbers in options.conv],
            options.hidden,
            len(data.class_names),
            **layer_options,
        ).to(device)
        sizes = _sizes(model, data.input_size)

    def samples(inputs: Any, labels: Any) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.from_numpy(inputs).to(device), torch.from_numpy(labels).to(device)

    training = samples(data.train_inputs, data.train_labels)
    test = samples(data.test_inputs, data.test_labels)
    validation = test
    if options.patience is not None:
        generator = torch.Generator().manual_seed(options.seed)
        order = torch.randperm(len(training[0]), generator=generator).to(device)
        held_out, kept = order[: len(order) // 10], order[len(order) // 10 :]
        validation = (training[0][held_out], training[1][held_out])
        training = (training[0][kept], training[1][kept])

    if options.centre:
        generator = torch.Generator().manual_seed(options.seed)
        some = torch.randperm(len(training[0]), generator=generator)[:_CENTRED_ON].to(device)
        centre(model, training[0][some], readout_rate=1 / len(data.class_names))

    batches = math.ceil(len(training[0]) / config.batch_size)
    bars = progress_bar if processes.is_first else _no_bar
    with bars(f"training on {data.name}", config.epochs * batches, unit="batches") as bar:
        position = 0

        def on_batch(epoch: int, batch: int) -> None:
            nonlocal position
            now = epoch * batches + batch + 1
            bar(now - position)
            position = now

        def on_epoch(record: dict[str, float]) -> None:
            note = f"error {record['held_out_error']:.2%}"
            bar(0, note=note)
            if not STDERR.is_terminal and processes.is_first:
                print(f"epoch {record['epoch']} of {config.epochs}: {note}", file=sys.stderr)

        result = train(
            model,
            training,
            validation,
            config,
            checkpoint=options.output,
            resume=options.resume,
            data={
                **({"centred": True} if options.centre else {}),
                "dataset": recorded_name(options.dataset),
                "class_names": list(data.class_names),
                "input_shape": list(data.train_inputs.shape[1:]),
            },
            on_batch=on_batch,
            on_epoch=on_epoch,
            processes=processes,
        )
    if not processes.is_first:
        return
    final = result.history[-1]
    report: dict[str, Any] = {
        "checkpoint": str(options.output),
        "model": options.model,
        "dataset": data.name,
        "sizes": sizes,
        "epochs": len(result.history),
        "stopped_early": result.stopped_early,
        "test_error": 1 - classification_accuracy(result.model, test),
        "training_loss": final["training_loss"],
        "seconds": round(sum(record["seconds"] for record in result.history), 1),
    }
    if options.json:
        print_json(report)
        return
    print(
        f"{options.output}: {'-'.join(str(size) for size in report['sizes'])} on {data.name}, "
        f"{report['epochs']} epochs, test error {report['test_error']:.2%}"
    )


@contextmanager
def _no_bar(*_: Any, **__: Any) -> Iterator[Any]:
    yield lambda *_, **__: None


def _sizes(model: Any, input_size: int) -> tuple[int, ...]:
    """Values of the input, then channels or units of every layer."""
    from lava_bccn.nn.models import learning_layers

    return (input_size, *(layer.weight.shape[0] for layer in learning_layers(model)))


def _useful_threads(sizes: Sequence[int]) -> int:
    """One for a network so small that a second thread would only be waited for."""
    import torch

    weights = sum(below * units for below, units in pairwise(sizes))
    return 1 if weights < _SMALL_NETWORK_WEIGHTS else torch.get_num_threads()


def _convolution(text: str) -> tuple[int, int, int, int]:
    """Channels, kernel size, stride and padding of ``64x5/2+1``."""
    match = re.fullmatch(r"(\d+)x(\d+)(?:/(\d+))?(?:\+(\d+))?", text)
    if match is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no convolution; expected CHANNELSxKERNEL, then /STRIDE and +PADDING if "
            "any, such as 64x5/2"
        )
    channels, kernel, stride, padding = match.groups()
    return int(channels), int(kernel), int(stride or 1), int(padding or 0)


def _device(name: str) -> Any:
    import torch

    try:
        device = torch.device(name)
        torch.ones(1, device=device).item()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise InvalidInputError(f"device {name!r} cannot be used here ({reason})") from error
    return device

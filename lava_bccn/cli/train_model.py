"""The work of ``bccn train``: PyTorch is imported here, and not for ``--help``."""

from __future__ import annotations

import argparse
import math
from itertools import pairwise
from typing import Any

import torch

from lava_bccn.cli.data import image_shape, load_dataset, notes_of
from lava_bccn.cli.feedback import warn_of_fixed_q
from lava_bccn.cli.fields import given
from lava_bccn.cli.printing import counted, joined, print_json, progress_bar
from lava_bccn.cli.resuming import settings_are_options
from lava_bccn.datasets import Dataset
from lava_bccn.errors import InvalidInputError
from lava_bccn.nn import ConvolutionSpec, TrainingConfig, TrainingResult, centre, cnn, mlp, train
from lava_bccn.nn.models import burst_layers, learning_layers
from lava_bccn.nn.parallel import Processes
from lava_bccn.nn.samples import Samples
from lava_bccn.nn.sources import classification_accuracy

_SMALL_NETWORK_WEIGHTS = 200_000

_MOST_THREADS = 1024
"""Of PyTorch, whatever is asked for."""

_CENTRED_ON = 500
"""Training images that the biases of ``--centre`` see; more change them little."""


def train_model(options: argparse.Namespace, layers: dict[str, Any], processes: Processes) -> None:
    """Train and report.

    Args:
        options: of ``bccn train``.
        layers: those of them that are of the layers, where given.
        processes: that train it together.
    """
    several_gpus = processes.count > 1 and options.device == "cuda"
    device = _device(f"cuda:{processes.local_rank}" if several_gpus else options.device)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    with processes.first_goes_first():  # which downloads what is missing
        data = load_dataset(options, quiet=not processes.is_first)
    config = TrainingConfig(**given(TrainingConfig, options))
    torch.set_num_threads(min(options.threads or _useful_threads(options, data), _MOST_THREADS))
    model = _model(options, layers, config.seed, data).to(device)
    if options.model == "burstccn" and processes.is_first:
        warn_of_fixed_q(burst_layers(model)[-1])

    def samples(inputs: Any, labels: Any) -> Samples:
        return torch.from_numpy(inputs).to(device), torch.from_numpy(labels).to(device)

    training = samples(data.train_inputs, data.train_labels)
    validation = test = samples(data.test_inputs, data.test_labels)
    if config.patience is not None:
        training, validation = _held_out(training, config.seed)
    if options.centre:
        order = _order(len(training[0]), config.seed)[:_CENTRED_ON].to(device)
        centre(model, training[0][order], readout_rate=1 / len(data.class_names))
    with settings_are_options():
        result = _train(options, model, training, validation, config, data, processes)
    if processes.is_first:
        _report(options, data, result, test)


def _train(
    options: argparse.Namespace,
    model: torch.nn.Sequential,
    training: Samples,
    validation: Samples,
    config: TrainingConfig,
    data: Dataset,
    processes: Processes,
) -> TrainingResult:
    batches = math.ceil(len(training[0]) / config.batch_size)
    with progress_bar(
        f"training on {data.name}",
        config.epochs * batches,
        unit="batches",
        quiet=not processes.is_first,
    ) as bar:
        position = 0

        def on_batch(epoch: int, batch: int) -> None:
            nonlocal position
            now = epoch * batches + batch + 1
            bar(now - position)
            position = now

        def on_epoch(record: dict[str, float]) -> None:
            note = f"error {record['held_out_error']:.2%}"
            bar(0, note=note, at=f"epoch {record['epoch']} of {config.epochs}")

        return train(
            model,
            training,
            validation,
            config,
            checkpoint=options.output,
            resume=options.resume,
            data={
                **({"centred": True} if options.centre else {}),
                **notes_of(options.dataset, data),
            },
            on_batch=on_batch,
            on_epoch=on_epoch,
            processes=processes,
        )


def _report(
    options: argparse.Namespace, data: Dataset, result: TrainingResult, test: Samples
) -> None:
    widths = (layer.weight.shape[0] for layer in learning_layers(result.model))
    sizes = (data.input_size, *widths)  # channels of convolutions, units of other layers
    test_error = 1 - classification_accuracy(result.model, test)
    epochs = len(result.history)
    if options.json:
        print_json(
            {
                "checkpoint": str(options.output),
                "model": options.model,
                "dataset": data.name,
                "sizes": sizes,
                "epochs": epochs,
                "stopped_early": result.stopped_early,
                "test_error": test_error,
                "training_loss": result.history[-1]["training_loss"],
                "seconds": round(sum(record["seconds"] for record in result.history), 1),
            }
        )
        return
    print(
        f"{options.output}: {joined(sizes)} on {data.name}, {counted(epochs, 'epoch')}, test error "
        f"{test_error:.2%}"
    )


def _model(
    options: argparse.Namespace, layers: dict[str, Any], seed: int, data: Dataset
) -> torch.nn.Sequential:
    normalize = None
    if options.standardise is not False:
        normalize = (float(data.train_inputs.mean()), float(data.train_inputs.std()))
    classes = len(data.class_names)
    more: dict[str, Any] = {
        **layers,
        "normalize": normalize,
        "generator": torch.Generator().manual_seed(seed),
    }
    if options.conv is None:
        return mlp(options.model, (data.input_size, *options.hidden, classes), **more)
    convolutions = [ConvolutionSpec(*numbers) for numbers in options.conv]
    return cnn(options.model, image_shape(data), convolutions, options.hidden, classes, **more)


def _held_out(training: Samples, seed: int) -> tuple[Samples, Samples]:
    """Nine tenths to train on, and a tenth of the samples for validation."""
    inputs, labels = training
    order = _order(len(inputs), seed).to(inputs.device)
    held_out, kept = order[: len(order) // 10], order[len(order) // 10 :]
    return (inputs[kept], labels[kept]), (inputs[held_out], labels[held_out])


def _order(samples: int, seed: int) -> torch.Tensor:
    return torch.randperm(samples, generator=torch.Generator().manual_seed(seed))


def _useful_threads(options: argparse.Namespace, data: Dataset) -> int:
    """One for a network so small that a second thread would only be waited for."""
    sizes = (data.input_size, *options.hidden, len(data.class_names))
    weights = sum(below * units for below, units in pairwise(sizes))
    is_small = options.conv is None and weights < _SMALL_NETWORK_WEIGHTS
    return 1 if is_small else torch.get_num_threads()


def _device(name: str) -> torch.device:
    try:
        device = torch.device(name)
        torch.ones(1, device=device).item()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise InvalidInputError(f"device {name!r} cannot be used here ({reason})") from error
    return device

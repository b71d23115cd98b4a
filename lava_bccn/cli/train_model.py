"""The work of ``bccn train``: PyTorch is imported here, and not for ``--help``."""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from itertools import pairwise
from typing import Any

import torch

from lava_bccn.cli.data import image_shape
from lava_bccn.cli.feedback import warn_of_fixed_q
from lava_bccn.cli.fields import given
from lava_bccn.cli.printing import counted, joined, print_json
from lava_bccn.cli.resuming import settings_are_options
from lava_bccn.cli.train_samples import Material, check_streaming, labels_of, material_of
from lava_bccn.errors import InvalidInputError
from lava_bccn.nn import ConvolutionSpec, TrainingConfig, TrainingResult, centre, cnn, mlp, train
from lava_bccn.nn.models import burst_layers, learning_layers
from lava_bccn.nn.parallel import Processes
from lava_bccn.nn.samples import Samples
from lava_bccn.nn.sources import PictureStream, as_source
from lava_bccn.nn.watching import watched

_SMALL_NETWORK_WEIGHTS = 200_000

_MOST_THREADS = 1024
"""Of PyTorch, whatever is asked for."""


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
    check_streaming(options)
    with processes.first_goes_first():  # which downloads what is missing
        data = material_of(options, device, quiet=not processes.is_first)
    config = TrainingConfig(**given(TrainingConfig, options))
    torch.set_num_threads(min(options.threads or _useful_threads(options, data), _MOST_THREADS))
    model = _model(options, layers, config.seed, data).to(device)
    if options.model == "burstccn" and processes.is_first:
        warn_of_fixed_q(burst_layers(model)[-1])
    training, validation = data.training, data.test
    if config.patience is not None:
        training, validation = data.held_out(config.seed)
    if options.centre:
        inputs = replace(data, training=training).some_inputs(config.seed).to(device)
        centre(model, inputs, readout_rate=1 / len(data.class_names))
    with settings_are_options():
        result = _train(options, model, training, validation, config, data, processes)
    if processes.is_first:
        _report(options, data, result)


def _train(
    options: argparse.Namespace,
    model: torch.nn.Sequential,
    training: Samples | PictureStream,
    validation: Samples | PictureStream,
    config: TrainingConfig,
    data: Material,
    processes: Processes,
) -> TrainingResult:
    samples = len(labels_of(training))
    quiet = not processes.is_first
    with watched(f"training on {data.name}", config, samples, quiet=quiet) as watch:
        return train(
            model,
            training,
            validation,
            config,
            checkpoint=options.output,
            resume=options.resume,
            data={
                **({"centred": True} if options.centre else {}),
                **data.notes,
            },
            on_batch=watch.on_batch,
            on_epoch=watch.on_epoch,
            log_dir=options.log_dir,
            processes=processes,
        )


def _report(options: argparse.Namespace, data: Material, result: TrainingResult) -> None:
    widths = (layer.weight.shape[0] for layer in learning_layers(result.model))
    sizes = (math.prod(data.shape), *widths)  # channels of convolutions, units of other layers
    errors = as_source(result.model, data.test, "test").errors(result.model)
    test_error, top5_error = errors["held_out_error"], errors.get("held_out_top5_error")
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
                "held_out": options.held_out,
                "test_error": test_error,
                **({} if top5_error is None else {"test_top5_error": top5_error}),
                "training_loss": result.history[-1]["training_loss"],
                "seconds": round(sum(record["seconds"] for record in result.history), 1),
            }
        )
        return
    tested = "error of what was held out" if options.held_out else "test error"
    print(
        f"{options.output}: {joined(sizes)} on {data.name}, {counted(epochs, 'epoch')}, "
        f"{tested} {test_error:.2%}" + ("" if top5_error is None else f" (top-5 {top5_error:.2%})")
    )


def _model(
    options: argparse.Namespace, layers: dict[str, Any], seed: int, data: Material
) -> torch.nn.Sequential:
    normalize = None if options.standardise is False else data.normalize
    classes = len(data.class_names)
    more: dict[str, Any] = {
        **layers,
        "normalize": normalize,
        "generator": torch.Generator().manual_seed(seed),
    }
    if options.conv is None:
        return mlp(options.model, (math.prod(data.shape), *options.hidden, classes), **more)
    convolutions = [ConvolutionSpec(*numbers) for numbers in options.conv]
    shape = image_shape(data.name, data.shape)
    return cnn(options.model, shape, convolutions, options.hidden, classes, **more)


def _useful_threads(options: argparse.Namespace, data: Material) -> int:
    """One for a network so small that a second thread would only be waited for."""
    sizes = (math.prod(data.shape), *options.hidden, len(data.class_names))
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

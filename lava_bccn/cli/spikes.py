"""``bccn spikes``.

examples:
  bccn spikes                                  digits, one seed, detected events and bursts
  bccn spikes --seeds 0 1 2 --plot spikes.png  three seeds, side by side over the cores
  bccn spikes --decoding stp                   spikes only: short-term plasticity reads them
  bccn spikes --samples 200 --epochs 1         a minute, to see how it goes
  bccn spikes --dataset mnist --data-dir data --hidden 100 --epochs 1 --samples 20000

A killed run goes on where it was when the same command is given again.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lava_bccn.cli.data import load_dataset
from lava_bccn.cli.fields import add_fields, given
from lava_bccn.cli.parsing import add_data_options, count
from lava_bccn.cli.printing import counted, joined, print_json, print_table, progress_bar
from lava_bccn.cli.resuming import goes_on, settings_are_options
from lava_bccn.cli.seeds import add_run_options, add_seeds, by_seed, check_run_options
from lava_bccn.experiments.spiking_classifier import ClassifierConfig
from lava_bccn.files import check_writable

if TYPE_CHECKING:
    from lava_bccn.datasets import Dataset
    from lava_bccn.experiments.spiking_classification import ClassifierResult

_OPTIONS = {"seed": "seeds", "data": "dataset"}
"""That give settings of other names than theirs."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command: the fields of ``ClassifierConfig``, of each seed."""
    field = partial(add_fields, parser, ClassifierConfig)
    add_seeds(parser)
    field("epochs", "samples", "hidden", "neurons", type=count)
    field("example_ms")
    field(
        "decoding",
        help="ideal: connections transmit detected events or bursts; stp: spikes alone, of which "
        "depressing synapses transmit the events and facilitating ones the bursts",
    )
    field("learning_rate")
    add_data_options(parser, "digits")
    add_run_options(parser, "bccn-spikes", "the learning curves")


def execute(options: argparse.Namespace) -> None:
    """Train all seeds, test them, print what they learned and what it took."""
    check_run_options(options)
    config = ClassifierConfig(**given(ClassifierConfig, options))
    data = load_dataset(options)
    results = _train(options, data, [replace(config, seed=seed) for seed in options.seeds])
    if options.plot is not None:
        from lava_bccn.experiments.spiking_figures import classification_figure
        from lava_bccn.plots import save_figure

        save_figure(classification_figure(results), options.plot, dpi=130)
    if options.json:
        print_json({"dataset": data.name, "runs": [_facts(each) for each in results]})
        return
    _print(config, data, results)
    print(f"Checkpoints, and trained networks (.safetensors): {options.output_dir}")


def _train(
    options: argparse.Namespace, data: Dataset, configs: Sequence[ClassifierConfig]
) -> list[ClassifierResult]:
    from lava_bccn.experiments.spiking_classification import images_shown, train_side_by_side

    check_writable(options.output_dir / "seed.npz")
    stem = f"{Path(data.name).name}_"
    runs = [(each, options.output_dir / f"{stem}{_name(each)}.npz") for each in configs]
    goes_on(options, *(path for _, path in runs))
    total = sum(images_shown(config, data) for config in configs)
    with progress_bar("spikes", total, unit="images") as bar:
        tell = by_seed(bar, options.seeds, "right")

        def on_part(config: ClassifierConfig, images: int, right: float) -> None:
            tell(config.seed, images, f"{right:.0%}")

        with settings_are_options(_OPTIONS):
            results = train_side_by_side(runs, data, options.workers, on_part)
    for result, (_, path) in zip(results, runs, strict=True):
        result.network.save(path.with_suffix(".safetensors"))
        result.rate_network.save(path.with_name(f"{path.stem}_rate.safetensors"))
    return results


def _facts(result: ClassifierResult) -> dict[str, Any]:
    return {
        "seed": result.config.seed,
        "test_accuracy": result.test_accuracy,
        "rate_network_accuracy": result.rate_accuracy,
        "online_accuracy": result.online_accuracy.tolist(),
        "spikes_per_image": result.spikes,
        "synaptic_operations_per_image": result.operations,
        "synaptic_updates_per_training_image": result.updates,
        "train_seconds": result.train_seconds,
        "test_seconds": result.test_seconds,
    }


def _print(config: ClassifierConfig, data: Dataset, results: Sequence[ClassifierResult]) -> None:
    sizes = joined((data.input_size, config.hidden, len(data.class_names)))
    print_table(
        f"{data.name}: {sizes}, {counted(config.neurons, 'neuron')} an ensemble, {config.decoding} "
        f"decoding, {counted(config.epochs, 'epoch')} of "
        f"{config.example_ms:g} ms an image",
        [
            {
                "seed": str(result.config.seed),
                "right while learning, by epoch": _percentages(result),
                "test": f"{result.test_accuracy:.2%}",
                "as rate network": f"{result.rate_accuracy:.2%}",
                "seconds": f"{result.train_seconds:.0f}",
            }
            for result in results
        ],
    )
    print_table(
        "of an image",
        [
            {
                "seed": str(result.config.seed),
                "spikes": f"{result.spikes:,.0f}",
                "synaptic operations": f"{result.operations:,.0f}",
                "synapses updated (learning)": f"{result.updates:,.0f}",
            }
            for result in results
        ],
    )
    print(
        "Teacher and plasticity are on all the time while it learns, and off in the test. An\n"
        "operation: a message reaches a synapse. As rate network: the means of learned synapses\n"
        "in the network of event rates (*_rate.safetensors). Seconds: of simulation."
    )


def _percentages(result: ClassifierResult) -> str:
    shown = [f"{share:.0%}" for share in result.online_accuracy]
    return " ".join(shown if len(shown) <= 8 else [*shown[:3], "...", *shown[-4:]])


def _name(config: ClassifierConfig) -> str:
    """A checkpoint's name tells runs apart that may share a folder."""
    return f"{config.decoding}_seed{config.seed}"

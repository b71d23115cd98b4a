"""``bccn map`` of a network under Dale's law."""

from __future__ import annotations

import argparse
from typing import Any

import lava_bccn
from lava_bccn import metrics
from lava_bccn.cli.fields import given, option_of
from lava_bccn.cli.map_samples import Samples
from lava_bccn.cli.printing import print_json, print_table, stderr
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping import dale
from lava_bccn.network.dale.network import DaleNetwork

_NOT_HERE = ("hardware", "equalise", "correct_bias", "report", "p_baseline")
_MEASURED_ON = 2000
"""Samples, unless others are asked for."""


def execute(
    options: argparse.Namespace, model: Any, samples: Samples, notes: dict[str, Any]
) -> None:
    """Map, write, and say what the integers cost.

    Raises:
        InvalidInputError: an option that such networks have not.
    """
    foreign = [name for name in _NOT_HERE if getattr(options, name)]
    if foreign or options.output_kind != "auto":
        name = foreign[0] if foreign else "output_kind"
        raise InvalidInputError(
            f"{option_of(name)} does not apply to networks under Dale's law; leave it out"
        )
    reference = dale.from_torch(model, precision="float", metadata=notes)
    network = reference
    if options.precision == "fixed":
        arguments: dict[str, Any] = given(FixedPointFormat, options)
        with stderr().status("choosing scales"):
            network = dale.quantise(
                reference, samples.calibration, weight_range=options.weight_range, **arguments
            )
    network.save(options.output)
    _tell(options, reference, network, samples)


def _tell(
    options: argparse.Namespace, reference: DaleNetwork, network: DaleNetwork, samples: Samples
) -> None:
    count = options.report_samples or _MEASURED_ON
    accuracy: dict[str, float] = {}
    if samples.labels is not None and samples.labels.ndim == 1:
        inputs, labels = samples.inputs[:count], samples.labels[:count]
        for each in (reference, network):
            result = lava_bccn.run(each, inputs)
            accuracy[each.precision] = metrics.accuracy(result.outputs, labels)
    if options.json:
        shown = {"output": str(options.output), "sizes": network.sizes, "accuracy": accuracy}
        print_json(shown)
        return
    if accuracy:
        rows = [{"precision": name, "accuracy": f"{each:.2%}"} for name, each in accuracy.items()]
        print_table(f"on {len(inputs)} samples ({samples.place})", rows)
    print(f"{options.output}: {network.architecture}, {network.precision}")

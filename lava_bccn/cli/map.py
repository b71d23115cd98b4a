"""``bccn map``.

examples:
  bccn map digits.pt -o digits.safetensors
  bccn map model.onnx --dataset mnist -o model.safetensors --report report.html
  bccn map model.onnx --inputs x.npy --labels y.npy --output-kind values -o model.safetensors
  bccn map digits.pt --weight-bits 4 -o digits4.safetensors
  bccn map digits.pt --precision float -o digits_float.safetensors
  bccn map iris.pt -o iris.safetensors      (a table is scaled as when it was trained)
  bccn map published_state_dict.pt --dataset mnist --data-dir data -o mnist.safetensors
  bccn map lightning.ckpt --key state_dict --activation sigmoid --inputs x.npy -o mine.safetensors

A model of PyTorch of any architecture comes as ONNX: torch.onnx.export(model, (sample,), path).
docs/mapping.md says what maps, and what the numbers of a report mean.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from lava_bccn import mapping
from lava_bccn.cli.fields import add_fields, given, option_of
from lava_bccn.cli.map_samples import Samples, samples_of
from lava_bccn.cli.outputs import NETWORK, check_output
from lava_bccn.cli.parsing import (
    add_data_options,
    add_input,
    add_inputs_option,
    add_json_option,
    add_labels_option,
    add_output,
    count,
)
from lava_bccn.cli.printing import print_json, print_table, stderr
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping.report import ConversionReport
from lava_bccn.mapping.report.scores import labels_of
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.output import Output

_OF_INTEGERS = ("hardware", "equalise", "correct_bias")
_OF_NO_FLOATS = (*_OF_INTEGERS, "weight_range", "report", "report_samples", "labels")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    what = "checkpoint of bccn train, ONNX file of any model, or a state_dict"
    add_input(parser, "model", "MODEL", what)
    add_output(parser, "FILE.safetensors", "mapped network to write")
    add_precision_options(
        parser,
        "room to learn on: how large the weights of each layer may become (default: the scales "
        "that round best)",
    )
    add = parser.add_argument
    add("--hardware", action="store_true", help=_HARDWARE)
    add("--equalise", action="store_true", help=_EQUALISE)
    add("--correct-bias", action=argparse.BooleanOptionalAction, help=_CORRECT_BIAS)
    add(
        "--output-kind",
        choices=("auto", "values", "logits", "sigmoid"),
        default="auto",
        help="what a model gives that ends in no activation: logits, of which the largest is the "
        "class, so that those far from it may be clipped; values, which all count; sigmoid adds "
        "one, so that it can learn on; auto: logits after a softmax, else values",
    )
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
    add_labels_option(parser)
    add(
        "--report",
        type=Path,
        metavar="FILE",
        help="write what rounding cost as a page, .html or .md: layers, accuracy, worst samples, "
        "and, where too much is lost, which layer and what would help",
    )
    add(
        "--report-samples",
        type=count,
        metavar="N",
        help="to measure on: of the test set, or of --inputs (default: as many as take a second or "
        "two, half a minute for a report)",
    )
    add_data_options(parser, None)
    add_json_option(parser)


_HARDWARE = "somata as coarse as the stock neurons of Loihi 2 need them; event rates round down"
_EQUALISE = (
    "factors between rectified channels with which integers lose less; exponents of single "
    "channels, which would do the same, are not on the chip"
)
_CORRECT_BIAS = (
    "biases take back what rounding adds to potentials on average (default: where layers are "
    "rectified, as bare outputs are)"
)


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
    from lava_bccn.cli import map_dale
    from lava_bccn.mapping.torch.dale import is_dale
    from lava_bccn.mapping.torch.models import read_model

    _check(options)
    with stderr().status(f"reading {options.model.name}"):
        model, notes = read_model(options.model, key=options.key, activation=options.activation)
    samples, notes = samples_of(options, notes)
    if is_dale(model):
        map_dale.execute(options, model, samples, notes)
        return
    with stderr().status("reading its layers, and running both to compare them"):
        reference = mapping.from_torch(
            model,
            samples.calibration,
            precision="float",
            p_baseline=options.p_baseline,
            metadata=notes,
            output=options.output_kind,
        )
    del model  # as large as the network
    if not samples.classes:  # refused now, and not after a network was written
        labels_of(samples.labels, len(samples.inputs), reference.output_size)
    reference = _with_values(reference, samples, options.output_kind)
    if options.precision == "float":
        reference.save(options.output)
        _tell(options, reference, {"rounding": []})
        return
    arguments: dict[str, Any] = {
        **given(FixedPointFormat, options),
        **{name: getattr(options, name) for name in _OF_INTEGERS},
        "weight_range": options.weight_range,
    }
    with stderr().status("choosing scales"):
        network = mapping.quantise(reference, samples.calibration, **arguments)
    network.save(options.output)
    _report(options, reference, network, samples, arguments)


def _check(options: argparse.Namespace) -> None:
    check_output(options.output, NETWORK, overwrite=options.overwrite)
    if options.report is not None:
        from lava_bccn.cli.map_report import check_report

        check_report(options)
    measures = options.report is not None or options.labels is not None or options.inputs is None
    if options.report_samples is not None and not measures:
        raise InvalidInputError(
            "--report-samples is about what is measured; add --report report.html, or --labels"
        )
    if options.precision == "float":
        names = [*given(FixedPointFormat, options)]
        names += [name for name in _OF_NO_FLOATS if getattr(options, name)]
        if names:
            raise InvalidInputError(
                f"{option_of(names[0])} is about integers, and --precision float makes "
                "none; leave one of them out"
            )


def _with_values(network: MappedNetwork, samples: Samples, kind: str) -> MappedNetwork:
    """With outputs between 0 and 1 that are values too, where they are no classes."""
    others = bool(samples.classes) and len(samples.classes) != network.output_size
    if network.output is None and (kind == "values" or (kind == "auto" and others)):
        return replace(network, output=Output("values"))
    return network


def _report(
    options: argparse.Namespace,
    reference: MappedNetwork,
    network: MappedNetwork,
    samples: Samples,
    arguments: dict[str, Any],
) -> None:
    """Measure, write the page, and say what there is to say."""
    from lava_bccn.cli import map_report

    result: dict[str, Any] = {
        "rounding": [asdict(layer) for layer in mapping.stored_rounding(network) or ()]
    }
    report = causes = None
    fits = not samples.classes or len(samples.classes) == network.output_size
    samples = samples if fits else replace(samples, labels=None)
    if samples.labels is not None or options.report is not None:
        samples = samples.first(network, options.report_samples, options.report is not None)
        report = map_report.measured(reference, network, samples, options.equalise)
        if report.is_lossy and options.report is not None:
            causes = map_report.Causes(reference, network, samples, arguments)
        result["report"] = map_report.as_json(report, samples, causes)
    if options.report is not None and report is not None:
        title = f"{options.model.name} in integers"
        map_report.write_report(options.report, title, report, network, samples, causes)
    _tell(options, network, result)
    if options.json:
        return
    if report is not None:
        print(map_report.summary(report, samples))
        _advise(options, report, causes)
    if options.report is not None:
        print(f"{options.report}: the report")


def _advise(options: argparse.Namespace, report: ConversionReport, causes: Any) -> None:
    if causes is not None:
        print(causes.text())
    elif report.is_lossy:
        print("that is much: --report report.html says which layer costs most, and what would help")


def _tell(options: argparse.Namespace, network: MappedNetwork, result: dict[str, Any]) -> None:
    if options.json:
        print_json({"output": str(options.output), "sizes": network.sizes, **result})
        return
    if result["rounding"]:
        _print(mapping.stored_rounding(network) or [])
    print(f"{options.output}: {network.architecture}, {network.precision}")


def _print(rounding: list[mapping.LayerRounding]) -> None:
    print_table(
        "What rounding cost, root mean square over the inputs calibrated on",
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

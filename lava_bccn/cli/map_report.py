"""What ``bccn map`` says of what a model became in integers: on the terminal, and as a page."""

from __future__ import annotations

import argparse
import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from lava_bccn import mapping
from lava_bccn.cli.fields import option_of
from lava_bccn.cli.map_samples import Samples, images_of
from lava_bccn.cli.outputs import check_output
from lava_bccn.cli.pages import ENDINGS, Block, Heading, Picture, Table, picture_path, write_page
from lava_bccn.cli.printing import progress_bar, stderr
from lava_bccn.errors import RoundingWarning
from lava_bccn.mapping.report import ConversionReport, LayerReport, Outcome, Sample
from lava_bccn.mapping.report.causes import remedies
from lava_bccn.network.network import MappedNetwork

CAUSE_SAMPLES = 1000
"""At most so many samples are looked at for causes and remedies."""

_MOST_OUTPUTS = 10

NO_CHANNELS = (
    "Exponents of single channels would help most tools; the chip has none: all weights of a "
    "connection share one power of two. --equalise chooses factors between rectified channels "
    "instead, which computes the same, and mapping.quantisation_aware trains with the integers."
)


def check_report(options: argparse.Namespace) -> None:
    """Refuse a report that cannot be written, before any work."""
    check_output(options.report, ENDINGS, overwrite=options.overwrite, needs_ending=True)
    if options.report.suffix.lower() == ".md":
        for name in ("figure", "worst"):
            path = picture_path(options.report, name)
            check_output(path, (".png",), overwrite=options.overwrite)


def measured(
    reference: MappedNetwork, network: MappedNetwork, samples: Samples, equalise: bool
) -> ConversionReport:
    """The report on samples, with a bar."""
    arrays = samples.calibration, samples.inputs, samples.labels
    with progress_bar("measuring", len(samples.inputs), unit="samples") as bar:
        return mapping.conversion_report(
            reference, network, *arrays, equalise=equalise, progress=bar
        )


class Causes:
    """Which layers cost most, and what would help; measured on some of the samples.

    Args:
        reference: in floating point.
        network: in integers.
        samples: to measure on.
        arguments: of ``quantise``.

    Attributes:
        exact: what the network in floating point gives on these.
        alone: what each layer costs that alone is in integers.
        tried: what would cost less, by its option.
    """

    def __init__(
        self,
        reference: MappedNetwork,
        network: MappedNetwork,
        samples: Samples,
        arguments: Mapping[str, Any],
    ) -> None:
        some = samples.inputs[:CAUSE_SAMPLES]
        labels = None if samples.labels is None else samples.labels[:CAUSE_SAMPLES]
        arrays = samples.calibration, some, labels
        equalise = bool(arguments["equalise"])
        with progress_bar("each layer alone", len(some), unit="samples") as bar:
            self.alone = mapping.layers_alone(
                reference, network, *arrays, equalise=equalise, progress=bar
            )
        self.now = mapping.conversion_report(reference, network, *arrays)
        self.exact = self.now.exact
        self.tried: dict[str, Outcome] = {}
        for changed in remedies(network):
            if all(arguments.get(name) == value for name, value in changed.items()):
                continue
            option = " ".join(
                option_of(name) + ("" if value is True else f" {value}")
                for name, value in changed.items()
            )
            with stderr().status(f"trying {option}"):
                self.tried[option] = _tried(reference, {**arguments, **changed}, *arrays)

    @property
    def costliest(self) -> int:
        """The layer, from 0, that alone loses most."""
        return min(range(len(self.alone)), key=lambda index: _score(self.alone[index]))

    def text(self) -> str:
        """Both in a sentence or two."""
        layer = self.costliest
        words = [f"Layer {layer + 1} costs most: {told(self.alone[layer], self.exact)} alone."]
        better = {
            option: outcome
            for option, outcome in self.tried.items()
            if _score(outcome) > _score(self.now.integers)
        }
        if better:
            option = max(better, key=lambda each: _score(better[each]))
            words.append(
                f"{option} would help: {told(better[option], self.exact)} instead of "
                f"{told(self.now.integers, self.exact)}."
            )
        else:
            words.append("Training with the integers would help (mapping.quantisation_aware).")
        return " ".join(words)


def _tried(
    reference: MappedNetwork, arguments: Mapping[str, Any], calibration: Any, *arrays: Any
) -> Outcome:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RoundingWarning)
        network = mapping.quantise(reference, calibration, **arguments)
    return mapping.conversion_report(reference, network, calibration, *arrays).integers


def _score(outcome: Outcome) -> tuple[float, float]:
    share = outcome.accuracy if outcome.accuracy is not None else outcome.agreement
    return (share or 0.0, -outcome.loss)


def told(outcome: Outcome, exact: Outcome) -> str:
    """What integers have lost, in words."""
    if outcome.accuracy is not None and exact.accuracy is not None:
        return f"{outcome.accuracy:.2%} correct, {exact.accuracy:.2%} in floating point"
    if outcome.agreement is not None:
        return f"{1 - outcome.agreement:.2%} of the samples in another class"
    return f"outputs that err by {outcome.error:.3g}, {outcome.loss:.1%} of their spread"


def summary(report: ConversionReport, samples: Samples) -> str:
    """A line: what it was, what it is, on which samples."""
    on = f"on {report.samples:,} {samples.place}"
    if report.integers.accuracy is not None or report.kind == "values":
        distance = ""
        if report.exact.distance is not None and report.integers.distance is not None:
            distance = (
                f"; from their targets {report.integers.distance:.4g}, "
                f"{report.exact.distance:.4g} in floating point"
            )
        return f"{told(report.integers, report.exact)}{distance} {on}"
    assert report.integers.agreement is not None
    return f"{report.integers.agreement:.2%} of the classes are those in floating point {on}"


def as_json(report: ConversionReport, samples: Samples, causes: Causes | None) -> dict[str, Any]:
    """For scripts; the histograms are in the page only."""
    content = asdict(report)
    for layer in content["layers"]:
        del layer["weights"], layer["event_rates"]
    found = None
    if causes is not None:
        found = {
            "costliest_layer": causes.costliest + 1,
            "layers_alone": [asdict(outcome) for outcome in causes.alone],
            "would_help": {option: asdict(each) for option, each in causes.tried.items()},
        }
    return {**content, "samples_of": samples.place, "is_lossy": report.is_lossy, "causes": found}


def write_report(
    path: Path,
    title: str,
    report: ConversionReport,
    network: MappedNetwork,
    samples: Samples,
    causes: Causes | None,
) -> None:
    """Write the page."""
    from lava_bccn import plots

    units = network.number_format
    assert units is not None
    blocks: list[Block] = [
        Heading(title),
        f"{report.architecture}, {units.weight_bits}-bit weights, {units.event_bits}-bit event "
        f"rates: {summary(report, samples)}.",
        Heading("Layers"),
        Table([layer_row(number, each) for number, each in enumerate(report.layers, start=1)]),
        "Event rates err against those in floating point: root mean square, and as part of their "
        "spread. At the top: as large as integers can be. At the limit: somata at the end of their "
        "24 bits.",
        Picture("figure", "Weights and event rates of every layer", _png(plots.conversion(report))),
    ]
    if causes is not None:
        blocks += [
            Heading("What costs most, and what would help"),
            f"{causes.text()} Measured on {causes.now.samples:,} of these samples.",
            Table(
                [
                    {"in integers": name, **outcome_cells(each)}
                    for name, each in {
                        "nothing": causes.exact,
                        "everything": causes.now.integers,
                        **{f"layer {n} alone": o for n, o in enumerate(causes.alone, start=1)},
                        **{f"everything, {o}": each for o, each in causes.tried.items()},
                    }.items()
                ]
            ),
            NO_CHANNELS,
        ]
    blocks += [
        Heading("Samples that changed most"),
        Table([_sample_row(each, report, samples.classes) for each in report.worst]),
    ]
    images = images_of(samples.inputs, network)
    if images is not None:
        chosen = [each.index for each in report.worst]
        figure = plots.pictures(images[chosen], [f"sample {index}" for index in chosen])
        blocks.append(Picture("worst", "These samples", _png(figure)))
    write_page(path, blocks)


def layer_row(number: int, layer: LayerReport) -> dict[str, str]:
    """Of the table of layers."""
    return {
        "layer": str(number),
        "in the model": layer.origin or "-",
        "units": "x".join(map(str, layer.units)),
        "weights": " x ".join(map(str, layer.shape)),
        "unit": f"2^{layer.weight_exponent}",
        "became 0": f"{layer.rounded_to_zero:.1%}",
        "clipped": f"{layer.clipped:,}",
        "event rates err": f"{layer.event_rate_error:.5f}",
        "of spread": f"{layer.event_rate_loss:.1%}",
        "at the top": f"{layer.at_top:.2%}",
        "at the limit": f"{layer.at_limit:.2%}",
    }


def outcome_cells(outcome: Outcome) -> dict[str, str]:
    """What is known of outputs."""
    known = {
        "correct": (outcome.accuracy, ".2%"),
        "same class": (outcome.agreement, ".2%"),
        "outputs err": (outcome.error, ".4g"),
        "of spread": (outcome.loss, ".1%"),
        "from targets": (outcome.distance, ".4g"),
    }
    return {name: f"{value:{form}}" for name, (value, form) in known.items() if value is not None}


def _sample_row(sample: Sample, report: ConversionReport, classes: Sequence[str]) -> dict[str, str]:
    row = {"sample": str(sample.index)}
    if isinstance(sample.label, int):
        row["label"] = _class(sample.label, classes)
    elif sample.label is not None:
        row["targets"] = _numbers(sample.label)
    for name, outputs in (("floating point", sample.exact), ("integers", sample.integers)):
        if report.kind == "classes":
            row[f"class in {name}"] = _class(int(np.argmax(outputs)), classes)
        row[name] = _numbers(outputs)
    return row


def _class(label: int, classes: Sequence[str]) -> str:
    return classes[label] if label < len(classes) else str(label)


def _numbers(values: Sequence[float]) -> str:
    shown = " ".join(f"{value:.3g}" for value in values[:_MOST_OUTPUTS])
    return f"{shown} …" if len(values) > _MOST_OUTPUTS else shown


def _png(figure: Any) -> bytes:
    from lava_bccn.plots import style

    content = io.BytesIO()
    with style():
        figure.savefig(content, format="png", dpi=110)
    return content.getvalue()

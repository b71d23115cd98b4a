"""A page that shows events and bursts travelling through a network."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_bccn.dynamics.states import LayerStates
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.rate_network import RATE_NETWORKS, RateNetwork
from lava_bccn.settings import check, instance, integer
from lava_bccn.validation import class_labels, event_rates
from lava_bccn.view.steps import states_over_time

MAX_UNITS = 1024
"""Units of a layer that a page shows, if it is not told otherwise."""

_SCRIPTS = ("numbers.js", "drawing.js", "page.js")


def activity_page(
    network: RateNetwork,
    inputs: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    class_names: Sequence[str] = (),
    title: str = "A network at work",
    max_units: int = MAX_UNITS,
) -> str:
    """Events going up and bursts coming down, for some samples, as a page of HTML.

    It needs no other file and no network. Each number takes a byte a sample, step and unit.

    Args:
        network: of rates; a spiking network has no steps that could be shown so.
        inputs: event rates in [0, 1], (samples, ...); 10 or so are a good number.
        labels: the class of each sample, which the teacher teaches; None: there is no teacher.
        class_names: names of the outputs.
        title: of the page.
        max_units: of a larger layer so many are shown: those whose burst probabilities change most
            (without a teacher, whose event rates do), of a convolution whole channels.

    Raises:
        InvalidInputError: arguments that are none, or do not fit the network.
    """
    check("network", network, instance(*RATE_NETWORKS))
    check("max_units", max_units, integer(1))
    check("title", title, instance(str))
    names = [str(name) for name in check("class_names", class_names, instance(list, tuple))]
    if names and len(names) != network.output_size:
        raise InvalidInputError(
            f"{len(names)} class_names for {network.output_size} outputs; expected one for each"
        )
    rates = event_rates(inputs, network.input_shape)
    taught = None
    if labels is not None:
        labels = class_labels(labels, len(rates), network.output_size)
        teacher = network.quantise_targets(np.eye(network.output_size)[labels])
        taught = states_over_time(network, network.quantise_inputs(rates), teacher)
    quiet = states_over_time(network, network.quantise_inputs(rates))
    told = {
        "classes": names,
        "steps": len(quiet[0].event_rate),
        "baseline": network.p_baseline,
        "taught": taught is not None,
        "first": _hardest(quiet[-1], labels),
        "output": _output(network),
        "samples": _samples(network, quiet[-1], labels),
        "input": _input(network, rates),
        "layers": _layers(network, quiet, taught, max_units),
    }
    return _filled(title, f"{network.architecture}, {_arithmetic(network)}", told)


def _filled(title: str, summary: str, told: dict[str, Any]) -> str:
    folder = files(__package__)
    page = folder.joinpath("page.html").read_text("utf-8")
    parts = {
        "style": folder.joinpath("page.css").read_text("utf-8"),
        "script": "\n".join(folder.joinpath(name).read_text("utf-8") for name in _SCRIPTS),
        "title": html.escape(title),
        "summary": html.escape(summary),
        # Last, so that nothing in it is taken for a place; and it ends no element.
        "data": json.dumps(told, separators=(",", ":")).replace("<", "\\u003c"),
    }
    for name, text in parts.items():
        page = page.replace(f"{{{{{name}}}}}", text)
    return page


def _arithmetic(network: RateNetwork) -> str:
    units = network.number_format
    return "floating point" if units is None else f"integers with {units.weight_bits}-bit weights"


def _output(network: RateNetwork) -> dict[str, float] | None:
    output = network.output
    return None if output is None else {"scale": output.scale, "offset": output.offset}


def _samples(
    network: RateNetwork, output: LayerStates, labels: NDArray[np.int64] | None
) -> list[dict[str, int | None]]:
    """The answer and the label of each; outputs that are values have neither."""
    answers = np.argmax(output.event_rate[-1], axis=1)
    if network.output is not None:
        answers = np.argmax(network.output.of(output.event_rate[-1]), axis=1)
    is_class = network.output is None or network.output.kind != "values"
    return [
        {
            "answer": int(answer) if is_class else None,
            "label": None if labels is None else int(labels[index]),
        }
        for index, answer in enumerate(answers)
    ]


def _hardest(output: LayerStates, labels: NDArray[np.int64] | None) -> int:
    """The sample with the largest error, which has most to teach."""
    if labels is None:
        return 0
    rates = output.event_rate[-1]
    return int(np.argmax(np.abs(np.eye(rates.shape[1])[labels] - rates).max(axis=1)))


def _input(network: RateNetwork, rates: NDArray[np.floating[Any]]) -> dict[str, Any]:
    shape = tuple(network.metadata.get("input_shape") or network.input_shape)
    is_image = len(shape) == 3 and shape[0] in (1, 3) and np.prod(shape) == network.input_size
    if is_image:
        told = "x".join(map(str, shape[1:])) + (
            " pixels, in colour" if shape[0] == 3 else " pixels"
        )
    else:
        shape, told = (1, 1, network.input_size), f"of {network.input_size} rates"
    return {"shape": shape, "told": told, "pixels": _packed(np.rint(255 * rates), np.uint8)}


def _layers(
    network: RateNetwork,
    quiet: list[LayerStates],
    taught: list[LayerStates] | None,
    max_units: int,
) -> list[dict[str, Any]]:
    last = len(quiet) - 1
    return [
        {
            "name": "output" if index == last else f"layer {index + 1}",
            **_layer(
                network.layers[index].shape,
                states,
                None if taught is None else taught[index],
                network.p_baseline,
                max_units,
            ),
        }
        for index, states in enumerate(quiet)
    ]


def _layer(
    shape: tuple[int, ...],
    quiet: LayerStates,
    taught: LayerStates | None,
    p_baseline: float,
    max_units: int,
) -> dict[str, Any]:
    events = quiet.event_rate
    deviations = [
        None if states is None else states.burst_prob - p_baseline for states in (quiet, taught)
    ]
    present = [each for each in deviations if each is not None]
    bursting = max((np.abs(each).sum(axis=(0, 1)) for each in present), key=np.sum)
    interest = bursting if bursting.any() else np.ptp(events, axis=0).sum(axis=0)
    units = _chosen(shape, interest, max_units)
    whole_layer = len(units) == events.shape[2]
    largest = np.max([np.abs(each[:, :, units]).max(axis=2) for each in present], axis=0)
    reach = np.maximum(largest.max(axis=0), 1e-9)
    maps = (
        (len(units) // (shape[1] * shape[2]), *shape[1:]) if len(shape) == 3 else (1, 1, len(units))
    )
    highest = max(1.0, float(events.max()))
    return {
        "told": _told(shape, len(units)),
        "shown": len(units),
        "indices": None if whole_layer else units.tolist(),
        "maps": maps,
        "highest": highest,
        "reach": reach.tolist(),
        # Colours are those of where it ends: the output starts with an error of 1.
        "scale": np.maximum(largest[-1], 0.01 * reach).tolist(),
        "events": _by_sample(events[:, :, units] * (255 / highest), np.uint8),
        **{
            name: None
            if each is None or not each.any()
            else _by_sample(each[:, :, units] * (127 / reach[:, None]), np.int8)
            for name, each in zip(("quiet", "taught"), deviations, strict=True)
        },
    }


def _chosen(
    shape: tuple[int, ...], interest: NDArray[np.float64], max_units: int
) -> NDArray[np.intp]:
    """The units that are shown, in their order: of a convolution whole channels, at least one."""
    size = shape[1] * shape[2] if len(shape) == 3 else 1
    by_group = interest.reshape(-1, size)
    most = np.sort(np.argsort(-by_group.sum(axis=1), kind="stable")[: max(1, max_units // size)])
    return (most[:, None] * size + np.arange(size)).ravel()


def _told(shape: tuple[int, ...], shown: int) -> str:
    if len(shape) == 3:
        channels, size = shape[0], f"{shape[1]}x{shape[2]}"
        count = shown // (shape[1] * shape[2])
        whole_layer = f"{channels} channels of {size}"
        return whole_layer if count == channels else f"{whole_layer}; the {count} that change most"
    units = f"{shape[0]:,} units"
    return units if shown == shape[0] else f"{units}; the {shown:,} that change most"


def _by_sample(values: NDArray[np.float64], dtype: type[np.generic]) -> str:
    """(steps, samples, units) as bytes, sample by sample."""
    return _packed(np.rint(values).swapaxes(0, 1), dtype)


def _packed(values: NDArray[Any], dtype: type[np.generic]) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype=dtype).tobytes()).decode("ascii")

"""From layers of ``nn`` under Dale's law to the description of their network."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from lava_bccn.dynamics import dale
from lava_bccn.dynamics.dale import KINDS
from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.mapping.dale.quantise import quantise
from lava_bccn.mapping.dale.signs import one_to_one
from lava_bccn.mapping.torch.normalize import fold
from lava_bccn.network.dale.layer import DaleFeedback, DaleLayer
from lava_bccn.network.dale.network import DaleNetwork
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import Precision
from lava_bccn.nn import dale as layers_of_nn
from lava_bccn.nn.checkpoint import load_checkpoint
from lava_bccn.nn.wrappers import sequential
from lava_bccn.settings import check, instance, one_of


def is_dale(model: object) -> bool:
    """Whether something is a model that has layers under Dale's law."""
    modules = model.modules() if isinstance(model, torch.nn.Module) else ()
    return any(isinstance(module, layers_of_nn.DaleLayer) for module in modules)


def from_torch(
    model: torch.nn.Module | str | Path,
    inputs: ArrayLike | Tensor | None = None,
    *,
    precision: Precision = "fixed",
    metadata: Mapping[str, Any] | None = None,
    **options: Any,
) -> DaleNetwork:
    """Map a trained network of layers under Dale's law.

    Args:
        model: an ``nn.Sequential`` of these, ``Flatten`` and ``Normalize`` first; or the path of a
            checkpoint.
        inputs: event rates in [0, 1] to calibrate integers on; a few hundred are enough.
        precision: ``"fixed"`` for Loihi 2 integers, ``"float"`` to keep floats.
        metadata: kept with the network.
        options: of :func:`lava_bccn.mapping.dale.quantise`.

    Raises:
        MappingError: other layers, or numbers that integers cannot hold.
        InvalidInputError: no inputs to calibrate on, or inputs that do not fit.
    """
    check("precision", precision, one_of("fixed", "float"))
    check("model", model, instance(torch.nn.Module, str, Path))
    check("metadata", metadata, instance(Mapping).or_none())
    notes: dict[str, Any] = {}
    if isinstance(model, str | Path):
        checkpoint = load_checkpoint(model)
        model, notes = checkpoint.model, checkpoint.data
    network = _float_network(sequential(model), {**notes, **(metadata or {})})
    if precision == "float":
        if options:
            raise InvalidInputError(
                f"{next(iter(options))} is about integers, and precision='float' makes none"
            )
        return network
    if inputs is None:
        raise InvalidInputError(
            "mapping to fixed point needs a few inputs to calibrate on; pass "
            "from_torch(model, inputs) or precision='float'"
        )
    return quantise(network, inputs, **options)


def _float_network(model: torch.nn.Sequential, notes: dict[str, Any]) -> DaleNetwork:
    modules = list(model)
    first = list(takewhile(lambda each: not isinstance(each, layers_of_nn.DaleLayer), modules))
    sources = [each for each in modules if isinstance(each, layers_of_nn.DaleLayer)]
    kinds = [type(each).__name__ for each in modules[len(first) :]]
    if kinds != ["DaleLinear"] * (len(kinds) - 1) + ["DaleReadout"]:
        raise MappingError(
            "a network under Dale's law to be mapped must be one nn.Sequential: Flatten and "
            "Normalize if any, then DaleLinear layers and a DaleReadout; got "
            + (", ".join(type(module).__name__ for module in modules) or "no layer")
        )
    baselines = sorted({each.p_baseline for each in sources})
    if len(baselines) > 1:
        raise MappingError(f"layers differ in p_baseline ({', '.join(map(str, baselines))})")
    layers = [_layer(source, first if number == 0 else []) for number, source in enumerate(sources)]
    readout = sources[-1]
    return DaleNetwork(
        tuple(layers),
        "float",
        readout.p_baseline,
        error_scale=readout.error_scale,
        metadata=notes,
    )


def _layer(source: layers_of_nn.DaleLayer, preprocessing: list[torch.nn.Module]) -> DaleLayer:
    bias = np.zeros(len(source.weight_exc)) if source.bias is None else _array(source.bias)
    parts = (source.weight_exc, bias), (source.weight_from_pv, np.zeros_like(bias))
    # A Normalize is taken up by both parts, each with a bias of its own.
    exc, from_pv = (
        fold(preprocessing, MappedLayer(weight=_array(weight), bias=start), None)
        for weight, start in parts
    )
    return DaleLayer(
        weight_exc=exc.weight,
        weight_from_pv=from_pv.weight,
        bias=dale.somatic_input(exc.bias, from_pv.bias),
        feedback=_feedback(source),
        feedback_gain=source.feedback_gain,
    )


def _feedback(source: layers_of_nn.DaleLayer) -> DaleFeedback | None:
    down = source.interneurons
    if down is None:
        return None
    outgoing = [_array(each) for each in down.outgoing()]
    tonic = [_array(down.sst_bias_n), _array(down.sst_bias_p)]
    fields: dict[str, Any] = {
        "event_exc": _array(down.event_exc),
        "event_from_ndnf": _array(down.event_from_ndnf),
        "apical_bias": dale.apical_offset(_array(down.apical_bias), tonic, outgoing),
    }
    for kind, matrix, gains in zip(
        KINDS, outgoing, (down.vip_to_sst_n, down.vip_to_sst_p), strict=True
    ):
        fields[f"from_sst_{kind}"] = matrix
        if not bool((gains == 1).all()):
            fields[f"vip_to_sst_{kind}"] = np.diag(_array(gains))
    if down.burst_to_sst_n is None or down.burst_to_sst_p is None:
        return DaleFeedback(**fields, **one_to_one(len(outgoing[0]), outgoing[0].dtype))
    positive, negative = _array(down.burst_to_sst_n), _array(down.burst_to_sst_p)
    return DaleFeedback(
        **fields,
        burst_to_sst_n=positive,
        burst_to_vip_n=negative,
        burst_to_sst_p=negative,
        burst_to_vip_p=positive,
    )


def _array(tensor: Tensor) -> NDArray[Any]:
    return tensor.detach().cpu().double().numpy()

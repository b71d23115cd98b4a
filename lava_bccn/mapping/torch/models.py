"""Mapping trained PyTorch models of several kinds to a :class:`MappedNetwork`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import torch
from numpy.typing import ArrayLike, NDArray

from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.mapping.quantise import quantise_taken
from lava_bccn.mapping.rounding import warn_of_rounding
from lava_bccn.mapping.torch.agreement import check_agreement
from lava_bccn.mapping.torch.graph.network import first_size, network_of
from lava_bccn.mapping.torch.graph.reader import read_graph
from lava_bccn.mapping.torch.graph.reading import OutputKind
from lava_bccn.mapping.torch.layers import burst_model_layers
from lava_bccn.mapping.torch.module import FloatNetwork, mapped_again
from lava_bccn.mapping.torch.onnx.model import SUFFIX as ONNX_SUFFIX
from lava_bccn.mapping.torch.onnx.model import OnnxModel, read_onnx
from lava_bccn.mapping.torch.plain import RandomFeedback, comparator_model_layers
from lava_bccn.mapping.torch.published import published_layers
from lava_bccn.mapping.torch.state_dicts import plain_model, state_dict_of
from lava_bccn.mapping.torch.untouched import evaluated
from lava_bccn.network.network import MappedNetwork, Precision
from lava_bccn.nn.checkpoint import checkpoint_of, is_checkpoint
from lava_bccn.nn.layers import BurstLayer
from lava_bccn.nn.models import burst_layers, is_comparator
from lava_bccn.nn.stored import read_torch_file
from lava_bccn.nn.wrappers import unwrapped
from lava_bccn.settings import Setting, check, number, one_of
from lava_bccn.validation import event_rates, plain_array

Model = torch.nn.Module | Mapping[str, Any] | str | Path

A_MAPPING = Setting("a mapping", lambda value: isinstance(value, Mapping))


def from_torch(
    model: Model,
    inputs: ArrayLike | torch.Tensor | None = None,
    *,
    precision: Precision = "fixed",
    weight_bits: int = 8,
    event_bits: int = 8,
    burst_extra_bits: int = 4,
    weight_range: Sequence[float] | None = None,
    p_baseline: float | None = None,
    feedback: str | None = "random",
    feedback_std: float = 0.3,
    seed: int = 0,
    metadata: Mapping[str, Any] | None = None,
    output: OutputKind = "auto",
    hardware: bool = False,
    equalise: bool = False,
    correct_bias: bool | None = None,
) -> MappedNetwork:
    """Map a trained model.

    Any module of PyTorch maps whose operations are linear ones (Linear, convolutions, BatchNorm,
    average pooling, whatever only moves values, constants that are added or multiplied, …) and
    activations that ensembles have (Sigmoid, Tanh, ReLU, their hard and clipped forms) in turn,
    whatever its classes and its ``forward``. What does not is refused by name, with its line.

    The network is run beside the model, on the calibration inputs and on random ones, and refused
    if it does not compute the same, as where a BurstCCN has hooks or a ``forward`` of its own. A
    ``state_dict`` has nothing to be run; what it is taken for is not checked.

    Args:
        model: a trained module of one input and one output; a BurstCCN of ``nn``, or a network of
            its backprop or feedback alignment layers; the path of a checkpoint or of an ONNX file;
            or the ``state_dict`` (or its file) of the published code's fully connected network
            (``weight``, ``bias``, ``weight_Y``, ``weight_Q``). What ``torch.compile``,
            ``DataParallel`` and other wrappers hold is unwrapped. What ``to_torch`` and
            ``quantisation_aware`` give comes back as it is, integers with the same bits.
        inputs: (samples, ...) event rates in [0, 1] to calibrate scales on; a few hundred are
            enough. With ``precision="float"`` only needed by what has ReLU or whose output is no
            sigmoid, and where nothing else tells the shape of a sample.
        precision: ``"fixed"`` for Loihi 2 integers, ``"float"`` to keep floats.
        weight_bits, event_bits, burst_extra_bits: of the integers.
        weight_range: for a network that is to learn on, how large the weights of each layer may
            become; None for the scales that round best.
        p_baseline: of a model that does not say (0.5 by default).
        feedback: for models without feedback weights whose activations are all sigmoids:
            ``"random"``, ``"symmetric"``, ``"tied"``, ``"kolen_pollack"``, or None for a network
            that only infers, as others do in any case.
        feedback_std: standard deviation of feedback that starts random.
        seed: of that start.
        metadata: kept with the network.
        output: of a model that ends in no activation. ``"logits"``, of which the largest is the
            class; ``"values"``, which all count; ``"sigmoid"``, which adds one, so that the network
            can learn on; ``"auto"``: logits where it ends in a softmax, else values.
        hardware: the form that stock neurons of Loihi 2 compute (``backend="lava-hardware"``);
            somata are then as coarse as it needs.
        equalise, correct_bias: what makes up for coarse integers; see
            :func:`~lava_bccn.mapping.quantise`.

    Raises:
        MappingError: an operation, p_baseline or weight that cannot be mapped, or a model that
            computes something else than its layers do.
        FileFormatError: a file that is not what it should be.
        InvalidInputError: inputs of the wrong shape or range.
    """
    check("precision", precision, one_of("fixed", "float"))
    baseline = check("p_baseline", p_baseline, number("(0, 0.5]").or_none())
    start = RandomFeedback(feedback, feedback_std, seed, 0.5 if baseline is None else baseline)
    notes: dict[str, Any] = {}
    if isinstance(model, str | Path):
        model, notes = read_model(model)
    notes.update(check("metadata", metadata, A_MAPPING.or_none()) or {})
    model = unwrapped(model) if isinstance(model, torch.nn.Module) else model
    if isinstance(model, FloatNetwork) and model.network.number_format is not None:
        chosen = {
            "precision": precision,
            "weight_bits": weight_bits,
            "event_bits": event_bits,
            "burst_extra_bits": burst_extra_bits,
            "weight_range": weight_range,
            "p_baseline": p_baseline,
            "output": output,
            "hardware": hardware,
            "equalise": equalise,
            "correct_bias": correct_bias,
        }
        defaults = from_torch.__kwdefaults__ or {}
        others = {name: each for name, each in chosen.items() if each != defaults[name]}
        return mapped_again(model, others, notes)
    array = None if inputs is None else plain_array(inputs, "calibration inputs")
    if array is not None:  # of whatever shape the model takes
        array = event_rates(array, array.shape[1:] or 1, "calibration inputs").reshape(array.shape)
    check("output", output, one_of(*get_args(OutputKind)))
    held = [_read(model, start, baseline, array, notes, output)]
    if precision == "float":
        return _of_its_own(held)
    if array is None:
        raise InvalidInputError(
            "mapping to fixed point needs a few inputs to calibrate on; pass "
            "from_torch(model, inputs) or precision='float'"
        )
    rates = event_rates(array, held[0].input_shape, "calibration inputs")
    quantised, report = quantise_taken(
        held,
        rates,
        weight_bits=weight_bits,
        event_bits=event_bits,
        burst_extra_bits=burst_extra_bits,
        weight_range=weight_range,
        hardware=hardware,
        equalise=equalise,
        correct_bias=correct_bias,
    )
    assert quantised.number_format is not None
    warn_of_rounding(report, quantised.number_format)
    return quantised


def _read(
    model: torch.nn.Module | Mapping[str, Any],
    start: RandomFeedback,
    p_baseline: float | None,
    inputs: NDArray[Any] | None,
    notes: dict[str, Any],
    output: OutputKind,
) -> MappedNetwork:
    """The floating-point network of a model, which it computes the same as.

    Args:
        model: see :func:`from_torch`; no file.
        start: the feedback of models that have none.
        p_baseline: what was asked for; None: what the model says, or ``start``.
        inputs: to compare the two on; None: random ones.
        notes: the metadata of the network.
        output: of a model that ends in no activation.
    """
    shape = _sample_shape(inputs, notes.get("input_shape"))
    if isinstance(model, FloatNetwork):
        network = model.mapped()
        return replace(network, metadata={**network.metadata, **notes})
    if isinstance(model, Mapping):
        layers = published_layers(state_dict_of(model), start.p_baseline)
        return MappedNetwork(tuple(layers), "float", start.p_baseline, metadata=notes)
    if not isinstance(model, torch.nn.Module):
        raise MappingError(
            f"cannot map a {type(model).__name__}; expected a model of PyTorch, its state_dict, or "
            "the path of a file with one of them"
        )
    reading = None
    with evaluated(model):
        if any(isinstance(module, BurstLayer) for module in model.modules()):
            layers, own = burst_model_layers(model, shape)
            if p_baseline not in (None, own):
                raise MappingError(
                    f"the model was trained with p_baseline = {own:g}; it cannot be mapped with "
                    f"{p_baseline:g}"
                )
            sources = burst_layers(model)
            network = MappedNetwork(
                tuple(layers),
                "float",
                own,
                None,
                notes,
                sources[0].activation,
                error_scale=sources[-1].error_scale,
                activity_shift=sources[-1].activity_shift,
            )
        elif is_comparator(model):
            layers = comparator_model_layers(model, shape, start)
            network = MappedNetwork(tuple(layers), "float", start.p_baseline, metadata=notes)
        else:
            shape = shape or first_size(model)
            if isinstance(model, OnnxModel):
                model.check_takes(shape)
            reading = read_graph(model, shape, inputs, output)
            network = network_of(reading, start, notes)
    rates = None
    if inputs is not None:
        rates = event_rates(inputs, network.input_shape, "calibration inputs")
    last, adds_sigmoid = (reading.last, reading.adds_sigmoid) if reading else (None, False)
    check_agreement(model, network, rates, shape, last, adds_sigmoid)
    return network


def _of_its_own(held: list[MappedNetwork]) -> MappedNetwork:
    """The one network of a list with copies of its arrays, so that it can learn on.

    They may be the model's own tensors; where not, each goes when its copy is there.
    """
    fields = dict(vars(held.pop()))
    layers = list(fields.pop("layers"))
    for index in range(len(layers)):
        for name in list(layers[index].arrays):
            copied: Any = {name: getattr(layers[index], name).copy()}
            layers[index] = replace(layers[index], **copied)
    return MappedNetwork(tuple(layers), **fields)


def read_model(
    path: str | Path, *, key: str | None = None, activation: str | None = None
) -> tuple[torch.nn.Module | Mapping[str, Any], dict[str, Any]]:
    """The model or state_dict of a file, and what a checkpoint says of its data.

    Args:
        path: of ``torch.save``, or of ONNX.
        key: under which the file has the state_dict, if it has other things too.
        activation: ``"sigmoid"`` of a plain network's state_dict: what follows each Linear layer.

    Raises:
        MissingDataError, FileFormatError, MappingError: no such file, or not one of these.
    """
    if Path(path).suffix.lower() == ONNX_SUFFIX:
        if key is not None or activation is not None:
            raise MappingError(
                f"{path} is an ONNX file, which says all itself; leave out --key and --activation"
            )
        model, shape = read_onnx(path)
        return model, {"input_shape": list(shape)}
    content = read_torch_file(path)
    if is_checkpoint(content):
        if key is not None or activation is not None:
            raise MappingError(
                f"{path} is a checkpoint of lava-bccn, which says all itself; leave out --key and "
                "--activation"
            )
        checkpoint = checkpoint_of(content, path)
        return checkpoint.model, checkpoint.data
    if not isinstance(content, Mapping):
        raise MappingError(
            f"{path} holds a {type(content).__name__}; expected a checkpoint of lava-bccn or a "
            "state_dict: torch.save(model.state_dict(), path)"
        )
    try:
        state = state_dict_of(content, key)
        if activation is not None:
            return plain_model(state), {}
        published_layers(state, 0.5)  # refused now, and not after a data set was asked for
    except MappingError as error:
        raise MappingError(f"{path}: {error}") from error
    return state, {}


def _sample_shape(inputs: NDArray[Any] | None, recorded: Any) -> tuple[int, ...] | None:
    """Shape of one input: of these or, where there are none or flat ones, as recorded."""
    given = None if inputs is None else inputs.shape[1:]
    try:
        known = None if recorded is None else tuple(int(size) for size in recorded)
    except (TypeError, ValueError):  # the data of a checkpoint are free for the caller
        known = None
    if given is None or (known and len(given) == 1 and given[0] == math.prod(known)):
        return known or given
    return given

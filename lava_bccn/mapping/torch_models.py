"""Mapping trained PyTorch models of several kinds to a :class:`MappedNetwork`."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.mapping.layer import MappedLayer, forward
from lava_bccn.mapping.network import MappedNetwork, Precision
from lava_bccn.mapping.quantise import quantise
from lava_bccn.nn.checkpoint import FORMAT as CHECKPOINT_FORMAT
from lava_bccn.nn.checkpoint import load_checkpoint, read_torch_file
from lava_bccn.nn.comparators import FeedbackAlignmentLinear
from lava_bccn.nn.layers import BurstConv2d, BurstLayer, Normalize
from lava_bccn.nn.models import burst_layers, comparator_layers, is_comparator
from lava_bccn.validation import event_rates

Model = torch.nn.Module | Mapping[str, Any] | str | Path


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
) -> MappedNetwork:
    """Map a trained model.

    Args:
        model: a BurstCCN of ``nn``, or a network of its backprop or feedback alignment layers,
            whose feedback is then taken from ``feedback``; the path of a checkpoint; an
            ``nn.Sequential`` of ``Linear`` (or ``Conv2d``) and ``Sigmoid``, alternating, with
            ``Flatten`` where it must be; or the ``state_dict`` (or
            its file) of the published code's fully connected network (``weight``, ``bias``,
            ``weight_Y``, ``weight_Q``).
        inputs: (samples, ...) event rates in [0, 1] to calibrate the scales of potentials on; a few
            hundred are enough. Not needed with ``precision="float"``, except with a per-channel
            ``Normalize`` or where convolutions have to know the size of the images.
        precision: ``"fixed"`` for Loihi 2 integers, ``"float"`` to keep floats.
        weight_bits, event_bits, burst_extra_bits: of the integers.
        weight_range: for a network that is to learn on, how large the weights of each layer may
            become; None for the scales that round best.
        p_baseline: of a model that does not say (0.5 by default).
        feedback: for models without feedback weights: ``"random"``, ``"symmetric"``, ``"tied"``,
            ``"kolen_pollack"``, or None for a network that only infers.
        feedback_std: standard deviation of feedback that starts random.
        seed: of that start.
        metadata: kept with the network.

    Raises:
        MappingError: a module, activation, p_baseline or weight that cannot be mapped.
        FileFormatError: a file that is not what it should be.
        InvalidInputError: inputs of the wrong shape or range.
    """
    if precision not in ("fixed", "float"):
        raise InvalidInputError(f"precision must be 'fixed' or 'float', not {precision!r}")
    notes: dict[str, Any] = {}
    if isinstance(model, str | Path):
        model, notes = read_model(model)
    if isinstance(inputs, torch.Tensor):
        inputs = inputs.detach().cpu()
        inputs = inputs.float() if inputs.dtype in (torch.float16, torch.bfloat16) else inputs
    array = None if inputs is None else np.asarray(inputs)
    if isinstance(model, torch.nn.Module) and is_comparator(model):
        model = _plain_form(model)
    start = _RandomFeedback(feedback, feedback_std, seed, 0.5 if p_baseline is None else p_baseline)
    activation: Activation = "sigmoid"
    if isinstance(model, Mapping):
        layers, mapped_p_baseline = _published_layers(model, start.p_baseline), start.p_baseline
    elif any(isinstance(module, BurstLayer) for module in model.modules()):
        layers, mapped_p_baseline = _burst_model_layers(model, array)
        activation = burst_layers(model)[0].activation
        if p_baseline not in (None, mapped_p_baseline):
            raise MappingError(
                f"the model was trained with p_baseline = {mapped_p_baseline:g}; it cannot be "
                f"mapped with {p_baseline:g}"
            )
    else:
        layers = _plain_layers(model, array, start)
        mapped_p_baseline = start.p_baseline
    network = MappedNetwork(
        layers=tuple(layers),
        precision="float",
        p_baseline=mapped_p_baseline,
        metadata={**notes, **(metadata or {})},
        activation=activation,
    )
    if precision == "float":
        return network
    if array is None:
        raise InvalidInputError(
            "mapping to fixed point needs a few inputs to calibrate on; pass "
            "from_torch(model, inputs) or precision='float'"
        )
    return quantise(
        network,
        event_rates(array, network.input_shape, "calibration inputs"),
        weight_bits=weight_bits,
        event_bits=event_bits,
        burst_extra_bits=burst_extra_bits,
        weight_range=weight_range,
    )


def read_model(path: str | Path) -> tuple[torch.nn.Module | Mapping[str, Any], dict[str, Any]]:
    """The model or state_dict of a file, and what a checkpoint says of its data.

    Raises:
        MissingDataError, FileFormatError, MappingError: no such file, or not one of these.
    """
    content = read_torch_file(path)
    if isinstance(content, Mapping) and content.get("format") == CHECKPOINT_FORMAT:
        checkpoint = load_checkpoint(path)
        return checkpoint.model, checkpoint.data
    if isinstance(content, Mapping):
        return content, {}
    raise MappingError(
        f"{path} holds a {type(content).__name__}; expected a checkpoint of lava-bccn or a "
        "state_dict of the published code"
    )


class _RandomFeedback:
    """Feedback for models that have none, by the regimes' names in ``nn``."""

    def __init__(self, regime: str | None, std: float, seed: int, p_baseline: float) -> None:
        if regime not in (None, "random", "symmetric", "tied", "kolen_pollack"):
            raise InvalidInputError(
                "feedback must be 'random', 'symmetric', 'tied', 'kolen_pollack' or None, not "
                f"{regime!r}"
            )
        if not 0 <= std < math.inf:
            raise InvalidInputError(f"feedback_std must be 0 or more and finite, not {std!r}")
        self.regime, self.std, self.p_baseline = regime, std, p_baseline
        self._generator = np.random.default_rng(seed)

    def fields(self, weight: NDArray[np.floating]) -> dict[str, Any]:
        """The feedback fields of a layer with this weight."""
        if self.regime is None:
            return {}
        burst = weight.copy()
        if self.regime in ("random", "kolen_pollack"):
            burst = self._generator.normal(0, self.std, weight.shape).astype(weight.dtype)
        return {
            "feedback": self.regime,
            "feedback_burst": burst,
            "feedback_event": (self.p_baseline * burst).astype(weight.dtype),
        }


def _numpy(tensor: torch.Tensor) -> NDArray[np.floating]:
    if tensor.dtype not in (torch.float32, torch.float64):
        tensor = tensor.to(torch.float32)
    return tensor.detach().cpu().numpy().copy()


def _layer(
    weight: NDArray[np.floating],
    bias: torch.Tensor | None,
    geometry: ConvolutionGeometry | None,
    **fields: Any,
) -> MappedLayer:
    """A layer with a bias for every unit, where PyTorch has one for every channel."""
    values = np.zeros(len(weight), dtype=weight.dtype) if bias is None else _numpy(bias)
    if geometry is not None:
        _, height, width = geometry.output_shape(weight.shape)
        values = np.repeat(values, height * width)
    return MappedLayer(weight=weight, bias=values, geometry=geometry, **fields)


def _without_flatten(modules: Sequence[torch.nn.Module]) -> list[torch.nn.Module]:
    """Without what changes nothing here, where states are flat anyway."""
    return [module for module in modules if not isinstance(module, torch.nn.Flatten)]


def _images(layers: Sequence[MappedLayer], inputs: NDArray[Any] | None) -> tuple[int, ...]:
    """Shape of what the next convolution reads: the last layer, or the inputs."""
    if layers:
        return layers[-1].shape
    if inputs is None or inputs.ndim != 4:
        came = "none" if inputs is None else f"inputs of shape {inputs.shape}"
        raise MappingError(
            "a network that starts with a convolution takes images of a size that only they tell: "
            f"expected inputs of shape (samples, channels, height, width), got {came}"
        )
    return inputs.shape[1:]


def _geometry(module: BurstConv2d | torch.nn.Conv2d, shape: tuple[int, ...]) -> ConvolutionGeometry:
    """How a module's kernel lies on images of this shape."""
    padding: Any = module.padding
    if isinstance(module, torch.nn.Conv2d):
        if set(module.dilation) != {1} or module.padding_mode != "zeros":
            raise MappingError(
                f"{module} has no mapping: expected dilation 1 and padding_mode 'zeros'"
            )
        if isinstance(padding, str):
            reach = [size - 1 if padding == "same" else 0 for size in module.kernel_size]
            if any(size % 2 for size in reach):
                raise MappingError(f"{module} has no mapping: it pads one side more than the other")
            padding = [size // 2 for size in reach]
    if len(shape) != 3 or shape[0] != module.in_channels:
        raise MappingError(
            f"{module} needs images of {module.in_channels} channels below; got the shape {shape}"
        )
    channels, height, width = shape
    vertical, horizontal = padding
    return ConvolutionGeometry(
        (channels, height, width),
        (module.stride[0], module.stride[1]),
        (vertical, horizontal),
        module.groups,
    )


def _burst_model_layers(
    model: torch.nn.Module, inputs: NDArray[Any] | None
) -> tuple[list[MappedLayer], float]:
    sources = burst_layers(model)
    modules = list(model) if isinstance(model, torch.nn.Sequential) else []
    first = next((i for i, module in enumerate(modules) if isinstance(module, BurstLayer)), -1)
    if _without_flatten(modules[max(first, 0) :]) != sources:
        raise MappingError(
            "a BurstCCN to be mapped must be one nn.Sequential: Flatten and Normalize if any, then "
            "burst layers only, with Flatten after convolutions; got "
            + (", ".join(type(module).__name__ for module in modules) or type(model).__name__)
        )
    baselines = {layer.p_baseline for layer in sources}
    if len(baselines) > 1:
        raise MappingError(f"layers differ in p_baseline ({sorted(baselines)}); expected one")
    if len({layer.activation for layer in sources}) > 1:
        raise MappingError("layers differ in activation; expected one for all of them")
    layers: list[MappedLayer] = []
    for index, source in enumerate(sources):
        weight = _numpy(source.weight)
        geometry = None
        if isinstance(source, BurstConv2d):
            geometry = _geometry(source, _images(layers, inputs))
        fields: dict[str, Any] = {}
        burst, event = source.feedback_burst, source.feedback_event
        if index > 0 and burst is not None and event is not None:
            fields = {
                "feedback": source.feedback,
                "feedback_event_regime": source.feedback_event_regime,
                "feedback_burst": _numpy(burst),
                "feedback_event": _numpy(event),
                "learn_feedback_burst": source.learn_feedback_burst,
                "learn_feedback_event": source.learn_feedback_event,
            }
        layers.append(_layer(weight, source.bias, geometry, **fields))
    layers[0] = _fold(modules[:first], layers[0], inputs)
    return layers, baselines.pop()


def _plain_form(model: torch.nn.Module) -> torch.nn.Sequential:
    """A network trained by backprop or feedback alignment, as Linear and Sigmoid."""
    layers = comparator_layers(model)
    if not isinstance(layers[0], FeedbackAlignmentLinear):
        raise MappingError(
            f"a network of {type(layers[0]).__name__} cannot be mapped: Loihi and the simulator "
            "have no form of its learning rule; of the models of bccn train, burstccn, backprop "
            "and feedback_alignment can"
        )
    modules: list[torch.nn.Module] = []
    for module in model.children():
        if not isinstance(module, FeedbackAlignmentLinear):
            modules.append(module)
            continue
        linear = torch.nn.Linear(
            module.in_features, module.out_features, module.bias is not None, device="meta"
        )
        linear.weight = module.weight
        if module.bias is not None:
            linear.bias = module.get_parameter("bias")
        modules += [linear, torch.nn.Sigmoid()]
    return torch.nn.Sequential(*modules)


def _plain_layers(
    model: torch.nn.Module, inputs: NDArray[Any] | None, start: _RandomFeedback
) -> list[MappedLayer]:
    if not isinstance(model, torch.nn.Sequential):
        raise MappingError(
            f"cannot map a {type(model).__name__}; expected a BurstCCN or an nn.Sequential of "
            "Linear (or Conv2d) and Sigmoid"
        )
    modules = [module for module in model if not isinstance(module, torch.nn.Dropout)]
    preprocessing = []
    while modules and isinstance(modules[0], torch.nn.Flatten | Normalize):
        preprocessing.append(modules.pop(0))
    modules = _without_flatten(modules)
    layers: list[MappedLayer] = []
    for position, (linear, activation) in enumerate(
        zip(modules[::2], [*modules[1::2], None], strict=False), start=1
    ):
        if not isinstance(linear, torch.nn.Linear | torch.nn.Conv2d):
            raise MappingError(
                f"layer {position} is a {type(linear).__name__}, which has no mapping; expected "
                "torch.nn.Linear or Conv2d"
            )
        if not isinstance(activation, torch.nn.Sigmoid):
            came = "nothing" if activation is None else type(activation).__name__
            raise MappingError(
                f"layer {position} is followed by {came}, which has no mapping: ensembles have the "
                "activation torch.nn.Sigmoid(); train with it (after a last Linear it can be "
                "appended without changing the predicted class)"
            )
        weight = _numpy(linear.weight)
        fields = start.fields(weight) if layers else {}
        geometry = None
        if isinstance(linear, torch.nn.Conv2d):
            geometry = _geometry(linear, _images(layers, inputs))
        layers.append(_layer(weight, linear.bias, geometry, **fields))
    if not layers:
        raise MappingError(
            "the model has no layer; expected an nn.Sequential of Linear and Sigmoid"
        )
    layers[0] = _fold(preprocessing, layers[0], inputs)
    return layers


def _fold(
    preprocessing: list[torch.nn.Module], layer: MappedLayer, inputs: NDArray[Any] | None
) -> MappedLayer:
    """Put the affine modules in front of the first layer into its weight and bias."""
    for module in preprocessing:
        if not isinstance(module, torch.nn.Flatten | Normalize):
            raise MappingError(
                f"{type(module).__name__} in front of the first layer has no mapping; expected "
                "Flatten or lava_bccn.nn.Normalize"
            )
    if not any(isinstance(module, Normalize) for module in preprocessing):
        return layer
    shape = layer.shape_below if inputs is None else inputs.shape[1:]
    preprocessing = [copy.deepcopy(module).cpu() for module in preprocessing]

    def preprocessed(value: float) -> NDArray[np.float64]:
        result = torch.full((1, *shape), value, dtype=torch.float64)
        for module in preprocessing:
            result = module(result)
        return result.numpy().reshape(-1)

    try:
        offset = preprocessed(0.0)
        scale = preprocessed(1.0) - offset
        weight = layer.weight * _scale_of_weight(layer, scale)
        bias = layer.bias + forward(layer, offset)
    except (RuntimeError, ValueError) as error:
        raise MappingError(
            f"Normalize does not fit inputs of shape {tuple(shape)} ({error}); pass inputs in the "
            "shape that the model takes"
        ) from error
    return replace(layer, weight=weight, bias=bias)


def _scale_of_weight(layer: MappedLayer, scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """The scales of the inputs as they multiply W.

    Raises:
        MappingError: places of an image that share a kernel are scaled differently.
    """
    if layer.geometry is None:
        return scale
    channels = scale.reshape(layer.geometry.input_shape[0], -1)
    if not np.allclose(channels, channels[:, :1]):
        raise MappingError(
            "Normalize scales places of an image differently, but the first convolution has one "
            "kernel for all; expected one std for all places of a channel"
        )
    groups = layer.geometry.groups
    per_channel = channels[:, 0].reshape(groups, 1, -1, 1, 1)
    kernels_a_group = len(layer.weight) // groups
    return np.repeat(per_channel, kernels_a_group, axis=1).reshape(len(layer.weight), -1, 1, 1)


def _published_layers(state: Mapping[str, Any], p_baseline: float) -> list[MappedLayer]:
    """Layers from a state_dict of the published code, where Y and Q are with their receiver.

    Names end in ``INDEX.weight``, ``INDEX.bias``, ``INDEX.weight_Y``, ``INDEX.weight_Q``
    (github.com/neuralml/BurstCCN, ``BurstCCN`` network).
    """
    pattern = re.compile(r"(?:.*\.)?(\d+)\.(weight|bias|weight_Y|weight_Q)")
    found: dict[int, dict[str, NDArray[np.floating]]] = {}
    for name, value in state.items():
        match = pattern.fullmatch(str(name))
        if match and isinstance(value, torch.Tensor):
            found.setdefault(int(match[1]), {})[match[2]] = _numpy(value)
        elif not re.search(r"\.delta_(weight|bias)(_[YQ])?$", str(name)):
            raise MappingError(
                f"{name} is not of the published code's fully connected network; for a BurstCCN of "
                "lava_bccn.nn pass the model, or write a checkpoint with save_checkpoint; for a "
                "plain network pass the nn.Sequential itself, which also says its activations"
            )
    receivers = [found[index] for index in sorted(found)]
    complete = {"weight", "bias", "weight_Y", "weight_Q"}
    if (
        not receivers
        or set(receivers[-1]) != {"weight", "bias"}
        or any(set(layer) != complete for layer in receivers[:-1])
        or any(layer["weight"].ndim != 2 for layer in receivers)
        # Without hidden layers only the stored updates tell it from any other state_dict.
        or (len(receivers) == 1 and not any("delta_weight" in str(name) for name in state))
    ):
        raise MappingError(
            "this state_dict is not of the published code's fully connected network (INDEX.weight, "
            ".bias, .weight_Y, .weight_Q for hidden layers, .weight and .bias for the output); for "
            "a plain network pass the nn.Sequential itself, which also says its activations"
        )
    layers = []
    for below, layer in zip([None, *receivers[:-1]], receivers, strict=True):
        fields: dict[str, Any] = {}
        if below is not None:
            tied = np.array_equal(below["weight_Q"], p_baseline * below["weight_Y"])
            fields = {
                "feedback": "random",
                "feedback_event_regime": "tied" if tied else "random",
                "feedback_burst": below["weight_Y"],
                "feedback_event": below["weight_Q"],
            }
        layers.append(MappedLayer(weight=layer["weight"], bias=layer["bias"], **fields))
    return layers

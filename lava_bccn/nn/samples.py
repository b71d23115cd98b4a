"""Samples that users hand in, as tensors that a model takes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.comparators import ComparatorLayer
from lava_bccn.nn.layers import BurstLayer
from lava_bccn.nn.models import learning_layers
from lava_bccn.nn.wrappers import sequential
from lava_bccn.validation import class_labels, finite, is_plain, plain_array, teacher, unit_interval

Samples = tuple[Tensor, Tensor]
"""Inputs (samples, ...) as event rates and class labels (samples,)."""


def check_trainable(model: torch.nn.Module) -> None:
    """Refuse a model in which nothing can learn.

    Raises:
        InvalidInputError: it has no values, or no parameter that takes a gradient.
    """
    parameters = list(model.parameters())
    if any(each.is_meta for each in parameters):
        raise InvalidInputError(
            "the model is on the meta device and has no values; load them first, as with "
            "model.load_state_dict(state, assign=True)"
        )
    if not any(each.requires_grad for each in parameters):
        raise InvalidInputError(
            "no parameter of the model takes a gradient, so nothing would learn; call "
            "model.requires_grad_() first"
        )


def as_inputs(model: torch.nn.Module, inputs: Any, name: str = "inputs") -> Tensor:
    """Inputs in the precision and on the device of a model, without gradient.

    Args:
        model: a network of this package.
        inputs: (samples, ...), a tensor, or whatever ``validation.plain_array`` takes.
        name: what to call them in an error.

    Raises:
        InvalidInputError: no floating point (or binary) numbers, none at all, NaN or infinity.
    """
    weight = learning_layers(model)[0].weight
    if isinstance(inputs, Tensor) and inputs.is_floating_point() and is_plain(inputs):
        tensor = inputs.detach()
        if not bool(tensor.isfinite().all()):
            finite(plain_array(tensor, name), name)
    else:
        array = plain_array(inputs, name)
        is_floating = array.dtype.kind == "f"
        tensor = torch.tensor(finite(array, name) if is_floating else unit_interval(array, name))
    if tensor.ndim < 2 or len(tensor) == 0:
        raise InvalidInputError(
            f"{name} have shape {tuple(tensor.shape)}; expected (samples, ...), at least one"
        )
    return tensor.to(weight.device, weight.dtype)


def as_targets(model: torch.nn.Module, targets: Any, samples: int) -> Tensor:
    """Targets (samples, units of the output) in the precision and on the device of a model.

    Raises:
        InvalidInputError: wrong shape or dtype, NaN or infinity, or values above 1.
    """
    weight = learning_layers(model)[-1].weight
    array = teacher(targets, samples, weight.shape[0])
    return torch.tensor(array).to(weight.device, weight.dtype)


def as_samples(model: torch.nn.Module, samples: Any, name: str) -> Samples:
    """Inputs in [0, 1] and class labels as tensors that a model takes.

    Args:
        model: a network of this package.
        samples: inputs (samples, ...) and labels (samples,).
        name: of the set, for errors.

    Raises:
        InvalidInputError: not two of these, or they do not fit each other or the model.
    """
    if hasattr(samples, "train_inputs"):
        raise InvalidInputError(
            f"the {name} set must be (inputs, labels), and a Dataset has two such sets; take "
            "(data.train_inputs, data.train_labels) to train on, and those of test for errors"
        )
    if not isinstance(samples, tuple | list) or len(samples) != 2:
        raise InvalidInputError(
            f"the {name} set must be (inputs, labels), two tensors or arrays, not a "
            f"{type(samples).__name__}; of a DataLoader make them with "
            "inputs, labels = map(torch.cat, zip(*loader))"
        )
    inputs, labels = samples
    rates = as_inputs(model, inputs, f"inputs of the {name} set")
    if not bool(((rates >= 0) & (rates <= 1)).all()):
        raise InvalidInputError(
            f"inputs of the {name} set must be event rates in [0, 1]; got values from "
            f"{float(rates.min()):g} to {float(rates.max()):g}; scale them, and standardise "
            "with a first Normalize module"
        )
    known = plain_array(labels, f"labels of the {name} set")
    if known.ndim == 1 and len(known) != len(rates):
        raise InvalidInputError(
            f"the {name} set has {len(rates)} inputs and {len(known)} labels; expected as many of "
            "both"
        )
    first_layer_inputs(model, rates[:1])  # refuses what does not fit
    classes = learning_layers(model)[-1].weight.shape[0]
    known = class_labels(known, len(rates), classes, f"labels of the {name} set")
    return rates, torch.from_numpy(known).to(rates.device)


def class_targets(
    labels: Tensor,
    classes: int,
    label_smoothing: float = 0.0,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Targets 1 − ε for the class of each sample and ε / (classes − 1) for each other one.

    Args:
        labels: (samples,), from 0.
        classes: units of the output.
        label_smoothing: ε.
        dtype: of the targets.

    Returns:
        Event rates (samples, classes), which sum to 1.

    Raises:
        InvalidInputError: another class would get as much as a sample's own.
    """
    if label_smoothing and not label_smoothing < 1 - 1 / classes:
        raise InvalidInputError(
            f"label_smoothing must be less than {1 - 1 / classes:g} with {classes} classes, not "
            f"{label_smoothing:g}: the class of a sample needs the highest target"
        )
    others = label_smoothing / (classes - 1) if label_smoothing else 0.0
    targets = torch.full((len(labels), classes), others, dtype=dtype, device=labels.device)
    return targets.scatter_(1, labels[:, None], 1 - label_smoothing)


def first_layer_inputs(model: torch.nn.Module, inputs: Tensor) -> Tensor:
    """What reaches the first layer that learns: inputs after Flatten and Normalize.

    Raises:
        InvalidInputError: they do not fit one of these or the layer, or there is no such layer.
    """
    shape = tuple(inputs.shape)
    for module in sequential(model):
        if isinstance(module, BurstLayer | ComparatorLayer):
            module.check_inputs(inputs)
            return inputs
        try:
            inputs = module(inputs)
        except (RuntimeError, IndexError) as error:
            raise InvalidInputError(
                f"inputs of shape {shape} do not fit {type(module).__name__} ({error})"
            ) from error
    raise InvalidInputError("the model has no layer that learns")

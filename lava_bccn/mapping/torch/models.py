"""Mapping trained PyTorch models of several kinds to a :class:`MappedNetwork`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.mapping.quantise import quantise
from lava_bccn.mapping.torch.layers import burst_model_layers
from lava_bccn.mapping.torch.plain import RandomFeedback, plain_layers
from lava_bccn.mapping.torch.published import published_layers
from lava_bccn.mapping.torch.state_dicts import plain_model, state_dict_of
from lava_bccn.network.network import MappedNetwork, Precision
from lava_bccn.nn.checkpoint import checkpoint_of, is_checkpoint
from lava_bccn.nn.layers import BurstLayer
from lava_bccn.nn.models import burst_layers
from lava_bccn.nn.stored import read_torch_file
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
            ``Normalize`` or where convolutions have to know the size of the images, and neither
            a checkpoint nor ``metadata`` has the ``input_shape``.
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
    start = RandomFeedback(feedback, feedback_std, seed, 0.5 if p_baseline is None else p_baseline)
    notes.update(metadata or {})
    sample_shape = _sample_shape(array, notes.get("input_shape"))
    activation = "sigmoid"
    if isinstance(model, Mapping):
        model = state_dict_of(model)
        layers, mapped_p_baseline = published_layers(model, start.p_baseline), start.p_baseline
    elif any(isinstance(module, BurstLayer) for module in model.modules()):
        layers, mapped_p_baseline = burst_model_layers(model, sample_shape)
        activation = burst_layers(model)[0].activation
        if p_baseline not in (None, mapped_p_baseline):
            raise MappingError(
                f"the model was trained with p_baseline = {mapped_p_baseline:g}; it cannot be "
                f"mapped with {p_baseline:g}"
            )
    else:
        layers = plain_layers(model, sample_shape, start)
        mapped_p_baseline = start.p_baseline
    network = MappedNetwork(
        layers=tuple(layers),
        precision="float",
        p_baseline=mapped_p_baseline,
        metadata=notes,
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


def read_model(
    path: str | Path, *, key: str | None = None, activation: str | None = None
) -> tuple[torch.nn.Module | Mapping[str, Any], dict[str, Any]]:
    """The model or state_dict of a file, and what a checkpoint says of its data.

    Args:
        path: of ``torch.save``.
        key: under which the file has the state_dict, if it has other things too.
        activation: ``"sigmoid"`` of a plain network's state_dict: what follows each Linear layer.

    Raises:
        MissingDataError, FileFormatError, MappingError: no such file, or not one of these.
    """
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

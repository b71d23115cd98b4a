"""Operations that are no affine map: activations that ensembles have, and why others have none."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

Arguments = dict[str, Any]


@dataclass(frozen=True)
class Nonlinearity:
    """y = scale · f((x − start) · gain) + offset, with f an activation of ``dynamics``.

    Attributes:
        activation: f, by its name.
        gain, start: of what it is computed of.
        scale, offset: of what comes out.
        is_unbounded: y goes on beyond f = 1, as ReLU does, so a scale has to be chosen.
    """

    activation: str
    gain: float = 1.0
    start: float = 0.0
    scale: float = 1.0
    offset: float = 0.0
    is_unbounded: bool = False

    def changes_nothing(self, between: tuple[float, float] | None) -> bool:
        """Whether values between two bounds lie where a rectified line is the line."""
        if self.activation != "relu" or self.offset != self.start:
            return False
        high = math.inf if self.is_unbounded else self.start + self.scale
        return is_within(between, self.start, high)


def is_within(between: tuple[float, float] | None, low: float, high: float | None) -> bool:
    """Whether two bounds lie within two others, but for rounding; None: it is not known."""
    if between is None or high is None:
        return False
    return low <= between[0] and between[1] <= high + 1e-9 * abs(high)


def clipped(low: float, high: float) -> Nonlinearity:
    """x within [low, high]."""
    return Nonlinearity("relu", 1 / (high - low), low, high - low, low)


def rectified(low: float = 0.0) -> Nonlinearity:
    """max(x, low)."""
    return Nonlinearity("relu", 1.0, low, 1.0, low, is_unbounded=True)


def upper_end(name: str, arguments: Arguments) -> float | None:
    """Where an operation cuts off, if it does so above only."""
    if name in ("minimum", "min"):
        high = _number(_constant_of(arguments))
    elif name in ("clamp", "clip", "clamp_max") and _number(arguments.get("min")) is None:
        high = _number(arguments.get("max"))
    else:
        return None
    return float(high) if isinstance(high, int | float) and math.isfinite(high) else None


def _number(value: Any) -> Any:
    """A constant of equal entries as the number that they are."""
    if isinstance(value, Tensor) and value.numel() and bool((value == value.flatten()[0]).all()):
        return float(value.flatten()[0])
    return value


def _constant_of(arguments: Arguments) -> Any:
    """That of ``maximum`` and ``minimum`` which is constant."""
    both = (arguments.get("self"), arguments.get("other"))
    return next((each for each in both if isinstance(each, Tensor)), None)


def _maximum(arguments: Arguments) -> Nonlinearity | None:
    return _clamp({"min": _constant_of(arguments)})


def _clamp(arguments: Arguments) -> Nonlinearity | None:
    low, high = _number(arguments.get("min")), _number(arguments.get("max"))
    if not isinstance(low, int | float) or not math.isfinite(low):
        return None  # without a lower end nothing says where the rate is 0
    if high is None:
        return rectified(float(low))
    if not isinstance(high, int | float) or not low < high < math.inf:
        return None
    return clipped(float(low), float(high))


def _hardtanh(arguments: Arguments) -> Nonlinearity | None:
    return _clamp({"min": arguments["min_val"], "max": arguments["max_val"]})


def _threshold(arguments: Arguments) -> Nonlinearity | None:
    low = arguments["threshold"]
    return rectified(float(low)) if low == arguments["value"] else None


ACTIVATIONS: dict[str, Callable[[Arguments], Nonlinearity | None]] = {
    "sigmoid": lambda _: Nonlinearity("sigmoid"),
    "tanh": lambda _: Nonlinearity("sigmoid", gain=2.0, scale=2.0, offset=-1.0),
    "hardsigmoid": lambda _: Nonlinearity("relu", gain=1 / 6, start=-3.0),
    "relu": lambda _: rectified(),
    "relu6": lambda _: clipped(0.0, 6.0),
    "hardtanh": _hardtanh,
    **dict.fromkeys(("clamp", "clip"), _clamp),
    "clamp_min": _clamp,
    **dict.fromkeys(("maximum", "max"), _maximum),
    "threshold": _threshold,
}
"""Operations of ATen that an activation of ``dynamics`` computes, from their arguments; None where
it does not with these."""

LAST = ("softmax", "log_softmax", "_softmax", "_log_softmax")
"""What may stand at the end: it changes no class, so what it is computed of is kept."""

_SMOOTH = "train with ReLU, Sigmoid or Tanh instead"
_POOL = "train with AvgPool2d instead, or with a convolution of stride 2"
_BATCH = "its mean and scale depend on the other samples; keep its running ones, as by default"
_NORM = "its scale depends on each sample; train with BatchNorm, which is folded into the weights"
_ATTENTION = "weights that depend on the input have no synapses; no attention can be mapped"
_RECURRENT = "what goes on in time has no mapping here; a network is shown one sample after another"

MODULES: dict[str, str] = {
    **dict.fromkeys(
        ("MultiheadAttention", "TransformerEncoderLayer", "TransformerDecoderLayer"), _ATTENTION
    ),
    "LocalResponseNorm": _NORM,
    **dict.fromkeys(("LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell"), _RECURRENT),
}
"""Modules of PyTorch that have no mapping as a whole, and why."""

REASONS: dict[str, str] = {
    **dict.fromkeys(
        (
            "gelu",
            "silu",
            "mish",
            "elu",
            "selu",
            "celu",
            "softplus",
            "hardswish",
            "log_sigmoid",
            "leaky_relu",
            "prelu",
            "rrelu",
            "softsign",
            "tanhshrink",
            "hardshrink",
            "softshrink",
            "abs",
            "pow",
            "square",
            "exp",
            "expm1",
            "log",
            "log1p",
            "sqrt",
            "sin",
            "cos",
            "sign",
            "erf",
            "reciprocal",
            "where",
        ),
        f"no activation of ensembles has its shape; {_SMOOTH}",
    ),
    **dict.fromkeys(
        (
            "max_pool1d",
            "max_pool2d",
            "max_pool3d",
            "adaptive_max_pool1d",
            "adaptive_max_pool2d",
            "max_pool2d_with_indices",
            "amax",
            "max",
            "maximum",
            "amin",
            "min",
            "minimum",
            "topk",
        ),
        f"synapses add and do not compare; {_POOL}",
    ),
    **dict.fromkeys(
        (
            "layer_norm",
            "group_norm",
            "instance_norm",
            "rms_norm",
            "native_layer_norm",
            "native_group_norm",
            "var",
            "std",
            "var_mean",
            "std_mean",
            "linalg_vector_norm",
        ),
        _NORM,
    ),
    **dict.fromkeys(("scaled_dot_product_attention", "multi_head_attention_forward"), _ATTENTION),
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_cell", "gru_cell"), _RECURRENT),
    **dict.fromkeys(
        ("argmax", "argmin", "argsort", "sort"),
        "a choice is no rate; return what it chooses from, whose largest is the class",
    ),
    **dict.fromkeys(
        ("gt", "lt", "ge", "le", "eq", "ne", "logical_and", "logical_or", "logical_not"),
        f"a comparison has no mapping but within an activation; {_SMOOTH}",
    ),
    **dict.fromkeys(
        ("_native_batch_norm_legit", "native_batch_norm", "_batch_norm_with_update"), _BATCH
    ),
    **dict.fromkeys(
        (
            "fake_quantize_per_tensor_affine",
            "fake_quantize_per_channel_affine",
            "_fake_quantize_learnable_per_tensor_affine",
            "quantize_per_tensor",
            "fused_moving_avg_obs_fake_quant",
            "_fake_quantize_per_tensor_affine_cachemask_tensor_qparams",
        ),
        "the mapping rounds weights and rates in its own way; give it the model in floating point",
    ),
    **dict.fromkeys(
        ("embedding", "embedding_bag", "one_hot"),
        "its input is a number of a row, not a rate; feed one-hot rates to a Linear",
    ),
    "bilinear": "a product of inputs is no synapse; train with a Linear of both",
    **dict.fromkeys(LAST, "it may stand at the end only, over all outputs; use Sigmoid within"),
}
"""Why an operation of ATen has no mapping, and what comes nearest."""

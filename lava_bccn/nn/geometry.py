"""The two shapes a layer can have, whatever it learns by: fully connected and convolutional.

A layer is a rule (``BurstLayer``, a ``ComparatorLayer``) and one of these before it, which gives it
sizes, a connection and checked inputs: ``class BurstLinear(FullyConnected, BurstLayer)``.
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar, TypedDict

import torch
from torch import Tensor

from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.connections import Convolution, Dense, LinearMap
from lava_bccn.nn.tied import TiedMatrix
from lava_bccn.settings import (
    FLAG,
    NOT_NEGATIVE,
    POSITIVE,
    Setting,
    check,
    instance,
    integer,
    tuple_of,
)

FLOATING = Setting(
    "a floating point dtype of PyTorch",
    lambda each: isinstance(each, torch.dtype) and each.is_floating_point,
)

Pair = int | tuple[int, int]
"""One number for both axes of an image, or (vertical, horizontal)."""


class LayerOptions(TypedDict, total=False):
    """The options of :class:`Layer` that rules only hand on, by their types."""

    bias: bool
    gain: float
    device: torch.device | str | None
    dtype: torch.dtype | None


class ConvolutionOptions(TypedDict, total=False):
    """The options of :class:`Convolutional`, by their types."""

    stride: Pair
    padding: Pair
    groups: int


def _signature(layer: type) -> inspect.Signature:
    """Of ``__init__``, where ``**options`` stand the keywords that it hands on to its bases."""
    parameters: dict[str, inspect.Parameter] = {}
    for init in (vars(base)["__init__"] for base in layer.__mro__ if "__init__" in vars(base)):
        _, *own = inspect.signature(init).parameters.values()
        if parameters:  # sizes, or what a base makes of them
            own = [each for each in own if each.kind != each.POSITIONAL_OR_KEYWORD]
        parameters |= {each.name: each for each in own if each.name not in parameters}
        if "options" not in parameters:
            break
        del parameters["options"]
    return inspect.Signature(list(parameters.values()))


class Layer(torch.nn.Module):
    """W and c of a layer, and how they connect it to the one below.

    ``inspect.signature`` of a layer shows the options of all its bases with their defaults.

    Args:
        shape: of W; the first axis are the units, or channels, of this layer.
        connection: how W connects it to the layer below.
        bias: learn a bias c.
        gain: of the Xavier-normal start of W.
        generator: source of the random start; None is PyTorch's global one.
        device, dtype: as in ``torch.nn.Linear``.

    Raises:
        InvalidInputError: a gain that is not positive and finite, or another option that is none.
    """

    weight: torch.nn.Parameter
    bias: Tensor | None
    __signature__: ClassVar[inspect.Signature]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.__signature__ = _signature(cls)

    def __init__(
        self,
        shape: tuple[int, ...],
        connection: LinearMap,
        *,
        bias: bool = True,
        gain: float = 1.0,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        gain = check("gain", gain, POSITIVE)
        check("bias", bias, FLAG)
        check("dtype", dtype, FLOATING.or_none())
        check("generator", generator, instance(torch.Generator).or_none())
        self.connection = connection
        weight = torch.empty(shape, device=device, dtype=dtype)
        torch.nn.init.xavier_normal_(weight, gain=gain, generator=generator)
        self.start_weight(weight)
        start = weight.new_zeros(shape[0])
        self.register_parameter("bias", torch.nn.Parameter(start) if bias else None)

    def start_weight(self, weight: Tensor) -> None:
        """Keep W as it starts; layers that hold it in parts take it apart here."""
        self.weight = torch.nn.Parameter(weight)

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse to replace a matrix that is looked up; ``x.y += z`` has written into it."""
        if isinstance(getattr(type(self), name, None), property):
            current = getattr(self, name)
            if value is current:
                return
            advice = f"write into it: with torch.no_grad(): layer.{name}.copy_(values)"
            if isinstance(current, TiedMatrix):
                advice = current.advice
            raise InvalidInputError(f"{name} of a layer cannot be replaced; {advice}")
        super().__setattr__(name, value)

    def random_like_weight(self, std: float, generator: torch.Generator | None) -> Tensor:
        """A random matrix of the shape of W, of mean 0.

        Raises:
            InvalidInputError: a standard deviation below 0 or not finite.
        """
        std = check("feedback_std", std, NOT_NEGATIVE)
        return torch.empty_like(self.weight.detach()).normal_(0, std, generator=generator)

    def leading_axes(self, inputs: Tensor) -> int:
        """How many axes of the inputs stand before the batch."""
        return 0

    def check_inputs(self, inputs: Tensor) -> None:
        """Refuse inputs that the layer cannot take.

        Raises:
            InvalidInputError: says of what shape they should be.
        """

    def description(self) -> dict[str, Any]:
        """The arguments that build a layer of the same kind (without its random start)."""
        return {"bias": self.bias is not None}

    def extra_repr(self) -> str:
        """What ``print`` shows."""
        return ", ".join(f"{name}={value!r}" for name, value in self.description().items())


class FullyConnected(Layer):
    """Every unit with every unit below.

    Args:
        in_features, out_features: units below, units of this layer.
        options: of the rule.
    """

    def __init__(self, in_features: int, out_features: int, **options: Any) -> None:
        in_features = check("in_features", in_features, integer(1))
        out_features = check("out_features", out_features, integer(1))
        super().__init__((out_features, in_features), Dense(), **options)
        self.in_features = in_features
        self.out_features = out_features

    def check_inputs(self, inputs: Tensor) -> None:
        """As :meth:`Layer.check_inputs`."""
        if inputs.ndim != 2 + self.leading_axes(inputs) or inputs.shape[-1] != self.in_features:
            raise InvalidInputError(
                f"expected inputs of shape (batch, {self.in_features}), got {tuple(inputs.shape)}; "
                "put torch.nn.Flatten() before the first layer for images, and use layers of one "
                "rule"
            )

    def forward(self, inputs: Tensor) -> Tensor:
        """Event rates in [0, 1], shape (batch, out_features), of inputs (batch, in_features)."""
        self.check_inputs(inputs)
        event_rate: Tensor = super().forward(inputs)
        return event_rate

    def description(self) -> dict[str, Any]:
        """As :meth:`Layer.description`."""
        sizes = {"in_features": self.in_features, "out_features": self.out_features}
        return {**sizes, **super().description()}


class Convolutional(Layer):
    """A unit for each channel and place of an image, with the same kernels at all places.

    Args:
        in_channels, out_channels: of the images below and of this layer.
        kernel_size, stride, padding: in units below; silence is what is padded.
        groups: blocks of channels, each connected to its like only; divides both channel numbers.
        options: of the rule.

    Raises:
        InvalidInputError: sizes that no convolution has.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        *,
        stride: Pair = 1,
        padding: Pair = 0,
        groups: int = 1,
        **options: Any,
    ) -> None:
        kernel = _pair("kernel_size", kernel_size, 1)
        counts = {"in_channels": in_channels, "out_channels": out_channels, "groups": groups}
        in_channels, out_channels, groups = (
            check(name, count, integer(1)) for name, count in counts.items()
        )
        if in_channels % groups or out_channels % groups:
            raise InvalidInputError(
                "in_channels, out_channels and groups must be at least 1 and groups divide both "
                f"channel numbers; got {in_channels}, {out_channels} and {groups}"
            )
        connection = Convolution(_pair("stride", stride, 1), _pair("padding", padding, 0), groups)
        super().__init__((out_channels, in_channels // groups, *kernel), connection, **options)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = kernel
        self.stride: tuple[int, int] = connection.stride
        self.padding: tuple[int, int] = connection.padding
        self.groups = groups

    def check_inputs(self, inputs: Tensor) -> None:
        """As :meth:`Layer.check_inputs`."""
        smallest = tuple(k - 2 * p for k, p in zip(self.kernel_size, self.padding, strict=True))
        channels, *size = inputs.shape[-3:] if inputs.ndim > 2 else (0,)
        if (
            inputs.ndim != 4 + self.leading_axes(inputs)
            or channels != self.in_channels
            or size[0] < smallest[0]
            or size[1] < smallest[1]
        ):
            raise InvalidInputError(
                f"expected images of shape (batch, {self.in_channels}, height, width) with a size "
                f"of at least {smallest}, got {tuple(inputs.shape)}"
            )

    def forward(self, inputs: Tensor) -> Tensor:
        """Event rates, (batch, out_channels, ...), of images (batch, in_channels, ...)."""
        self.check_inputs(inputs)
        event_rate: Tensor = super().forward(inputs)
        return event_rate

    def description(self) -> dict[str, Any]:
        """As :meth:`Layer.description`."""
        return {
            "in_channels": self.in_channels,
            "out_channels": self.out_channels,
            "kernel_size": list(self.kernel_size),
            "stride": list(self.stride),
            "padding": list(self.padding),
            "groups": self.groups,
            **super().description(),
        }


def _pair(name: str, value: Any, smallest: int) -> tuple[int, int]:
    one, two = integer(smallest), tuple_of(integer(smallest), 2)
    either = Setting(f"{one.expected}, or two", lambda each: one.allows(each) or two.allows(each))
    plain: Any = check(name, value, either)
    return plain if isinstance(plain, tuple) else (plain, plain)

"""MappedNetwork: the one description of a network that every executor reads."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lava_bccn.continuous_time import ContinuousTime
from lava_bccn.dynamics import hard_rate
from lava_bccn.dynamics.activation import Activation, functions_of
from lava_bccn.dynamics.convolution import (
    ConvolutionGeometry,
    down,
    downward,
    up,
    upward,
)
from lava_bccn.dynamics.ensembles import (
    FloatEnsembles,
    HardFloatEnsembles,
    HardIntegerEnsembles,
    IntegerEnsembles,
)
from lava_bccn.dynamics.fixed_point import (
    MAX_FRACTION_BITS,
    STATE_BITS,
    SYNAPTIC_SUM_BITS,
    FixedPointFormat,
)
from lava_bccn.dynamics.leaky_ensembles import LeakyFloatEnsembles, LeakyIntegerEnsembles
from lava_bccn.errors import InvalidInputError
from lava_bccn.learning_config import Pathway

Precision = Literal["fixed", "float"]

MIN_EXPONENT = -32
"""Smallest exponent of a connection: finer weights are indistinguishable from 0."""

MAX_SHIFT = 31
"""Most places by which a 32-bit sum is shifted into a potential; more would leave 63 bits."""


@dataclass(frozen=True, eq=False)
class MappedLayer:
    """One layer of ensembles with the connections that end (W) and start (Y, Q) at it.

    In floating point the arrays are what they stand for. In fixed point a real weight is
    ``weight · 2^weight_exponent``, a real burst feedback ``feedback_burst · 2^feedback_exponent``,
    a real event feedback ``feedback_event · 2^feedback_exponent · p_baseline``, and a real
    bias ``bias · 2^−soma_fraction_bits``.

    Attributes:
        weight: W, (units, units below), or of a convolution its kernel, (channels, channels below /
            groups, height, width); int8 or floating.
        bias: c, (units,); int32 or floating. Of a convolution too: with what ``Normalize`` adds, it
            depends on how much of a unit's window is padding.
        feedback_burst: Y, shaped as ``weight``, sent to the layer below; None sends nothing.
        feedback_event: Q, shaped as ``weight``; None exactly where ``feedback_burst`` is.
        weight_exponent, feedback_exponent: powers of two, one a connection.
        soma_fraction_bits, apical_fraction_bits: of this layer's 24-bit potentials.
        feedback: the regime of Y by its name in ``nn``; None without feedback.
        feedback_event_regime: the regime of Q.
        learn_feedback_burst, learn_feedback_event: homeostatic learning of Y and Q.
        deviation_exponent: plasticity reads the burst deviations of this layer in 7 bits, in units
            2^deviation_exponent coarser than burst rates.
        apical_exponent: the same of its apical potentials.
        geometry: how the kernels lie on the images below; None where W is a matrix.
    """

    weight: NDArray[Any]
    bias: NDArray[Any]
    feedback_burst: NDArray[Any] | None = None
    feedback_event: NDArray[Any] | None = None
    weight_exponent: int = 0
    feedback_exponent: int = 0
    soma_fraction_bits: int = MAX_FRACTION_BITS
    apical_fraction_bits: int = MAX_FRACTION_BITS
    feedback: str | None = None
    feedback_event_regime: str = "tied"
    learn_feedback_burst: bool = False
    learn_feedback_event: bool = False
    deviation_exponent: int = 0
    apical_exponent: int = 0
    geometry: ConvolutionGeometry | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """(units,), or (channels, height, width)."""
        if self.geometry is None:
            return (int(self.weight.shape[0]),)
        return self.geometry.output_shape(self.weight.shape)

    @property
    def shape_below(self) -> tuple[int, ...]:
        """The same of the ensembles, or inputs, below."""
        if self.geometry is None:
            return (int(self.weight.shape[1]),)
        return self.geometry.input_shape

    @property
    def units(self) -> int:
        """Number of ensembles."""
        return math.prod(self.shape)

    @property
    def feedback_matrices(self) -> tuple[NDArray[Any], NDArray[Any]] | None:
        """Y and Q; None where the layer sends nothing."""
        if self.feedback_burst is None or self.feedback_event is None:
            return None
        return self.feedback_burst, self.feedback_event

    @property
    def units_below(self) -> int:
        """Number of ensembles, or inputs, below."""
        return math.prod(self.shape_below)


@dataclass(frozen=True, eq=False)
class MappedNetwork:
    """A network of ensembles, ready to run on any backend.

    Attributes:
        layers: from the first layer to the output.
        precision: ``"fixed"`` (Loihi 2 integers) or ``"float"``.
        p_baseline: burst probability without a teacher.
        number_format: of the integers; None in floating point.
        metadata: what is known of the origin (data set, class names, …), JSON-like.
        activation: ``"sigmoid"``, or ``"hard_sigmoid"`` for the hardware form.

    Raises:
        InvalidInputError: shapes that do not chain, values that are not finite, weights that do not
            fit their bits, or sums that could leave 32 bits.
    """

    layers: tuple[MappedLayer, ...]
    precision: Precision
    p_baseline: float = 0.5
    number_format: FixedPointFormat | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    activation: Activation = "sigmoid"

    def __post_init__(self) -> None:
        object.__setattr__(self, "metadata", dict(self.metadata))
        if not self.layers:
            raise InvalidInputError("a mapped network needs at least one layer")
        functions_of(self.activation)
        if self.precision not in ("fixed", "float"):
            raise InvalidInputError(f"precision must be 'fixed' or 'float', not {self.precision!r}")
        try:
            json.dumps(self.metadata)
        except TypeError as error:
            raise InvalidInputError(f"metadata must be JSON-like ({error})") from error
        if (self.precision == "fixed") != (self.number_format is not None):
            raise InvalidInputError(
                f"precision {self.precision!r} with number_format {self.number_format!r}: a fixed "
                "network has one, a float network has none"
            )
        if not 0 < self.p_baseline <= 0.5:
            raise InvalidInputError(f"p_baseline must be in (0, 0.5], not {self.p_baseline!r}")
        if self.number_format is not None and self.number_format.p_baseline != self.p_baseline:
            raise InvalidInputError(
                f"p_baseline is {self.p_baseline!r}, but the number format holds "
                f"{self.number_format.p_baseline!r}"
            )
        below: tuple[int, ...] | None = None
        for index, layer in enumerate(self.layers, start=1):
            _check_shapes(layer, index, below)
            _check_values(layer, index, self.number_format)
            below = layer.shape
        if self.number_format is not None:
            self._check_shifts()
        if self.layers[0].feedback_burst is not None:
            raise InvalidInputError("layer 1 has feedback, but nothing below it learns from it")

    def _check_shifts(self) -> None:
        for index, layer in enumerate(self.layers):
            for name in ("weight_exponent", "feedback_exponent"):
                exponent = getattr(layer, name)
                if not isinstance(exponent, int) or exponent < MIN_EXPONENT:
                    raise InvalidInputError(
                        f"{name} of layer {index + 1} must be an integer from {MIN_EXPONENT}, not "
                        f"{exponent!r}"
                    )
            equations = self.ensembles(index)
            assert isinstance(equations, IntegerEnsembles)
            if max(equations.soma_shift, equations.apical_shift) > MAX_SHIFT:
                raise InvalidInputError(
                    f"the weights do not fit: sums of layer {index + 1} are shifted by more than "
                    f"{MAX_SHIFT} places into potentials of {STATE_BITS} bits; rescale the model"
                )

    @property
    def input_size(self) -> int:
        """Number of inputs."""
        return self.layers[0].units_below

    @property
    def input_shape(self) -> tuple[int, ...]:
        """(inputs,), or where the first layer is a convolution (channels, height, width)."""
        return self.layers[0].shape_below

    @property
    def output_size(self) -> int:
        """Number of output ensembles."""
        return self.layers[-1].units

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units from the input to the output."""
        return (self.input_size, *(layer.units for layer in self.layers))

    @property
    def convolutions(self) -> tuple[int, ...]:
        """Numbers, from 1, of the layers that are convolutions."""
        numbered = enumerate(self.layers, start=1)
        return tuple(number for number, layer in numbered if layer.geometry is not None)

    @property
    def architecture(self) -> str:
        """Its layers from the input to the output, such as ``3x32x32-64x14x14-100-10``."""
        shapes = (self.input_shape, *(layer.shape for layer in self.layers))
        return "-".join("x".join(map(str, shape)) for shape in shapes)

    @property
    def presentation_steps(self) -> int:
        """Time steps after which a sample has settled: events up, bursts down, a hop a step."""
        return 2 * len(self.layers)

    @property
    def compute_dtype(self) -> type[np.generic]:
        """What executors calculate in: int64 or float64."""
        return np.float64 if self.number_format is None else np.int64

    def ensembles(
        self, index: int, time: ContinuousTime | None = None
    ) -> FloatEnsembles | IntegerEnsembles:
        """The equations of layer ``index`` (0-based) with its constants bound.

        With ``time`` they are those of continuous time.

        Raises:
            InvalidInputError: time constants too long for the integers.
        """
        is_hard = self.activation == "hard_sigmoid"
        if is_hard and time is not None:
            raise InvalidInputError(
                "continuous time is for networks with activation 'sigmoid'; this one has hard "
                "sigmoids"
            )
        if self.number_format is None:
            if time is None:
                return (HardFloatEnsembles if is_hard else FloatEnsembles)(self.p_baseline)
            return LeakyFloatEnsembles(
                self.p_baseline, time.step_fraction("soma"), time.step_fraction("apical")
            )
        layer = self.layers[index]
        units = self.number_format
        apical_shift = 0
        if index + 1 < len(self.layers):
            sent_from = self.layers[index + 1].feedback_exponent
            burst_bits = units.event_bits + units.burst_extra_bits
            apical_shift = sent_from - burst_bits + layer.apical_fraction_bits
        equations = (HardIntegerEnsembles if is_hard else IntegerEnsembles)(
            units=units,
            soma_shift=layer.weight_exponent - units.event_bits + layer.soma_fraction_bits,
            soma_fraction_bits=layer.soma_fraction_bits,
            apical_shift=apical_shift,
            apical_fraction_bits=layer.apical_fraction_bits,
        )
        if time is None:
            return equations
        return LeakyIntegerEnsembles(
            **vars(equations),
            soma_step=time.integer_step_fraction("soma"),
            apical_step=time.integer_step_fraction("apical"),
        )

    def quantise_inputs(self, inputs: NDArray[np.floating]) -> NDArray[Any]:
        """Event rates in [0, 1] in this network's own units."""
        if self.number_format is None:
            return np.asarray(inputs, dtype=np.float64)
        return self.number_format.quantise_event_rate(inputs)

    def quantise_targets(self, targets: NDArray[np.floating]) -> NDArray[Any]:
        """Targets in [0, 1], or negative for no teacher, in this network's own units.

        Hard sigmoids take what they cannot reach for the nearest that they can.
        """
        targets = functions_of(self.activation).reachable_target(np.asarray(targets))
        if self.number_format is None:
            return np.asarray(targets, dtype=np.float64)
        return self.number_format.quantise_target(targets)

    def state_unit(self, name: str, index: int) -> float:
        """What the integer 1 of a state variable of layer ``index`` stands for; 1.0 in float."""
        if self.number_format is None:
            return 1.0
        units, layer = self.number_format, self.layers[index]
        if name == "burst_prob" and self.activation == "hard_sigmoid":
            return 2.0**-hard_rate.HARD_PROBABILITY_BITS
        return {
            "soma": 2.0**-layer.soma_fraction_bits,
            "event_rate": units.event_unit,
            "apical": 2.0**-layer.apical_fraction_bits,
            "burst_prob": units.probability_unit,
            "burst_rate": units.burst_unit,
        }[name]

    def save(self, path: str | Path) -> None:
        """Write the network as safetensors; see :func:`lava_bccn.mapping.load`.

        Raises:
            OutputPathError: the place cannot be written; an existing file stays as it was.
        """
        from lava_bccn.mapping.storage import save

        save(self, path)


def with_weights(
    network: MappedNetwork, weights: list[dict[Pathway, NDArray[Any]]]
) -> MappedNetwork:
    """The network with other weights and biases; None stays None.

    Integers keep the dtypes they have; floats become what the network calculates in, so that
    learning in parts loses nothing between them.
    """
    is_float = network.number_format is None
    layers = []
    for layer, arrays in zip(network.layers, weights, strict=True):
        kept: dict[str, Any] = {
            name: array.astype(network.compute_dtype if is_float else getattr(layer, name).dtype)
            for name, array in arrays.items()
            if getattr(layer, name) is not None
        }
        layers.append(replace(layer, **kept))
    return replace(network, layers=tuple(layers))


def _arrays(layer: MappedLayer) -> dict[str, NDArray[Any]]:
    names = ("weight", "bias", "feedback_burst", "feedback_event")
    return {name: getattr(layer, name) for name in names if getattr(layer, name) is not None}


def _check_shapes(layer: MappedLayer, index: int, below: tuple[int, ...] | None) -> None:
    """``below`` is the shape of the layer below; None for the first layer."""
    if layer.geometry is not None:
        try:
            layer.geometry.output_shape(layer.weight.shape)
        except InvalidInputError as error:
            raise InvalidInputError(f"layer {index}: {error}") from error
        if below is not None and layer.shape_below != below:
            raise InvalidInputError(
                f"layer {index} is a convolution of images of {layer.shape_below}, but the layer "
                f"below has the shape {below}; convolutions come before fully connected layers"
            )
    elif layer.weight.ndim != 2 or 0 in layer.weight.shape:
        raise InvalidInputError(
            f"weight of layer {index} has shape {layer.weight.shape}; expected (units, units "
            "below), or a kernel and its geometry"
        )
    elif below is not None and layer.units_below != math.prod(below):
        raise InvalidInputError(
            f"weight of layer {index} has shape {layer.weight.shape}; expected (units, "
            f"{math.prod(below)})"
        )
    if layer.bias.shape != (layer.units,):
        raise InvalidInputError(
            f"bias of layer {index} has shape {layer.bias.shape}; expected ({layer.units},)"
        )
    if (layer.feedback_burst is None) != (layer.feedback_event is None):
        raise InvalidInputError(f"layer {index} has one of feedback_burst and feedback_event only")
    for name, array in _arrays(layer).items():
        if name.startswith("feedback") and array.shape != layer.weight.shape:
            raise InvalidInputError(
                f"{name} of layer {index} has shape {array.shape}; expected that of its weight, "
                f"{layer.weight.shape}"
            )


def _check_values(layer: MappedLayer, index: int, units: FixedPointFormat | None) -> None:
    for name, array in _arrays(layer).items():
        wanted = np.floating if units is None else np.integer
        if not np.issubdtype(array.dtype, wanted):
            kind = "floating" if units is None else "integer"
            raise InvalidInputError(
                f"{name} of layer {index} has dtype {array.dtype}; expected {kind} numbers"
            )
        if units is None:
            if not np.isfinite(array).all():
                count = int((~np.isfinite(array)).sum())
                raise InvalidInputError(
                    f"{name} of layer {index} has {count} values that are NaN or infinite; "
                    "train or load the model again"
                )
            continue
        limit = 2 ** (STATE_BITS - 1) - 1 if name == "bias" else units.max_weight
        bits = STATE_BITS if name == "bias" else units.weight_bits
        largest = int(np.abs(array.astype(np.int64)).max())
        lowest = -limit - 1 if name == "bias" else -limit
        if array.max() > limit or array.min() < lowest:
            raise InvalidInputError(
                f"{name} of layer {index} reaches {largest}, but {bits} bits hold at most {limit}"
            )
    if units is not None:
        for name in ("soma_fraction_bits", "apical_fraction_bits"):
            if not 0 <= getattr(layer, name) <= MAX_FRACTION_BITS:
                raise InvalidInputError(
                    f"{name} of layer {index} must be from 0 to {MAX_FRACTION_BITS}, not "
                    f"{getattr(layer, name)}"
                )
        for name in ("deviation_exponent", "apical_exponent"):
            if not 0 <= getattr(layer, name) < STATE_BITS:
                raise InvalidInputError(
                    f"{name} of layer {index} must be from 0 to {STATE_BITS - 1}, not "
                    f"{getattr(layer, name)}"
                )
        check_sums(layer, index, units)


def check_sums(layer: MappedLayer, index: int, units: FixedPointFormat) -> None:
    """Prove that no synaptic sum leaves 32 bits, whatever the activity."""
    magnitude = {name: np.abs(array.astype(np.int64)) for name, array in _arrays(layer).items()}
    ones, ones_below = (
        np.ones(count, dtype=np.int64) for count in (layer.units, layer.units_below)
    )
    received = forward(replace(layer, weight=magnitude["weight"]), ones_below)
    worst = {"weight": int(received.max()) * units.max_event}
    if layer.feedback_burst is not None:
        balance = units.burst_extra_bits - units.baseline_shift
        bursts = _backward(layer, magnitude["feedback_burst"], ones) * units.max_burst
        events = _backward(layer, magnitude["feedback_event"], ones)
        worst["feedback"] = int((bursts + events * (units.max_event << balance)).max())
    # Lava's Dense keeps 8-bit matrices of both signs exact only at twice their value.
    limit = 2 ** (SYNAPTIC_SUM_BITS - 1) // 2
    for name, largest in worst.items():
        if largest >= limit:
            raise InvalidInputError(
                f"the {name} sums of layer {index} could reach {largest}, beyond the {limit} that "
                f"{SYNAPTIC_SUM_BITS}-bit sums are proven safe for; use fewer weight_bits, "
                "event_bits or burst_extra_bits, or fewer inputs per unit"
            )


def forward(layer: MappedLayer, rates: NDArray[Any]) -> NDArray[Any]:
    """W e of one sample, (units,), from (units below,)."""
    if layer.geometry is None:
        return layer.weight @ rates
    matrices = upward(layer.weight, layer.geometry.groups)
    return up(rates[None], lambda rows: rows @ matrices, layer.weight.shape, layer.geometry)[0]


def _backward(layer: MappedLayer, matrix: NDArray[Any], rates: NDArray[Any]) -> NDArray[Any]:
    """Yᵀ b of one sample, (units below,), from (units,)."""
    if layer.geometry is None:
        return rates @ matrix
    matrices = downward(matrix, layer.geometry.groups)
    return down(rates[None], lambda rows: rows @ matrices, matrix.shape, layer.geometry)[0]

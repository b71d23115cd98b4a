"""MappedNetwork: the one description of a network that every executor reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.activations import ACTIVATIONS
from lava_bccn.dynamics.constants import (
    Constants,
    IntegerForm,
    floating_constants,
    integer_constants,
)
from lava_bccn.dynamics.ensembles import Ensembles, Precision
from lava_bccn.dynamics.fixed_point import STATE_BITS, FixedPointFormat
from lava_bccn.errors import InvalidInputError
from lava_bccn.headers import MAPPED_NETWORK
from lava_bccn.network.checks import check_format, check_shapes, check_values
from lava_bccn.network.gains import check_gains, gain_exponent
from lava_bccn.network.in_units import InUnits
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.output import Output
from lava_bccn.network.time import ContinuousTime
from lava_bccn.settings import check_fields, instance, number, one_of, tuple_of

MIN_EXPONENT = -32
"""Smallest exponent of a connection: finer weights are indistinguishable from 0."""

MAX_SHIFT = 31
"""Most places by which a 32-bit sum is shifted into a potential; more would leave 63 bits."""


@dataclass(frozen=True, eq=False)
class MappedNetwork(InUnits):
    """A network of ensembles, ready to run on any backend.

    It never changes, so that executors may keep what they have made of it: its arrays are
    read-only, and copies of those it was given that could be changed.

    Attributes:
        layers: from the first layer to the output.
        precision: ``"fixed"`` (Loihi 2 integers) or ``"float"``.
        p_baseline: burst probability without a teacher.
        number_format: of the integers; None in floating point.
        metadata: what is known of the origin (data set, class names, …), JSON-like.
        activation: that of layers that have none of their own, by its name in
            ``dynamics.activations.ACTIVATIONS``.
        output: what the event rates of the output stand for in the model; None: for themselves.
        error_scale: s, by which errors of the output are multiplied; in integers a power of two.
        activity_shift: a, tonic event rate of a softmax readout.

    Raises:
        InvalidInputError: shapes that do not chain, values that are not finite, weights that do not
            fit their bits, or sums that could leave 32 bits.
    """

    layers: tuple[MappedLayer, ...]
    precision: Precision
    p_baseline: float = 0.5
    number_format: FixedPointFormat | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    activation: str = "sigmoid"
    output: Output | None = None
    error_scale: float = 1.0
    activity_shift: float = 0.0

    def __post_init__(self) -> None:
        check_fields(
            self,
            layers=tuple_of(instance(MappedLayer)),
            precision=one_of("fixed", "float"),
            p_baseline=number("(0, 0.5]"),
            number_format=instance(FixedPointFormat).or_none(),
            metadata=instance(Mapping),
            output=instance(Output).or_none(),
        )
        object.__setattr__(self, "metadata", dict(self.metadata))
        if not self.layers:
            raise InvalidInputError("a mapped network needs at least one layer")
        for name in (self.activation, *(each.activation for each in self.layers)):
            ACTIVATIONS[self.activation if name is None else name]  # refuses what is none
        try:
            json.dumps(self.metadata)
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidInputError(f"metadata must be JSON-like ({error})") from error
        check_format(self.precision, self.p_baseline, self.number_format)
        below: tuple[int, ...] | None = None
        for index, layer in enumerate(self.layers, start=1):
            check_shapes(layer, index, below)
            check_values(layer, index, self.number_format)
            below = layer.shape
        readout = self.activation_of(len(self.layers) - 1)
        check_gains(self.error_scale, self.activity_shift, self.layers, self.number_format, readout)
        if self.number_format is not None:
            self._check_event_bits(self.number_format.event_bits)
            self._check_shifts()
        if self.layers[0].feedback_burst is not None:
            raise InvalidInputError("layer 1 has feedback, but nothing below it learns from it")
        is_fixed = self.number_format is not None
        held = tuple(layer.unchangeable(own_dtypes=is_fixed) for layer in self.layers)
        object.__setattr__(self, "layers", held)

    def __repr__(self) -> str:
        """Its architecture and arithmetic, then a line a layer."""
        units = self.number_format
        bits = f" ({units.weight_bits}-bit weights, {units.event_bits}-bit events)" if units else ""
        head = f"{type(self).__name__} {self.architecture}, {self.precision}{bits}"
        output = "" if self.output is None else f", output {self.output.kind}"
        return "\n  ".join([f"{head}, {self.activation}{output}", *map(repr, self.layers)])

    def _check_event_bits(self, event_bits: int) -> None:
        for index in range(len(self.layers)):
            needed = self.integer_form(index).min_event_bits
            if event_bits < needed:
                raise InvalidInputError(
                    f"activation {self.activation_of(index).name!r} needs event_bits of at least "
                    f"{needed}, not {event_bits}: fewer do not hold the ends of its range"
                )

    def _check_shifts(self) -> None:
        for index, layer in enumerate(self.layers):
            for name in ("weight_exponent", "feedback_exponent"):
                exponent = getattr(layer, name)
                if not isinstance(exponent, int) or exponent < MIN_EXPONENT:
                    raise InvalidInputError(
                        f"{name} of layer {index + 1} must be an integer from {MIN_EXPONENT}, not "
                        f"{exponent!r}"
                    )
            constants = self.ensembles(index).constants
            if max(constants.soma_places, constants.apical_places) > MAX_SHIFT:
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

    def activation_of(self, index: int) -> Activation:
        """The activation of layer ``index`` (0-based).

        Raises:
            InvalidInputError: none is registered by its name.
        """
        return ACTIVATIONS[self.layers[index].activation or self.activation]

    def integer_form(self, index: int) -> IntegerForm:
        """How the integers of the activation of layer ``index`` (0-based) are laid out.

        Raises:
            InvalidInputError: the activation has no integers.
        """
        activation = self.activation_of(index)
        if activation.integers is None:
            raise InvalidInputError(
                f"activation {activation.name!r} has no integer form; map with precision='float'"
            )
        return activation.integers

    def ensembles(self, index: int, time: ContinuousTime | None = None) -> Ensembles:
        """The equations of layer ``index`` (0-based) with its constants bound.

        With ``time`` they are those of continuous time.

        Raises:
            InvalidInputError: time constants too long for the integers, or continuous time where
                these hold somatic potentials no finer than event rates.
        """
        activation, units = self.activation_of(index), self.number_format
        if units is None:
            steps = None if time is None else time.step_fractions
            return Ensembles(activation, self._floating_constants(index), steps)
        layer = self.layers[index]
        apical_places, teacher_gain = 0, gain_exponent(self.error_scale)
        if index + 1 < len(self.layers):
            sent_from = self.layers[index + 1].feedback_exponent
            burst_bits = units.event_bits + units.burst_extra_bits
            apical_places = sent_from - burst_bits + layer.apical_fraction_bits
            apical_places += gain_exponent(layer.feedback_gain)
        constants = integer_constants(
            units,
            self.integer_form(index),
            soma_places=layer.weight_exponent - units.event_bits + layer.soma_fraction_bits,
            soma_fraction_bits=layer.soma_fraction_bits,
            apical_places=apical_places,
            apical_fraction_bits=layer.apical_fraction_bits,
            teacher_gain=teacher_gain,
        )
        if time is None:
            return Ensembles(activation, constants)
        if self.integer_form(index).soma_bits_below_events is not None:
            raise InvalidInputError(
                f"in integers activation {activation.name!r} holds somatic potentials in units of "
                "event rates, too coarse for the small steps of continuous time; map with "
                "precision='float', or train with activation 'sigmoid'"
            )
        return Ensembles(activation, constants, time.integer_step_fractions)

    def _floating_constants(self, index: int) -> Constants:
        if index + 1 < len(self.layers):
            return floating_constants(self.p_baseline, self.layers[index].feedback_gain)
        return floating_constants(
            self.p_baseline, error_scale=self.error_scale, activity_shift=self.activity_shift
        )

    def all_ensembles(self, time: ContinuousTime | None = None) -> list[Ensembles]:
        """:meth:`ensembles` of every layer."""
        return [self.ensembles(index, time) for index in range(len(self.layers))]

    def quantise_targets(self, targets: NDArray[np.floating[Any]]) -> NDArray[Any]:
        """Targets in [0, 1], or negative for no teacher, in this network's own units.

        Activations that cannot reach a target take the nearest that they can.
        """
        targets = self.activation_of(len(self.layers) - 1).reachable_target(np.asarray(targets))
        return super().quantise_targets(targets)

    def save(self, path: str | Path, *, compact: bool = False) -> None:
        """Write the network as safetensors; see :func:`lava_bccn.load`.

        Args:
            path: of the file.
            compact: arrays that are the same, as Y and W where Y is tied, are written once.
                Releases before 0.2 do not read such a file.

        Raises:
            OutputPathError: the place cannot be written; an existing file stays as it was.
        """
        MAPPED_NETWORK.write(path, self, compact=compact)

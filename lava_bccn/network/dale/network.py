"""DaleNetwork: the description of a network under Dale's law that every executor reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.constants import IntegerForm, floating_constants, integer_constants
from lava_bccn.dynamics.ensembles import Ensembles, Precision
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.dynamics.sigmoid import SIGMOID
from lava_bccn.errors import InvalidInputError
from lava_bccn.headers import DALE_NETWORK
from lava_bccn.network.dale.checks import check_layer, check_numbers, power_of_two
from lava_bccn.network.dale.layer import DaleLayer, unchangeable
from lava_bccn.network.in_units import InUnits
from lava_bccn.network.network import MAX_SHIFT, MIN_EXPONENT
from lava_bccn.network.output import Output
from lava_bccn.settings import POSITIVE, check_fields, instance, number, one_of, tuple_of


@dataclass(frozen=True, eq=False)
class DaleNetwork(InUnits):
    """A network of sigmoid ensembles under Dale's law, ready to run on ``sim`` and ``lava``.

    It never changes; its arrays are read-only copies of those it was given.

    Attributes:
        layers: from the first layer to the output.
        precision: ``"fixed"`` (Loihi 2 integers; matrices unsigned) or ``"float"``.
        p_baseline: burst probability without a teacher.
        number_format: of the integers; None in floating point.
        error_scale: s of the teacher; in integers a power of two of at most 1.
        metadata: what is known of the origin, JSON-like.

    Raises:
        InvalidInputError: shapes that do not chain, a weight whose sign Dale's law forbids, values
            that are not finite or do not fit their bits, or sums that could leave 32 bits.
    """

    layers: tuple[DaleLayer, ...]
    precision: Precision
    p_baseline: float = 0.5
    number_format: FixedPointFormat | None = None
    error_scale: float = 1.0
    metadata: Mapping[str, Any] = field(default_factory=dict)

    activation: ClassVar[str] = SIGMOID.name
    output: ClassVar[Output | None] = None
    convolutions: ClassVar[tuple[int, ...]] = ()

    def __post_init__(self) -> None:
        check_fields(
            self,
            layers=tuple_of(instance(DaleLayer)),
            precision=one_of("fixed", "float"),
            p_baseline=number("(0, 0.5]"),
            number_format=instance(FixedPointFormat).or_none(),
            error_scale=POSITIVE,
            metadata=instance(Mapping),
        )
        object.__setattr__(self, "metadata", dict(self.metadata))
        units = self.number_format
        if not self.layers:
            raise InvalidInputError("a network needs at least one layer")
        try:
            json.dumps(self.metadata)
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidInputError(f"metadata must be JSON-like ({error})") from error
        if (self.precision == "fixed") != (units is not None):
            raise InvalidInputError(
                f"precision {self.precision!r} with number_format {units!r}: a fixed network has "
                "one, a float network has none"
            )
        if units is not None and units.p_baseline != self.p_baseline:
            raise InvalidInputError(
                f"p_baseline is {self.p_baseline!r}, but the number format holds "
                f"{units.p_baseline!r}"
            )
        below: int | None = None
        for index, layer in enumerate(self.layers, start=1):
            check_layer(layer, index, below)
            check_numbers(layer, index, units)
            if (layer.feedback is None) != (index == 1):
                which = "layer 1 has feedback, but nothing below it learns"
                if index > 1:
                    which = f"layer {index} has no feedback, so nothing below it can learn"
                raise InvalidInputError(f"{which}; a network under Dale's law needs it above only")
            below = layer.units
        if units is not None:
            self._check_shifts()
        dtypes = None if units is None else (np.uint8, np.int32)
        held = tuple(unchangeable(layer, dtypes) for layer in self.layers)
        object.__setattr__(self, "layers", held)

    def __repr__(self) -> str:
        """Its architecture and arithmetic, then a line a layer."""
        units = self.number_format
        bits = f" ({units.weight_bits}-bit weights, {units.event_bits}-bit events)" if units else ""
        head = f"{type(self).__name__} {self.architecture}, {self.precision}{bits}"
        return "\n  ".join([head, *map(repr, self.layers)])

    def _check_shifts(self) -> None:
        if self.error_scale > 1:
            raise InvalidInputError(
                f"error_scale = {self.error_scale:g} would need burst probabilities above 2 "
                "p_baseline; in integers take at most 1"
            )
        for index, layer in enumerate(self.layers):
            fed = layer.feedback
            exponents = [layer.weight_exponent, layer.pv_exponent]
            if fed is not None:
                exponents += [fed.exponent, fed.ndnf_exponent, fed.burst_exponent, fed.vip_exponent]
            constants = self.ensembles(index).constants
            places = max(constants.soma_places, constants.apical_places, *exponents)
            if min(exponents) < MIN_EXPONENT or places > MAX_SHIFT:
                raise InvalidInputError(
                    f"exponents of layer {index + 1} must be from {MIN_EXPONENT}, and sums shifted "
                    f"by at most {MAX_SHIFT} places; got {exponents} and {places}"
                )

    @property
    def input_size(self) -> int:
        """Number of inputs."""
        return self.layers[0].units_below

    @property
    def input_shape(self) -> tuple[int, ...]:
        """(inputs,)."""
        return (self.input_size,)

    @property
    def output_size(self) -> int:
        """Number of output ensembles."""
        return self.layers[-1].units

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units from the input to the output."""
        return (self.input_size, *(layer.units for layer in self.layers))

    @property
    def architecture(self) -> str:
        """Its layers from the input to the output, such as ``784-500-10``."""
        return "-".join(map(str, self.sizes))

    @property
    def presentation_steps(self) -> int:
        """Time steps after which a sample has settled, a hop a step.

        Events take two hops a layer, through PV; bursts three, through VIP and SST.
        """
        layers = len(self.layers)
        return 2 * layers + 3 * (layers - 1) + 1

    def activation_of(self, index: int) -> Activation:
        """The activation of layer ``index``: sigmoid."""
        return SIGMOID

    def integer_form(self, index: int) -> IntegerForm:
        """How its integers are laid out."""
        assert SIGMOID.integers is not None
        return SIGMOID.integers

    def ensembles(self, index: int) -> Ensembles:
        """The equations of layer ``index`` (0-based) with its constants bound."""
        units, layer = self.number_format, self.layers[index]
        is_output = index == len(self.layers) - 1
        scale, gain = (self.error_scale, 1.0) if is_output else (1.0, layer.feedback_gain)
        if units is None:
            return Ensembles(SIGMOID, floating_constants(self.p_baseline, gain, scale))
        apical_places = 0
        if not is_output:
            sender = self.layers[index + 1].feedback
            exponent = 0 if sender is None else sender.exponent
            burst_bits = units.event_bits + units.burst_extra_bits
            apical_places = exponent - burst_bits + layer.apical_fraction_bits
            apical_places += power_of_two(f"feedback_gain of layer {index + 1}", gain)
        constants = integer_constants(
            units,
            self.integer_form(index),
            soma_places=layer.weight_exponent - units.event_bits + layer.soma_fraction_bits,
            soma_fraction_bits=layer.soma_fraction_bits,
            apical_places=apical_places,
            apical_fraction_bits=layer.apical_fraction_bits,
        )
        places = constants.teacher_places + power_of_two("error_scale", scale)
        return Ensembles(SIGMOID, constants._replace(teacher_places=places))

    def all_ensembles(self) -> list[Ensembles]:
        """:meth:`ensembles` of every layer."""
        return [self.ensembles(index) for index in range(len(self.layers))]

    def with_learned(self, learned: list[dict[str, NDArray[Any]]]) -> DaleNetwork:
        """The network with other arrays of its layers, by their names, a dictionary a layer."""
        layers = []
        for layer, arrays in zip(self.layers, learned, strict=True):
            changed: dict[str, Any] = {
                name: array.astype(getattr(layer, name).dtype) for name, array in arrays.items()
            }
            layers.append(replace(layer, **changed))
        return replace(self, layers=tuple(layers))

    def save(self, path: str | Path) -> None:
        """Write the network as safetensors; see :func:`lava_bccn.load`.

        Raises:
            OutputPathError: the place cannot be written; an existing file stays as it was.
        """
        DALE_NETWORK.write(path, self)

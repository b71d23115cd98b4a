"""A network in floating point and in integers, side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping.equalise import equalised
from lava_bccn.mapping.integers import without_feedback
from lava_bccn.mapping.quantise import calibration_samples
from lava_bccn.mapping.rescale import with_scales
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.settings import FLAG, check, instance
from lava_bccn.sim.connections import Connections
from lava_bccn.sim.settled import settle
from lava_bccn.validation import event_rates

_MAX_STATES = 2**20
"""About so many event rates are held at a time."""


@dataclass(frozen=True)
class Pair:
    """Both without feedback, and what tells the event rates of one in units of the other.

    Attributes:
        reference: in floating point, as it was read: nothing that the integers clip is clipped.
        scaled: in floating point, in the scales that the integers have.
        network: in integers.
        units: of these.
    """

    reference: MappedNetwork
    scaled: MappedNetwork
    network: MappedNetwork
    units: FixedPointFormat

    @classmethod
    def of(
        cls,
        reference: MappedNetwork,
        network: MappedNetwork,
        calibration: ArrayLike,
        equalise: bool = False,
    ) -> Pair:
        """Of a network, what ``quantise`` made of it, and how: inputs to calibrate on, and whether
        channels were equalised.

        Raises:
            InvalidInputError: networks or inputs that do not fit each other.
        """
        for name, each in (("reference", reference), ("network", network)):
            check(name, each, instance(MappedNetwork))
        check("equalise", equalise, FLAG)
        units = network.number_format
        if reference.number_format is not None or units is None:
            raise InvalidInputError(
                "a report compares a network in floating point, the reference, with what quantise "
                f"made of it; got {reference.precision!r} and {network.precision!r}"
            )
        if reference.architecture != network.architecture:
            raise InvalidInputError(
                f"the reference ({reference.architecture}) is another network than the one in "
                f"integers ({network.architecture})"
            )
        rates = event_rates(calibration, network.input_shape, "calibration inputs")
        factored = equalised(reference, rates, units) if equalise else reference
        scaled = with_scales(factored, rates[: calibration_samples(network)], units.event_bits)
        return cls(_forward(reference), _forward(scaled), _forward(network), units)

    def batches(self, samples: int) -> Iterator[slice]:
        """Slices of so many samples, each of as many as are held at a time."""
        size = max(1, _MAX_STATES // sum(self.network.sizes))
        for start in range(0, samples, size):
            yield slice(start, min(start + size, samples))

    def exact(self, inputs: NDArray[np.floating[Any]]) -> list[LayerStates]:
        """States in floating point of event rates, (samples, inputs)."""
        rates = self.reference.quantise_inputs(inputs)
        return settle(self.reference, rates, connections=self._connections[0])[0]

    def integers(self, inputs: NDArray[np.floating[Any]]) -> list[LayerStates]:
        """The same in integers."""
        rates = self.network.quantise_inputs(inputs)
        return settle(self.network, rates, connections=self._connections[1])[0]

    def alone(
        self, index: int, inputs: NDArray[Any], exact: list[LayerStates]
    ) -> NDArray[np.float64]:
        """Outputs where only layer ``index`` is in integers, and what it receives.

        Args:
            index: from 0.
            inputs: event rates, (samples, inputs).
            exact: their states in floating point.
        """
        below = self.rates(index - 1, exact[index - 1].event_rate) if index else inputs
        own = part_of(self.network, index, index + 1)
        states, _ = settle(own, own.quantise_inputs(below.clip(0, 1)))
        rates = states[0].event_rate
        if index == len(self.network.layers) - 1:
            return self.integer_outputs(rates)
        above = part_of(self.reference, index + 1, len(self.network.layers))
        sent = rates * (self.units.event_unit / self._gains[index])
        return self.outputs(settle(above, sent)[0][-1].event_rate)

    def rates(self, index: int, exact: NDArray[np.float64]) -> NDArray[np.float64]:
        """Event rates of a layer in floating point, in units of those in integers."""
        output = self.network.output
        if index < len(self.network.layers) - 1:
            return exact * self._gains[index]
        if output is None:
            return exact
        return (self.outputs(exact) - output.offset) / output.scale

    def outputs(self, rates: NDArray[np.float64]) -> NDArray[np.float64]:
        """The model's outputs, of event rates of the output layer in floating point."""
        output = self.reference.output
        return rates if output is None else output.of(rates)

    def integer_outputs(self, rates: NDArray[Any]) -> NDArray[np.float64]:
        """The model's outputs, of event rates of the output layer in integers."""
        output = self.network.output
        real = rates * self.units.event_unit
        return real if output is None else output.of(real)

    @cached_property
    def _connections(self) -> tuple[Connections, Connections]:
        # Large matrices are laid out anew for each batch, and take no more memory than as they are.
        exact = Connections(self.reference, is_reused=False)
        return exact, Connections(self.network, is_reused=False)

    @cached_property
    def _gains(self) -> list[NDArray[np.float64]]:
        """By how much the event rates of each unit of each layer are larger where it is scaled."""
        gains: list[NDArray[np.float64]] = []
        below: NDArray[np.float64] = np.ones(self.network.input_size)
        for layer, scaled in zip(self.reference.layers, self.scaled.layers, strict=True):
            below = _gains_of(layer, scaled, below)
            gains.append(below)
        return gains


def _gains_of(
    layer: MappedLayer, scaled: MappedLayer, below: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The gains of a layer's units, which its weights tell with those of the layer below."""
    rows = layer.weight.reshape(len(layer.weight), -1)
    places = np.abs(rows).argmax(axis=1)
    numbers = np.arange(len(rows))
    exact, other = (
        each.reshape(rows.shape)[numbers, places].astype(np.float64)
        for each in (layer.weight, scaled.weight)
    )
    sources = places
    if layer.geometry is not None:
        _, height, width = layer.geometry.input_shape
        group = numbers // (len(rows) // layer.geometry.groups)
        channel = places // math.prod(layer.weight.shape[2:]) + group * layer.weight.shape[1]
        sources = channel * (height * width)
    known = exact != 0
    gains = np.ones(len(rows))
    gains[known] = other[known] / exact[known] * below[sources[known]]
    gains[~known] = np.median(gains[known]) if known.any() else 1.0
    return gains.repeat(layer.units // len(rows))


def part_of(network: MappedNetwork, start: int, stop: int) -> MappedNetwork:
    """Some layers of a network."""
    return replace(network, layers=network.layers[start:stop])


def _forward(network: MappedNetwork) -> MappedNetwork:
    return replace(network, layers=tuple(map(without_feedback, network.layers)))

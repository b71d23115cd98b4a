"""What networks of rates have in common, however their layers are connected: numbers and units."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.constants import IntegerForm
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.dynamics.rate import NO_TEACHER


class _InUnits(Protocol):
    """What a network is asked for here."""

    @property
    def number_format(self) -> FixedPointFormat | None: ...

    @property
    def layers(self) -> tuple[Any, ...]: ...

    @property
    def output_size(self) -> int: ...

    @property
    def compute_dtype(self) -> type[np.generic]: ...

    def integer_form(self, index: int) -> IntegerForm: ...


class InUnits:
    """A base of networks: numbers in their own units, of their ``number_format`` if they have one.

    In floating point numbers stand for themselves.
    """

    @property
    def compute_dtype(self: _InUnits) -> type[np.generic]:
        """What executors calculate in: int64 or float64."""
        return np.float64 if self.number_format is None else np.int64

    @property
    def no_teacher(self: _InUnits) -> NDArray[Any]:
        """Targets, (1, outputs), that leave the teacher off."""
        return np.full((1, self.output_size), NO_TEACHER).astype(self.compute_dtype)

    def quantise_inputs(self: _InUnits, inputs: NDArray[np.floating[Any]]) -> NDArray[Any]:
        """Event rates in [0, 1] in this network's own units."""
        if self.number_format is None:
            return np.asarray(inputs, dtype=np.float64)
        return self.number_format.quantise_event_rate(inputs)

    def quantise_targets(self: _InUnits, targets: NDArray[np.floating[Any]]) -> NDArray[Any]:
        """Targets in [0, 1], or negative for no teacher, in this network's own units."""
        if self.number_format is None:
            return np.asarray(targets, dtype=np.float64)
        return self.number_format.quantise_target(targets)

    def state_unit(self: _InUnits, name: str, index: int) -> float:
        """What the integer 1 of a state variable of layer ``index`` stands for; 1.0 in float."""
        if self.number_format is None:
            return 1.0
        units, layer = self.number_format, self.layers[index]
        return {
            "soma": 2.0**-layer.soma_fraction_bits,
            "event_rate": units.event_unit,
            "apical": 2.0**-layer.apical_fraction_bits,
            "burst_prob": 2.0 ** -self.integer_form(index).probability_bits,
            "burst_rate": units.burst_unit,
        }[name]

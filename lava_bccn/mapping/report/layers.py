"""What each layer became, batch by batch."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.fixed_point import STATE_BITS
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.mapping.report.numbers import Histogram, LayerReport
from lava_bccn.mapping.report.pair import Pair
from lava_bccn.mapping.report.scores import Spread
from lava_bccn.mapping.rounded import clipped_of, share_kept

_BINS = 60
_MAX_WEIGHTS = 2**20
"""At most so many weights of a layer are counted for its histogram."""

_TAIL = 1.5
"""Event rates in floating point that a ReLU's scale clips are shown up to here, the rest at it."""


class LayerCounts:
    """Counts of one layer of a pair, from which comes its :class:`LayerReport`.

    Args:
        pair: the networks.
        index: of the layer, from 0.
    """

    def __init__(self, pair: Pair, index: int) -> None:
        self._pair, self._index = pair, index
        self._rates = Spread()
        self._counts = np.zeros((2, _BINS), dtype=np.int64)
        self._states = self._at_top = self._at_limit = 0

    def add(self, exact: LayerStates, integers: LayerStates) -> None:
        """The layer's states for some samples, in floating point and in integers."""
        units = self._pair.units
        rates = self._pair.rates(self._index, exact.event_rate)
        given = integers.event_rate * units.event_unit
        self._rates.add(rates, given)
        for counts, values in zip(self._counts, (rates, given), strict=True):
            counts += np.histogram(values.clip(0, _TAIL), _BINS, (0, _TAIL))[0]
        limit = 2 ** (STATE_BITS - 1) - 1
        self._states += given.size
        self._at_top += int((integers.event_rate == units.max_event).sum())
        self._at_limit += int((np.abs(integers.soma) >= limit).sum())

    def report(self) -> LayerReport:
        """Of all samples."""
        layer = self._pair.network.layers[self._index]
        exact = self._pair.scaled.layers[self._index].weight
        unit = 2.0**layer.weight_exponent
        error, spread = self._rates.error, self._rates.spread
        exact_counts, counts = (each / self._states for each in self._counts)
        return LayerReport(
            origin=_origin(self._pair.network.metadata, self._index),
            shape=layer.weight.shape,
            units=layer.shape,
            weight_exponent=layer.weight_exponent,
            rounded_to_zero=1 - share_kept([exact], [layer.weight]),
            clipped=clipped_of(exact, unit, self._pair.units.max_weight),
            event_rate_error=error,
            event_rate_loss=error / (spread or 1.0),
            at_top=self._at_top / self._states,
            at_limit=self._at_limit / self._states,
            weights=_of_weights(exact, layer.weight, unit),
            event_rates=Histogram(0.0, _TAIL, tuple(exact_counts.tolist()), tuple(counts.tolist())),
        )


def _of_weights(exact: NDArray[Any], integers: NDArray[Any], unit: float) -> Histogram:
    step = max(1, exact.size // _MAX_WEIGHTS)
    values = exact.ravel()[::step], integers.ravel()[::step] * unit
    reach = float(np.abs(values[0]).max()) or 1.0
    bins = _BINS + 1, (-reach, reach)  # an odd number, so that 0 is in the middle of one
    shares = [np.histogram(each.clip(-reach, reach), *bins)[0] / each.size for each in values]
    return Histogram(-reach, reach, *(tuple(each.tolist()) for each in shares))


def _origin(metadata: Any, index: int) -> str:
    origins = metadata.get("origins")
    known = isinstance(origins, list) and index < len(origins)
    return str(origins[index]) if known else ""

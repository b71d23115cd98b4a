"""The numbers of a report: what a network became in integers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["classes", "values"]
"""Whether a sample's largest output counts, or all of them."""

MAX_POINTS_LOST = 0.01
"""Integers that lose more of the accuracy, or of the samples' classes where nothing tells which are
right, have lost too much."""

MAX_VALUES_LOST = 0.1
"""The same of outputs that are values: root mean square error, as part of their spread."""


@dataclass(frozen=True)
class Histogram:
    """Shares of numbers in bins of one width.

    Attributes:
        low, high: ends of the first and last bin.
        exact: shares in floating point.
        integers: the same in integers, of what they stand for.
    """

    low: float
    high: float
    exact: tuple[float, ...]
    integers: tuple[float, ...]


@dataclass(frozen=True)
class LayerReport:
    """What one layer became.

    Attributes:
        origin: the operations of the model that it came from; empty where that is not known.
        shape: of its weights.
        units: (units,) or (channels, height, width).
        weight_exponent: a weight of 1 stands for 2 to the power of this.
        rounded_to_zero: share of the weights other than 0 that became 0.
        clipped: weights beyond the largest integer.
        event_rate_error: root mean square difference of the event rates from those in floating
            point, which may be beyond 1 where a ReLU's scale clips them.
        event_rate_loss: that as part of the spread of the exact event rates, the root mean square
            deviation from each unit's mean; of 1 where they are constant.
        at_top: share of the event rates that are as large as they can be.
        at_limit: share of the somata that are at the end of their 24 bits.
        weights, event_rates: their distributions.
    """

    origin: str
    shape: tuple[int, ...]
    units: tuple[int, ...]
    weight_exponent: int
    rounded_to_zero: float
    clipped: int
    event_rate_error: float
    event_rate_loss: float
    at_top: float
    at_limit: float
    weights: Histogram
    event_rates: Histogram


@dataclass(frozen=True)
class Outcome:
    """Outputs beside those of the network in floating point, on the same samples.

    Attributes:
        accuracy: share of samples whose class is their label; None without labels.
        agreement: share whose class is that in floating point; None of values.
        error: root mean square difference of the outputs.
        loss: that as part of the spread of the exact outputs, as of event rates.
        distance: root mean square difference from the targets; None without such.
    """

    accuracy: float | None
    agreement: float | None
    error: float
    loss: float
    distance: float | None

    def is_lossy(self, exact: Outcome) -> bool:
        """Whether it has lost too much of what the network in floating point has."""
        if self.accuracy is not None and exact.accuracy is not None:
            return exact.accuracy - self.accuracy > MAX_POINTS_LOST
        if self.agreement is not None:
            return 1 - self.agreement > MAX_POINTS_LOST
        return self.loss > MAX_VALUES_LOST


@dataclass(frozen=True)
class Sample:
    """A sample and its outputs.

    Attributes:
        index: among the samples, from 0.
        label: its class, or its targets; None where that is not known.
        exact: outputs in floating point.
        integers: outputs in integers.
    """

    index: int
    label: int | tuple[float, ...] | None
    exact: tuple[float, ...]
    integers: tuple[float, ...]


@dataclass(frozen=True, repr=False)
class ConversionReport:
    """What a network became in integers.

    Attributes:
        architecture: of the network.
        kind: whether a sample's largest output counts, or all of them.
        samples: number of samples that it was measured on.
        exact: what the network in floating point gives.
        integers: what the integers give.
        layers: from the first to the output.
        worst: samples that have changed most: those of another class first.
    """

    architecture: str
    kind: Kind
    samples: int
    exact: Outcome
    integers: Outcome
    layers: tuple[LayerReport, ...]
    worst: tuple[Sample, ...]

    def __repr__(self) -> str:
        """What was measured, the accuracy if it is known, and what each layer lost."""
        lines = [f"{type(self).__name__} of {self.architecture} on {self.samples} samples"]
        if self.exact.accuracy is not None and self.integers.accuracy is not None:
            accuracies = (
                f"{self.exact.accuracy:.2%} exact, {self.integers.accuracy:.2%} in integers"
            )
            lines.append(f"  accuracy {accuracies}")
        lines.append(f"  outputs off by {self.integers.loss:.2%} of their spread; event rates:")
        for number, layer in enumerate(self.layers, start=1):
            origin = f" ({layer.origin})" if layer.origin else ""
            lines.append(f"    layer {number}{origin} by {layer.event_rate_loss:.2%}")
        return "\n".join(lines)

    @property
    def is_lossy(self) -> bool:
        """Whether the integers have lost too much."""
        return self.integers.is_lossy(self.exact)

"""How the synapses of one connection learn from one sample, in either arithmetic.

The counterpart of ``ensembles``: executors call these and need not know which rule or arithmetic
they run. Matrices have the shape of the layer's W, (units, units below), for W, Y and Q alike.

So have kernels: what they learn is the sum over all places that share a weight, rounded once. The
units of a channel share the change of their biases likewise: the sum over them, rounded once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics import integer_plasticity as integers
from lava_bccn.dynamics import plasticity
from lava_bccn.dynamics.branches import branch_shift, branch_slices, homeostatic_on_branches
from lava_bccn.dynamics.convolution import ConvolutionGeometry, outer
from lava_bccn.dynamics.dale import one_signed
from lava_bccn.dynamics.ensembles import Precision
from lava_bccn.dynamics.learning_rules import (
    DECAY_STREAM,
    Biases,
    Presynaptic,
    Rule,
    Saturations,
    Synapses,
)
from lava_bccn.dynamics.schedule import Schedule
from lava_bccn.dynamics.stochastic_rounding import connection_key, draw

__all__ = [
    "DECAY_STREAM",
    "Biases",
    "FloatBiases",
    "FloatSynapses",
    "IntegerBiases",
    "IntegerSynapses",
    "Rule",
    "Saturations",
    "Synapses",
]


@dataclass(frozen=True)
class FloatSynapses:
    """Floating point.

    Attributes:
        rule: see :class:`Synapses`.
        factor: of the change: 1; −1 for a homeostatic Y; times p^b for a Q that follows a Y.
        schedule: learning rate and decay over time.
        geometry: how a kernel lies on the images below; None where the weights are a matrix.
        presynaptic, branches, hears_noise: see :class:`Synapses`.
        kept_sign: 1 or −1: weights are clipped at 0, and stay of that sign; 0: of either.
    """

    rule: Rule
    factor: float
    schedule: Schedule
    geometry: ConvolutionGeometry | None = None
    presynaptic: Presynaptic = "event_rate"
    branches: int = 1
    hears_noise: bool = False
    kept_sign: int = 0

    precision: ClassVar[Precision] = "float"

    def learn(
        self, weight: NDArray[Any], unit: NDArray[Any], below: NDArray[Any], sample: int
    ) -> tuple[NDArray[Any], Saturations]:
        rule = getattr(plasticity, self.rule)
        rate = self.factor * 2.0 ** -self.schedule.rate_at(sample)
        sums = plasticity.outer_sum
        if self.geometry is not None:
            sums = partial(outer, kernel_shape=weight.shape, geometry=self.geometry)
        if self.branches > 1:
            change = homeostatic_on_branches(unit[None], below[:, None], self.branches)
        else:
            change = rule(unit[None], below[None], sums)
        weight = weight + rate * change
        if self.kept_sign:
            weight = one_signed(weight, self.kept_sign)
        decay = self.schedule.decay_at(sample)
        return (weight if decay is None else weight - 2.0**-decay * weight), Saturations()


@dataclass(frozen=True)
class FloatBiases:
    """Floating point.

    Attributes:
        schedule: learning rate over time.
        shared: units of a channel, which share their changes.
        factor: of the change.
    """

    schedule: Schedule
    shared: int = 1
    factor: float = 1.0

    def learn(
        self, bias: NDArray[Any], deviation: NDArray[Any], sample: int
    ) -> tuple[NDArray[Any], Saturations]:
        rate = self.factor * 2.0 ** -self.schedule.rate_at(sample)
        channels = deviation.reshape(1, -1, self.shared)
        change = rate * plasticity.burst_dependent_bias(channels)
        return bias + change.repeat(self.shared), Saturations()


@dataclass(frozen=True)
class IntegerSynapses:
    """Loihi 2 integers: 7-bit traces in, weights out that never have more than their bits.

    Attributes:
        rule, schedule: as in :class:`FloatSynapses`.
        sign: of the change: 1, or −1 for a homeostatic Y.
        event_bits: fraction bits of the rate that is read: e, or b where ``presynaptic`` says so.
        trace_exponent: the signed trace is in units 2^trace_exponent coarser than its state.
        unit_places: places from the product of the traces to the unit of the weight, without the
            learning rate.
        max_weight: largest magnitude of a weight.
        seed, connection: what keys the draws, with the sample. Connections that follow each other
            have the same.
        geometry: as in :class:`FloatSynapses`.
        presynaptic, branches, hears_noise: see :class:`Synapses`; on a branch the rate is a power
            of two larger.
        kept_sign: as in :class:`FloatSynapses`.
    """

    rule: Rule
    sign: int
    schedule: Schedule
    event_bits: int
    trace_exponent: int
    unit_places: int
    max_weight: int
    seed: int
    connection: int
    geometry: ConvolutionGeometry | None = None
    presynaptic: Presynaptic = "event_rate"
    branches: int = 1
    hears_noise: bool = False
    kept_sign: int = 0

    precision: ClassVar[Precision] = "fixed"

    @property
    def faster(self) -> int:
        """Most places by which a branch learns faster than one branch alone would."""
        # Of the smallest blocks, which have at least half of an equal share of the units.
        return branch_shift(2 * self.branches, 1) if self.branches > 1 else 0

    def places(self, sample: int) -> int:
        """Places by which the product of the traces is shifted at ``sample``."""
        return self.unit_places + self.schedule.rate_at(sample)

    def learn(
        self, weight: NDArray[Any], unit: NDArray[Any], below: NDArray[Any], sample: int
    ) -> tuple[NDArray[Any], Saturations]:
        event, signed = (below, unit) if self.rule == "burst_dependent" else (unit, below)
        events = integers.event_trace(event, self.event_bits).astype(np.int32)
        exact = integers.signed_trace(self.sign * signed, self.trace_exponent)
        signals = integers.saturated_trace(exact).astype(np.int32)
        traces = int(np.count_nonzero(signals != exact))
        change = self._matrix_changed if self.geometry is None else self._kernel_changed
        places, weights = self.places(sample), 0
        if self.rule == "burst_dependent":
            weight, weights = change(weight, signals, events, sample, places)
        else:
            for above, below_one, faster in self._on_branches(events, signals):
                weight, saturated = change(weight, above, below_one, sample, places - faster)
                weights += saturated
        decay = self.schedule.decay_at(sample)
        if decay is not None:
            random = self._draw(self.connection + DECAY_STREAM, sample, self._index(weight))
            decayed = integers.decay_change(weight.astype(np.int32), decay, random)
            weight = (weight + decayed).astype(weight.dtype)
        return weight, Saturations(weights, traces)

    def _on_branches(
        self, events: NDArray[Any], signals: NDArray[Any]
    ) -> Iterator[tuple[NDArray[Any], NDArray[Any], int]]:
        """Of each branch the traces of both ends, and by how many places it learns faster."""
        if self.branches == 1:
            yield events, signals, 0
            return
        for block, of_branch in zip(
            branch_slices(len(events), self.branches), signals, strict=True
        ):
            above = np.zeros_like(events)
            above[block] = events[block]
            yield above, of_branch, branch_shift(len(events), block.stop - block.start)

    def _matrix_changed(
        self,
        weight: NDArray[Any],
        above: NDArray[Any],
        below: NDArray[Any],
        sample: int,
        places: int,
    ) -> tuple[NDArray[Any], int]:
        """The matrix, and how many of its weights saturated, from traces of both its ends."""
        weight = weight.copy()
        # Only where both are active: what does not change needs no draw.
        chosen = np.ix_(np.flatnonzero(above), np.flatnonzero(below))
        product = above[chosen[0]] * below[chosen[1]]
        index = integers.synapse_index(chosen[0], chosen[1], len(weight))
        weight[chosen], saturated = self._changed(weight[chosen], product, index, sample, places)
        return weight, saturated

    def _kernel_changed(
        self,
        kernel: NDArray[Any],
        above: NDArray[Any],
        below: NDArray[Any],
        sample: int,
        places: int,
    ) -> tuple[NDArray[Any], int]:
        assert self.geometry is not None
        sums = outer(above[None], below[None], kernel.shape, self.geometry)
        return self._changed(kernel, sums, self._index(kernel), sample, places)

    def _changed(
        self,
        weight: NDArray[Any],
        product: NDArray[Any],
        index: NDArray[Any],
        sample: int,
        places: int,
    ) -> tuple[NDArray[Any], int]:
        random = self._draw(self.connection, sample, index)
        exact = weight + integers.weight_change(product, places, random)
        if self.kept_sign:  # a rule, and no bits that were missing
            exact = one_signed(exact, self.kept_sign)
        held = integers.saturated_weight(exact, self.max_weight)
        return held.astype(weight.dtype), int(np.count_nonzero(held != exact))

    def _index(self, weight: NDArray[Any]) -> NDArray[Any]:
        if self.geometry is not None:
            return integers.shared_synapse_index(weight.shape)
        unit, below = np.ogrid[: len(weight), : weight.shape[1]]
        return integers.synapse_index(unit, below, len(weight))

    def _draw(self, connection: int, sample: int, index: NDArray[Any]) -> NDArray[np.uint32]:
        return draw(_key(self.seed, sample, connection), index.astype(np.uint32))


@dataclass(frozen=True)
class IntegerBiases:
    """Loihi 2 integers: 24-bit biases.

    Attributes:
        schedule: learning rate over time.
        trace_exponent, unit_places, seed, connection: as in :class:`IntegerSynapses`.
        shared: as in :class:`FloatBiases`.
    """

    schedule: Schedule
    trace_exponent: int
    unit_places: int
    seed: int
    connection: int
    shared: int = 1

    def places(self, sample: int) -> int:
        """Places by which the trace is shifted at ``sample``; to the left where negative."""
        return self.unit_places + self.schedule.rate_at(sample)

    def learn(
        self, bias: NDArray[Any], deviation: NDArray[Any], sample: int
    ) -> tuple[NDArray[Any], Saturations]:
        exact = integers.signed_trace(deviation, self.trace_exponent)
        trace = integers.saturated_trace(exact)
        sums = trace.reshape(-1, self.shared).sum(axis=1)
        random = draw(
            _key(self.seed, sample, self.connection), np.arange(len(sums), dtype=np.uint32)
        )
        change = integers.bias_change(sums, self.places(sample), random)
        changed = bias + change.repeat(self.shared)
        held = integers.saturated_bias(changed)
        return held, Saturations(
            int(np.count_nonzero(held != changed)), int(np.count_nonzero(trace != exact))
        )


def _key(seed: int, sample: int, connection: int) -> NDArray[np.uint32]:
    words = np.array([[seed], [sample % 2**32], [connection]], dtype=np.uint32)
    return connection_key(*words)

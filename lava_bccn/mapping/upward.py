"""W of every layer in integers, from the input up: each by what it makes of what it receives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.fixed_point import MAX_FRACTION_BITS, FixedPointFormat
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.mapping.exponents import (
    WORTH_A_BIT,
    choose_exponent,
    choose_exponent_by_cost,
    choose_fraction_bits,
    exponent_of_range,
    largest_magnitudes,
    looked_at,
    root_mean_square,
)
from lava_bccn.mapping.integers import (
    by_row,
    fitting,
    is_elementwise,
    is_grouped,
    rounded_layer,
    run_alone,
    sent_down,
    shares_scale,
    some_units,
    with_feedback,
    without_feedback,
)
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork

Array = NDArray[np.floating[Any]]

ENORMOUS = 4.0
"""How many times the weights of most units those of a unit are before it is divided, and after."""


@dataclass(frozen=True)
class _Fit:
    """A layer in integers, and how it does on what it receives.

    Attributes:
        layer: in integers.
        state: without feedback; None where it cannot be run.
        errors: of event rates, (samples, units); None likewise.
        given_up: bits of W that rounding alone would have, but sums have no room for.
    """

    layer: MappedLayer
    state: LayerStates | None
    errors: Array | None
    given_up: int = 0

    @property
    def error(self) -> float:
        """Root mean square; infinite where the layer cannot be run."""
        return math.inf if self.errors is None else root_mean_square(self.errors)

    def error_by_row(self, rows: int) -> Array:
        """The same of each unit, or of each channel."""
        if self.errors is None:
            return np.full(rows, math.inf)
        squares = np.square(self.errors).reshape(len(self.errors), rows, -1)
        return np.sqrt(squares.mean(axis=(0, 2)))


def upward(
    network: MappedNetwork,
    units: FixedPointFormat,
    bits: Sequence[tuple[int, int]],
    exact: Sequence[LayerStates],
    sample: Array,
    weight_range: Sequence[float] | None,
) -> tuple[list[MappedLayer], list[LayerStates], list[int]]:
    """All layers in integers, Y and Q that have a scale of their own in the usual one.

    Args:
        network: in floating point.
        units: of the integers.
        bits: fraction bits of each layer, as :func:`fraction_bits` gives them.
        exact: states of the network on the sample.
        sample: event rates, (samples, inputs).
        weight_range: of each layer, from which its exponent follows; None: by cost.

    Returns:
        The layers; their states without feedback, up to the first that cannot be run; and how many
        bits of W each has given up for sums that fit.
    """
    layers: list[MappedLayer] = []
    states: list[LayerStates] = []
    given_up: list[int] = []
    below: NDArray[np.int64] | None = units.quantise_event_rate(sample)
    for index, layer in enumerate(network.layers):
        fit = partial(_fit, network, units, exact[index].event_rate, below)
        if weight_range is None:
            best = _with_enormous_units(network, index, units, bits[index], exact[index], fit)
        else:
            best = fit(
                layer, bits[index], exponent_of_range(weight_range[index], units.weight_bits)
            )
        layers.append(best.layer)
        given_up.append(best.given_up)
        below = None if best.state is None else best.state.event_rate
        states += [] if best.state is None else [best.state]
    return layers, states, given_up


def fraction_bits(
    network: MappedNetwork,
    index: int,
    units: FixedPointFormat,
    exact: LayerStates,
    bias: Array,
    hardware: bool = False,
) -> tuple[int, int]:
    """Of the somatic and of the apical potentials of a layer; of the hardware form where asked."""
    ensembles = network.ensembles(index)

    def deviation(apical: NDArray[Any]) -> NDArray[Any]:
        burst_prob = ensembles.hidden_burst_prob(apical, exact.event_rate)
        return (burst_prob - network.p_baseline) * exact.event_rate

    form = network.integer_form(index)
    soma_bits = form.soma_fraction_bits(units.event_bits)
    if hardware and form.stock is not None:
        soma_bits = units.event_bits - form.stock.soma_bits_below_events
    if soma_bits is None:
        name = f"somatic potentials of layer {index + 1}"
        soma_bits = choose_fraction_bits(
            name, exact.soma, bias, ensembles.event_rate, units.event_unit
        )
    if exact.apical is None:
        return soma_bits, MAX_FRACTION_BITS
    name = f"apical potentials of layer {index + 1}"
    return soma_bits, choose_fraction_bits(
        name, exact.apical, np.zeros(len(bias)), deviation, units.burst_unit
    )


def _with_enormous_units(
    network: MappedNetwork,
    index: int,
    units: FixedPointFormat,
    bits: tuple[int, int],
    exact: LayerStates,
    fit: partial[_Fit],
) -> _Fit:
    """The layer as it is, or with the weights of enormous units divided where it is worth it."""
    layer = network.layers[index]
    usual = fit(layer, bits)
    sizes = largest_magnitudes(layer.weight).astype(np.float64)
    typical = float(np.median(sizes))
    enormous = sizes > ENORMOUS * typical
    if typical == 0 or not enormous.any():
        return usual

    def divided(rows: NDArray[np.bool_]) -> _Fit:
        factors = np.where(rows, ENORMOUS * typical / np.maximum(sizes, typical), 1.0)
        of_units = factors.repeat(layer.units // len(factors))
        smaller = _times(layer, factors, of_units, network.p_baseline)
        states = replace(exact, soma=exact.soma * of_units)
        return fit(smaller, fraction_bits(network, index, units, states, smaller.bias))

    every = divided(enormous)
    # One enormous weight that does not matter is no reason to divide the others of its unit.
    better = enormous & (every.error_by_row(len(sizes)) < usual.error_by_row(len(sizes)))
    best = min((every, divided(better)), key=lambda fitted: fitted.error)
    return best if WORTH_A_BIT * best.error <= usual.error else usual


def _times(layer: MappedLayer, factors: Array, of_units: Array, p_baseline: float) -> MappedLayer:
    """The layer with the weights and biases of its units, or channels, times factors.

    A Y that is W stays so, and with it a Q that is p^b Y.
    """
    by_row = factors.reshape(-1, *(1,) * (layer.weight.ndim - 1))
    burst, event = layer.feedback_burst, layer.feedback_event
    if burst is not None and event is not None and np.array_equal(layer.weight, burst):
        event = event * by_row if np.array_equal(event, p_baseline * burst) else event
        burst = burst * by_row
    return replace(
        layer,
        weight=layer.weight * by_row,
        bias=layer.bias * of_units,
        feedback_burst=burst,
        feedback_event=event,
    )


def _fit(
    network: MappedNetwork,
    units: FixedPointFormat,
    exact: Array,
    below: NDArray[np.int64] | None,
    layer: MappedLayer,
    bits: tuple[int, int],
    exponent: int | None = None,
) -> _Fit:
    """A layer in integers, in the exponent that suits the event rates it should have."""
    sent, same_scale = sent_down(layer, units), shares_scale(layer)
    if exponent is None:
        matrices = [layer.weight, *(sent if same_scale else [])]
        is_whole = is_grouped(layer) or not is_elementwise(network, layer)
        rows = slice(None) if is_whole else looked_at(matrices)
        part, expected = some_units(layer, rows), by_row(layer, exact)[:, rows]

        def cost(choice: int) -> float:
            state = run_alone(network, units, rounded_layer(part, units, *bits, choice), below)
            if state is None:
                return math.inf
            event_rate = by_row(part, state.event_rate) * units.event_unit
            return root_mean_square(event_rate - expected)

        exponent = choose_exponent_by_cost(matrices, units.max_weight, cost)
    if same_scale:
        own = exponent
        shared = partial(rounded_layer, layer, units, *bits)
        integers = fitting(units, lambda choice: shared(choice, choice), exponent)
    else:
        own = choose_exponent(sent, units.max_weight) if sent else 0
        alone = partial(rounded_layer, without_feedback(layer), units, *bits)
        integers = fitting(units, alone, exponent)
        sending = partial(with_feedback, integers, sent, units.max_weight)
        integers = fitting(units, sending, own) if sent else integers
    state = run_alone(network, units, integers, below)
    errors = None if state is None else state.event_rate * units.event_unit - exact
    return _Fit(integers, state, errors, integers.weight_exponent - exponent)

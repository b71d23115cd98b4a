"""Y and Q of every layer in integers, from the output down: each by what the layer below gets."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping.exponents import choose_exponent_by_cost, looked_at, root_mean_square
from lava_bccn.mapping.integers import (
    fitting,
    fixed_network,
    receive,
    sent_down,
    shares_scale,
    some_inputs,
    with_feedback,
    without_feedback,
)
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork


def downward(
    network: MappedNetwork,
    units: FixedPointFormat,
    exact: Sequence[LayerStates],
    layers: Sequence[MappedLayer],
    states: Sequence[LayerStates],
    targets: NDArray[np.float64],
) -> tuple[list[MappedLayer], list[LayerStates], list[int]]:
    """The layers with Y and Q in the exponents that suit what they send down; their states; and how
    many bits of Y and Q each has given up for sums that fit.

    Raises:
        InvalidInputError: a layer that cannot be run.
    """
    layers, states = list(layers), list(states)
    top = fixed_network(network, units, [without_feedback(layers[-1])])
    soma, event_rate = states[-1].soma, states[-1].event_rate
    states[-1] = top.ensembles(0).taught(soma, event_rate, top.quantise_targets(targets))
    given_up = [0] * len(layers)
    for index in reversed(range(1, len(layers))):
        sent, below = sent_down(network.layers[index], units), index - 1
        received = partial(receive, network, units, layers[below])
        if sent and not shares_scale(layers[index]):
            is_matrix = layers[index].geometry is None
            some = looked_at([matrix.T for matrix in sent]) if is_matrix else slice(None)
            rounded = partial(
                with_feedback,
                some_inputs(layers[index], some),
                [matrix[:, some] for matrix in sent],
                units.max_weight,
            )
            to_some = partial(received, _part(states[below], some), states[index])
            expected = _part(exact[below], some)
            cost = partial(_deviation_error, network, below, units, rounded, expected, to_some)
            best = choose_exponent_by_cost(sent, units.max_weight, cost)
            sending = partial(with_feedback, layers[index], sent, units.max_weight)
            layers[index] = fitting(units, sending, best)
            given_up[index] = layers[index].feedback_exponent - best
        states[below] = received(states[below], states[index], layers[index])
    return layers, states, given_up


def _part(states: LayerStates, units: NDArray[np.int64] | slice) -> LayerStates:
    """The states of some units."""
    found = {name: each[:, units] for name, each in vars(states).items() if each is not None}
    return LayerStates(**found)


def _deviation_error(
    network: MappedNetwork,
    below: int,
    units: FixedPointFormat,
    rounded: partial[MappedLayer],
    exact: LayerStates,
    received: partial[LayerStates],
    exponent: int,
) -> float:
    """Of the burst deviations (p − p^b) e below a layer, in an exponent of Y and Q."""
    try:
        state = received(rounded(exponent))
    except InvalidInputError:
        return math.inf
    probability_unit = 2.0 ** -network.integer_form(below).probability_bits
    deviations = [
        (burst_prob - network.p_baseline) * event_rate
        for burst_prob, event_rate in (
            (state.burst_prob * probability_unit, state.event_rate * units.event_unit),
            (exact.burst_prob, exact.event_rate),
        )
    ]
    return root_mean_square(deviations[0] - deviations[1])

"""The learning rules of BurstCCN, as sums over a batch of samples.

Source: Greedy et al., NeurIPS 2022 (arXiv 2206.11769). Rates are of shape (batch, units); each
function returns the change of a matrix of shape (postsynaptic units, presynaptic units) of the
*feedforward* weight, the shape in which W, Y and Q are all stored, summed over the batch.

Where synapses are shared, as in a convolution, rates have more axes behind (batch, channels, ...)
and ``outer`` sums over all places that share one.
"""

from __future__ import annotations

from collections.abc import Callable

from lava_bccn.dynamics.rate import Array

Outer = Callable[[Array, Array], Array]
"""Σ above · below over the batch, and over what shares a synapse."""


def outer_sum(above: Array, below: Array) -> Array:
    """Σ above belowᵀ over a batch, for synapses that no two pairs of units share."""
    return above.T @ below


def burst_dependent(
    burst_deviation: Array, event_rate_below: Array, outer: Outer = outer_sum
) -> Array:
    """ΔW ∝ (b − p^b e) e_belowᵀ: a burst potentiates, an event without one depresses.

    Kolen–Pollack gives the burst feedback Y of the same layer this same change.
    """
    return outer(burst_deviation, event_rate_below)


def burst_dependent_bias(burst_deviation: Array) -> Array:
    """Δc ∝ b − p^b e: the rule of W for an input that is always 1."""
    return burst_deviation.sum((0, *range(2, burst_deviation.ndim)))


def homeostatic(event_rate: Array, apical_below: Array, outer: Outer = outer_sum) -> Array:
    """ΔQ ∝ + e u_belowᵀ (and ΔY ∝ − e u_belowᵀ): silences the apical dendrites below."""
    return outer(event_rate, apical_below)

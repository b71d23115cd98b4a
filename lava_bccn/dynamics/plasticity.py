"""The learning rules of BurstCCN, as sums over a batch of samples.

Source: Greedy et al., NeurIPS 2022 (arXiv 2206.11769). Rates are of shape (batch, units); each
function returns the change of a matrix of shape (postsynaptic units, presynaptic units) of the
*feedforward* weight, the shape in which W, Y and Q are all stored, summed over the batch.
"""

from __future__ import annotations

from lava_bccn.dynamics.rate import Array


def burst_dependent(burst_deviation: Array, event_rate_below: Array) -> Array:
    """ΔW ∝ (b − p^b e) e_belowᵀ: a burst potentiates, an event without one depresses.

    Kolen–Pollack gives the burst feedback Y of the same layer this same change.
    """
    return burst_deviation.T @ event_rate_below


def burst_dependent_bias(burst_deviation: Array) -> Array:
    """Δc ∝ b − p^b e: the rule of W for an input that is always 1."""
    return burst_deviation.sum(0)


def homeostatic(event_rate: Array, apical_below: Array) -> Array:
    """ΔQ ∝ + e u_belowᵀ (and ΔY ∝ − e u_belowᵀ): silences the apical dendrites below."""
    return event_rate.T @ apical_below

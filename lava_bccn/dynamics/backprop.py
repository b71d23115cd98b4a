"""Backprop of ½‖e − target‖² through sigmoid units, and feedback alignment.

They differ only in the matrix that sends δ down: W, or a fixed random Y of W's shape (Lillicrap,
Cownden, Tweed & Akerman, "Random synaptic feedback weights support error backpropagation for deep
learning", Nature Communications 2016).
"""

from __future__ import annotations

from lava_bccn.dynamics.rate import Array


def delta(error: Array, event_rate: Array) -> Array:
    """δ = error · f'(v) = error · e (1 − e): the gradient with respect to v.

    ``error`` is e − target for the output layer and Wᵀ δ_above (Yᵀ δ_above) below it. The gradient
    with respect to W is δ e_belowᵀ.
    """
    return error * event_rate * (1 - event_rate)

"""Burstprop: two phases, without and with the teacher; a synapse learns from their difference.

Source: Payeur, Guerguiev, Zenke, Richards & Naud, "Burst-dependent synaptic plasticity can
coordinate learning in hierarchical circuits", Nature Neuroscience 2021, in the rate form that
Greedy et al. (NeurIPS 2022) compare BurstCCN with. f = σ, h(e) = 1 − e.

    output   p = p^b,  p̂ = p^b (1 + (target − e) h(e))           as in ``rate``
    hidden   g = Yᵀ b_above,  r = σ(g) e,  u = g h(e) − R r,  p = σ(u)
             ĝ = Yᵀ b̂_above,               û = ĝ h(e) − R r,  p̂ = σ(û)
    learns   ΔW ∝ (b̂ − b) e_belowᵀ,  ΔR ∝ u rᵀ

With a hat: with the teacher. The second phase is computed as its change from the first, so that
small errors deep in a network are not differences of large numbers. Rates are (batch, units).
"""

from __future__ import annotations

from lava_bccn.dynamics import rate
from lava_bccn.dynamics.rate import Array
from lava_bccn.dynamics.sigmoid import sigmoid, sigmoid_change


def recurrent_rate(burst_input: Array, event_rate: Array) -> Array:
    """r = σ(g) e: what a unit sends to the apical dendrites of its own layer, in [0, 1]."""
    return sigmoid(burst_input) * event_rate


def apical(burst_input: Array, event_rate: Array, recurrent_input: Array) -> Array:
    """u = g h(e) − R r without the teacher; ``recurrent_input`` is R r."""
    return rate.gated_apical(burst_input, event_rate) - recurrent_input


def burst_prob(apical: Array) -> Array:
    """p = σ(u) of a hidden unit, in [0, 1]."""
    return sigmoid(apical)


def burst_prob_change(burst_prob: Array, burst_input_change: Array, event_rate: Array) -> Array:
    """p̂ − p = σ(u + (ĝ − g) h(e)) − σ(u), from p = σ(u); ``burst_input_change`` is ĝ − g."""
    return sigmoid_change(burst_prob, rate.gated_apical(burst_input_change, event_rate))

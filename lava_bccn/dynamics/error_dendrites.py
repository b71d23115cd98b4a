"""Error-encoding dendritic networks (EDN): interneurons cancel what the layer above sends down.

Source: Sacramento, Ponte Costa, Bengio & Senn, "Dendritic cortical microcircuits approximate the
backpropagation algorithm", NeurIPS 2018, in the rate form that Greedy et al. (NeurIPS 2022) compare
BurstCCN with. Each layer has one interneuron per unit of the layer above. λ is the nudging, 0.1.

    forward  v = W r_below + c,  r = σ(v);  interneurons v^I = P r + c^I
    output   v̂ = (1 − λ) v + λ logit(0.2 + 0.6 target)
    hidden   v̂^I = (1 − λ) v^I + λ v̂_above,  a = Yᵀ r̂_above − Nᵀ σ(v̂^I),  v̂ = v + λ a
    learns   ΔW ∝ (r̂ − r) r_belowᵀ,  ΔP ∝ (σ(v̂^I) − σ(v^I)) r̂ᵀ,  ΔN ∝ σ(v̂^I) aᵀ

With a hat: with the teacher, r̂ = σ(v̂). P (pyramidal to interneuron) and N (interneuron to
pyramidal) have the shape of the W above. States with the teacher are computed as the shift v̂ − v
and the change r̂ − r (``sigmoid.sigmoid_change``): errors shrink by orders of magnitude per layer.
"""

from __future__ import annotations

from lava_bccn.dynamics.rate import Array
from lava_bccn.dynamics.sigmoid import logit


def target_potential(target: Array) -> Array:
    """logit(0.2 + 0.6 target): a somatic potential within the linear range, target in [0, 1]."""
    return logit(0.2 + 0.6 * target)


def somatic_nudge(potential: Array, teaching_potential: Array, nudging: float) -> Array:
    """v̂ − v = λ (teaching potential − v), of an output unit or an interneuron."""
    return nudging * (teaching_potential - potential)


def apical_nudge(apical: Array, nudging: float) -> Array:
    """v̂ − v = λ a of a hidden unit."""
    return nudging * apical


def apical(residual_input: Array, imbalance_input: Array) -> Array:
    """a = Yᵀ r̂_above − Nᵀ r̂^I = Yᵀ (r̂_above − r̂^I) − (N − Y)ᵀ r̂^I.

    ``residual_input`` is the first product and ``imbalance_input`` the second: no large sums that
    cancel.
    """
    return residual_input - imbalance_input

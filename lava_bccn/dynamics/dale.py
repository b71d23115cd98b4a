"""Dale's law: one-signed weights, and the four types of interneurons that make up for it.

Every matrix is ≥ 0. With x the event rates below a layer, e and b its event and burst rates, and
u the apical potential of the layer below it:

    PV    π = P x              v = W⁺ x − W⁻ π + c                  soma
    NDNF  ν = Dᵀ e             E = A⁺ᵀ e − A⁻ᵀ ν                    event drive of a dendrite below
    VIP   w_k = V_kᵀ b         z_k = S_kᵀ b − T_kᵀ w_k (+ β_k)      SST, of two kinds k = n, p
                               F = α − Σ_k M_kᵀ z_k                 burst drive of it
                               u = κ (F + E)                        κ: the gain of that dendrite

All interneurons are linear, instantaneous and not rectified. SST of kind n are driven by bursts and
so inhibit; those of kind p are silenced by them, through VIP, and so excite. Together they amount
to a layer with

    W = W⁺ − W⁻ P,    Q = D A⁻ − A⁺,    Y = −Σ_k (S_k − V_k T_k) M_k

and F = Yᵀ b where α = Σ_k M_kᵀ β_k. The tonic rate β of SST is the least with which z_k ≥ 0 for all
b ≤ 1. Learning sees z_k − β_k only, so that is what is carried here, without a bias, and of α what
is more than its balance (:func:`apical_offset`), which is a sum of a few numbers and not of rates.

Source: "Cell-type-specific cortical feedback coordinates hierarchical credit assignment", 2026
(doi 10.64898/2026.06.16.732595). Arrays are of shape (batch, units) and (above, below), of NumPy or
PyTorch; in integers what interneurons carry has the unit of what they receive: event rates (PV,
NDNF) or burst rates (VIP, SST).
"""

from __future__ import annotations

from collections.abc import Iterable

from lava_bccn.dynamics import plasticity
from lava_bccn.dynamics.arithmetic import held, rescaled
from lava_bccn.dynamics.plasticity import Outer, outer_sum
from lava_bccn.dynamics.rate import Array

KINDS = ("n", "p")
"""The two kinds of SST and VIP: what bursts inhibit (negative), and what they disinhibit."""


def factors(left: Array, values: Array, right: Array, rank: int) -> tuple[Array, Array]:
    """Two factors of Y through so many interneurons, each with the root of the singular values.

    Their product has the norm of Y.

    Args:
        left, values, right: the singular value decomposition of Y, (units, units below).
        rank: R, of the product.

    Returns:
        (units, R) and (R, units below).
    """
    kept = values[:rank]
    root = kept**0.5
    first, second = left[:, :rank] * root, root[:, None] * right[:rank]
    norm = (kept**2).sum()
    return first, second * ((values**2).sum() / (norm + (norm == 0))) ** 0.5


def positive_part(matrix: Array) -> Array:
    """max(matrix, 0): the excitatory part of weights of both signs."""
    return 0.5 * (abs(matrix) + matrix)


def negative_part(matrix: Array) -> Array:
    """max(−matrix, 0): the inhibitory part, as strengths."""
    return 0.5 * (abs(matrix) - matrix)


def relayed(received: Array, places: int = 0) -> Array:
    """What linear interneurons carry: what they receive, in integers with 24 bits.

    Args:
        received: their summed input.
        places: by which it is shifted, to the nearest, into the units of what they receive.
    """
    return held(rescaled(received, places, True))


def somatic_input(excitation: Array, inhibition: Array) -> Array:
    """W⁺ x − W⁻ π, of W⁺ x and W⁻ π."""
    return excitation - inhibition


def sst_input(direct: Array, from_vip: Array) -> Array:
    """S_kᵀ b − T_kᵀ w_k, of the two: z_k without its tonic rate β_k."""
    return direct - from_vip


def burst_drive(inhibition: Iterable[Array], offset: Array = 0) -> Array:
    """F = α − Σ_k M_kᵀ z_k, of the M_kᵀ (z_k − β_k) and the :func:`apical_offset`."""
    return offset - sum(inhibition)


def event_drive(excitation: Array, inhibition: Array) -> Array:
    """E = A⁺ᵀ e − A⁻ᵀ ν, of A⁺ᵀ e and A⁻ᵀ ν."""
    return excitation - inhibition


def tonic_rate(to_sst: Array, to_vip: Array, vip_to_sst: Array) -> Array:
    """β_k: the least tonic rate of SST with which z_k ≥ 0 for every b from 0 to 1, (SST,).

    The sum over senders of max(V_k T_k − S_k, 0).
    """
    return negative_part(to_sst - to_vip @ vip_to_sst).sum(0)


def effective_burst_feedback(
    to_sst: Iterable[Array],
    to_vip: Iterable[Array],
    vip_to_sst: Iterable[Array],
    from_sst: Iterable[Array],
) -> Array:
    """Y = −Σ_k (S_k − V_k T_k) M_k, with T as it is: 0 where VIP is silenced."""
    kinds = zip(to_sst, to_vip, vip_to_sst, from_sst, strict=True)
    return -sum((s - v @ t) @ m for s, v, t, m in kinds)


def apical_offset(apical_bias: Array, tonic: Iterable[Array], from_sst: Iterable[Array]) -> Array:
    """α − Σ_k M_kᵀ β_k: what tonic excitation of a dendrite is more than tonic inhibition."""
    return apical_bias - balanced_apical_bias(tonic, from_sst)


def balanced_apical_bias(tonic: Iterable[Array], from_sst: Iterable[Array]) -> Array:
    """Σ_k M_kᵀ β_k: the tonic excitation α that balances the tonic inhibition by SST."""
    return sum(beta @ m for beta, m in zip(tonic, from_sst, strict=True))


PART_RATE = 0.5
"""W⁺ and W⁻ each learn at half the rate, so that W (with P the identity) learns at the whole."""


def part_change(deviation: Array, received: Array, outer: Outer = outer_sum) -> Array:
    """ΔW⁺ ∝ ½ (b − p^b e) xᵀ of event rates x below; of π in their place ΔW⁻ is minus that.

    Both are then clipped at 0 (:func:`one_signed`).
    """
    return plasticity.burst_dependent(PART_RATE * deviation, received, outer)


def sst_change(sst: Array, apical: Array, outer: Outer = outer_sum) -> Array:
    """ΔM_k ∝ + (z_k − β_k) uᵀ of the dendrites that SST reach."""
    return outer(sst, apical)


def apical_bias_change(drive_at_baseline: Array) -> Array:
    """Δα ∝ −(F° + E): with F° the burst drive where all above burst at baseline, b = p^b e.

    It silences the dendrite without a teacher, whatever the interneurons are. Summed over a batch.
    """
    return -drive_at_baseline.sum(0)


def one_signed(weight: Array, sign: int = 1) -> Array:
    """A weight that stays on its side of 0, as Dale's law has it: clipped there."""
    return weight.clip(0) if sign > 0 else -((-weight).clip(0))

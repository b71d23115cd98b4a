"""Apical branches: each receives some of the units above, and learns by itself.

The dendrite of every unit is cut into m = min(n, N_above) branches. Branch k receives the bursts
and events of one block K_k of consecutive units above, in the order of their indices; the sizes
n_k of blocks differ by at most one, larger ones first; the cut is the same for all units:

    u_k = Y[K_k]ᵀ b[K_k] − Q[K_k]ᵀ e[K_k]        u = k Σ_k u_k

The burst probability of a unit sees the sum u alone; a synapse that learns by the homeostatic rule
sees the potential u_k of its own branch, times √(N_above / n_k). So branches change what is
learned and never what is computed.

Source: "Cell-type-specific cortical feedback coordinates hierarchical credit assignment", 2026
(doi 10.64898/2026.06.16.732595), which has the rule for Y. The rule for Q here is the homeostatic
one of Greedy et al., NeurIPS 2022, applied to each branch.
"""

from __future__ import annotations

import math

import numpy as np

from lava_bccn.dynamics.plasticity import Outer, homeostatic, outer_sum
from lava_bccn.dynamics.rate import Array


def branch_sizes(senders: int, branches: int) -> tuple[int, ...]:
    """How many units above send to each branch; at most ``senders`` branches have any."""
    count = min(branches, senders)
    size, larger = divmod(senders, count)
    return (size + 1,) * larger + (size,) * (count - larger)


def branch_slices(senders: int, branches: int) -> tuple[slice, ...]:
    """The units above that send to each branch."""
    sizes = branch_sizes(senders, branches)
    ends = [sum(sizes[: number + 1]) for number in range(len(sizes))]
    return tuple(slice(end - size, end) for end, size in zip(ends, sizes, strict=True))


def branch_gain(senders: int, size: int) -> float:
    """√(N_above / n_k): how much faster the synapses of a branch of that size learn."""
    return math.sqrt(senders / size)


def branch_shift(senders: int, size: int) -> int:
    """The same as the nearest power of two, by its exponent: what integers learn with."""
    return round(0.5 * math.log2(senders / size))


def homeostatic_on_branches(
    rate: Array, apical: Array, branches: int, outer: Outer = outer_sum
) -> Array:
    """ΔQ ∝ + √(N_above / n_k) e[K_k] u_kᵀ of every branch; ΔY the same with the other sign.

    ``rate`` is (batch, units above), what presynaptic factor there is; ``apical`` (branches, batch,
    units), of each branch. NumPy arrays.
    """
    units = rate.shape[1]
    return np.concatenate(
        [
            branch_gain(units, block.stop - block.start) * homeostatic(rate[:, block], u, outer)
            for block, u in zip(branch_slices(units, branches), apical, strict=True)
        ]
    )

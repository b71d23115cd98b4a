"""The rate model of BurstCCN in continuous time.

Source: Greedy et al., NeurIPS 2022 (arXiv 2206.11769):

    τ_v dv/dt = −v + W e + c
    τ_u du/dt = −u + h(e) ⊙ (Yᵀ b − Qᵀ e)     with p = 2 p^b σ((2 / p^b) u)
    τ_W dW/dt = (b − p^b e) e_belowᵀ

The drives on the right are those of the discrete model: ``rate.soma`` for v and
``rate.gated_apical`` for u (so that ``rate.hidden_modulation`` takes u itself), and the changes of
``plasticity`` for W. With dt = τ_v = τ_u an Euler step gives the discrete model.
"""

from __future__ import annotations

from lava_bccn.dynamics.rate import Array


def relax(state: Array, drive: Array, step_fraction: float) -> Array:
    """One Euler step of τ dx/dt = −x + drive: x + (dt / τ)(drive − x).

    ``step_fraction`` is dt / τ, in (0, 1]; at 1 the state becomes the drive.
    """
    return state + step_fraction * (drive - state)


def integrate(weight: Array, change: Array, step_fraction: float) -> Array:
    """One Euler step of τ_W dW/dt = change: W + (dt / τ_W) change."""
    return weight + step_fraction * change

"""What the branches of a dendrite receive, and how the synapses on each learn to silence it."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from lava_bccn.dynamics import plasticity
from lava_bccn.dynamics.branches import branch_gain, branch_slices
from lava_bccn.nn.connections import Couple, LinearMap


class Homeostasis(NamedTuple):
    """What the homeostatic rules of a layer see; by default one dendrite, and event rates.

    Attributes:
        branches: into which the dendrites below are cut, each for a block of the layer's units.
        by_bursts: Y learns with the burst rates of the layer, not with its event rates.
    """

    branches: int = 1
    by_bursts: bool = False

    def potentials(
        self,
        connection: LinearMap,
        above: Couple,
        burst: Tensor,
        difference: Tensor | None,
        below: Tensor,
    ) -> Tensor:
        """Of every branch Yᵀ b − Qᵀ e, from the block of units that sends to it.

        Args:
            connection: of the layer that sends.
            above: its deviation b − p^b e, and its event rate.
            burst: Y.
            difference: p^b Y − Q; None where it is 0. So no large sums cancel.
            below: rates of the layer that receives, for their shape.

        Returns:
            (branches, *shape of ``below``).
        """
        blocks = branch_slices(len(burst), self.branches)
        received = connection.down_blocks(above[0], burst, below, blocks)
        if difference is None:
            return received
        return received + connection.down_blocks(above[1], difference, below, blocks)

    def silencing(
        self,
        connection: LinearMap,
        rates: Couple,
        weight: Tensor,
        kept: Tensor | None = None,
    ) -> Tensor:
        """Σ rate · u_k √(N / n_k) over the samples, for every unit with u_k of its own branch.

        Args:
            connection: of the layer that sends.
            rates: of its units, what their synapses learn with; and u_k of every branch below.
            weight: for its shape.
            kept: memory for the result.
        """
        rate, potentials = rates
        units = len(weight)
        blocks = branch_slices(units, self.branches)
        sizes = torch.tensor([block.stop - block.start for block in blocks])
        gains = [branch_gain(units, size) for size in sizes.tolist()]
        if len(set(gains)) == 1:
            rate = rate * gains[0]
        else:
            of_units = torch.tensor(gains).repeat_interleave(sizes).to(rate)
            rate = rate * of_units.view(-1, *[1] * (rate.ndim - 2))

        def outer(above: Tensor, below: Tensor) -> Tensor:
            return connection.outer_blocks(above.to(below.dtype), below, weight, blocks, kept)

        return plasticity.homeostatic(rate, potentials, outer)

    def silencing_each(
        self,
        rates: tuple[Tensor, Tensor, Tensor],
        burst: Tensor,
        difference: Tensor | None,
        kept: Tensor | None = None,
    ) -> Tensor:
        """:meth:`silencing` where every unit sends to a branch of its own, u_k = Y_k b_k − Q_k e_k.

        Then a synapse learns √N (Y_k Σ rate b − Q_k Σ rate e), without products of matrices.

        Args:
            rates: of its units: what their synapses learn with, b − p^b e, and event rates.
            burst, difference: as for :meth:`potentials`.
            kept: memory for the result.
        """
        rate, deviation, event_rate = rates
        gain = branch_gain(len(burst), 1)
        result = torch.mul(burst, gain * (rate * deviation).sum(0)[:, None], out=kept)
        if difference is not None:
            result.addcmul_(difference, gain * (rate * event_rate).sum(0)[:, None])
        return result

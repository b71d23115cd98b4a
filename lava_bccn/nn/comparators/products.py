"""What comparators do with the products of a connection: rates in full precision, batch means."""

from __future__ import annotations

from torch import Tensor

from lava_bccn.dynamics import plasticity
from lava_bccn.nn.connections import Connection


def up(connection: Connection, below: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """W r_below + c in the precision of the weight.

    Under autocast the product is in a lower one, but rates would be too coarse for small changes.
    """
    return connection.up(below, weight, bias).to(weight.dtype)


def mean_outer(connection: Connection, above: Tensor, below: Tensor, weight: Tensor) -> Tensor:
    """Mean over the batch of Σ above · below over what shares a synapse, shaped as the weight."""
    return connection.outer(above / len(above), below.to(above.dtype), weight)


def mean_bias(above: Tensor) -> Tensor:
    """The same for an input that is always 1: (units,) or (channels,)."""
    return plasticity.burst_dependent_bias(above / len(above))

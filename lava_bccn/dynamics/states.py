"""The state of a network of ensembles, in one type for every executor."""

from __future__ import annotations

from dataclasses import dataclass, fields

from lava_bccn.dynamics.rate import Array


@dataclass(frozen=True)
class LayerStates:
    """What the ensembles of one layer do, each array of shape (samples, units).

    Attributes:
        soma: somatic potential v.
        event_rate: e.
        apical: apical potential u; None for an output layer, whose bursts follow the teacher.
        burst_prob: p.
        burst_rate: b.
    """

    soma: Array = None
    event_rate: Array = None
    apical: Array = None
    burst_prob: Array = None
    burst_rate: Array = None


STATE_NAMES = tuple(field.name for field in fields(LayerStates))

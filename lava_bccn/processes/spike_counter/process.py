"""Spikes, events and bursts of a population, counted."""

from __future__ import annotations

from lava.magma.core.process.ports.ports import InPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var


class SpikeCounter(AbstractProcess):
    """Counts what ensembles send, and keeps the flags of the last steps.

    Ports: ``s_in`` takes the flags of a ``BurstingNeuron``.

    Vars: ``counts`` (ensembles, 3): spikes, events and bursts since the start; ``flags``
    (``kept_steps``, neurons): those of step t are in row (t − 1) modulo ``kept_steps``.

    Args:
        ensembles, ensemble_size: of the population.
        kept_steps: of how many steps flags are kept; at least 1.
    """

    def __init__(
        self,
        *,
        ensembles: int,
        ensemble_size: int,
        kept_steps: int = 1,
        name: str | None = None,
    ) -> None:
        super().__init__(ensemble_size=ensemble_size, kept_steps=kept_steps, name=name)
        neurons = ensembles * ensemble_size
        self.s_in: InPort = InPort(shape=(neurons,))
        self.counts: Var = Var(shape=(ensembles, 3), init=0)
        self.flags: Var = Var(shape=(kept_steps, neurons), init=0)

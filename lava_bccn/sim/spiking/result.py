"""What a run of a spiking network returns, whatever executed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.spiking.arithmetic import FRACTION_BITS
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.spiking.network import SpikingNetwork


@dataclass(frozen=True, repr=False)
class SpikingResult:
    """Spikes, counted by ensemble and interval.

    Attributes:
        network: with the weights and biases at the end.
        counts: (intervals, ensembles, 3): spikes, events, bursts of each ensemble; ensembles of all
            populations in their order.
        released: (intervals, connections): sum of what the presynaptic neurons of each connection
            released; in integers of 2^−15 with short-term plasticity.
        flags: (steps, neurons) flags that every neuron sent (see ``dynamics.spiking.neuron``), or
            (0, neurons) if they were not recorded.
        interval_ms: length of an interval.
        seconds: that the run took, without setting up.
    """

    network: SpikingNetwork
    counts: NDArray[np.int64]
    released: NDArray[Any]
    flags: NDArray[np.uint8]
    interval_ms: float
    seconds: float

    def __repr__(self) -> str:
        """What ran for how long, and the mean event rate of each population."""
        network, names = self.network, [each.name for each in self.network.populations]
        flags = f", flags of {len(self.flags)} steps" if len(self.flags) else ""
        text = (
            f"{type(self).__name__} of {len(names)} populations and {len(network.connections)} "
            f"connections, {network.precision}\n"
            f"  {len(self.counts)} intervals of {self.interval_ms:g} ms in {self.seconds:.3g} s"
            f"{flags}"
        )
        if len(self.counts) == 0:
            return text
        rates = (f"{name} {self.event_rate(name).mean():.3g}" for name in names)
        return f"{text}\n  event rates in Hz: {', '.join(rates)}"

    def event_rate(self, population: str) -> NDArray[np.float64]:
        """Events per neuron in Hz, (intervals, ensembles of the population)."""
        return self._rates(population, 1)

    def burst_rate(self, population: str) -> NDArray[np.float64]:
        """Bursts per neuron in Hz, (intervals, ensembles of the population)."""
        return self._rates(population, 2)

    def burst_prob(self, population: str) -> NDArray[np.float64]:
        """Share of events that became bursts; NaN where there was no event."""
        events, bursts = self._rates(population, 1), self._rates(population, 2)
        return np.divide(bursts, events, out=np.full_like(events, np.nan), where=events > 0)

    def transmitted(self, connection: str) -> NDArray[np.float64]:
        """Release per presynaptic neuron and second of a connection, (intervals,).

        Hz: with ideal decoding the rate of events or bursts.
        """
        for index, candidate in enumerate(self.network.connections):
            if candidate.name == connection:
                size = self.network.population(candidate.source).size
                scale = 1000 / (self.interval_ms * size)
                if candidate.stp is not None and self.network.units.is_fixed:
                    scale /= 1 << FRACTION_BITS
                return self.released[:, index] * scale
        raise InvalidInputError(
            f"there is no connection {connection!r}; there are "
            + ", ".join(repr(candidate.name) for candidate in self.network.connections)
        )

    def flags_of(self, population: str) -> NDArray[np.uint8]:
        """Recorded flags of one population, (steps, neurons)."""
        if len(self.flags) == 0:
            raise InvalidInputError("flags were not recorded; run with record_flags=True")
        sizes = [p.size for p in self.network.populations]
        first = int(np.sum(sizes[: self.network.index(population)]))
        return self.flags[:, first : first + self.network.population(population).size]

    def _rates(self, population: str, column: int) -> NDArray[np.float64]:
        counts = self.counts[:, self.network.columns(population), column]
        neurons = self.network.population(population).neurons
        return counts / (neurons * self.interval_ms / 1000)

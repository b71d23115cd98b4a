"""What every executor returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.job import LearningSaturations
from lava_bccn.dynamics.states import STATE_NAMES, LayerStates
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.rate_network import AnyNetwork


@dataclass(frozen=True)
class RunResult(Generic[AnyNetwork]):
    """The settled states of a network for some samples.

    Attributes:
        network: what ran; after learning, as it has become (where it stays open, as it was opened:
            see :meth:`~lava_bccn.backends.running.Running.run`).
        backend: where it ran.
        states: one :class:`LayerStates` a layer with what was recorded, arrays (samples, units) in
            the network's own units: in fixed point integers, signed and no wider than their values
            need (int16 or int32), so widen them before arithmetic with larger results.
        saturations: potentials of each layer that saturated, (layers,); −1 where that went with a
            Lava that failed.
        seconds: wall time of the run itself, without setting it up.
        learned: samples that ``network`` has learned, with those before this run; for the next run.
        learning_saturations: what did not fit while learning, a dictionary a layer; None without.
            Numbers are −1 where Lava's own Processes learned, which count nothing.
    """

    network: AnyNetwork
    backend: str
    states: tuple[LayerStates, ...]
    saturations: NDArray[np.int64]
    seconds: float
    learned: int = 0
    learning_saturations: LearningSaturations | None = None

    def __repr__(self) -> str:
        """What ran where, on how much, and what is in it."""
        network, _, _ = repr(self.network).partition("\n")
        states = [vars(state) for state in self.states]
        recorded = [name for name in STATE_NAMES if any(s[name] is not None for s in states)]
        samples = len(self.states[-1].event_rate)
        learned = f", {self.learned} learned so far" if self.learned else ""
        return (
            f"{type(self).__name__} of {network}\n"
            f"  on {self.backend}: {samples} samples in {self.seconds:.3g} s{learned}\n"
            f"  recorded: {', '.join(recorded)}\n"
            f"  potentials that saturated, by layer: {', '.join(map(str, self.saturations))}"
        )

    @property
    def event_rate(self) -> NDArray[np.float64]:
        """Event rates of the output layer in [0, 1], (samples, outputs)."""
        return self.values("event_rate", -1)

    @property
    def outputs(self) -> NDArray[np.float64]:
        """The model's outputs, (samples, outputs): what the event rates stand for."""
        output = self.network.output
        return self.event_rate if output is None else output.of(self.event_rate)

    @property
    def predictions(self) -> NDArray[np.int64]:
        """The largest output of each sample, (samples,)."""
        return np.argmax(self.outputs, axis=1)

    def values(self, name: str, layer: int) -> NDArray[np.float64]:
        """A recorded state in the model's dimensionless units, (samples, units).

        Args:
            name: ``soma``, ``event_rate``, ``apical``, ``burst_prob`` or ``burst_rate``.
            layer: 0-based; −1 is the output layer.

        Raises:
            InvalidInputError: it was not recorded, or the layer has none.
        """
        if name not in STATE_NAMES:
            raise InvalidInputError(f"there is no state {name!r}; expected one of {STATE_NAMES}")
        layers = len(self.states)
        if not isinstance(layer, int | np.integer) or not -layers <= layer < layers:
            raise InvalidInputError(
                f"there is no layer {layer!r}; layers are 0 to {layers - 1}, or -1 for the output"
            )
        index = int(layer) % layers
        recorded: Any = getattr(self.states[index], name)
        if recorded is None and name == "apical" and index == layers - 1:
            raise InvalidInputError(
                "the output layer has no apical potential: its bursts follow the teacher; see its "
                "burst_prob, or the apical potentials of a layer below"
            )
        if recorded is None:
            raise InvalidInputError(
                f"{name} of layer {layer} was not recorded; pass record=({name!r},) to run"
            )
        return recorded * self.network.state_unit(name, index)

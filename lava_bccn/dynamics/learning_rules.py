"""What the rules of all connections have in common, and what they count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from numpy.typing import NDArray

from lava_bccn.dynamics.ensembles import Precision

Rule = Literal["burst_dependent", "homeostatic"]

Presynaptic = Literal["event_rate", "burst_rate"]
"""The rate of the sender that a homeostatic rule multiplies with the potential of the dendrite."""

DECAY_STREAM = 1
"""Added to a connection's number for the draws that round its decay."""


@dataclass(frozen=True)
class Saturations:
    """What did not fit when a connection learned.

    One of them is −1 where it is not known.

    Attributes:
        weights: changes that would have left the range of a weight.
        traces: burst deviations or apical potentials beyond 7 bits.
        tags: changes that would have left the range of a tag, in the learning engine.
    """

    weights: int = 0
    traces: int = 0
    tags: int = 0

    def __add__(self, other: Saturations) -> Saturations:
        return Saturations(
            *(
                -1 if min(pair) < 0 else sum(pair)
                for pair in (
                    (self.weights, other.weights),
                    (self.traces, other.traces),
                    (self.tags, other.tags),
                )
            )
        )


class Synapses(Protocol):
    """The plasticity of one connection.

    Attributes:
        rule: ``"burst_dependent"``: Δ = (b − p^b e) e_belowᵀ. ``"homeostatic"``: Δ = e u_belowᵀ.
        presynaptic: e, or b, of the homeostatic rule.
        branches: on which a homeostatic rule sees potentials of their own (``dynamics.branches``).
        hears_noise: of the burst-dependent rule: e below has the noise of ``dynamics.noise``.
        precision: ``"fixed"`` (integers) or ``"float"``.
    """

    @property
    def rule(self) -> Rule: ...

    @property
    def presynaptic(self) -> Presynaptic: ...

    @property
    def branches(self) -> int: ...

    @property
    def hears_noise(self) -> bool: ...

    @property
    def precision(self) -> Precision: ...

    def learn(
        self, weight: NDArray[Any], unit: NDArray[Any], below: NDArray[Any], sample: int
    ) -> tuple[NDArray[Any], Saturations]:
        """The weights after one sample.

        Args:
            weight: (units, units below), or a kernel.
            unit: b − p^b e, or where homeostatic e or b (``presynaptic``), of this layer, (units,).
            below: e, or u where homeostatic, of the layer below, (units below,); u of each branch,
                (branches, units below), where there are several.
            sample: its number since learning began, from 0.
        """


class Biases(Protocol):
    """The plasticity of one layer's biases: Δc = b − p^b e."""

    def learn(
        self, bias: NDArray[Any], deviation: NDArray[Any], sample: int
    ) -> tuple[NDArray[Any], Saturations]:
        """The biases (units,) after one sample with the burst deviations (units,)."""

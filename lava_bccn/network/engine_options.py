"""What learning inside Loihi's own learning engine has to choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lava_bccn.dynamics.engine import LAVA, EngineArithmetic
from lava_bccn.dynamics.engine_plasticity import Engine, EnginePlasticity
from lava_bccn.settings import check_fields, instance, integer, one_of

Rounding = Literal["shared", "synapse", "nearest"]


@dataclass(frozen=True)
class EngineOptions:
    """What only learning in the engine has to choose.

    Attributes:
        engine: how plasticity is written; see ``dynamics.engine_plasticity``.
        half: a step of a weight is twice this in units of its tag.
        arithmetic: of the engine.
        rounding: of the engine's sums: ``"shared"``: Lava's one random number for all synapses and
            epochs; ``"synapse"``: a draw a synapse; ``"nearest"``: no randomness.
        rounds_traces: ``"synapse"``: neurons round their traces by a draw a unit; ``"nearest"``.
        constants: inputs of each layer that are always on; their synapses are its biases.
        decay: once in 2^this samples a weight decays by 2^−7 / half; None: never.
    """

    engine: Engine = "integer_tag"
    half: int = 64
    arithmetic: EngineArithmetic = LAVA
    rounding: Rounding = "shared"
    rounds_traces: Literal["synapse", "nearest"] = "synapse"
    constants: int = 4
    decay: int | None = None

    def __post_init__(self) -> None:
        check_fields(
            self,
            arithmetic=instance(EngineArithmetic),
            rounding=one_of("shared", "synapse", "nearest"),
            rounds_traces=one_of("synapse", "nearest"),
            constants=integer(0, 64),
        )
        EnginePlasticity(self.engine, half=self.half, decay=self.decay)

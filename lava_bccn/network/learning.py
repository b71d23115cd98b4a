"""What decides how a mapped network learns while it runs."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal, get_args

from lava_bccn.dynamics.schedule import Schedule
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.engine_options import EngineOptions
from lava_bccn.settings import check_fields, instance, integer, number, one_of, tuple_of

Rule = Literal["hash", "engine"]
Pathway = Literal["weight", "bias", "feedback_burst", "feedback_event"]
MAX_RATE = 31
"""Largest exponent of a learning rate: beyond it a 32-bit shift has nothing left."""

PATHWAYS: tuple[Pathway, ...] = get_args(Pathway)

NOT_READ: dict[Rule, tuple[str, ...]] = {
    "hash": ("engine",),
    "engine": (
        *("bias_rate", "feedback_burst_rate", "feedback_event_rate", "decay", "learns"),
        *("forward_noise", "realign_every", "realign_samples"),
    ),
}
"""Settings of a configuration that a rule does not read."""


@dataclass(frozen=True)
class LearningConfig:
    """Online learning, one sample after the other; the same configuration gives the same bits.

    Learning rates are powers of two: with rate n, a sample changes a synapse by 2^−n times the
    plasticity of ``dynamics.plasticity``, in the model's dimensionless units.

    Attributes:
        weight_rate: n of W, and of a Y or Q that follows it (``kolen_pollack``, ``tied``). A kernel
            sums up what its P places change, at a rate of 2^−n / √P (rounded down to a power of
            two), so that its steps are as large as those of a matrix.
        bias_rate: n of the biases. The units of a channel share one change, a sum likewise.
        hidden_boost: W and biases of the first, second, … hidden layer learn 2^boost times as fast
            as those of the output; the last number stands for all further layers, () for 0.
        feedback_burst_rate, feedback_event_rate: n of the homeostatic Y and Q, in layers mapped
            with ``learn_feedback_burst`` and ``learn_feedback_event``. All ensembles that send to
            a dendrite change it together, so their rate is 2^−n divided by their number, of a
            kernel times that of its places (rounded up to a power of two): stable for n ≥ 0
            whatever the size of the layer.
        decay: every W, and what follows it, decays by 2^−(n + decay) a sample, with the weight_rate
            n of the time, so that decay slows down with learning; None for no decay.
        halve_at: numbers of samples after which every rate is halved, ascending.
        learns: what learns at all. A ``tied`` Y or Q follows whatever it is tied to; leaving out
            ``feedback_burst`` keeps a ``kolen_pollack`` Y as it is.
        seed: of the stochastic rounding, and of the noise, from 0 to 2^32 − 1.
        rule: ``"hash"``: the plasticity of ``dynamics.plasticity``, which on a chip takes a host;
            ``"engine"``: by the rules of Loihi's own learning engine, with no host. There biases
            learn as synapses of inputs that are always on, Y learns only where it follows W, and
            Q is p^b Y: ``bias_rate``, ``feedback_burst_rate``, ``feedback_event_rate``, ``decay``,
            ``learns``, noise and realignment do not count, and must be as they are by default.
        engine: what the engine has to choose besides.
        forward_noise: σ of noise in what every W receives while learning, in event rates; what
            feedback and dendrites see is without it (``dynamics.noise``).
        realign_every, realign_samples: after each ``realign_every`` samples so many are presented
            without their teacher, and only what is homeostatic learns from them; 0: none.
    """

    weight_rate: int = 3
    bias_rate: int = 3
    hidden_boost: tuple[int, ...] = (3, 2)
    feedback_burst_rate: int = 1
    feedback_event_rate: int = 1
    decay: int | None = 17
    halve_at: tuple[int, ...] = ()
    learns: tuple[Pathway, ...] = PATHWAYS
    seed: int = 0
    rule: Rule = "hash"
    engine: EngineOptions = EngineOptions()
    forward_noise: float = 0.0
    realign_every: int = 0
    realign_samples: int = 0

    def __post_init__(self) -> None:
        rate = integer(-MAX_RATE, MAX_RATE)
        rate = replace(rate, expected=f"the n of a power of two, {rate.expected}")
        rates = [field.name for field in fields(self) if field.name.endswith("_rate")]
        check_fields(
            self,
            **dict.fromkeys(rates, rate),
            hidden_boost=tuple_of(rate),
            decay=integer(0, 31).or_none(),
            halve_at=tuple_of(integer(1)),
            learns=tuple_of(one_of(*PATHWAYS)),
            seed=replace(integer(0, 2**32 - 1), expected="an integer from 0 to 2^32 - 1"),
            rule=one_of(*get_args(Rule)),
            engine=instance(EngineOptions),
            forward_noise=number("[0, 1]"),
            realign_every=integer(0),
            realign_samples=integer(0),
        )
        if list(self.halve_at) != sorted(self.halve_at):
            raise InvalidInputError(
                f"halve_at must be ascending numbers of samples, not {self.halve_at!r}"
            )
        if not self.learns:
            raise InvalidInputError(f"learns must be some of {PATHWAYS}, not ()")
        if (self.realign_every == 0) != (self.realign_samples == 0):
            raise InvalidInputError(
                f"realign_every is {self.realign_every} and realign_samples {self.realign_samples}:"
                " one says after how many samples, the other how many; give both, or neither"
            )
        self._check_rule()

    def _check_rule(self) -> None:
        """Refuse settings that the rule would not read."""
        if self.rule == "hash":
            if self.engine != EngineOptions():
                raise InvalidInputError(
                    "engine says how the learning engine learns, and rule is 'hash'; take "
                    "rule='engine', or leave engine out"
                )
            return
        defaults = {field.name: field.default for field in fields(self)}
        for name in NOT_READ["engine"]:
            if getattr(self, name) != defaults[name]:
                instead = "; its decay is engine.decay" if name == "decay" else ""
                raise InvalidInputError(
                    f"{name} is of rule 'hash' and the learning engine does not read it{instead}; "
                    "leave it out, or take rule='hash'"
                )

    def schedule(self, pathway: Pathway, layer: int, layers: int) -> Schedule:
        """Rates over time of a pathway of layer ``layer`` (0-based) of ``layers``.

        Those of Y and Q are of the homeostatic rules: what follows W has W's.
        """
        boost, decay = 0, None
        if pathway in ("weight", "bias") and layer < layers - 1 and self.hidden_boost:
            boost = self.hidden_boost[min(layer, len(self.hidden_boost) - 1)]
        if pathway == "weight" and self.decay is not None:
            decay = self.decay + boost
        return Schedule(getattr(self, f"{pathway}_rate") - boost, self.halve_at, decay)

    def realigns(self, sample: int) -> bool:
        """Whether sample ``sample`` (from 0) is presented without its teacher, to realign Y and Q.

        So it is for a host to say: of a network that learns in Lava or on a chip it presents such
        samples with no target.
        """
        if self.realign_samples == 0:
            return False
        return sample % (self.realign_every + self.realign_samples) >= self.realign_every

    @staticmethod
    def evenly(first: int, last: int, samples: int) -> tuple[int, ...]:
        """``halve_at`` for rates from 2^−first to 2^−last in equal parts of ``samples``.

        Raises:
            InvalidInputError: exponents that no rate has.
        """
        if not -MAX_RATE <= first <= last <= MAX_RATE:
            raise InvalidInputError(
                f"learning rates go from 2^-n to 2^-m with n <= m from -{MAX_RATE} to {MAX_RATE}, "
                f"not n = {first} and m = {last}"
            )
        parts = last - first + 1
        return tuple(max(1, samples * part // parts) for part in range(1, parts))

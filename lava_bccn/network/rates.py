"""Learning rates that cannot work in a network's integers, in the words of who chose them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lava_bccn.dynamics.fixed_point import STATE_BITS
from lava_bccn.dynamics.integer_plasticity import MAX_TRACE
from lava_bccn.dynamics.schedule import DECAY_PERIOD_BITS
from lava_bccn.dynamics.stochastic_rounding import MAX_ROUNDED_PLACES
from lava_bccn.dynamics.synapses import IntegerBiases, IntegerSynapses
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.learning import LearningConfig, Pathway


@dataclass(frozen=True)
class PlacedRule:
    """The rule of a connection, and where it is.

    Attributes:
        rule: in integers.
        pathway: of the connection.
        layer: its number, from 1.
        shared: places that share what learns, and sum up what each would change.
    """

    rule: IntegerSynapses | IntegerBiases
    pathway: Pathway
    layer: int
    shared: int = 1

    @property
    def name(self) -> str:
        """As errors call it."""
        return f"{self.pathway} of layer {self.layer}"

    @property
    def is_homeostatic(self) -> bool:
        """Whether it is of a Y or Q that learns by itself."""
        return isinstance(self.rule, IntegerSynapses) and self.rule.rule == "homeostatic"

    @property
    def chosen_as(self) -> Pathway:
        """The pathway whose rate in the configuration is its own."""
        return self.pathway if self.is_homeostatic or self.pathway == "bias" else "weight"

    @property
    def largest_product(self) -> int:
        """Of the traces of a synapse; of one that P places share, √P times that (a sum of P)."""
        return MAX_TRACE**2 << sharing_places(self.shared)

    @property
    def places(self) -> int:
        """By which the updates of its fastest synapses are shifted at the start."""
        faster = self.rule.faster if isinstance(self.rule, IntegerSynapses) else 0
        return self.rule.places(0) - faster

    def fewest_places(self, max_weight: int) -> int:
        """By which its largest update must be shifted, not to go from one end to the other."""
        if isinstance(self.rule, IntegerBiases):
            return 1 - STATE_BITS + sharing_places(self.shared)
        most = self.largest_product.bit_length()
        return next(p for p in range(most) if self.largest_product >> p < 2 * max_weight)


def sharing_places(shared: int) -> int:
    """n of the rate 2^−n that what so many places share has, beside a synapse of its own: 1 / √P.

    Its change is a sum of P terms, as good as independent of one another (what the places see and
    what they do wrong differs), so its standard deviation is √P times that of one. Divided by √P,
    rounded up to a power of two, the steps of a kernel are those of a synapse of its own.
    """
    return ((shared - 1).bit_length() + 1) // 2


def check_rates(rules: Sequence[PlacedRule], config: LearningConfig, max_weight: int) -> None:
    """Refuse rates that cannot change a weight, or that throw it from one end to the other.

    Args:
        rules: of all connections that learn.
        config: that they are made of.
        max_weight: the largest integer of a weight.

    Raises:
        InvalidInputError: what would happen where it is worst, by which numbers of ``config``, and
            which would work everywhere.
    """
    if not rules:
        return
    samples = config.halve_at[-1] if config.halve_at else 0
    finest = max(rules, key=lambda each: each.rule.places(samples))
    too_fine = finest.rule.places(samples) - MAX_ROUNDED_PLACES
    if too_fine > 0:
        last = _rate(finest, config) + len(config.halve_at)
        option = _option(finest, is_last=bool(config.halve_at))
        raise InvalidInputError(
            f"with {_said(finest, config, last)}, a sample never changes {finest.name}: updates "
            f"would be shifted by {finest.rule.places(samples)} places, and stochastic rounding "
            f"reaches {MAX_ROUNDED_PLACES}; take at most n = {last - too_fine} ({option} "
            f"{last - too_fine})"
        )
    missing = {each: each.fewest_places(max_weight) - each.places for each in rules}
    coarsest = max(rules, key=lambda each: missing[each])
    if missing[coarsest] > 0:
        rate, boost = _rate(coarsest, config), _boost(coarsest, config)
        least = rate + missing[coarsest]
        less = f", or a hidden_boost of at most {boost - missing[coarsest]}" if boost else ""
        raise InvalidInputError(
            f"with {_said(coarsest, config, rate)}, {_thrown(coarsest, max_weight)}; take at least "
            f"n = {least} ({_option(coarsest)} {least}){less}"
        )
    for each in rules:
        _check_decay(each, config)


def _rate(placed: PlacedRule, config: LearningConfig) -> int:
    rate: int = getattr(config, f"{placed.chosen_as}_rate")
    return rate


def _boost(placed: PlacedRule, config: LearningConfig) -> int:
    if placed.is_homeostatic:
        return 0
    return _rate(placed, config) + sharing_places(placed.shared) - placed.rule.schedule.rate


def _option(placed: PlacedRule, *, is_last: bool = False) -> str:
    if placed.is_homeostatic:
        return "--feedback-rate"
    return "--final-rate" if is_last else "--rate"


def _said(placed: PlacedRule, config: LearningConfig, at: int) -> str:
    """The numbers that make its rate 2^-at."""
    halvings, boost = at - _rate(placed, config), _boost(placed, config)
    halved = f" after {halvings} halvings" if halvings else ""
    boosted = f" and a hidden_boost of {boost}" if boost else ""
    return f"a {placed.chosen_as}_rate of {_power(at)}{halved}{boosted}"


def _thrown(placed: PlacedRule, max_weight: int) -> str:
    if isinstance(placed.rule, IntegerBiases):
        return f"every {placed.name} goes from one end of its bits to the other"
    steps = placed.largest_product * 2.0**-placed.places
    return (
        f"one sample can change {placed.name} by {steps:g} steps, and the whole range of a weight "
        f"is {2 * max_weight}, so most would saturate"
    )


def _check_decay(placed: PlacedRule, config: LearningConfig) -> None:
    rule = placed.rule
    if isinstance(rule, IntegerBiases) or rule.schedule.decay is None or config.decay is None:
        return
    samples = (0, config.halve_at[-1]) if config.halve_at else (0,)
    places = [rule.schedule.decay_places(sample) for sample in samples]
    wrong = [each for each in places if not 1 <= each <= MAX_ROUNDED_PLACES]
    if not wrong:
        return
    lowest = max(0, config.decay + 1 - min(places))
    highest = min(31, config.decay + MAX_ROUNDED_PLACES - max(places))
    none = "no decay at all (--decay -1; decay=None)"
    raise InvalidInputError(
        f"with a weight_rate of n = {config.weight_rate} (--rate; {len(config.halve_at)} halvings) "
        f"a decay of d = {config.decay} (--decay; {LearningConfig.decay} unless given) takes "
        f"{_power(wrong[0])} of {placed.name} every {2**DECAY_PERIOD_BITS} samples, and integers "
        f"can take 2^-1 to 2^-{MAX_ROUNDED_PLACES}; take "
        + (f"d from {lowest} to {highest}, or {none}" if lowest <= highest else none)
    )


def _power(places: int) -> str:
    return f"2^{-places}"

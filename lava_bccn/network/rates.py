"""Learning rates that cannot work in a network's integers, in the words of who chose them."""

from __future__ import annotations

from lava_bccn.dynamics.fixed_point import STATE_BITS
from lava_bccn.dynamics.integer_plasticity import MAX_TRACE, TRACE_BITS
from lava_bccn.dynamics.schedule import DECAY_PERIOD_BITS
from lava_bccn.dynamics.stochastic_rounding import MAX_ROUNDED_PLACES
from lava_bccn.dynamics.synapses import IntegerBiases, IntegerSynapses
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.learning import LearningConfig, Pathway

_OPTIONS = {"weight": "--rate", "bias": "--rate"}
"""Of ``bccn run``, by pathway; others have --feedback-rate."""


def check_rates(
    rule: IntegerSynapses | IntegerBiases,
    pathway: Pathway,
    number: int,
    config: LearningConfig,
    max_weight: int,
) -> None:
    """Refuse rates that cannot change a weight, or that throw it from one end to the other.

    Args:
        rule: of a connection.
        pathway: which one it is.
        number: its layer's, from 1.
        config: that the rule is made of.
        max_weight: the largest integer of a weight.

    Raises:
        InvalidInputError: what would happen, by which numbers of ``config``, and which would work.
    """
    homeostatic = isinstance(rule, IntegerSynapses) and rule.rule == "homeostatic"
    chosen = pathway if homeostatic or pathway == "bias" else "weight"
    rate = getattr(config, f"{chosen}_rate")
    boost = 0 if homeostatic else rate - rule.schedule.rate
    what, samples = f"{pathway} of layer {number}", config.halve_at[-1] if config.halve_at else 0
    last, option = rate + len(config.halve_at), _OPTIONS.get(chosen, "--feedback-rate")
    boosted = f" and a hidden_boost of {boost}" if boost else ""

    def refusal(at: int, happens: str, remedy: str) -> InvalidInputError:
        halved = f" after {at - rate} halvings" if at > rate else ""
        return InvalidInputError(
            f"with a {chosen}_rate of {_power(at)}{halved}{boosted}, {happens}; {remedy}"
        )

    too_fine = rule.places(samples) - MAX_ROUNDED_PLACES
    if too_fine > 0:
        end = "--final-rate" if last > rate and chosen in _OPTIONS else option
        raise refusal(
            last,
            f"a sample never changes {what}: updates would be shifted by {rule.places(samples)} "
            f"places, and stochastic rounding reaches {MAX_ROUNDED_PLACES}",
            f"take at most n = {last - too_fine} ({end} {last - too_fine})",
        )
    if isinstance(rule, IntegerBiases):
        fewest, happens = 1 - STATE_BITS, f"every {what} goes from one end of its bits to the other"
    else:
        fewest = next(p for p in range(2 * TRACE_BITS) if MAX_TRACE**2 >> p < 2 * max_weight)
        steps = MAX_TRACE**2 * 2.0 ** -rule.places(0)
        happens = (
            f"one sample can change {what} by {steps:g} steps, and the whole range of a weight is "
            f"{2 * max_weight}, so most would saturate"
        )
    too_coarse = fewest - rule.places(0)
    if too_coarse > 0:
        less = f", or a hidden_boost of at most {boost - too_coarse}" if boost else ""
        at_least = rate + too_coarse
        raise refusal(rate, happens, f"take at least n = {at_least} ({option} {at_least}){less}")
    _check_decay(rule, what, config)


def _check_decay(rule: IntegerSynapses | IntegerBiases, what: str, config: LearningConfig) -> None:
    if isinstance(rule, IntegerBiases) or rule.schedule.decay is None or config.decay is None:
        return
    samples = (0, config.halve_at[-1]) if config.halve_at else (0,)
    places = [rule.schedule.decay_places(sample) for sample in samples]
    if min(places) >= 1 and max(places) <= MAX_ROUNDED_PLACES:
        return
    lowest = max(0, config.decay + 1 - min(places))
    highest = min(31, config.decay + MAX_ROUNDED_PLACES - max(places))
    none = "no decay at all (--decay -1; decay=None)"
    taken = next(each for each in places if not 1 <= each <= MAX_ROUNDED_PLACES)
    raise InvalidInputError(
        f"with a weight_rate of n = {config.weight_rate} (--rate; {len(config.halve_at)} halvings) "
        f"a decay of d = {config.decay} (--decay; {LearningConfig.decay} unless given) takes "
        f"{_power(taken)} of {what} every {2**DECAY_PERIOD_BITS} samples, and integers can take "
        f"2^-1 to 2^-{MAX_ROUNDED_PLACES}; take "
        + (f"d from {lowest} to {highest}, or {none}" if lowest <= highest else none)
    )


def _power(places: int) -> str:
    return f"2^{-places}"

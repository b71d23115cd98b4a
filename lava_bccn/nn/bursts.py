"""What the bursts of a layer do: events up, deviations from p^b, plasticity, apical potentials.

What goes from a layer to the one below is the negated apical potential, −u_below (from the loss to
the output layer: event_rate − target). What comes of its arrays is the negated plasticity, averaged
over the batch, which ``.grad`` wants.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from lava_bccn.dynamics import plasticity, rate
from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.arithmetic import gained
from lava_bccn.dynamics.constants import Constants, floating_constants
from lava_bccn.dynamics.rate import Array
from lava_bccn.dynamics.sigmoid import SIGMOID
from lava_bccn.nn.connections import Couple, Dense, LinearMap, sent_through
from lava_bccn.nn.homeostasis import Homeostasis


@dataclass(frozen=True)
class BurstRule:
    """How one layer bursts. Which of its weights learn is for autograd to know.

    Attributes:
        p_baseline: burst probability without a teacher, in (0, 0.5].
        is_readout: True for the output layer, whose bursts follow the teacher.
        balanced: True if Q is p^b Y by construction; then one product gives the apical potential.
        kolen_pollack: True if Y, where it learns, gets W's own update; else it is homeostatic.
        event_follows: True if Q, where it learns, gets p^b times that; else it is homeostatic.
        homeostasis: what the homeostatic rules see.
        activation: of its units.
        connection: how W, Y and Q connect the layer to the one below.
        feedback_gain: k of its apical potentials.
        error_scale: s of its errors, of the output layer.
        activity_shift: a, tonic event rate of a softmax readout.
    """

    p_baseline: float
    is_readout: bool
    balanced: bool
    kolen_pollack: bool
    event_follows: bool = False
    homeostasis: Homeostasis = Homeostasis()
    activation: Activation = SIGMOID
    connection: LinearMap = Dense()
    feedback_gain: float = 1.0
    error_scale: float = 1.0
    activity_shift: float = 0.0

    @cached_property
    def constants(self) -> Constants:
        """What the equations need to know of the layer."""
        return floating_constants(
            self.p_baseline, self.feedback_gain, self.error_scale, self.activity_shift
        )

    @property
    def reads_soma(self) -> bool:
        """Whether bursts of the layer depend on more of its somata than their event rates."""
        return self.activation.gate is not None and not self.activation.is_elementwise


class Needs(NamedTuple):
    """What is asked of the backward pass of a layer: u below, and changes of its arrays."""

    inputs: bool
    weight: bool
    bias: bool
    feedback_burst: bool
    feedback_event: bool


class Changes(NamedTuple):
    """Of each array of a layer minus its plasticity, the mean over the batch; None: not asked."""

    weight: Tensor | None = None
    bias: Tensor | None = None
    feedback_burst: Tensor | None = None
    feedback_event: Tensor | None = None


class Sent(NamedTuple):
    """What a layer knows of its forward pass when bursts come down to it.

    Attributes:
        below: event rates below, as they came in.
        weight: W, for its shape.
        event_rate: e.
        soma: v; of layers that ``reads_soma`` is not true of, e in its place.
        feedback_burst, feedback_event: Y and Q; None where there is none, or Q is p^b Y.
        product_dtype: of products, which may be lower than that of rates.
        shown: what W saw of ``below``: the same, or that with noise.
    """

    below: Tensor
    weight: Tensor
    event_rate: Tensor
    soma: Tensor
    feedback_burst: Tensor | None
    feedback_event: Tensor | None
    product_dtype: torch.dtype
    shown: Tensor


def events(
    inputs: Tensor, weight: Tensor, bias: Tensor | None, rule: BurstRule
) -> tuple[Tensor, Tensor, torch.dtype]:
    """e = f(W x + c); v (or e, see :class:`Sent`); the dtype in which the product was calculated.

    It is rate.soma with the bias added inside the product. Under autocast only products are in the
    lower precision: there rates would be too coarse for small deviations.
    """
    potential = rule.connection.up(inputs, weight, bias)
    soma = potential.to(weight.dtype)
    event_rate = rule.activation.event_rate(soma, rule.constants)
    return event_rate, soma if rule.reads_soma else event_rate, potential.dtype


def burst_deviation(rule: BurstRule, received: Array, event_rate: Array, soma: Array) -> Array:
    """Minus b − p^b e, of what comes down to a layer: −u / k, or to a readout e − target.

    Modulation and deviation are odd in the apical potential (and in the error), so the negated one
    gives both of them negated, which is what ``.grad`` wants.
    """
    activation, constants = rule.activation, rule.constants
    if rule.is_readout:
        error = -activation.reachable_error(-received, event_rate)
        modulation = activation.taught(error, event_rate, constants)
    else:
        apical = gained(received, constants.feedback_gain)
        gated = activation.gated(apical, event_rate, soma, constants)
        modulation = activation.hidden_modulation(gated, constants)
    active = event_rate + rule.activity_shift if rule.activity_shift else event_rate
    return rate.deviation_of_modulation(modulation, active, rule.p_baseline)


def plastic_changes(
    rule: BurstRule, sent: Sent, deviation: Tensor, needs: Needs, kept: Changes = Changes()
) -> tuple[Tensor | None, Changes]:
    """What the bursts of a layer do: the apical potential below, and plasticity.

    Args:
        rule: of the layer.
        sent: its forward pass.
        deviation: its :func:`burst_deviation`.
        needs: what of the result is wanted.
        kept: memory that changes may be written into, in the shapes of the arrays.

    Returns:
        −u below, None if not wanted; and the changes.
    """
    event_rate, lower = sent.event_rate, sent.product_dtype

    def factors(first: Tensor, second: Tensor) -> Couple:
        return (first, second) if lower is event_rate.dtype else (first.to(lower), second.to(lower))

    per_sample = 1.0 / event_rate.shape[0]
    mean_deviation = deviation * per_sample
    silences_burst = needs.feedback_burst and not rule.kolen_pollack
    silences_event = needs.feedback_event and not rule.event_follows
    silences = silences_burst or silences_event
    by_branch = silences and rule.homeostasis != Homeostasis()
    follows = _follows(rule, needs)
    # With noise W learns from what it saw, and a Kolen–Pollack Y from the events as they were.
    is_apart = follows and rule.kolen_pollack and sent.shown is not sent.below
    pairs: list[Couple] = []
    memory: list[Tensor | None] = []
    if needs.weight or (follows and not is_apart):
        pairs.append(plasticity.burst_dependent(mean_deviation, sent.shown, factors))
        memory.append(kept.weight)
    if is_apart:
        pairs.append(plasticity.burst_dependent(mean_deviation, sent.below, factors))
        memory.append(kept.feedback_burst)
    bias = plasticity.burst_dependent_bias(mean_deviation) if needs.bias else None
    apical_below = burst = event = None
    if by_branch:
        apical_below, burst, event = _silenced(rule, sent, deviation, factors, needs, kept)
    elif needs.inputs or silences:
        apical_below = _apical_below(rule, sent, factors(deviation, event_rate))
    if silences and not by_branch:
        pairs.append(plasticity.homeostatic(event_rate * per_sample, apical_below, factors))
        memory.append(kept.feedback_event if silences_event else kept.feedback_burst)
    products = list(rule.connection.outers(pairs, sent.weight, memory))
    if silences and not by_branch:
        event = products[-1] if silences_event else None
        burst = torch.neg(products[-1], out=kept.feedback_burst) if silences_burst else None
    if follows:
        followed = products[1 if is_apart and needs.weight else 0]
        if needs.feedback_burst and rule.kolen_pollack:
            burst = followed if is_apart else _copy(followed, kept.feedback_burst)
        if needs.feedback_event and rule.event_follows:
            event = torch.mul(followed, rule.p_baseline, out=kept.feedback_event)
    weight = products[0] if needs.weight else None
    return apical_below if needs.inputs else None, Changes(weight, bias, burst, event)


def _follows(rule: BurstRule, needs: Needs) -> bool:
    """Whether Y or Q of it gets the updates of another matrix."""
    burst = needs.feedback_burst and rule.kolen_pollack
    return burst or (needs.feedback_event and rule.event_follows)


def _copy(values: Tensor, kept: Tensor | None) -> Tensor:
    return values.clone() if kept is None else kept.copy_(values)


def _silenced(
    rule: BurstRule,
    sent: Sent,
    deviation: Tensor,
    factors: Callable[[Tensor, Tensor], Couple],
    needs: Needs,
    kept: Changes,
) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """What dendrites below receive, and what Y and Q of it learn, where it is not the usual."""
    event_rate, connection, homeostasis = sent.event_rate, rule.connection, rule.homeostasis
    burst, event = sent_through(sent.feedback_burst), sent.feedback_event
    above = factors(deviation, event_rate)
    lower, per_sample = above[0].dtype, 1.0 / event_rate.shape[0]
    difference = None if event is None else torch.sub(event, burst, alpha=rule.p_baseline)
    if isinstance(connection, Dense) and homeostasis.branches == len(burst):
        received = None
        apical_below = _apical_below(rule, sent, above)
    else:
        lowered = None if difference is None else difference.to(lower)
        received = homeostasis.potentials(connection, above, burst.to(lower), lowered, sent.below)
        apical_below = received.sum(0)

    def silencing(rate: Tensor, memory: Tensor | None) -> Tensor:
        rate = rate * per_sample
        if received is None:
            rates = rate, deviation, event_rate
            return homeostasis.silencing_each(rates, burst, difference, memory)
        return homeostasis.silencing(connection, (rate, received), sent.weight, memory)

    of_burst = of_event = None
    if needs.feedback_event and not rule.event_follows:
        of_event = silencing(event_rate, kept.feedback_event)
    if needs.feedback_burst and not rule.kolen_pollack:
        if homeostasis.by_bursts:
            sent_down = rule.p_baseline * event_rate - deviation
            of_burst = silencing(sent_down, kept.feedback_burst).neg_()
        elif of_event is None:
            of_burst = silencing(event_rate, kept.feedback_burst).neg_()
        else:
            of_burst = torch.neg(of_event, out=kept.feedback_burst)
    return apical_below, of_burst, of_event


def _apical_below(rule: BurstRule, sent: Sent, above: Couple) -> Tensor:
    """Yᵀ b − Qᵀ e = Yᵀ (b − p^b e) − (Q − p^b Y)ᵀ e, without large sums that cancel.

    Args:
        rule: of the layer that sends.
        sent: its forward pass.
        above: its deviation b − p^b e and its event rate.
    """
    burst, event = sent_through(sent.feedback_burst), sent.feedback_event
    if event is None:
        return rule.connection.down(above[0], burst.to(above[0].dtype), sent.below)
    return rule.connection.down_both(
        above,
        (burst, event),
        lambda burst, event: torch.sub(event, burst, alpha=rule.p_baseline),
        sent.below,
    )

"""Feedback that is silent at rest: how much inhibition balances what facilitating synapses release.

A dendrite should see δ = b − p^b e of the ensemble above, and no axon transmits b or e alone. All
its synapses see the same spikes: facilitating ones (Y) release mostly at bursts, but also grow with
the event rate e and its square; inhibitory channels (Q) of depressing and slowly facilitating
synapses release mostly e and e². So of what they release,

    u = F − Σ_k q_k R_k − q_0,

with shares q_k that make u as small as can be **at rest**, at every event rate, is what bursts
above or below rest make: u ≈ gain · δ. No label and no target is needed, only isolated ensembles
(Naud & Sprekeler, PNAS 115:E6329, 2018, for the two kinds of synapses; the balance of Y and Q is
that of Greedy et al., NeurIPS 2022, where it is Q = p^b Y).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lava_bccn.errors import InvalidInputError
from lava_bccn.extras import require
from lava_bccn.mapping.spiking.isolated import Isolated, currents_for, isolated
from lava_bccn.network.spiking.neuron import NeuronParameters
from lava_bccn.network.spiking.stp import (
    FAST_FACILITATING,
    SLOW_DEPRESSING,
    SLOW_FACILITATING,
    StpParameters,
)
from lava_bccn.settings import POSITIVE, TEXT, check, check_fields, instance, number, tuple_of

MAX_RESIDUAL_HZ = 0.4
"""Of a balance that is accepted, in Hz of δ at rest. A teacher makes |δ| of 1 to 2 Hz."""

RATES = 13
"""Event rates at which ensembles are measured, evenly from the lowest to the highest."""

EVERY = 3
"""The gain is measured at one in so many of them."""


@dataclass(frozen=True)
class FeedbackChannel:
    """Synapses of one kind that carry feedback.

    Attributes:
        name: of the channel, by which its connections are called.
        stp: its short-term plasticity.
    """

    name: str
    stp: StpParameters

    def __post_init__(self) -> None:
        check_fields(self, "of a feedback channel", name=TEXT, stp=instance(StpParameters))


FEEDBACK_CHANNELS = (
    FeedbackChannel("depressing", SLOW_DEPRESSING),
    FeedbackChannel("slow_facilitating", SLOW_FACILITATING),
)
"""Inhibitory channels that balance ``FAST_FACILITATING`` of the full neuron from 0.8 to 20 Hz, with
0.1 Hz of δ left, most of it the noise of the measurement; of burst-Poisson neurons 0.3 Hz."""


@dataclass(frozen=True)
class FeedbackBalance:
    """How inhibitory channels cancel the facilitating one at rest.

    Attributes:
        shares: q_k of each channel, as shares of Y; at least 0.
        offset_hz: q_0, what is left: a constant release in Hz, to be subtracted as a constant
            current.
        burst_prob: p at rest, over all events.
        gain: release in Hz that a δ of 1 Hz makes.
        event_hz: event rates at which it was measured.
        residual_hz: what the dendrite sees there at rest, in Hz of δ.
    """

    shares: tuple[float, ...]
    offset_hz: float
    burst_prob: float
    gain: float
    event_hz: tuple[float, ...]
    residual_hz: tuple[float, ...]

    @property
    def max_residual_hz(self) -> float:
        """The largest residual either way, in Hz of δ."""
        return max(map(abs, self.residual_hz))


def balance_feedback(
    neuron: NeuronParameters,
    facilitating: StpParameters = FAST_FACILITATING,
    channels: Sequence[FeedbackChannel] = FEEDBACK_CHANNELS,
    *,
    lowest_hz: float = 0.8,
    highest_hz: float = 20.0,
    apical_pa: float = 30.0,
    max_residual_hz: float = MAX_RESIDUAL_HZ,
) -> FeedbackBalance:
    """Measure isolated ensembles, and balance their feedback by non-negative least squares.

    It takes some seconds, and always gives the same for the same arguments.

    Args:
        neuron: of the ensemble whose feedback it is, with its background currents.
        facilitating: the synapses of Y.
        channels: those of Q.
        lowest_hz, highest_hz: event rates between which it should be balanced. Neurons that fire
            faster than that see errors where there are none.
        apical_pa: currents into the dendrite, up and down from rest, that show the gain.
        max_residual_hz: that is accepted, in Hz of δ.

    Raises:
        InvalidInputError: the neuron does not fire that fast, its dendrite makes no bursts, or
            these channels cannot balance it: how much is left at which event rates.
    """
    check("neuron", neuron, instance(NeuronParameters))
    check("facilitating", facilitating, instance(StpParameters))
    kinds = check("channels", channels, tuple_of(instance(FeedbackChannel)))
    low = check("lowest_hz", lowest_hz, POSITIVE)
    high = check("highest_hz", highest_hz, number(f"({low}, inf)"))
    reach = check("apical_pa", apical_pa, POSITIVE)
    allowed = check("max_residual_hz", max_residual_hz, POSITIVE)
    stps = (facilitating, *(channel.stp for channel in kinds))
    balance = _balance(neuron, stps, low, high, reach)
    if balance.max_residual_hz > allowed:
        left = ", ".join(
            f"{residual:+.2g} Hz at {rate:.1f} Hz"
            for rate, residual in zip(balance.event_hz, balance.residual_hz, strict=True)
            if abs(residual) > allowed
        )
        raise InvalidInputError(
            f"channels {', '.join(repr(each.name) for each in kinds) or '(none)'} cannot balance "
            f"the facilitating synapses: at rest the dendrite sees errors of {left} of events, more"
            f" than {allowed:g} Hz; add a channel that releases otherwise (FEEDBACK_CHANNELS has "
            "two that do), balance a narrower range of rates, or allow more (max_residual_hz)"
        )
    return balance


@lru_cache(maxsize=16)
def _balance(
    neuron: NeuronParameters, stps: tuple[StpParameters, ...], low: float, high: float, reach: float
) -> FeedbackBalance:
    require("scipy.optimize", "data", "balancing a spiking network")
    from scipy.optimize import lsq_linear

    rates = np.linspace(low, high, RATES, dtype=np.float64)
    currents = currents_for(neuron, rates, "lower highest_hz")
    rest = isolated(neuron, currents, 0.0, stps)
    below, above = (isolated(neuron, currents[::EVERY], at, stps) for at in (-reach, reach))
    lowest = np.append(np.zeros(len(stps) - 1), -np.inf)
    columns = np.column_stack([rest.released[:, 1:], np.ones(RATES)])
    *shares, offset = lsq_linear(columns, rest.released[:, 0], (lowest, np.inf)).x.tolist()
    burst_prob = float(rest.bursts.sum() / rest.events.sum())

    def left(there: Isolated) -> NDArray[np.float64]:
        return there.released @ np.array([1.0, *(-share for share in shares)]) - offset

    def delta(there: Isolated) -> NDArray[np.float64]:
        return there.bursts - burst_prob * there.events

    change = float((delta(above) - delta(below)).sum())
    if change <= 0:
        raise InvalidInputError(
            f"{reach:g} pA into the dendrite make no more bursts than {-reach:g} pA; give the "
            "neuron a dendrite_background where its dendrite decides, or a larger apical_pa"
        )
    gain = float((left(above) - left(below)).sum()) / change
    return FeedbackBalance(
        shares=tuple(shares),
        offset_hz=offset,
        burst_prob=burst_prob,
        gain=gain,
        event_hz=tuple(rest.events.tolist()),
        residual_hz=tuple((left(rest) / gain).tolist()),
    )

"""The two activations that ensembles can have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lava_bccn.dynamics import rate
from lava_bccn.dynamics.rate import Array
from lava_bccn.registry import Registry

Activation = Literal["sigmoid", "hard_sigmoid"]
"""``"sigmoid"`` is the published model; ``"hard_sigmoid"`` are straight lines instead, which stock
neurons of Loihi 2 can draw."""


@dataclass(frozen=True)
class ActivationFunctions:
    """What an activation decides.

    Attributes:
        name: by which it is chosen.
        summary: one line for help texts.
        event_rate: e = f(v), of a somatic potential.
        slope: f′, of an event rate, as backprop has it.
        hidden_modulation: relative change of the burst probability of a hidden unit, of u h(e) and
            p^b.
        reachable_target: the event rate within the activation's range that is nearest to a target;
            negative targets (no teacher) stay.
        reachable_error: the same less the event rate e, of target − e and e.
        potential: the somatic potential at which a unit has an event rate in (0, 1), or is nearest.
    """

    name: str
    summary: str
    event_rate: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    hidden_modulation: Callable[[Array, float], Array]
    reachable_target: Callable[[Array], Array]
    reachable_error: Callable[[Array, Array], Array]
    potential: Callable[[float], float]


ACTIVATIONS: Registry[ActivationFunctions] = Registry(
    "activation",
    (
        ActivationFunctions(
            "sigmoid",
            "as published",
            rate.event_rate,
            rate.event_rate_slope,
            rate.hidden_modulation,
            lambda target: target,
            lambda error, event_rate: error,
            lambda event_rate: float(rate.logit(np.float64(event_rate))),
        ),
        ActivationFunctions(
            "hard_sigmoid",
            "straight lines, for the hardware form",
            rate.hard_event_rate,
            rate.hard_event_rate_slope,
            rate.hard_hidden_modulation,
            rate.hard_reachable_target,
            rate.hard_reachable_error,
            lambda event_rate: (
                4 * (float(rate.hard_reachable_target(np.float64(event_rate))) - 0.5)
            ),
        ),
    ),
)


def functions_of(activation: str) -> ActivationFunctions:
    """The functions of an activation by its name.

    Raises:
        InvalidInputError: there is none of that name.
    """
    return ACTIVATIONS[activation]

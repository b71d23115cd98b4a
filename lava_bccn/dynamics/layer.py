"""The order in which one layer computes its states, in any arithmetic and array library."""

from __future__ import annotations

import numpy as np

from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.rate import Array
from lava_bccn.dynamics.states import LayerStates


def layer_states(
    ensembles: Ensembles,
    soma: Array,
    event_rate: Array,
    feedback: tuple[Array, Array] | None,
    targets: Array,
    apical_before: Array = 0,
) -> tuple[LayerStates, int]:
    """The states of a layer, and how many of its apical potentials saturated.

    Args:
        ensembles: the layer's equations.
        soma, event_rate: its somatic potentials and event rates, (samples, units).
        feedback: Yᵀ b and Qᵀ e from above; None for the output layer, which has the teacher.
        targets: of the output layer.
        apical_before: apical potentials a step before; they matter in continuous time only.
    """
    apical, saturated = None, 0
    if feedback is None:
        burst_prob = ensembles.teacher_burst_prob(targets, event_rate)
    else:
        apical, saturates = ensembles.apical(*feedback)
        apical = ensembles.relaxed_apical(apical_before, apical, event_rate)
        saturated = int(np.count_nonzero(saturates))
        burst_prob = ensembles.hidden_burst_prob(apical, event_rate)
    burst_rate = ensembles.burst_rate(burst_prob, event_rate)
    return LayerStates(soma, event_rate, apical, burst_prob, burst_rate), saturated

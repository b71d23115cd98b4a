"""Gains of the dendrites' input that keep burst probability from saturating."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping.spiking.isolated import currents_for, isolated
from lava_bccn.network.spiking.neuron import NeuronParameters
from lava_bccn.settings import NOT_NEGATIVE, POSITIVE, check, instance

LEAST_RISE = 0.03
"""By which the largest error must raise burst probability above that of 0.7 times the error. Full
neurons burst most, at 0.7, where the dendrite's current does not yet fill bursts with spikes."""

TYPICAL_HZ = 5.0
"""Event rate of the taught ensemble, at which it is measured."""

_SHARES = np.linspace(0.1, 1.0, 10)


def check_teacher_gain(neuron: NeuronParameters, gain: float, error_hz: float) -> None:
    """Refuse a teacher whose errors drive dendrites to where all events become bursts.

    It takes a second, and always gives the same for the same arguments.

    Args:
        neuron: of the taught ensemble, with its background currents.
        gain: of the teacher, in pA per Hz of error.
        error_hz: the largest error to be told apart from smaller ones.

    Raises:
        InvalidInputError: burst probability saturates below that error; the message says which
            gain is small enough.
    """
    check("neuron", neuron, instance(NeuronParameters))
    largest = check("gain", gain, NOT_NEGATIVE) * check("error_hz", error_hz, POSITIVE)
    if largest == 0:
        return
    probabilities = np.array(_burst_probabilities(neuron, largest))
    rises = probabilities - np.interp(0.7 * _SHARES, _SHARES, probabilities)
    would_rise = 0.3 * (probabilities.max() - probabilities[0])  # if it were a straight line
    if rises[-1] < LEAST_RISE <= would_rise:
        rising = np.flatnonzero(rises >= LEAST_RISE)
        share = float(_SHARES[rising[-1]]) if len(rising) else float(_SHARES[0]) / 2
        raise InvalidInputError(
            f"a teacher of {gain:g} pA per Hz saturates the burst probability: an error of "
            f"{error_hz:g} Hz makes it {probabilities[-1]:.2f}, and smaller ones as much; use a "
            f"gain of at most {gain * share:.3g} pA per Hz"
        )


@lru_cache(maxsize=16)
def _burst_probabilities(neuron: NeuronParameters, largest: float) -> tuple[float, ...]:
    """At rising shares of the largest current into the dendrite."""
    soma = currents_for(neuron, np.array([TYPICAL_HZ]), "give it a shorter refractory time")
    measured = isolated(neuron, np.repeat(soma, len(_SHARES)), largest * _SHARES)
    return tuple((measured.bursts / np.maximum(measured.events, 1e-9)).tolist())

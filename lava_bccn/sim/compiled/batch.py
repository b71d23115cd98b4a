"""What the ensembles of a layer make of their sums, for many samples at once, compiled.

The equations are those of ``dynamics``, one number at a time, so no array is read or written twice.
Rates are in float32, which holds them exactly and is what the next product takes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from lava_bccn.dynamics import constants, rate
from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.arithmetic import held
from lava_bccn.sim.compiled.own import key_of
from lava_bccn.sim.jit import INTEGERS, fingerprint, functions_in, kept, register

register(functions_in(rate))


class Kernels(NamedTuple):
    """The halves of a layer; each returns how many potentials saturated."""

    up: Callable[..., int]
    """See ``_up``."""
    down: Callable[..., int]
    """See ``_down``."""


@cache
def kernels_of(activation: Activation) -> Kernels:
    """Compiled for an activation when they are first called, and kept between runs."""
    event_rate, hidden_modulation = activation.event_rate, activation.hidden_modulation
    register((event_rate, hidden_modulation))
    key, keep = key_of(activation, (*INTEGERS, constants, rate))
    return Kernels(
        kept(_up(key), keep=keep, event_rate=event_rate),
        kept(_down(key), keep=keep, hidden_modulation=hidden_modulation),
    )


def _up(fingerprint: str) -> Callable[..., int]:
    def up(sums: Any, bias: Any, constants: Any, soma: Any, events: Any) -> int:
        """Somatic potentials and event rates.

        Args:
            sums: W e, (samples, units), float32 or float64.
            bias: (units,), int32.
            constants: of the layer.
            soma, events: filled, (samples, units), int32 and float32.
        """
        _ = fingerprint
        saturated = 0
        for sample in range(len(sums)):
            for unit in range(len(bias)):
                received = np.int64(sums[sample, unit])
                exact = rate.soma(received, np.int64(bias[unit]), constants)
                potential = held(exact)
                saturated += potential != exact
                soma[sample, unit] = potential
                events[sample, unit] = event_rate(potential, constants)  # type: ignore[name-defined] # noqa: F821
        return saturated

    return up


def _down(fingerprint: str) -> Callable[..., int]:
    def down(
        burst_sums: Any,
        event_sums: Any,
        events: Any,
        constants: Any,
        apical: Any,
        burst_prob: Any,
        burst_rate: Any,
        deviation: Any,
    ) -> int:
        """Apical potentials and bursts of a hidden layer.

        Args:
            burst_sums, event_sums: Yᵀ (b − p^b e) and (Q − Y)ᵀ e of the layer above, (samples,
                units), float32 or float64.
            events: e, (samples, units), float32.
            constants: of the layer.
            apical, burst_prob, burst_rate, deviation: filled, (samples, units), int32 and, the
                last, float32: b − p^b e.
        """
        _ = fingerprint
        saturated = 0
        for sample in range(len(events)):
            for unit in range(events.shape[1]):
                event = np.int64(events[sample, unit])
                bursts = np.int64(burst_sums[sample, unit])
                exact = rate.apical(bursts, np.int64(event_sums[sample, unit]), constants)
                potential = held(exact)
                saturated += potential != exact
                apical[sample, unit] = potential
                gated = rate.gated_apical(potential, event, constants)
                modulation = hidden_modulation(gated, constants)  # type: ignore[name-defined] # noqa: F821
                probability = rate.burst_prob(modulation, constants)
                burst = rate.burst_rate(probability, event, constants)
                burst_prob[sample, unit] = probability
                burst_rate[sample, unit] = burst
                deviation[sample, unit] = rate.burst_deviation(burst, event, constants)
        return saturated

    return down


def _taught(fingerprint: str) -> Callable[..., None]:
    def taught(
        targets: Any,
        events: Any,
        constants: Any,
        burst_prob: Any,
        burst_rate: Any,
        deviation: Any,
    ) -> None:
        """Bursts of an output layer under its teacher.

        Args:
            targets: (samples, units), int64; negative where there is no teacher.
            events, constants, burst_prob, burst_rate, deviation: as of ``_down``.
        """
        _ = fingerprint
        for sample in range(len(events)):
            for unit in range(events.shape[1]):
                event = np.int64(events[sample, unit])
                modulation = rate.teacher_modulation(targets[sample, unit], event, constants)
                probability = rate.burst_prob(modulation, constants)
                burst = rate.burst_rate(probability, event, constants)
                burst_prob[sample, unit] = probability
                burst_rate[sample, unit] = burst
                deviation[sample, unit] = rate.burst_deviation(burst, event, constants)

    return taught


taught = kept(_taught(fingerprint((*INTEGERS, constants, rate))))

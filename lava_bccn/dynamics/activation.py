"""What an activation is: one object that decides e = f(v) and how far u moves p."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from lava_bccn.dynamics import rate
from lava_bccn.dynamics.arithmetic import Number, gained
from lava_bccn.dynamics.constants import Constants, IntegerForm

Array = Number


def _as_given(target: Array) -> Array:
    return target


def _error_as_given(error: Array, event_rate: Array) -> Array:
    return error


class Normalised(NamedTuple):
    """Event rates as shares of a layer's sum, in integers: e = share(raw(v − max v), Σ raw).

    Attributes:
        raw: of the difference to the largest potential and the layer's constants.
        share: of one of them, their sum and the layer's constants.
    """

    raw: Callable[[Array, Constants], Array]
    share: Callable[[Array, Array, Constants], Array]


@dataclass(frozen=True)
class Activation:
    """An activation of ensembles; ``activations.ACTIVATIONS`` finds it by its name.

    Functions are of NumPy arrays, PyTorch tensors and, where there is an integer form, of int64
    arrays and the single integers of compiled code. So write them in terms of
    ``dynamics.arithmetic`` and ``fixed_point``, as in ``sigmoid`` and ``hard_sigmoid``. What is
    compiled is kept between runs until their module changes, so keep what they use in it.

    Attributes:
        name: by which it is chosen.
        summary: one line for help texts.
        event_rate: e = f(v), of a somatic potential and the layer's constants.
        hidden_modulation: change of the burst probability of a hidden unit, of the gated apical
            potential (``rate.gated_apical``) and the layer's constants: relative to p^b and within
            [−1, 1]; in integers in units of probabilities. 0 at 0 exactly.
        slope: f′, of an event rate, as backprop has it.
        potential: the somatic potential at which a unit has an event rate in (0, 1), or is nearest.
        integers: how its integers are laid out; None: it runs in floating point only.
        learns: burst probabilities teach it; else networks that have it infer only.
        reachable_target: the event rate within the activation's range that is nearest to a target;
            negative targets (no teacher) stay.
        reachable_error: the same less the event rate e, of target − e and e.
        gate: the part of the apical potential u that reaches the burst mechanism, of u, e and v, in
            floating point; None: u h(e), ``rate.gated_apical``. Odd in u. Where ``is_elementwise``
            it gets e in the place of v, which no executor then has to keep.
        teacher_modulation: change of the burst probability of an output unit relative to p^b, of
            s (target − e), e and the layer's constants, odd in the error; None:
            ``rate.teacher_modulation``.
        delta: gradient with respect to v, of an error e − target (or one that comes down), e and v,
            likewise; None: the error times ``slope``.
        is_elementwise: each unit's event rate is a function of its own potential.
        is_readout: it is of output layers only, whose loss is cross entropy.
        deviation: b − p^b e of hidden units in integers, in units of burst rates, of u, e and the
            layer's constants, where that is no function of ``rate.gated_apical``; p is then what it
            amounts to.
        taught_deviation: the same of output units, of target, e and the layer's constants.
        normalised: how integer event rates of a layer depend on each other; None: not at all.
    """

    name: str
    summary: str
    event_rate: Callable[[Array, Constants], Array]
    hidden_modulation: Callable[[Array, Constants], Array]
    slope: Callable[[Array], Array]
    potential: Callable[[float], float]
    integers: IntegerForm | None = None
    learns: bool = True
    reachable_target: Callable[[Array], Array] = _as_given
    reachable_error: Callable[[Array, Array], Array] = _error_as_given
    gate: Callable[[Array, Array, Array], Array] | None = None
    teacher_modulation: Callable[[Array, Array, Constants], Array] | None = None
    delta: Callable[[Array, Array, Array], Array] | None = None
    is_elementwise: bool = True
    is_readout: bool = False
    deviation: Callable[[Array, Array, Constants], Array] | None = None
    taught_deviation: Callable[[Array, Array, Constants], Array] | None = None
    normalised: Normalised | None = None

    def gated(self, apical: Array, event_rate: Array, soma: Array, constants: Constants) -> Array:
        """What of the apical potentials of hidden units reaches their burst mechanism."""
        if self.gate is None:
            return rate.gated_apical(apical, event_rate, constants)
        return self.gate(apical, event_rate, event_rate if self.is_elementwise else soma)

    def taught(self, error: Array, event_rate: Array, constants: Constants) -> Array:
        """Change of the burst probability of output units relative to p^b, of target − e."""
        scaled = gained(error, constants.error_scale)
        if self.teacher_modulation is None:
            return rate.gated_apical(scaled, event_rate)
        return self.teacher_modulation(scaled, event_rate, constants)

    def backprop(self, error: Array, event_rate: Array, soma: Array) -> Array:
        """Gradient of backprop with respect to v, of one with respect to e."""
        if self.delta is None:
            return error * self.slope(event_rate)
        return self.delta(error, event_rate, event_rate if self.is_elementwise else soma)

"""What an activation is: one object that decides e = f(v) and how far u moves p."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lava_bccn.dynamics.arithmetic import Number
from lava_bccn.dynamics.constants import Constants, IntegerForm

Array = Number


def _as_given(target: Array) -> Array:
    return target


def _error_as_given(error: Array, event_rate: Array) -> Array:
    return error


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

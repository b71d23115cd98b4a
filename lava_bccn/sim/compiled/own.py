"""What tells the compiled loops of one activation from those of another."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

from lava_bccn.dynamics.activation import Activation
from lava_bccn.sim.jit import fingerprint, module_of


def key_of(activation: Activation, modules: Iterable[ModuleType]) -> tuple[str, bool]:
    """A variable for the closure of a loop that calls an activation's equations.

    Args:
        activation: of which the loop calls ``event_rate`` and ``hidden_modulation``.
        modules: of everything else that it calls.

    Returns:
        What changes with the source of any of it, and with the activation's name, for one source
        may make several of them; and whether the loop can be kept: all of it has a source.
    """
    others = (activation.deviation, activation.taught_deviation, *(activation.normalised or ()))
    equations = (activation.event_rate, activation.hidden_modulation, *filter(None, others))
    forms = [form for each in equations for form in getattr(each, "forms", (each,))[:2]]
    own = {module_of(form) for form in forms}
    known = sorted((each for each in own if each is not None), key=lambda each: each.__name__)
    return f"{fingerprint((*modules, *known))} {activation.name}", None not in own

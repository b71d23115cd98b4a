"""One layer of ensembles: the order of its equations, in either arithmetic and array library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lava_bccn.dynamics import rate
from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.arithmetic import Number, differences, held, is_integer
from lava_bccn.dynamics.constants import Constants
from lava_bccn.dynamics.rate import Array
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.errors import InvalidInputError

Precision = Literal["fixed", "float"]


@dataclass(frozen=True)
class Ensembles:
    """The equations of a layer with its constants bound; arrays are (..., units).

    Attributes:
        activation: of its units.
        constants: in the arithmetic that the layer calculates in.
        steps: dt / τ of soma and apical dendrite in continuous time (``rate.relax``); None: the
            discrete model, where potentials have no inertia.

    Raises:
        InvalidInputError: continuous time of an activation that has none.
    """

    activation: Activation
    constants: Constants
    steps: tuple[Number, Number] | None = None

    def __post_init__(self) -> None:
        if self.steps is not None and self.activation.gate is not None:
            raise InvalidInputError(
                f"activation {self.activation.name!r} has no continuous time, in which apical "
                "potentials relax to u (1 - e); take the discrete model, or 'sigmoid'"
            )

    @property
    def precision(self) -> Precision:
        """``"fixed"`` (integers) or ``"float"``."""
        return "fixed" if is_integer(self.constants.event_one) else "float"

    def soma(self, synaptic_input: Array, bias: Array, before: Array = 0) -> tuple[Array, int]:
        """Somatic potential from W e_below, and how many saturated.

        Args:
            synaptic_input: W e_below.
            bias: c, (units,).
            before: the potential a step before; it matters in continuous time only.
        """
        exact = rate.soma(synaptic_input, bias, self.constants)
        potential = held(exact)
        saturated = differences(exact, potential)
        if self.steps is not None:
            potential = rate.relax(before, potential, self.steps[0])
        return potential, saturated

    def event_rate(self, soma: Array) -> Array:
        """Event rate e = f(v)."""
        return self.activation.event_rate(soma, self.constants)

    def apical(
        self, burst_input: Array, event_input: Array, event_rate: Array, before: Array = 0
    ) -> tuple[Array, int]:
        """Apical potential from Yᵀ b and Qᵀ e of the layer above, and how many saturated.

        Args:
            burst_input, event_input: Yᵀ b and Qᵀ e.
            event_rate: the units' own e.
            before: the potential a step before; it matters in continuous time only.
        """
        exact = rate.apical(burst_input, event_input, self.constants)
        potential = held(exact)
        saturated = differences(exact, potential)
        if self.steps is not None:
            drive = rate.apical_drive(potential, event_rate, self.constants)
            potential = rate.relax(before, drive, self.steps[1])
        return potential, saturated

    def hidden_burst_prob(self, apical: Array, event_rate: Array, soma: Array = 0) -> Array:
        """Burst probability of hidden units; the soma matters where the activation has a gate."""
        if self.steps is None:
            argument = self.activation.gated(apical, event_rate, soma, self.constants)
        else:
            argument = rate.relaxed_argument(apical, self.constants)
        modulation = self.activation.hidden_modulation(argument, self.constants)
        return rate.burst_prob(modulation, self.constants)

    def teacher_burst_prob(self, target: Array, event_rate: Array) -> Array:
        """Burst probability of output units; p^b where the target is negative."""
        if self.activation.teacher_modulation is None:
            modulation = rate.teacher_modulation(target, event_rate, self.constants)
        else:
            error = self.activation.taught(target - event_rate, event_rate, self.constants)
            modulation = error * (target >= 0)
        return rate.burst_prob(modulation, self.constants)

    def burst_rate(self, burst_prob: Array, event_rate: Array) -> Array:
        """Burst rate b = p e."""
        return rate.burst_rate(burst_prob, event_rate, self.constants)

    def burst_deviation(self, burst_rate: Array, event_rate: Array) -> Array:
        """b − p^b e, what the synapses of a unit learn from."""
        return rate.burst_deviation(burst_rate, event_rate, self.constants)

    def bursts(self, apical: Array, event_rate: Array, soma: Array = 0) -> tuple[Array, Array]:
        """Burst probability and burst rate of hidden units."""
        deviation = self.activation.deviation
        if deviation is not None and self.precision == "fixed":
            changed = deviation(apical, event_rate, self.constants)
            return rate.bursts_of_deviation(changed, event_rate, event_rate, self.constants)
        burst_prob = self.hidden_burst_prob(apical, event_rate, soma)
        return burst_prob, self.burst_rate(burst_prob, event_rate)

    def taught_bursts(self, targets: Array, event_rate: Array) -> tuple[Array, Array]:
        """The same of output units under their teacher."""
        deviation = self.activation.taught_deviation
        if deviation is not None and self.precision == "fixed":
            changed = deviation(targets, event_rate, self.constants)
            active = event_rate + self.constants.event_one
            return rate.bursts_of_deviation(changed, event_rate, active, self.constants)
        burst_prob = self.teacher_burst_prob(targets, event_rate)
        burst_rate = self.burst_rate(burst_prob, event_rate)
        if self.constants.activity_shift:
            burst_rate = burst_rate + rate.tonic_deviation(burst_prob, self.constants)
        return burst_prob, burst_rate

    def taught(self, soma: Array, event_rate: Array, targets: Array) -> LayerStates:
        """The states of an output layer under its teacher."""
        return LayerStates(soma, event_rate, None, *self.taught_bursts(targets, event_rate))

    def hidden(self, soma: Array, event_rate: Array, apical: Array) -> LayerStates:
        """The states of a hidden layer from its potentials."""
        return LayerStates(soma, event_rate, apical, *self.bursts(apical, event_rate, soma))

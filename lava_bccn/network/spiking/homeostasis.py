"""How a feedback channel keeps the dendrites that it reaches in balance."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lava_bccn.dynamics.spiking.homeostasis import RELEASE_BITS, HomeostasisConstants
from lava_bccn.dynamics.stochastic_rounding import MAX_ROUNDED_PLACES
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.spiking.units import POTENTIAL_BITS, StepUnits
from lava_bccn.settings import check_fields, number


@dataclass(frozen=True)
class HomeostaticLearning:
    """Homeostasis of a connection to dendrites; equation in ``dynamics.spiking.homeostasis``.

    A neuron whose K synapses each release R a second approaches balance at a rate of about
    rate · K R² · dt / (1 − exp(−dt/τ_s)) a second, with dt / (1 − …) the area of a synaptic current
    in seconds (5.5 ms for τ_s = 5 ms). Keep this below 1: a faster rule follows single spikes, and
    settles beside the balance.

    Attributes:
        rate: η: pA by which a release of 1 lowers a weight for each pA of the dendrite's synaptic
            current. In fixed point the nearest power of two.
        low, high: range of a weight in pA.
    """

    rate: float
    low: float = -math.inf
    high: float = math.inf

    def __post_init__(self) -> None:
        limit = number("[-inf, inf]", expected="a number, or infinite for none")
        check_fields(self, "of homeostasis", rate=number("(0, inf)"), low=limit, high=limit)
        if self.low > self.high:
            raise InvalidInputError(
                f"weights cannot be in [{self.low}, {self.high}]: low is above high"
            )

    def constants(
        self,
        units: StepUnits,
        millivolts_per_picoampere: float,
        payload_bits: int,
        weight_unit: float = 1.0,
        max_weight: int = 127,
    ) -> HomeostasisConstants:
        """Constants of one step.

        Args:
            units: of the network.
            millivolts_per_picoampere: of the dendrite, in a step.
            payload_bits: fraction bits of what the connection transmits.
            weight_unit: pA of an integer weight of 1; only for fixed point.
            max_weight: of an integer weight.

        Raises:
            InvalidInputError: the rate cannot be had with integer weights.
        """
        if not units.is_fixed:
            return HomeostasisConstants(
                self.rate / millivolts_per_picoampere, 0, float(self.low), float(self.high)
            )
        dropped = max(0, payload_bits - RELEASE_BITS)
        product = 2.0 ** (payload_bits - dropped + POTENTIAL_BITS) * millivolts_per_picoampere
        places = round(math.log2(product * weight_unit / self.rate))
        if not 0 <= places <= MAX_ROUNDED_PLACES:
            least, most = (product * weight_unit / 2.0**end for end in (MAX_ROUNDED_PLACES, 0))
            raise InvalidInputError(
                f"a rate of homeostasis of {self.rate:g} is beyond what integers can do with "
                f"weights in units of {weight_unit:.3g} pA: take {least:.2g} to {most:.2g}"
            )
        low, high = (
            round(min(max(limit / weight_unit, -max_weight), max_weight))
            for limit in (self.low, self.high)
        )
        return HomeostasisConstants(places, dropped, low, high)

"""How the synapses of a spiking connection learn."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lava_bccn.dynamics.integer_plasticity import TRACE_BITS
from lava_bccn.dynamics.spiking.arithmetic import FRACTION_BITS, GUARD_BITS
from lava_bccn.dynamics.spiking.plasticity import (
    TRACE_RANGE,
    AverageConstants,
    LearningConstants,
)
from lava_bccn.dynamics.stochastic_rounding import MAX_ROUNDED_PLACES
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.spiking.units import StepUnits
from lava_bccn.settings import NOT_NEGATIVE, POSITIVE, check_fields, number


@dataclass(frozen=True)
class SpikeLearning:
    """Burst-dependent plasticity; equations in ``dynamics.spiking.plasticity``.

    Attributes:
        rate: η: pA by which a burst raises a weight whose presynaptic trace is one event. In fixed
            point the nearest power of two of the weight's unit.
        p_baseline: p^b, the constant baseline; in fixed point 2^−k.
        low, high: range of a weight in pA.
        trace_time: τ of the presynaptic trace, in ms.
        average_time: τ of Burstprop's moving average in ms, instead of the constant baseline; None:
            BurstCCN. Floating point only.
    """

    rate: float
    p_baseline: float = 0.5
    low: float = -math.inf
    high: float = math.inf
    trace_time: float = 100.0
    average_time: float | None = None

    def __post_init__(self) -> None:
        limit = number("[-inf, inf]", expected="a number, or infinite for none")
        check_fields(
            self,
            "of spiking plasticity",
            rate=NOT_NEGATIVE,
            p_baseline=number("(0, 1)", expected="a probability in (0, 1)"),
            low=limit,
            high=limit,
            trace_time=POSITIVE,
            average_time=POSITIVE.or_none(),
        )
        if self.low > self.high:
            raise InvalidInputError(
                f"weights cannot be in [{self.low}, {self.high}]: low is above high"
            )
        if self.average_time is not None and not self.average_time > 0:
            raise InvalidInputError(f"average_time must be positive, not {self.average_time}")

    def baseline_places(self) -> int:
        """k of p^b = 2^−k.

        Raises:
            InvalidInputError: p^b is no such power, or the baseline is a moving average.
        """
        if self.average_time is not None:
            raise InvalidInputError(
                "Burstprop's moving average divides, which Loihi 2 cannot; run it in floating point"
            )
        places = -math.log2(self.p_baseline)
        if places != round(places):
            raise InvalidInputError(f"fixed point needs p_baseline = 2^-k, not {self.p_baseline}")
        return round(places)

    def constants(
        self, units: StepUnits, weight_unit: float = 1.0, max_weight: int = 127
    ) -> LearningConstants:
        """Constants of one step.

        Args:
            units: of the network.
            weight_unit: pA of an integer weight of 1; only for fixed point.
            max_weight: of an integer weight.

        Raises:
            InvalidInputError: the rate cannot be had with integer weights.
        """
        retention = units.retention("trace_time", self.trace_time)
        if not units.is_fixed:
            jump, baseline = 1.0, self.p_baseline
            return LearningConstants(
                retention, jump, float(self.rate), baseline, float(self.low), float(self.high)
            )
        places = self.places(weight_unit)
        limits = (
            round(min(max(limit / weight_unit, -max_weight), max_weight))
            for limit in (self.low, self.high)
        )
        jump = (1 << (FRACTION_BITS + GUARD_BITS)) // TRACE_RANGE
        return LearningConstants(retention, jump, places, self.baseline_places(), *limits)

    def places(self, weight_unit: float) -> int:
        """Places by which a 7-bit trace is shifted to make a change of an integer weight."""
        per_event = (1 << TRACE_BITS) // TRACE_RANGE
        if self.rate == 0:
            raise InvalidInputError("a rate of 0 does not learn; give learning=None instead")
        places = round(math.log2(per_event * weight_unit / self.rate))
        most = MAX_ROUNDED_PLACES - self.baseline_places()
        if not 0 <= places <= most:
            raise InvalidInputError(
                f"a rate of {self.rate:g} pA is 2^{4 - places} of the unit of the integer weights "
                f"({weight_unit:g} pA); it can be 2^{4 - most} to 2^4 of it"
            )
        return places

    def average_constants(self, time_step_ms: float) -> AverageConstants:
        """Burstprop's moving average; inactive without one."""
        if self.average_time is None:
            return AverageConstants(False, 0.0)
        return AverageConstants(True, math.exp(-time_step_ms / self.average_time))

"""Parameters of short-term plasticity, as published."""

from __future__ import annotations

from dataclasses import dataclass

from lava_bccn.dynamics.spiking.short_term_plasticity import StpConstants
from lava_bccn.network.spiking.units import StepUnits
from lava_bccn.settings import POSITIVE, check_fields, number


@dataclass(frozen=True)
class StpParameters:
    """Extended Tsodyks–Markram synapse; equations in ``dynamics.spiking.short_term_plasticity``.

    Attributes:
        depression_time: τ_d in ms, with which x returns to 1.
        facilitation_time: τ_f in ms, with which U returns to U0.
        baseline: U0, in [0, 1].
        facilitation: f, in [0, 1].
    """

    depression_time: float
    facilitation_time: float
    baseline: float
    facilitation: float

    def __post_init__(self) -> None:
        of, share = "of short-term plasticity", number("[0, 1]")
        check_fields(self, of, depression_time=POSITIVE, facilitation_time=POSITIVE)
        check_fields(self, of, baseline=share, facilitation=share)

    def constants(self, units: StepUnits) -> StpConstants:
        """Constants of one step.

        Raises:
            InvalidInputError: a time constant is below the time step, or beyond what 12-bit decays
                hold.
        """
        return StpConstants(
            utilisation_retention=units.retention("facilitation_time", self.facilitation_time),
            depletion_retention=units.retention("depression_time", self.depression_time),
            baseline=units.fraction("baseline", self.baseline),
            facilitation=units.fraction("facilitation", self.facilitation),
        )


DEPRESSING = StpParameters(20.0, 1000.0, 0.9, 0.1)
"""Transmits mostly events. Naud & Sprekeler, PNAS 115:E6329, 2018."""

FACILITATING = StpParameters(100.0, 100.0, 0.02, 0.1)
"""Transmits mostly bursts. Naud & Sprekeler, PNAS 115:E6329, 2018."""

FAST_FACILITATING = StpParameters(100.0, 20.0, 0.02, 0.3)
"""Transmits bursts, and little of the event rate's square: it forgets within 20 ms, the length of a
burst. The form of Naud & Sprekeler (2018), its times fitted to what dendrites should read (see
:func:`~lava_bccn.mapping.spiking.balance_feedback`); so are the next two."""

SLOW_DEPRESSING = StpParameters(50.0, 1000.0, 0.9, 0.1)
"""Transmits events: recovers in 50 ms, so not before the second spike of most bursts."""

SLOW_FACILITATING = StpParameters(20.0, 200.0, 0.02, 0.1)
"""Transmits the square of the event rate: facilitates for 200 ms, longer than a burst."""

PRESETS = {"depressing": DEPRESSING, "facilitating": FACILITATING}

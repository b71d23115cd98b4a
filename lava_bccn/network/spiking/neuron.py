"""Parameters of the bursting neuron, as published, and what one step makes of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any

from lava_bccn.dynamics.spiking.background import GAUSSIAN_STD
from lava_bccn.dynamics.spiking.neuron import NeuronConstants
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.spiking.units import StepUnits
from lava_bccn.settings import FLAG, check_fields, number

POSITIVE_PARAMETERS = (
    "soma_capacitance",
    "soma_time",
    "threshold_time",
    "adaptation_time",
    "dendrite_capacitance",
    "dendrite_time",
    "dendrite_adaptation_time",
    "synapse_time",
    "plateau_width",
    "burst_width",
    "gain_time",
)

LARGEST = 1e9
"""Of a parameter, in its unit: what is larger is a slip, and overflows."""


@dataclass(frozen=True)
class NeuronParameters:
    """A two-compartment pyramidal neuron; equations in ``dynamics.spiking.neuron``.

    The defaults are those of Naud & Sprekeler (PNAS 115:E6329, 2018), with the moving threshold of
    Payeur et al. (Nature Neuroscience 24:1010, 2021). Background currents are not: they set the
    neuron's working point, and each ensemble may have its own.

    Times are in ms, potentials in mV, currents in pA, capacitances in pF, conductances in nS.
    """

    rest: float = -70.0
    """E_L, also the potential after a spike."""
    soma_capacitance: float = 370.0
    soma_time: float = 16.0
    threshold: float = -50.0
    threshold_jump: float = 2.0
    threshold_time: float = 27.0
    adaptation_jump: float = 200.0
    adaptation_time: float = 100.0
    dendrite_to_soma: float = 1300.0
    refractory: float = 3.0

    dendrite_capacitance: float = 170.0
    dendrite_time: float = 7.0
    plateau: float = 1200.0
    """Regenerative current of a fully active dendrite."""
    plateau_half: float = -38.0
    plateau_width: float = 6.0
    pulse: float = 2600.0
    """Current of a back-propagating spike."""
    pulse_delay: float = 0.5
    pulse_duration: float = 2.0
    dendrite_adaptation: float = 13.0
    dendrite_adaptation_time: float = 30.0

    synapse_time: float = 5.0
    """Decay of synaptic currents and of background noise, in both compartments."""
    soma_background: float = 0.0
    soma_noise: float = 0.0
    """Standard deviation of the background current."""
    dendrite_background: float = 0.0
    dendrite_noise: float = 0.0

    burst_window: float = 16.0
    """Spikes less than this apart belong to one burst."""
    burst_poisson: bool = False
    """Bursts are drawn when the soma fires, instead of grown by the dendrite."""
    burst_half: float = -57.0
    burst_width: float = 6.0
    burst_delay: float = 5.0
    """Shortest and longest time from an event to the second spike of a burst-Poisson burst."""
    burst_delay_end: float = 15.0

    gain_rate: float = math.inf
    """e_max in Hz, at which the dendrite's gain h(e) = 1 − e / e_max has gone to 0; ∞: no gain."""
    gain_time: float = 300.0
    """τ of the running event rate e."""

    @classmethod
    def burst_poisson_neuron(cls, **changes: Any) -> NeuronParameters:
        """The simplified neuron of the published XOR simulations (Payeur et al., 2021).

        No current from dendrite to soma; the dendrite is passive and decides by chance; the soma
        rests for 20 ms after an event and does not adapt.
        """
        simplified: dict[str, Any] = {
            "burst_poisson": True,
            "refractory": 20.0,
            "dendrite_to_soma": 0.0,
            "plateau": 0.0,
            "pulse": 0.0,
            "dendrite_adaptation": 0.0,
            "adaptation_jump": 0.0,
            "threshold_jump": 0.0,
        }
        return replace(cls(), **(simplified | changes))

    def __post_init__(self) -> None:
        special = {
            "gain_rate": number("(0, inf]", expected="above 0"),
            "burst_poisson": FLAG,
            **dict.fromkeys(POSITIVE_PARAMETERS, number(f"(0, {LARGEST:g}]")),
            **dict.fromkeys(
                ("soma_noise", "dendrite_noise", "refractory"), number(f"[0, {LARGEST:g}]")
            ),
        }
        usual = number(f"[{-LARGEST:g}, {LARGEST:g}]")
        names = [field.name for field in fields(self)]
        check_fields(self, "of a neuron", **dict.fromkeys(names, usual) | special)
        if self.threshold <= self.rest:
            raise InvalidInputError(
                f"the threshold ({self.threshold:g} mV) must be above rest ({self.rest:g} mV)"
            )
        if self.burst_delay_end < self.burst_delay:
            raise InvalidInputError("burst_delay_end must not be before burst_delay")

    def constants(self, units: StepUnits) -> NeuronConstants:
        """Constants of one step.

        Raises:
            InvalidInputError: a time constant is below the time step, or beyond what 12-bit decays
                hold.
        """
        soma = (self.soma_time, self.soma_capacitance)
        dendrite = (self.dendrite_time, self.dendrite_capacitance)
        synapse_kept = math.exp(-units.time_step_ms / self.synapse_time)
        noise = math.sqrt(1 - synapse_kept**2) / GAUSSIAN_STD
        delay = units.steps(self.pulse_delay)
        first, last = units.steps(self.burst_delay), units.steps(self.burst_delay_end)
        # Without a gain its trace stays at 0, however it would decay.
        gain_time = self.gain_time if math.isfinite(self.gain_rate) else units.time_step_ms
        return NeuronConstants(
            soma_retention=units.retention("soma_time", self.soma_time),
            soma_synapse_retention=units.retention("synapse_time", self.synapse_time),
            soma_noise=units.gain(noise * units.current(self.soma_noise, *soma)),
            soma_bias=units.current(self.soma_background, *soma),
            threshold=units.potential(self.threshold - self.rest),
            threshold_retention=units.retention("threshold_time", self.threshold_time),
            threshold_jump=units.potential(self.threshold_jump),
            adaptation_retention=units.retention("adaptation_time", self.adaptation_time),
            adaptation_jump=units.current(self.adaptation_jump, *soma),
            dendrite_to_soma=units.current(self.dendrite_to_soma, *soma),
            dendrite_retention=units.retention("dendrite_time", self.dendrite_time),
            apical_synapse_retention=units.retention("synapse_time", self.synapse_time),
            apical_noise=units.gain(noise * units.current(self.dendrite_noise, *dendrite)),
            dendrite_bias=units.current(self.dendrite_background, *dendrite),
            plateau=units.current(self.plateau, *dendrite),
            plateau_half=units.potential(self.plateau_half - self.rest),
            plateau_slope=units.gain(1 / self.plateau_width),
            pulse=units.current(self.pulse, *dendrite),
            pulse_start=delay,
            pulse_end=delay + units.steps(self.pulse_duration),
            dendrite_adaptation=units.gain(
                self.dendrite_adaptation * units.millivolts_per_picoampere(*dendrite)
            ),
            dendrite_adaptation_rate=units.rate(
                "dendrite_adaptation_time", self.dendrite_adaptation_time
            ),
            burst_half=units.potential(self.burst_half - self.rest),
            burst_slope=units.gain(1 / self.burst_width),
            burst_delay=first,
            burst_delay_span=last - first + 1,
            burst_window=units.steps(self.burst_window),
            refractory=round(self.refractory / units.time_step_ms),
            burst_poisson=self.burst_poisson,
            gain_retention=units.retention("gain_time", gain_time),
            gain_jump=units.guarded_fraction(
                units.lost("gain_time", gain_time) * 1000 / (self.gain_rate * units.time_step_ms)
            ),
        )

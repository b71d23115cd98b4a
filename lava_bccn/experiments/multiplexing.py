"""One ensemble, two messages: events follow the somata's input, bursts also that of the dendrites.

Naud & Sprekeler, PNAS 115:E6329, 2018: an ensemble of bursting neurons transmits two signals at
once. Its event rate follows the input of the somata, its burst probability that of the dendrites;
depressing synapses read the event rate from the spikes, facilitating ones the burst rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.spikes import run_spikes
from lava_bccn.errors import InvalidInputError
from lava_bccn.extras import require
from lava_bccn.mapping.spiking import quantise
from lava_bccn.network.spiking import (
    Connection,
    NeuronParameters,
    Population,
    SpikingNetwork,
)
from lava_bccn.network.spiking.stp import PRESETS, StpParameters
from lava_bccn.network.spiking.units import Precision

ENSEMBLE = "ensemble"

NEURONS = 500
"""Of an ensemble; Naud & Sprekeler (2018) and Payeur et al. (2021) have ensembles of this order."""

SOMA_AMPLITUDE = 110.0
APICAL_AMPLITUDE = 140.0
"""Standard deviations of the slow inputs in pA: large enough that they, and not the other signal,
make most of the variance of the event rate and of the burst rate."""

INPUT_WIDTH_MS = 250.0
"""Standard deviation of the Gaussian that smooths the slow inputs: they stay alike for some 0.5 s,
longer than adaptation (100 ms) and facilitation (100 ms) need to follow."""

INTERVAL_MS = 50.0
"""In which spikes are counted: about 100 events of 500 neurons."""

SETTLING_MS = 500.0
"""Left out at the start, until adaptation and short-term plasticity have settled."""

RESPONSE_REACH = 120.0
"""pA around the working point within which the response curves are measured. Dendrites driven more
strongly make bursts so long that they take up the time of events."""

SHOWN_NEURONS = 50
"""Of which the flags are kept."""


def multiplexing_neuron(burst_poisson: bool = False) -> NeuronParameters:
    """A neuron at the working point of these experiments: some 4 events a second, a fifth bursts.

    The neuron is the published one; its background currents are chosen here. Noise makes the soma's
    potential fluctuate by 7 mV and the dendrite's by 5 mV and so decorrelates the neurons: without
    noise that reaches the threshold by itself they would fire together, and without noise in the
    dendrites burst probability would be a switch. Naud & Sprekeler's point is much like it: 4 to 5
    events a second, 12 % bursts, with fluctuations of 4 and 2.5 mV.

    Args:
        burst_poisson: the simplified neuron of the published XOR simulations; its passive dendrite
            rests at a burst probability of a quarter.
    """
    if burst_poisson:
        return NeuronParameters.burst_poisson_neuron(
            soma_background=250.0, soma_noise=350.0, dendrite_background=155.0, dendrite_noise=50.0
        )
    return NeuronParameters(
        soma_background=250.0, soma_noise=350.0, dendrite_background=80.0, dendrite_noise=180.0
    )


@dataclass(frozen=True)
class Multiplexing:
    """What an ensemble sends, and its two kinds of synapse transmit, in each interval.

    Attributes:
        soma_input, apical_input: (intervals,) slow input currents in pA.
        event_rate, burst_rate: (intervals,) of a neuron, in Hz.
        burst_prob: (intervals,) bursts started per event; NaN without an event.
        depressing, facilitating: (intervals,) release of the synapses of a neuron per second.
        flags: (steps, shown neurons) what some neurons sent; see ``dynamics.spiking.neuron``.
        interval_ms: length of an interval.
        time_step_ms: length of a step.
    """

    soma_input: NDArray[np.float64]
    apical_input: NDArray[np.float64]
    event_rate: NDArray[np.float64]
    burst_rate: NDArray[np.float64]
    burst_prob: NDArray[np.float64]
    depressing: NDArray[np.float64]
    facilitating: NDArray[np.float64]
    flags: NDArray[np.uint8]
    interval_ms: float
    time_step_ms: float

    @property
    def correlations(self) -> NDArray[np.float64]:
        """(2, 2): of the release of the depressing and of the facilitating synapses (rows) with
        the event rate and the burst rate (columns)."""
        everything = (self.depressing, self.facilitating, self.event_rate, self.burst_rate)
        correlations: Any = np.corrcoef(everything)
        return np.asarray(correlations)[:2, 2:]


def multiplexing(
    neuron: NeuronParameters | None = None,
    *,
    seconds: float = 20.0,
    precision: Precision = "float",
    backend: str = "sim",
    time_step_ms: float = 1.0,
    soma_amplitude: float = SOMA_AMPLITUDE,
    apical_amplitude: float = APICAL_AMPLITUDE,
    seed: int = 0,
) -> Multiplexing:
    """Give the somata and the dendrites of an ensemble independent slow inputs.

    Args:
        neuron: of the ensemble; None: :func:`multiplexing_neuron`.
        seconds: that are counted, after a time in which the ensemble settles.
        precision: of the network.
        backend: that runs it.
        time_step_ms: length of a step.
        soma_amplitude, apical_amplitude: standard deviations of the inputs, in pA.
        seed: of inputs and noise.

    Raises:
        InvalidInputError: fewer than 1 second, too few intervals for correlations.
    """
    if not seconds >= 1:
        raise InvalidInputError(f"correlations over time need at least 1 second, not {seconds:g}")
    network = _network(neuron, 1, time_step_ms, precision)
    settling = round(SETTLING_MS / INTERVAL_MS)
    count = settling + round(1000 * seconds / INTERVAL_MS)
    generator = np.random.default_rng(seed)
    soma = soma_amplitude * slow_signal(generator, count, INPUT_WIDTH_MS / INTERVAL_MS)
    apical = apical_amplitude * slow_signal(generator, count, INPUT_WIDTH_MS / INTERVAL_MS)
    steps = round(INTERVAL_MS / time_step_ms)
    result = run_spikes(
        network,
        soma[:, None],
        apical[:, None],
        sample_steps=steps,
        backend=backend,
        record_flags=True,
        seed=seed,
    )
    return Multiplexing(
        soma_input=soma[settling:],
        apical_input=apical[settling:],
        event_rate=result.event_rate(ENSEMBLE)[settling:, 0],
        burst_rate=result.burst_rate(ENSEMBLE)[settling:, 0],
        burst_prob=result.burst_prob(ENSEMBLE)[settling:, 0],
        depressing=result.transmitted("depressing")[settling:],
        facilitating=result.transmitted("facilitating")[settling:],
        flags=result.flags_of(ENSEMBLE)[settling * steps :, :SHOWN_NEURONS],
        interval_ms=INTERVAL_MS,
        time_step_ms=time_step_ms,
    )


@dataclass(frozen=True)
class Response:
    """How an ensemble responds to one of its two inputs, the other one held.

    Attributes:
        current: (points,) input in pA, added to the working point.
        event_rate: (points,) of a neuron, in Hz.
        burst_prob: (points,) bursts started per event.
    """

    current: NDArray[np.float64]
    event_rate: NDArray[np.float64]
    burst_prob: NDArray[np.float64]


@dataclass(frozen=True)
class ResponseCurves:
    """Responses of an ensemble to currents into its somata and into its dendrites."""

    soma: Response
    apical: Response


def response_curves(
    neuron: NeuronParameters | None = None,
    *,
    points: int = 9,
    seconds: float = 5.0,
    reach: float = RESPONSE_REACH,
    precision: Precision = "float",
    backend: str = "sim",
    time_step_ms: float = 1.0,
    seed: int = 0,
) -> ResponseCurves:
    """Event rate and burst probability of an ensemble under constant currents.

    Each current has an ensemble of its own; all run side by side.

    Args:
        neuron: of the ensembles; None: :func:`multiplexing_neuron`.
        points: of each curve.
        seconds: that are counted at each point.
        reach: largest current in pA, up and down from the working point.
        precision: of the network.
        backend: that runs it.
        time_step_ms: length of a step.
        seed: of the noise.

    Raises:
        InvalidInputError: no point, or not even one interval to count spikes in.
    """
    if points < 1 or not 1000 * seconds >= INTERVAL_MS:
        raise InvalidInputError(
            f"response curves need at least 1 point and {INTERVAL_MS:g} ms for each"
        )
    network = _network(neuron, 2 * points, time_step_ms, precision)
    current: NDArray[Any] = np.linspace(-reach, reach, points)
    none = np.zeros(points)
    settling = round(SETTLING_MS / INTERVAL_MS)
    result = run_spikes(
        network,
        np.concatenate([current, none])[None],
        np.concatenate([none, current])[None],
        sample_steps=round((SETTLING_MS + 1000 * seconds) / time_step_ms),
        interval_steps=round(INTERVAL_MS / time_step_ms),
        backend=backend,
        seed=seed,
    )
    events = result.event_rate(ENSEMBLE)[settling:].mean(axis=0)
    bursts = result.burst_rate(ENSEMBLE)[settling:].mean(axis=0)
    probability: NDArray[Any] = np.divide(
        bursts, events, out=np.full_like(bursts, np.nan), where=events > 0
    )
    return ResponseCurves(
        soma=Response(current, events[:points], probability[:points]),
        apical=Response(current, events[points:], probability[points:]),
    )


def slow_signal(generator: np.random.Generator, count: int, width: float) -> NDArray[np.float64]:
    """(count,) numbers of mean 0 and variance 1: white noise smoothed by a Gaussian of a width."""
    require("scipy.ndimage", "data", "a smooth current")
    from scipy.ndimage import gaussian_filter1d

    smooth = gaussian_filter1d(generator.standard_normal(count), width, mode="wrap")
    return (smooth - smooth.mean()) / smooth.std()


def _network(
    neuron: NeuronParameters | None, ensembles: int, time_step_ms: float, precision: Precision
) -> SpikingNetwork:
    population = Population(ENSEMBLE, ensembles, NEURONS, neuron or multiplexing_neuron())
    connections = tuple(_outgoing(name, stp) for name, stp in PRESETS.items())
    network = SpikingNetwork((population,), connections, time_step_ms=time_step_ms)
    return quantise(network) if precision == "fixed" else network


def _outgoing(name: str, stp: StpParameters) -> Connection:
    """Presynaptic sides of synapses without a target: their release is only counted."""
    nobody = np.zeros(0, dtype=np.int32)
    return Connection(
        name, ENSEMBLE, ENSEMBLE, "soma", "spikes", nobody, nobody, np.zeros(0), stp=stp
    )

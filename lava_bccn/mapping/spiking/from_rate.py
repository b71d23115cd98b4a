"""From a trained network of event rates to ensembles of spiking neurons.

A layer becomes a population, a unit an ensemble of burst-Poisson neurons (Payeur et al., Nature
Neuroscience 24:1010, 2021), an event rate e of the rate model ``max_rate_hz · e`` events per neuron
and second (see ``mapping.spiking.rate_code``). Detected events and bursts travel as such:

    soma    Σ_j W_ij e_j + c_i  ↦  κ (Σ_j W_ij e_j + c_i) pA, through synapses of message "events"
                                   and a bias; κ = ``current_per_unit``
    apical  u = Yᵀ b − Qᵀ e     ↦  κ_u u pA, "bursts" through Y and "events" through −Q
    p^b                         ↦  σ((V_d − E_p) / D_p) = p^b by a constant dendritic current

A neuron gets K = connection_probability · neurons synapses of weight w from each ensemble below it,
so that the mean of their current, K w · max_rate_hz e · τ_s, is κ W e. κ_u = D_p / (p^b (1 − p^b))
· C_d / τ_d would give the burst probability the slope of the rate model, ∂p / ∂(u h(e)) = 1 at
u = 0, if all neurons had the event rate of their ensemble. Those that are recruited fire nearly at
``max_rate_hz``, where their h is small; κ_u is larger by what this takes at e = 0.5.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.logistic import logit
from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping.spiking.rate_code import INPUT, OUTPUT
from lava_bccn.mapping.spiking.rate_scales import TYPICAL_EVENT_RATE, RateScales
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.spiking.connection import Connection, Message
from lava_bccn.network.spiking.network import SpikingNetwork, Teacher
from lava_bccn.network.spiking.neuron import NeuronParameters
from lava_bccn.network.spiking.population import Population
from lava_bccn.network.spiking.units import StepUnits
from lava_bccn.settings import FLAG, POSITIVE, SEED, SHARE, check, instance, integer

COUNTED_MS = 200.0
"""Window for which the noise of an ensemble's event rate is judged."""

MAX_NOISE = 0.05
"""Standard deviation of an event rate in that window, as a share of the largest, without a warning;
reached by ensembles of 25 neurons at 40 Hz."""

RATE_NEURON = NeuronParameters.burst_poisson_neuron(
    soma_time=8.0, synapse_time=15.0, soma_noise=150.0
)
"""Default neuron: the published one but for three parameters. Background noise in the soma
desynchronises the ensemble. The soma averages over 8 ms, as cortical cells do in a bombardment of
synapses (Destexhe, Rudolph & Paré, Nature Reviews Neuroscience 4:739, 2003), and the synapses over
15 ms: together as long as 16 and 7 ms, but the rate of a soma with a short time constant rises
steeply to what its refractory time allows, which is what a sigmoid is made of."""


def from_rate(
    network: MappedNetwork,
    *,
    neurons: int = 100,
    input_neurons: int | None = None,
    connection_probability: float = 0.2,
    max_rate_hz: float = 40.0,
    current_per_unit: float = 400.0,
    feedback: bool = True,
    neuron: NeuronParameters = RATE_NEURON,
    time_step_ms: float = 1.0,
    seed: int = 0,
) -> SpikingNetwork:
    """Map a network of event rates to spiking ensembles, in floating point.

    The populations are ``input``, ``hidden1``, … and ``output``; the connections ``weight1``, … (to
    layer 1, …) and, with feedback, ``burst2`` (Y) and ``event2`` (Q), … (from layer 2, …).
    :func:`~lava_bccn.mapping.spiking.quantise` makes Loihi 2 integers of the result,
    :func:`~lava_bccn.mapping.spiking.input_currents` drives it and
    :func:`~lava_bccn.mapping.spiking.decode` reads it.

    Each layer's neurons are calibrated by a simulation of isolated neurons with the noise that they
    will have in the network (a second for each layer, the same every time).

    Args:
        network: such as ``mapping.from_torch(model, precision="float")`` gives; of a network in
            fixed point the numbers that its integers stand for.
        neurons: in each ensemble.
        input_neurons: in each ensemble of the input, which carries no error and needs few: a single
            one gives a train of one rate; None: as many as in the others.
        connection_probability: share of an ensemble's neurons from which a neuron above it gets
            synapses, in (0, 1]. Exactly that share, spread evenly over the ensemble's thresholds:
            the mean current is right for each neuron, not on average alone.
        max_rate_hz: event rate that stands for e = 1; below what the refractory time allows.
        current_per_unit: κ, pA for a somatic potential of 1.
        feedback: map Y and Q too, if there are any, and a teacher of the output. The teacher and
            the dendrites then move the burst probabilities as those of the rate model.
        neuron: burst-Poisson; its dendritic background and gain are replaced.
        time_step_ms: of the spiking network.
        seed: of the random synapses.

    Raises:
        InvalidInputError: a parameter out of its range, or a network that cannot be mapped.

    Warns:
        UserWarning: ensembles are too small to carry a rate; it gives the expected noise.
    """
    check("network", network, instance(MappedNetwork))
    check("feedback", feedback, FLAG)
    check("time_step_ms", time_step_ms, POSITIVE)
    check("seed", seed, SEED)
    others = {network.activation_of(index).name for index in range(len(network.layers))}
    if others != {"sigmoid"}:
        raise InvalidInputError(
            f"spiking ensembles follow sigmoids; this network has {' and '.join(sorted(others))}, "
            "so train one with activation sigmoid"
        )
    if network.convolutions:
        numbers = ", ".join(str(number) for number in network.convolutions)
        raise InvalidInputError(
            f"layer {numbers} of this network is a convolution, which has no spiking form here; "
            "expected fully connected layers only"
        )
    check("input_neurons", input_neurons, integer(1).or_none())
    _check(neurons, connection_probability, max_rate_hz, current_per_unit, neuron)
    scales = RateScales(
        network.p_baseline,
        connection_probability,
        max_rate_hz,
        current_per_unit,
        _working_point(neuron, network.p_baseline, max_rate_hz),
        StepUnits(time_step_ms, "float"),
    )
    layers = [_real(network, layer) for layer in network.layers]
    count = len(layers)
    names = [INPUT, *(f"hidden{number}" for number in range(1, count)), OUTPUT]
    inputs = np.zeros(network.input_size)
    calibrated = [scales.calibrate(INPUT, input_neurons or neurons, inputs, noise=0.0)]
    connections: list[Connection] = []
    generator = np.random.default_rng(seed)
    for number, layer in enumerate(layers, start=1):
        below = calibrated[-1]
        noise = scales.synaptic_noise(layer.weight, below)
        calibrated.append(scales.calibrate(names[number], neurons, layer.bias, noise))
        ends = (below.population, calibrated[-1].population)
        weight = scales.soma_weight(below.population) * layer.weight
        connections.append(scales.connect(generator, f"weight{number}", ends, "events", weight))
    has_feedback = feedback and any(layer.feedback_matrices for layer in layers)
    for number, layer in enumerate(layers, start=1):
        if not has_feedback or layer.feedback_matrices is None:
            continue
        above, below = calibrated[number], calibrated[number - 1]
        unit = scales.apical_weight(above.population, below)
        burst, event = (unit * matrix.T for matrix in layer.feedback_matrices)
        # Both have the same synapses, so that Q = p^b Y silences every single dendrite.
        drawn = int(generator.integers(1 << 31))
        pathways: tuple[tuple[str, Message, NDArray[np.float64]], ...] = (
            (f"burst{number}", "bursts", burst),
            (f"event{number}", "events", -event),
        )
        for name, message, weight in pathways:
            ends = (above.population, below.population)
            same = np.random.default_rng(drawn)
            connections.append(scales.connect(same, name, ends, message, weight, "apical"))
    populations = tuple(each.population for each in calibrated)
    _warn_of_noise(populations[-1])
    teacher = Teacher(OUTPUT, scales.teacher_gain(calibrated[-1])) if has_feedback else None
    return SpikingNetwork(populations, tuple(connections), teacher, time_step_ms)


def _working_point(
    neuron: NeuronParameters, p_baseline: float, max_rate_hz: float
) -> NeuronParameters:
    """The neuron with p^b as its burst probability at rest, and h(e) up to the largest rate."""
    depolarised = neuron.burst_half - neuron.rest + neuron.burst_width * logit(p_baseline)
    background = float(depolarised) * neuron.dendrite_capacitance / neuron.dendrite_time
    return replace(neuron, dendrite_background=background, gain_rate=max_rate_hz)


def _real(network: MappedNetwork, layer: MappedLayer) -> MappedLayer:
    """A layer in floating point: what integers stand for."""
    if network.number_format is None:
        return layer
    fields: dict[str, Any] = {
        "weight": layer.weight * 2.0**layer.weight_exponent,
        "bias": layer.bias * 2.0**-layer.soma_fraction_bits,
    }
    if layer.feedback_matrices is not None:
        burst, event = layer.feedback_matrices
        unit = 2.0**layer.feedback_exponent
        fields["feedback_burst"] = burst * unit
        fields["feedback_event"] = event * (unit * network.p_baseline)
    return replace(layer, **fields)


def _check(
    neurons: int,
    connection_probability: float,
    max_rate_hz: float,
    current_per_unit: float,
    neuron: NeuronParameters,
) -> None:
    check("neurons", neurons, integer(1))
    check("connection_probability", connection_probability, SHARE)
    check("current_per_unit", current_per_unit, POSITIVE)
    check("max_rate_hz", max_rate_hz, POSITIVE)
    check("neuron", neuron, instance(NeuronParameters))
    if not neuron.burst_poisson:
        raise InvalidInputError(
            "from_rate needs burst-Poisson neurons, whose soma does not feel the dendrite; take "
            "NeuronParameters.burst_poisson_neuron(...)"
        )
    highest = 1000 / neuron.refractory if neuron.refractory > 0 else math.inf
    if not 0 < max_rate_hz < highest:
        raise InvalidInputError(
            f"max_rate_hz must be above 0 and below the {highest:g} Hz that a refractory time of "
            f"{neuron.refractory:g} ms allows, not {max_rate_hz!r}"
        )


def _warn_of_noise(population: Population) -> None:
    highest = population.neuron.gain_rate
    rate = TYPICAL_EVENT_RATE * highest
    noise = population.rate_noise(rate, COUNTED_MS)
    if noise > MAX_NOISE * highest:
        enough = math.ceil(population.neurons * (noise / (MAX_NOISE * highest)) ** 2)
        warnings.warn(
            f"ensembles of {population.neurons} neurons are too small to carry a rate: an event "
            f"rate of {rate:g} Hz, counted for {COUNTED_MS:g} ms, is expected to have a standard "
            f"deviation of {noise:.2g} Hz, {noise / highest:.0%} of max_rate_hz; take {enough} "
            "neurons or a higher max_rate_hz, or count for longer",
            UserWarning,
            stacklevel=3,
        )

"""A spiking network that learns to classify images from nothing, in a single phase: how it is made.

A fresh network of event rates as ensembles of burst-Poisson neurons (``mapping.spiking.from_rate``)
whose forward synapses learn by the burst-dependent rule, with what single neurons need to learn
where a rate model needs nothing of the kind:

- **Neurons of an ensemble are alike.** Thresholds that differ would make a sigmoid of steep curves;
  but a recruited neuron then fires at e_max, where h(e) = 0, and none learns. Noise in the soma
  makes the curve of every single neuron a sigmoid.
- **Each output neuron is taught by its own event rate**: it is an ensemble of one. Bursts are
  drawn, so weights walk at random; a teacher of the mean leaves each neuron to its walk until it
  is silent or fires all the time.
- **Feedback is strong** and its receptors are slow, so that the error outweighs the noise of drawn
  bursts (p^b = 0.5: saturation is symmetric, so noise moves no mean).
- **One neuron stands for an input**: it fires nearly regularly, at the rate of its pixel.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lava_bccn.datasets import Dataset
from lava_bccn.dynamics.convolution import MAX_VALUES
from lava_bccn.mapping import new_network
from lava_bccn.mapping.spiking import (
    FEEDBACK_CHANNELS,
    RATE_NEURON,
    balance_feedback,
    from_rate,
)
from lava_bccn.mapping.spiking.rate_code import INPUT, OUTPUT
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.spiking.connection import Connection
from lava_bccn.network.spiking.network import SpikingNetwork
from lava_bccn.network.spiking.neuron import NeuronParameters
from lava_bccn.network.spiking.plasticity import SpikeLearning
from lava_bccn.network.spiking.population import Population
from lava_bccn.network.spiking.stp import DEPRESSING, FAST_FACILITATING
from lava_bccn.settings import NOT_NEGATIVE, SEED, check_fields, integer, number

Decoding = Literal["ideal", "stp"]

MAX_RATE_HZ = 40.0
"""Event rate that stands for e = 1."""

CURRENT_PER_UNIT = 400.0
"""κ, pA for a somatic potential of 1."""

NEURON = replace(RATE_NEURON, soma_noise=800.0, gain_time=100.0)
"""Noise that makes the curve of a single neuron a sigmoid; a running event rate for h(e) that
follows within an example."""

INPUT_NOISE = 150.0
"""pA, of the inputs: nearly regular trains."""

TIME_STEP_MS = 2.0
"""Half the cost of 1 ms."""

FEEDBACK_STD = 15.0
"""Of the random Y, in units of weights."""

WEIGHT_GAIN = 2.0
"""Of the Xavier-normal start of W."""

RECEPTOR_MS = 80.0
"""τ of the feedback's receptors: a dendrite averages some bursts."""

TEACHER_GAIN = 2.0
"""In units of the rate model's."""

TEACHER_MS = 100.0
"""τ of the event rate that the teacher sees."""

TRACE_MS = 50.0
"""τ of the presynaptic trace: within an example."""

HIGHEST_SHARE = 0.9
"""Of the largest event rate, up to which the feedback of spikes is balanced."""

TARGETS = (0.1, 0.9)
"""Event rates e that the outputs should have."""

OUTPUT_RATE = 3.0
"""η of the output's weights over that of the hidden ones."""

LONGEST_MS = 1e5
"""Of an example."""

WEIGHT_LIMIT = 4.0
"""Largest weight, in units of the rate model."""


@dataclass(frozen=True)
class ClassifierConfig:
    """One training run.

    Attributes:
        seed: of weights, noise and the order of examples.
        epochs: passes over the training images.
        samples: training images of an epoch (default: all of them).
        hidden: hidden ensembles.
        neurons: of each hidden and each output ensemble; an input has one.
        example_ms: for how long an image is shown.
        decoding: ``ideal``, or ``stp``: every connection transmits spikes, through short-term
            plasticity.
        learning_rate: η of the rate model at batch size 1, of the hidden weights.
    """

    seed: int = 0
    epochs: int = 3
    samples: int | None = None
    hidden: int = 64
    neurons: int = 10
    example_ms: float = 800.0
    decoding: Decoding = "ideal"
    learning_rate: float = 0.08

    def __post_init__(self) -> None:
        check_fields(
            self,
            seed=SEED,
            epochs=integer(0),
            samples=integer(1, MAX_VALUES).or_none(),
            hidden=integer(1, MAX_VALUES),
            neurons=integer(1, MAX_VALUES),
            example_ms=number(f"(0, {LONGEST_MS:g}]"),
            learning_rate=NOT_NEGATIVE,
        )


class Classifier(NamedTuple):
    """What is trained."""

    network: SpikingNetwork
    rate_network: MappedNetwork
    """That it stands for."""
    start: SpikingNetwork
    """What ``from_rate`` made of that, in floating point."""


def classifier(config: ClassifierConfig, data: Dataset) -> Classifier:
    """The network before learning.

    Args:
        config: of the run.
        data: what is to be classified.
    """
    sizes = (data.input_size, config.hidden, len(data.class_names))
    rate_network = new_network(
        sizes,
        data.train_inputs[:1],
        feedback="random",
        feedback_event="symmetric",
        feedback_std=FEEDBACK_STD,
        gain=WEIGHT_GAIN,
        precision="float",
        seed=config.seed,
    )
    with warnings.catch_warnings():  # few neurons are noisy, and learning averages
        warnings.filterwarnings("ignore", message="ensembles of .* are too small")
        start = from_rate(
            rate_network,
            neurons=config.neurons,
            input_neurons=1,
            connection_probability=1.0,
            max_rate_hz=MAX_RATE_HZ,
            current_per_unit=CURRENT_PER_UNIT,
            neuron=NEURON,
            time_step_ms=TIME_STEP_MS,
            seed=config.seed,
        )
    assert start.teacher is not None
    connections = [_connection(config, start, each) for each in start.connections]
    if config.decoding == "stp":
        connections = _of_spikes(connections, start.population(OUTPUT).neuron)
    network = replace(
        start,
        populations=tuple(_population(each) for each in start.populations),
        connections=tuple(connections),
        teacher=replace(start.teacher, gain=TEACHER_GAIN * start.teacher.gain, time=TEACHER_MS),
    )
    return Classifier(network, rate_network, start)


def _population(population: Population) -> Population:
    if population.name == INPUT:
        # Its dendrite gets no feedback; at rest it makes few bursts, which carry nothing.
        neuron = replace(population.neuron, soma_noise=INPUT_NOISE, dendrite_background=0.0)
        return replace(population, neuron=neuron)
    if population.name == OUTPUT:
        return replace(population, ensembles=population.size, neurons=1)
    return population


def _connection(
    config: ClassifierConfig, network: SpikingNetwork, connection: Connection
) -> Connection:
    if connection.compartment == "apical":
        return replace(connection, receptor_time=RECEPTOR_MS)
    # A burst changes a weight by η times the trace. In an example there are so many events at
    # e = 1, while the trace is so large; the product is 1 in the rate model.
    events = MAX_RATE_HZ * config.example_ms / 1000
    trace = MAX_RATE_HZ * network.units.time_step_ms / 1000
    trace /= -np.expm1(-network.units.time_step_ms / TRACE_MS)
    unit = _weight_unit(network, connection)
    rate = config.learning_rate * (OUTPUT_RATE if connection.target == OUTPUT else 1.0)
    limit = WEIGHT_LIMIT * unit
    rule = SpikeLearning(
        rate * unit / (events * trace),
        network.population(connection.target).p_baseline,
        -limit,
        limit,
        trace_time=TRACE_MS,
    )
    return replace(connection, learning=rule)


def _of_spikes(connections: Sequence[Connection], output: NeuronParameters) -> list[Connection]:
    """The same connections where no axon transmits anything but spikes.

    Depressing synapses are forward ones. Feedback is facilitating, balanced by inhibitory channels;
    all in units of δ = b − p^b e. What the balance leaves as a constant is less than its residual.
    """
    balance = balance_feedback(output, highest_hz=HIGHEST_SHARE * MAX_RATE_HZ)
    spiking = []
    for connection in connections:
        if connection.compartment == "soma":
            spiking.append(replace(connection, message="spikes", stp=DEPRESSING))
        elif connection.message == "bursts":
            burst = replace(
                connection,
                message="spikes",
                stp=FAST_FACILITATING,
                weight=connection.weight / balance.gain,
            )
            spiking.append(burst)
            number = connection.name.removeprefix("burst")
            for channel, share in zip(FEEDBACK_CHANNELS, balance.shares, strict=True):
                name, weight = f"{channel.name}{number}", -share * burst.weight
                spiking.append(replace(burst, name=name, stp=channel.stp, weight=weight))
    return spiking


def _weight_unit(network: SpikingNetwork, connection: Connection) -> float:
    """pA of a synapse of weight 1, all neurons of an ensemble being joined."""
    source, target = network.population(connection.source), network.population(connection.target)
    ratio = network.time_step_ms / target.neuron.synapse_time
    held = MAX_RATE_HZ * network.time_step_ms / 1000 / -np.expm1(-ratio)
    return float(CURRENT_PER_UNIT / (source.neurons * held))


def targets_hz(config: ClassifierConfig, labels: NDArray[Any], classes: int) -> NDArray[np.float64]:
    """Event rates (samples, output neurons) that the outputs should have."""
    low, high = (share * MAX_RATE_HZ for share in TARGETS)
    rates = np.where(np.arange(classes) == np.asarray(labels)[:, None], high, low)
    return np.repeat(rates, config.neurons, axis=1)

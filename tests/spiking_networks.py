"""Small spiking networks that tests share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lava_bccn.network.spiking import (
    DEPRESSING,
    FACILITATING,
    Connection,
    HomeostaticLearning,
    NeuronParameters,
    Population,
    SpikeLearning,
    SpikingNetwork,
    Teacher,
    random_synapses,
)


def spiking_network(
    *,
    stp: bool = False,
    delays: bool = False,
    teacher: bool = True,
    average_ms: float | None = None,
    time_step_ms: float = 1.0,
    neurons: int = 20,
    seed: int = 0,
    receptors: bool = False,
    homeostasis: float = 0.0,
) -> SpikingNetwork:
    """2-2-1 ensembles that all learn; with ``stp`` full neurons, else burst-Poisson neurons.

    With ``receptors`` all connections have slow ones; with ``homeostasis``, its rate, the event
    feedback keeps dendrites in balance.
    """
    generator = np.random.default_rng(seed)
    background = {"soma_background": 400.0, "soma_noise": 200.0, "dendrite_noise": 100.0}
    neuron = NeuronParameters(**background, dendrite_background=200.0, gain_rate=30.0)
    if not stp:
        neuron = NeuronParameters.burst_poisson_neuron(
            **background, dendrite_background=13.0 * 170.0 / 7.0, gain_rate=25.0
        )
    bias = generator.normal(0, 20, 2 * neurons)
    inputs = Population("input", 2, neurons, neuron)
    hidden = Population("hidden", 2, neurons, neuron, bias, bias_rate=2.0)
    output = Population("output", 1, neurons, neuron, bias_rate=2.0)
    rule = SpikeLearning(4.0, low=-80.0, high=80.0, average_time=average_ms)

    def connect(name, source, target, compartment, message, scale, learning=None):
        before, after = random_synapses(generator, (0, source.size), (0, target.size), 0.3)
        weight = generator.normal(0, scale, len(before))
        delay = generator.integers(1, 6, len(before)) if delays else 1
        kind = {"events": DEPRESSING, "bursts": FACILITATING}[message] if stp else None
        return Connection(
            name,
            source.name,
            target.name,
            compartment,
            "spikes" if stp else message,
            before,
            after,
            weight,
            delay,
            kind,
            learning,
            receptor_time=(50.0 if compartment == "apical" else 80.0) if receptors else None,
        )

    feedback = connect("feedback_burst_2", output, hidden, "apical", "bursts", 100)
    return SpikingNetwork(
        (inputs, hidden, output),
        (
            connect("weight_1", inputs, hidden, "soma", "events", 30, rule),
            connect("weight_2", hidden, output, "soma", "events", 30, rule),
            feedback,
            replace(
                feedback,
                name="feedback_event_2",
                message="spikes" if stp else "events",
                stp=DEPRESSING if stp else None,
                weight=-0.5 * feedback.weight,
                homeostasis=HomeostaticLearning(homeostasis, -200.0, 200.0)
                if homeostasis
                else None,
            ),
        ),
        Teacher("output", 20.0) if teacher else None,
        time_step_ms,
    )


def stimulus(samples: int = 4, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Somatic currents of all five ensembles, and targets of which one is no teacher."""
    currents = np.random.default_rng(seed).normal(0, 100, (samples, 5))
    return currents, np.resize(np.array([[2.0], [30.0], [-1.0], [10.0]]), (samples, 1))

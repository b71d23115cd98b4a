"""The functions that map, run and measure networks, with arguments that fit."""

from __future__ import annotations

import numpy as np
import torch

import lava_bccn
from lava_bccn import loihi2, mapping, metrics, network, online, sim, view
from lava_bccn.mapping import spiking as spiking_mapping
from lava_bccn.network import spiking
from lava_bccn.neurobench import neurobench_metrics
from lava_bccn.sim.spiking import SpikingSimulator
from tests.doors.fitting import (
    DATA,
    FIXED,
    FLOATING,
    LABELS,
    SAMPLES,
    SOMA,
    SPIKES,
    TARGETS,
    Door,
    model,
)

MEASURED = dict(
    reference=FLOATING,
    network=FIXED,
    calibration=SAMPLES,
    inputs=SAMPLES,
    labels=LABELS,
    equalise=False,
    progress=lambda _: None,
)

MAPPING: list[Door] = [
    (
        "from_torch",
        lava_bccn.from_torch,
        lambda: dict(
            model=model(),
            inputs=SAMPLES,
            precision="fixed",
            weight_bits=8,
            event_bits=8,
            burst_extra_bits=4,
            weight_range=(4.0, 4.0),
            p_baseline=0.5,
            feedback="random",
            feedback_std=0.3,
            seed=0,
            metadata={},
            output="auto",
            hardware=False,
            equalise=False,
            correct_bias=True,
        ),
    ),
    ("quantisation_aware", mapping.quantisation_aware, lambda: dict(model=FIXED)),
    ("to_nir", mapping.to_nir, lambda: dict(network=FIXED)),
    ("to_torch", mapping.to_torch, lambda: dict(network=FIXED, dtype=torch.float32)),
    (
        "new_network",
        mapping.new_network,
        lambda: dict(
            sizes=(6, 4, 3),
            inputs=SAMPLES,
            feedback="random",
            feedback_event="symmetric",
            learn_feedback_burst=False,
            learn_feedback_event=True,
            feedback_std=1.0,
            gain=0.5,
            weight_range=(0.5, 1.0),
            precision="fixed",
            p_baseline=0.5,
            weight_bits=8,
            event_bits=8,
            burst_extra_bits=4,
            seed=0,
            metadata={},
            activation="sigmoid",
        ),
    ),
    (
        "quantise",
        mapping.quantise,
        lambda: dict(
            network=FLOATING,
            inputs=SAMPLES,
            weight_bits=8,
            event_bits=8,
            burst_extra_bits=4,
            weight_range=(4.0, 4.0),
            hardware=False,
            equalise=False,
            correct_bias=True,
        ),
    ),
    ("conversion_report", mapping.conversion_report, lambda: dict(MEASURED)),
    ("layers_alone", mapping.layers_alone, lambda: dict(MEASURED)),
    (
        "rounding_report",
        mapping.rounding_report,
        lambda: dict(reference=FLOATING, network=FIXED, inputs=SAMPLES, targets=TARGETS),
    ),
    (
        "neurobench_metrics",
        neurobench_metrics,
        lambda: dict(network=FIXED, inputs=SAMPLES, targets=TARGETS),
    ),
    ("recruit", mapping.recruit, lambda: dict(network=FIXED, unit=1, inputs=SAMPLES)),
    ("silent_outputs", mapping.silent_outputs, lambda: dict(network=FIXED, inputs=SAMPLES)),
    ("spiking.quantise", spiking_mapping.quantise, lambda: dict(network=SPIKES)),
    (
        "plasticity",
        network.plasticity,
        lambda: dict(network=FIXED, config=network.LearningConfig()),
    ),
]

UNITS = FIXED.quantise_inputs(SAMPLES), FIXED.quantise_targets(TARGETS)

OPENED = dict(backend="sim", learn=False, learned=0, record=("soma",), time=None)


def opened(inputs, targets, **options):
    """All that a network which stays open takes."""
    with lava_bccn.opened(**options) as running:
        return running.run(inputs, targets)


def streamed(samples):
    """All that one does in a stream."""
    with lava_bccn.opened(FIXED) as running:
        return list(running.stream(samples))


RUNNING: list[Door] = [
    ("settle", sim.settle, lambda: dict(network=FIXED, inputs=UNITS[0], targets=UNITS[1])),
    ("hold", sim.hold, lambda: dict(network=FIXED, inputs=UNITS[0], targets=UNITS[1])),
    (
        "steps",
        lambda **arguments: list(sim.steps(**arguments)),
        lambda: dict(network=FIXED, stimuli=[UNITS], time=None),
    ),
    (
        "random_synapses",
        spiking.random_synapses,
        lambda: dict(
            generator=np.random.default_rng(0), sources=(0, 3), targets=(3, 3), probability=0.5
        ),
    ),
    (
        "run",
        lava_bccn.run,
        lambda: dict(
            network=FIXED,
            inputs=SAMPLES,
            targets=TARGETS,
            backend="sim",
            learn=False,
            learned=0,
            record=("soma",),
            progress=lambda _: None,
        ),
    ),
    ("opened", opened, lambda: dict(network=FIXED, inputs=SAMPLES, targets=TARGETS, **OPENED)),
    (
        "Running.stream",
        streamed,
        lambda: dict(samples=[(SAMPLES[0], TARGETS[0]), SAMPLES[1]]),
    ),
    (
        "run_continuous",
        lava_bccn.run_continuous,
        lambda: dict(network=FIXED, inputs=SAMPLES, targets=TARGETS, time=network.ContinuousTime()),
    ),
    (
        "run_spikes",
        lava_bccn.run_spikes,
        lambda: dict(
            network=SPIKES,
            soma=SOMA,
            apical=SOMA,
            targets=SOMA,
            sample_steps=5,
            backend="sim",
            learn=False,
            interval_steps=5,
            record_flags=False,
            seed=0,
            progress=lambda _: None,
        ),
    ),
    (
        "SpikingSimulator",
        lambda network, seed, **options: SpikingSimulator(network, seed).run(**options),
        lambda: dict(
            network=SPIKES,
            seed=0,
            soma=SOMA,
            apical=SOMA,
            targets=SOMA,
            sample_steps=5,
            interval_steps=5,
            learn=False,
            record_flags=False,
        ),
    ),
    (
        "Learner",
        sim.Learner,
        lambda: dict(network=FIXED, config=network.LearningConfig(), learned=0),
    ),
    (
        "EngineLearner",
        sim.EngineLearner,
        lambda: dict(network=FIXED, config=network.LearningConfig(rule="engine"), learned=0),
    ),
    (
        "learn",
        online.learn,
        lambda: dict(
            network=FIXED,
            data=DATA,
            config=network.LearningConfig(),
            lesson=online.Lesson(),
            backend="sim",
        ),
    ),
    ("same_synapses", online.same_synapses, lambda: dict(first=FIXED, second=FIXED)),
    ("stored_curve", online.stored_curve, lambda: dict(network=FIXED)),
    ("stored_notes", online.stored_notes, lambda: dict(network=FIXED)),
    ("stored_rounding", mapping.stored_rounding, lambda: dict(network=FIXED)),
    ("accuracy", metrics.accuracy, lambda: dict(event_rate=TARGETS, labels=LABELS)),
    ("angle_degrees", metrics.angle_degrees, lambda: dict(first=TARGETS, second=TARGETS)),
    ("partition", loihi2.partition, lambda: dict(network=FIXED, limits=loihi2.Loihi2Limits())),
    *(
        (
            door.__name__,
            door,
            lambda: dict(network=FIXED, config=network.LearningConfig(rule="engine")),
        )
        for door in (loihi2.engine_form, loihi2.engine_parts, loihi2.neuron_programs)
    ),
    ("measure", loihi2.measure, lambda: dict(network=FIXED, inputs=SAMPLES)),
    (
        "activity_page",
        view.activity_page,
        lambda: dict(network=FIXED, inputs=SAMPLES, labels=LABELS, title="page", max_units=2),
    ),
]

"""Everything that is configured by a dataclass, with fields that fit."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

import lava_bccn
from lava_bccn import loihi2, network, nn, online
from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.mapping import spiking as spiking_mapping
from lava_bccn.network import spiking
from tests.doors.fitting import FLOATING, POPULATION, Door

NEURONS = np.arange(2, dtype=np.int32)


INSTEAD = {
    "patience": 3,
    "realignment_before": 3,
    "realignment_rate": 0.05,
    "samples": 3,
    "classes": (0, 1),
    "decay": 3,
}
"""Of fields that are None by default."""


def fields(kind: type) -> dict[str, Any]:
    """The defaults of a dataclass."""
    found = {field.name: getattr(kind(), field.name) for field in dataclasses.fields(kind)}
    return {name: INSTEAD.get(name, value) for name, value in found.items()}


CONFIGURATIONS: list[Door] = [
    (kind.__name__, kind, lambda kind=kind: fields(kind))
    for kind in (
        nn.TrainingConfig,
        network.LearningConfig,
        network.EngineOptions,
        network.ContinuousTime,
        online.Lesson,
        FixedPointFormat,
        spiking.NeuronParameters,
        loihi2.Loihi2Limits,
    )
] + [
    (
        "EngineState",
        network.EngineState,
        lambda: dict(
            half=64,
            weight=np.zeros((2, 3), np.int16),
            tag=np.zeros((2, 3), np.int16),
            feedback=np.zeros((2, 3), np.int16),
            feedback_tag=np.zeros((2, 3), np.int16),
        ),
    ),
    (
        "ConvolutionSpec",
        nn.ConvolutionSpec,
        lambda: dict(channels=2, kernel_size=3, stride=1, padding=0),
    ),
    (
        "ConvolutionGeometry",
        ConvolutionGeometry,
        lambda: dict(input_shape=(1, 4, 4), stride=(1, 1), padding=(0, 0), groups=1),
    ),
    (
        "StpParameters",
        spiking.StpParameters,
        lambda: dict(depression_time=20.0, facilitation_time=100.0, baseline=0.5, facilitation=0.1),
    ),
    (
        "SpikeLearning",
        spiking.SpikeLearning,
        lambda: dict(
            rate=1.0, p_baseline=0.5, low=-1.0, high=1.0, trace_time=100.0, average_time=9.0
        ),
    ),
    (
        "FeedbackChannel",
        spiking_mapping.FeedbackChannel,
        lambda: dict(name="depressing", stp=spiking.SLOW_DEPRESSING),
    ),
    (
        "HomeostaticLearning",
        spiking.HomeostaticLearning,
        lambda: dict(rate=1.0, low=-1.0, high=1.0),
    ),
    (
        "Population",
        spiking.Population,
        lambda: dict(
            name="all",
            ensembles=3,
            neurons=2,
            neuron=spiking.NeuronParameters(),
            bias=np.zeros(6),
            bias_rate=0.0,
            p_baseline=0.5,
        ),
    ),
    (
        "Connection",
        spiking.Connection,
        lambda: dict(
            name="c",
            source="all",
            target="all",
            compartment="soma",
            message="spikes",
            presynaptic=NEURONS,
            postsynaptic=NEURONS,
            weight=np.ones(2),
            delay=1,
            stp=spiking.DEPRESSING,
            learning=None,
            exponent=0,
            receptor_time=50.0,
            homeostasis=None,
        ),
    ),
    ("Teacher", spiking.Teacher, lambda: dict(population="all", gain=1.0, time=200.0)),
    (
        "SpikingNetwork",
        spiking.SpikingNetwork,
        lambda: dict(
            populations=(POPULATION,), connections=(), time_step_ms=1.0, precision="float"
        ),
    ),
    (
        "MappedLayer in MappedNetwork",
        lambda **layer: lava_bccn.MappedNetwork((network.MappedLayer(**layer),), "float"),
        lambda: dict(weight=np.ones((3, 6)), bias=np.zeros(3)),
    ),
    (
        "MappedNetwork",
        lava_bccn.MappedNetwork,
        lambda: dict(
            layers=FLOATING.layers,
            precision="float",
            p_baseline=0.5,
            activation="sigmoid",
            metadata={},
            output=network.Output("values", 2.0, -1.0),
        ),
    ),
    ("Output", network.Output, lambda: dict(kind="logits", scale=2.0, offset=-1.0)),
]

"""The public functions with arguments that fit, and what users hand in that does not.

What an argument must be is told by the one that fits: an integer, a number, an array, a name, a flag
or an object of this package. Of each kind there are values that no such argument can be.
"""

from __future__ import annotations

import dataclasses
import inspect
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

import lava_bccn
from lava_bccn import backends, loihi2, mapping, metrics, network, nn, online, sim
from lava_bccn.datasets import Dataset
from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.mapping import spiking as spiking_mapping
from lava_bccn.network import spiking
from lava_bccn.nn import comparators
from lava_bccn.sim.spiking import SpikingSimulator

SAMPLES = np.random.default_rng(0).random((8, 6))
TARGETS = np.eye(3)[np.arange(8) % 3]
LABELS = np.arange(8) % 3
SOMA = np.full((2, 3), 100.0)


def tensor(array: np.ndarray) -> torch.Tensor:
    return torch.tensor(array, dtype=torch.float32)


def model() -> torch.nn.Sequential:
    return nn.burst_mlp((6, 4, 3), generator=torch.Generator().manual_seed(0))


FLOATING = mapping.from_torch(model(), SAMPLES, precision="float")
FIXED = mapping.quantise(FLOATING, SAMPLES)
POPULATION = spiking.Population("all", 3, 2)
SPIKES = spiking.SpikingNetwork((POPULATION,), teacher=spiking.Teacher("all", 1.0))
DATA = Dataset(
    "small", tensor(SAMPLES).numpy(), LABELS, tensor(SAMPLES).numpy(), LABELS, ("a", "b", "c")
)

Door = tuple[str, Callable[..., Any], Callable[[], dict[str, Any]]]

LAYER_OPTIONS = {
    "p_baseline": 0.5,
    "feedback": "random",
    "feedback_std": 0.3,
    "gain": 1.0,
    "bias": True,
}
BURST_OPTIONS = {
    **LAYER_OPTIONS,
    "feedback_event": "symmetric",
    "learn_feedback_burst": False,
    "learn_feedback_event": True,
    "activation": "sigmoid",
}
NEURONS = np.arange(2, dtype=np.int32)


def fields(kind: type) -> dict[str, Any]:
    """The defaults of a dataclass."""
    return {field.name: getattr(kind(), field.name) for field in dataclasses.fields(kind)}


CONFIGURATIONS: list[Door] = [
    (kind.__name__, kind, lambda kind=kind: fields(kind))
    for kind in (
        nn.TrainingConfig,
        network.LearningConfig,
        network.ContinuousTime,
        online.Lesson,
        FixedPointFormat,
        spiking.NeuronParameters,
        loihi2.Loihi2Limits,
    )
] + [
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
        lambda **layer: (
            network.load and lava_bccn.MappedNetwork((network.MappedLayer(**layer),), "float")
        ),
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
        ),
    ),
]

MODELS: list[Door] = [
    ("BurstLinear", nn.BurstLinear, lambda: dict(in_features=4, out_features=3, **BURST_OPTIONS)),
    ("BurstReadout", nn.BurstReadout, lambda: dict(in_features=4, out_features=3, **BURST_OPTIONS)),
    (
        "BurstConv2d",
        nn.BurstConv2d,
        lambda: dict(
            in_channels=2,
            out_channels=2,
            kernel_size=3,
            stride=1,
            padding=0,
            groups=1,
            **BURST_OPTIONS,
        ),
    ),
    (
        "burst_mlp",
        nn.burst_mlp,
        lambda: dict(sizes=(6, 4, 3), normalize=(0.0, 1.0), readout_gain=1.0),
    ),
    (
        "burst_cnn",
        nn.burst_cnn,
        lambda: dict(
            input_shape=(1, 6, 6), convolutions=(nn.ConvolutionSpec(2, 3),), hidden=(4,), classes=3
        ),
    ),
    ("mlp", nn.mlp, lambda: dict(model="backprop", sizes=(6, 4, 3), readout_gain=1.0)),
    (
        "cnn",
        nn.cnn,
        lambda: dict(
            model="backprop",
            input_shape=(1, 6, 6),
            hidden=(4,),
            classes=3,
            convolutions=(nn.ConvolutionSpec(2, 3),),
        ),
    ),
    ("Normalize", nn.Normalize, lambda: dict(mean=0.0, std=1.0)),
    (
        "FeedbackAlignmentLinear",
        comparators.FeedbackAlignmentLinear,
        lambda: dict(in_features=4, out_features=3, feedback="random", feedback_std=0.3, gain=1.0),
    ),
    (
        "BurstpropLinear",
        comparators.BurstpropLinear,
        lambda: dict(in_features=4, out_features=3, p_baseline=0.5, feedback="random", gain=1.0),
    ),
    (
        "DendriticLinear",
        comparators.DendriticLinear,
        lambda: dict(in_features=4, out_features=3, nudging=0.1, feedback="random", gain=1.0),
    ),
    ("burst_layers", nn.burst_layers, lambda: dict(model=model())),
    ("homeostatic_parameters", nn.homeostatic_parameters, lambda: dict(model=model())),
    ("burst_states", nn.burst_states, lambda: dict(model=model(), inputs=SAMPLES, targets=TARGETS)),
    ("alignment", nn.alignment, lambda: dict(model=model(), inputs=SAMPLES, targets=TARGETS)),
    ("centre", nn.centre, lambda: dict(model=model(), inputs=SAMPLES, readout_rate=0.3)),
    (
        "burst_loss",
        nn.burst_loss,
        lambda: dict(event_rate=model()(tensor(SAMPLES)), target=tensor(TARGETS)),
    ),
    (
        "burst_error",
        nn.burst_error,
        lambda: dict(event_rate=model()(tensor(SAMPLES)), error=tensor(TARGETS)),
    ),
    (
        "train",
        nn.train,
        lambda: dict(
            model=model(),
            training=(SAMPLES, LABELS),
            validation=(SAMPLES, LABELS),
            config=nn.TrainingConfig(epochs=1),
        ),
    ),
]

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
        ),
    ),
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
        ),
    ),
    (
        "rounding_report",
        mapping.rounding_report,
        lambda: dict(reference=FLOATING, network=FIXED, inputs=SAMPLES, targets=TARGETS),
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

RUNNING: list[Door] = [
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
    ("accuracy", metrics.accuracy, lambda: dict(event_rate=TARGETS, labels=LABELS)),
    ("angle_degrees", metrics.angle_degrees, lambda: dict(first=TARGETS, second=TARGETS)),
    ("partition", loihi2.partition, lambda: dict(network=FIXED, limits=loihi2.Loihi2Limits())),
    ("measure", loihi2.measure, lambda: dict(network=FIXED, inputs=SAMPLES)),
]

DOORS = [*CONFIGURATIONS, *MODELS, *MAPPING, *RUNNING]

NOTHING = (object(), {}, 1j)
MISFITS: dict[str, tuple[Any, ...]] = {
    "flag": ("yes", 2, np.nan, *NOTHING),
    "integer": (
        "3",
        1.5,
        np.nan,
        np.inf,
        -(10**30),
        True,
        [1],
        np.ones(2),
        torch.ones(2),
        *NOTHING,
    ),
    "number": ("0.5", np.nan, True, [0.5], np.ones(2), torch.ones(2, requires_grad=True), *NOTHING),
    "name": (3, "no such name", b"random", ["random"], np.ones(2), *NOTHING),
    "tuple": ("no tuple", 3, np.nan, (np.nan,), ("a", "b"), (), *NOTHING),
    "object": ("no object", 3, np.nan, [3], np.ones(2), torch.ones(2), *NOTHING),
}


def array_misfits(fitting: np.ndarray) -> tuple[Any, ...]:
    """What is no array of this kind."""
    holed = np.array(fitting, dtype=float)
    holed.flat[-1] = np.nan
    return (
        "no array",
        Path("array.npy"),
        holed,
        np.full(fitting.shape, np.inf),
        np.zeros((0, *fitting.shape[1:])),
        np.zeros(0),
        fitting[:-1] if fitting.ndim == 1 else fitting[:, :-1],
        np.ones((2, *fitting.shape)),
        fitting.astype(complex),
        fitting.astype(object) * object if False else np.full(fitting.shape, None),
        fitting.astype(str),
        [[0.5], [0.5, 0.5]],
        torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        torch.ones(fitting.shape, device="meta"),
        *NOTHING,
    )


def misfits(value: Any) -> tuple[Any, ...]:
    """What an argument cannot be for which this value fits."""
    if isinstance(value, bool | np.bool_):
        return MISFITS["flag"]
    if isinstance(value, int):
        return MISFITS["integer"]
    if isinstance(value, float):
        return MISFITS["number"]
    if isinstance(value, np.ndarray | torch.Tensor):
        return array_misfits(
            np.asarray(value.detach() if isinstance(value, torch.Tensor) else value)
        )
    if isinstance(value, str):
        return MISFITS["name"]
    return MISFITS["tuple"] if isinstance(value, tuple) else MISFITS["object"]

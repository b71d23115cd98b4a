"""The functions and layers of ``nn``, with arguments that fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lava_bccn import nn
from lava_bccn.nn import comparators
from tests.doors.fitting import LABELS, PICTURES, SAMPLES, TARGETS, Door, model, tensor

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
    "branches": 2,
    "homeostatic_factor": "event_rate",
    "forward_noise": 0.1,
    "activation": "sigmoid",
}
HIDDEN_OPTIONS = {**BURST_OPTIONS, "feedback_gain": 2.0}
READOUT_OPTIONS = {
    **BURST_OPTIONS,
    "activation": "softmax",
    "error_scale": 0.5,
    "activity_shift": 1.0,
}
LINEAR = {"in_features": 4, "out_features": 3, "gain": 1.0}
CONVOLUTION = {"in_channels": 2, "out_channels": 2, "kernel_size": 3, "gain": 1.0}
SENT = {"feedback": "random", "feedback_std": 0.3}
COMPARATOR_OPTIONS: dict[str, Callable[[], dict[str, Any]]] = {
    "BackpropLinear": lambda: {**LINEAR, "feedback": "tied"},
    "BackpropConv2d": lambda: {**CONVOLUTION, "feedback": "tied"},
    "FeedbackAlignmentLinear": lambda: {**LINEAR, **SENT},
    "FeedbackAlignmentConv2d": lambda: {**CONVOLUTION, **SENT},
    "BurstpropLinear": lambda: {**LINEAR, **SENT, "p_baseline": 0.5},
    "BurstpropReadout": lambda: {**LINEAR, **SENT, "p_baseline": 0.5},
    "BurstpropConv2d": lambda: {**CONVOLUTION, **SENT, "p_baseline": 0.5},
    "DendriticLinear": lambda: {**LINEAR, **SENT, "nudging": 0.1},
    "DendriticReadout": lambda: {**LINEAR, **SENT, "nudging": 0.1},
}


def classes():
    """A model of classes, that fits the samples."""
    return nn.burst_mlp((6, 4, 3), readout_activation="softmax")


MODELS: list[Door] = [
    ("BurstLinear", nn.BurstLinear, lambda: dict(in_features=4, out_features=3, **HIDDEN_OPTIONS)),
    (
        "BurstReadout",
        nn.BurstReadout,
        lambda: dict(in_features=4, out_features=3, **READOUT_OPTIONS),
    ),
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
            **HIDDEN_OPTIONS,
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
    *((name, getattr(comparators, name), options) for name, options in COMPARATOR_OPTIONS.items()),
    ("PictureStream", nn.PictureStream, lambda: dict(pictures=PICTURES, workers=0)),
    ("burst_layers", nn.burst_layers, lambda: dict(model=model())),
    ("homeostatic_parameters", nn.homeostatic_parameters, lambda: dict(model=model())),
    ("update_gains", nn.update_gains, lambda: dict(model=model())),
    (
        "parameter_groups",
        nn.parameter_groups,
        lambda: dict(model=model(), weight_decay=1e-4, learning_rate=0.1),
    ),
    ("burst_states", nn.burst_states, lambda: dict(model=model(), inputs=SAMPLES, targets=TARGETS)),
    ("alignment", nn.alignment, lambda: dict(model=model(), inputs=SAMPLES, targets=TARGETS)),
    ("centre", nn.centre, lambda: dict(model=model(), inputs=SAMPLES, readout_rate=0.3)),
    (
        "burst_loss",
        nn.burst_loss,
        lambda: dict(event_rate=model()(tensor(SAMPLES)), target=tensor(TARGETS)),
    ),
    (
        "burst_cross_entropy",
        nn.burst_cross_entropy,
        lambda: dict(event_rate=classes()(tensor(SAMPLES)), target=tensor(TARGETS)),
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
            progress=False,
        ),
    ),
]

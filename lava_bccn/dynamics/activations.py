"""The activations that ensembles can have, by name."""

from __future__ import annotations

from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.bounded_relu import BOUNDED_RELU
from lava_bccn.dynamics.hard_sigmoid import HARD_SIGMOID
from lava_bccn.dynamics.relu import RELU
from lava_bccn.dynamics.relu_rms import RELU_RMS
from lava_bccn.dynamics.sigmoid import SIGMOID
from lava_bccn.dynamics.softmax import SOFTMAX
from lava_bccn.dynamics.unbounded_relu import UNBOUNDED_RELU
from lava_bccn.registry import Registry

ACTIVATIONS: Registry[Activation] = Registry(
    "activation", (SIGMOID, HARD_SIGMOID, RELU, UNBOUNDED_RELU, RELU_RMS, BOUNDED_RELU, SOFTMAX)
)
"""All activations; ``ACTIVATIONS.register`` adds one."""


def learning_activations() -> Registry[Activation]:
    """Those that burst probabilities teach."""
    return Registry("activation", (each for each in ACTIVATIONS.values() if each.learns))

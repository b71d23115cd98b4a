"""Looking into a model: its bursts, and how its updates compare with backprop."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lava_bccn.dynamics import plasticity, rate
from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.errors import InvalidInputError
from lava_bccn.metrics import angle_degrees
from lava_bccn.network.time import ContinuousTime
from lava_bccn.nn.gradient_alignment import gradient_angles
from lava_bccn.nn.layers import BurstLayer
from lava_bccn.nn.models import burst_layers, is_comparator
from lava_bccn.nn.samples import as_inputs, as_targets, first_layer_inputs
from lava_bccn.nn.wrappers import sequential
from lava_bccn.sim.propagation import propagate


class LayerDeliveries:
    """What the connections of a model's layers deliver: ``sim.propagation.Deliveries`` of tensors.

    Args:
        layers: of a BurstCCN.
        input_shape: (batch, ...) of what the first of them takes.
    """

    def __init__(self, layers: Sequence[BurstLayer], input_shape: Sequence[int]) -> None:
        self._layers = layers
        self._below = [tuple(input_shape)]
        # It is added inside the product, as in training.
        self.bias: list[float] = [0.0] * len(layers)

    def forward(self, index: int, rates: Tensor) -> Tensor:
        """W e_below + c of layer ``index`` (0-based)."""
        layer = self._layers[index]
        potential = layer.connection.up(rates, layer.weight, layer.bias)
        del self._below[index + 1 :]
        self._below.append(tuple(potential.shape))
        return potential

    def feedback(
        self, sender: int, burst_rate: Tensor, event_rate: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Yᵀ b and Qᵀ e of what layer ``sender`` sends."""
        layer = self._layers[sender]
        below = burst_rate.new_empty(1).expand(self._below[sender])
        return (
            _down(layer, burst_rate, layer.feedback_burst, below),
            _down(layer, event_rate, layer.feedback_event, below),
        )


def layer_ensembles(
    layers: Sequence[BurstLayer], time: ContinuousTime | None = None
) -> list[Ensembles]:
    """The equations of each layer, in continuous time if given."""
    steps = None if time is None else time.step_fractions
    return [Ensembles(layer.rule.activation, layer.rule.constants, steps) for layer in layers]


@torch.no_grad()
def burst_states(
    model: torch.nn.Sequential, inputs: Tensor, targets: Tensor | None = None
) -> list[LayerStates]:
    """The states that every layer settles to, from the first layer to the readout.

    Args:
        model: a BurstCCN.
        inputs: (batch, ...), event rates as the model takes them.
        targets: (batch, classes) in [0, 1], negative for no teacher; None leaves the teacher off.

    Raises:
        InvalidInputError: no BurstCCN, or inputs or targets that do not fit it.
    """
    layers = burst_layers(model)
    shown = as_inputs(model, inputs)
    presented = first_layer_inputs(model, shown)
    if targets is None:
        targets = presented.new_full((1, layers[-1].weight.shape[0]), rate.NO_TEACHER)
    else:
        targets = as_targets(model, targets, len(shown))
    return propagate(
        layer_ensembles(layers),
        LayerDeliveries(layers, presented.shape),
        presented,
        layers[-1].rule.activation.reachable_target(targets),
    )[0]


@dataclass(frozen=True)
class LayerAlignment:
    """How the update of one layer's W compares with other rules on the same batch.

    Attributes:
        to_backprop: angle to backprop of ½‖e − target‖² (of a softmax: of cross entropy), degrees.
        to_feedback_alignment: angle to the same with errors sent down through Y, degrees.
        mean_abs_apical: mean |u|, dimensionless; None for the readout and for comparators.
    """

    to_backprop: float
    to_feedback_alignment: float
    mean_abs_apical: float | None


@torch.no_grad()
def alignment(model: torch.nn.Sequential, inputs: Tensor, targets: Tensor) -> list[LayerAlignment]:
    """Compare each layer's update with backprop and with feedback alignment, on one batch.

    In float64, since late in training apical potentials are small differences of large sums.

    Raises:
        InvalidInputError: no network of this package, or inputs or targets that do not fit it.
    """
    model = sequential(model)
    inputs = as_inputs(model, inputs)
    targets = as_targets(model, targets, len(inputs))
    if is_comparator(model):
        return [LayerAlignment(*pair, None) for pair in gradient_angles(model, inputs, targets)]
    model, inputs, targets = copy.deepcopy(model).double(), inputs.double(), targets.double()
    layers = burst_layers(model)
    targets = layers[-1].rule.activation.reachable_target(targets)
    states = burst_states(model, inputs, targets)
    below = [first_layer_inputs(model, inputs), *[state.event_rate for state in states[:-1]]]
    error = states[-1].event_rate - targets
    backprop, feedback_alignment = error, error
    result: list[LayerAlignment] = []
    for layer, state, presynaptic in zip(
        reversed(layers), reversed(states), reversed(below), strict=True
    ):
        backprop, feedback_alignment = (
            layer.rule.activation.backprop(each, state.event_rate, state.soma)
            for each in (backprop, feedback_alignment)
        )
        deviation = rate.burst_deviation(state.burst_rate, state.event_rate, layer.rule.constants)

        def outer(above: Tensor, below: Tensor, layer: BurstLayer = layer) -> Tensor:
            return layer.connection.outer(above, below, layer.weight)

        update = plasticity.burst_dependent(deviation, presynaptic, outer)
        result.append(
            LayerAlignment(
                angle_degrees(update, -outer(backprop, presynaptic)),
                angle_degrees(update, -outer(feedback_alignment, presynaptic)),
                None if state.apical is None else float(state.apical.abs().mean()),
            )
        )
        if layer is not layers[0]:
            backprop = _down(layer, backprop, layer.weight, presynaptic)
            feedback_alignment = _down(layer, feedback_alignment, layer.feedback_burst, presynaptic)
    return result[::-1]


def _down(layer: BurstLayer, above: Tensor, weight: Tensor | None, below: Tensor) -> Tensor:
    if weight is None:
        raise InvalidInputError(
            "a layer above the first was built with feedback=None, so it sends nothing down; give "
            "it a feedback regime"
        )
    return layer.connection.down(above, weight, below)

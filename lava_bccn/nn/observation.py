"""Looking into a model: its bursts, and how its updates compare with backprop."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Tensor

from lava_bccn.dynamics import plasticity, rate
from lava_bccn.dynamics.activations import functions_of
from lava_bccn.dynamics.ensembles import FloatEnsembles, HardFloatEnsembles
from lava_bccn.dynamics.layer import layer_states
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.errors import InvalidInputError
from lava_bccn.metrics import angle_degrees
from lava_bccn.nn.gradient_alignment import gradient_angles
from lava_bccn.nn.layers import BurstLayer
from lava_bccn.nn.models import burst_layers, first_layer_inputs, is_comparator


@torch.no_grad()
def burst_states(
    model: torch.nn.Sequential, inputs: Tensor, targets: Tensor | None = None
) -> list[LayerStates]:
    """The states that every layer settles to, from the first layer to the readout.

    Args:
        model: a BurstCCN.
        inputs: (batch, ...), event rates as the model takes them.
        targets: (batch, classes) in [0, 1], negative for no teacher; None leaves the teacher off.
    """
    layers = burst_layers(model)
    ensembles = [
        (HardFloatEnsembles if layer.activation == "hard_sigmoid" else FloatEnsembles)(
            layer.p_baseline
        )
        for layer in layers
    ]
    below = first_layer_inputs(model, inputs)
    somata, event_rates = [], []
    for layer, equations in zip(layers, ensembles, strict=True):
        soma, _ = equations.soma(layer.connection.up(below, layer.weight, layer.bias), 0.0)
        below = equations.event_rate(soma)
        somata.append(soma)
        event_rates.append(below)
    if targets is None:
        targets = torch.full_like(below, rate.NO_TEACHER)
    targets = functions_of(layers[-1].activation).reachable_target(targets)

    states: list[LayerStates] = []
    for index in reversed(range(len(layers))):
        feedback = None
        if states:
            sender, above = layers[index + 1], states[-1]
            feedback = (
                _down(sender, above.burst_rate, sender.feedback_burst, event_rates[index]),
                _down(sender, above.event_rate, sender.feedback_event, event_rates[index]),
            )
        state, _ = layer_states(
            ensembles[index], somata[index], event_rates[index], feedback, targets
        )
        states.append(state)
    return states[::-1]


@dataclass(frozen=True)
class LayerAlignment:
    """How the update of one layer's W compares with other rules on the same batch.

    Attributes:
        to_backprop: angle to backprop of ½‖e − target‖², degrees.
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
    """
    if is_comparator(model):
        return [LayerAlignment(*pair, None) for pair in gradient_angles(model, inputs, targets)]
    model, inputs, targets = copy.deepcopy(model).double(), inputs.double(), targets.double()
    layers = burst_layers(model)
    targets = functions_of(layers[-1].activation).reachable_target(targets)
    states = burst_states(model, inputs, targets)
    below = [first_layer_inputs(model, inputs), *[state.event_rate for state in states[:-1]]]
    error = states[-1].event_rate - targets
    backprop, feedback_alignment = error, error
    result: list[LayerAlignment] = []
    for layer, state, presynaptic in zip(
        reversed(layers), reversed(states), reversed(below), strict=True
    ):
        slope = functions_of(layer.activation).slope(state.event_rate)
        backprop, feedback_alignment = backprop * slope, feedback_alignment * slope
        deviation = rate.deviation_of_rates(state.burst_rate, state.event_rate, layer.p_baseline)

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

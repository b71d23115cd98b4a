"""Continuous time in PyTorch without hop delays: the reference for Lava and the simulator.

An Euler step computes the layers in the order of the equations: somata upwards from this step's
input, apical dendrites downwards from this step's bursts, then the weights. With dt = τ a step is
the discrete model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from lava_bccn.dynamics.layer import layer_states
from lava_bccn.dynamics.leaky_ensembles import LeakyFloatEnsembles
from lava_bccn.dynamics.rate import NO_TEACHER
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.time import ContinuousTime
from lava_bccn.nn.layers import BurstConv2d
from lava_bccn.nn.models import burst_layers, first_layer_inputs

if TYPE_CHECKING:
    from lava_bccn.network.plasticity import LayerPlasticity


@torch.no_grad()
def simulate(
    model: torch.nn.Sequential,
    inputs: Tensor,
    targets: Tensor | None = None,
    time: ContinuousTime | None = None,
    rules: Sequence[LayerPlasticity] | None = None,
) -> list[LayerStates]:
    """Run a model in continuous time from potentials at 0, one sample, learning as it goes.

    Args:
        model: a BurstCCN; with ``rules`` its weights change in place.
        inputs: (steps, ...), what the model takes at every time step.
        targets: (steps, outputs) in [0, 1], negative for no teacher; None leaves the teacher off.
        time: step and time constants; by default those of ``ContinuousTime()``.
        rules: floating-point plasticity of every layer, as
            ``mapping.plasticity.plasticity(network, config)`` makes it; None: nothing learns.

    Returns:
        The states of every layer over time, tensors (steps, units).

    Raises:
        InvalidInputError: targets or rules that do not fit the model, or a convolution.
    """
    time = time or ContinuousTime()
    layers = burst_layers(model)
    if any(isinstance(layer, BurstConv2d) for layer in layers):
        raise InvalidInputError(
            "continuous time takes fully connected layers, and this model has a BurstConv2d"
        )
    soma_step, apical_step = time.step_fraction("soma"), time.step_fraction("apical")
    if any(layer.activation != "sigmoid" for layer in layers):
        raise InvalidInputError("continuous time is for sigmoids; this network has hard ones")
    ensembles = [LeakyFloatEnsembles(layer.p_baseline, soma_step, apical_step) for layer in layers]
    sizes = [layer.weight.shape[0] for layer in layers]
    outputs = sizes[-1]
    if targets is None:
        targets = inputs.new_full((len(inputs), outputs), NO_TEACHER)
    if targets.shape != (len(inputs), outputs):
        raise InvalidInputError(
            f"targets have shape {tuple(targets.shape)}; expected ({len(inputs)}, {outputs}), a "
            "row a time step"
        )
    if rules is not None and len(rules) != len(layers):
        raise InvalidInputError(f"{len(rules)} rules for {len(layers)} layers; pass one a layer")
    somata = [inputs.new_zeros(1, size) for size in sizes]
    apicals = [torch.zeros_like(soma) for soma in somata]
    history: list[list[LayerStates]] = [[] for _ in layers]
    presented = first_layer_inputs(model, inputs)
    for step in range(len(inputs)):
        below = presented[step : step + 1]
        events = []
        for index, (layer, equations) in enumerate(zip(layers, ensembles, strict=True)):
            drive, _ = equations.soma(
                below @ layer.weight.T, 0.0 if layer.bias is None else layer.bias
            )
            somata[index] = equations.relaxed_soma(somata[index], drive)
            below = equations.event_rate(somata[index])
            events.append(below)
        states: list[LayerStates] = []
        for index in reversed(range(len(layers))):
            feedback = None
            if states:
                sender, above = layers[index + 1], states[0]
                feedback = (
                    above.burst_rate @ sender.feedback_burst,
                    above.event_rate @ sender.feedback_event,
                )
            state, _ = layer_states(
                ensembles[index],
                somata[index],
                events[index],
                feedback,
                targets[step : step + 1],
                apicals[index],
            )
            if feedback is not None:
                apicals[index] = state.apical
            states.insert(0, state)
        if rules is not None:
            _learn(model, presented[step], states, ensembles, rules, step)
        for kept, state in zip(history, states, strict=True):
            kept.append(state)
    return [_joined(kept) for kept in history]


def _learn(
    model: torch.nn.Sequential,
    inputs: Tensor,
    states: Sequence[LayerStates],
    ensembles: Sequence[LeakyFloatEnsembles],
    rules: Sequence[LayerPlasticity],
    step: int,
) -> None:
    below = LayerStates(event_rate=inputs[None])
    for layer, state, equations, rule in zip(
        burst_layers(model), states, ensembles, rules, strict=True
    ):
        deviation = equations.burst_deviation(state.burst_rate, state.event_rate)[0]
        # The rules are typed for arrays; their equations take tensors as well.
        learning: Any = rule
        if rule.bias is not None and layer.bias is not None:
            layer.bias.copy_(learning.bias.learn(layer.bias, deviation, step)[0])
        for name, matrix in (
            ("weight", layer.weight),
            ("feedback_burst", layer._feedback_burst),  # None where tied
            ("feedback_event", layer._feedback_event),
        ):
            synapses = getattr(learning, name)
            if matrix is None or synapses is None:
                continue
            unit, other = deviation, below.event_rate
            if synapses.rule == "homeostatic":
                unit, other = state.event_rate[0], below.apical
            matrix.copy_(synapses.learn(matrix, unit, other[0], step)[0])
        below = state


def _joined(history: Sequence[LayerStates]) -> LayerStates:
    def joined(name: str) -> Tensor | None:
        values = [getattr(state, name) for state in history]
        return None if not values or values[0] is None else torch.cat(values)

    return LayerStates(**{name: joined(name) for name in vars(history[0])})

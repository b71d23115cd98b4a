"""Continuous time in PyTorch without hop delays: the reference for Lava and the simulator.

An Euler step computes the layers in the order of the equations: somata upwards from this step's
input, apical dendrites downwards from this step's bursts, then the weights. With dt = τ a step is
the discrete model.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lava_bccn.dynamics.rate import NO_TEACHER
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.learning import Pathway
from lava_bccn.network.plasticity import LayerPlasticity
from lava_bccn.network.time import ContinuousTime
from lava_bccn.nn.layers import BurstConv2d, BurstLayer
from lava_bccn.nn.models import burst_layers
from lava_bccn.nn.observation import LayerDeliveries, layer_ensembles
from lava_bccn.nn.samples import first_layer_inputs
from lava_bccn.sim.learner import adapt
from lava_bccn.sim.propagation import propagate


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
            ``network.plasticity(network, config)`` makes it; None: nothing learns.

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
    outputs = layers[-1].weight.shape[0]
    if targets is None:
        targets = inputs.new_full((len(inputs), outputs), NO_TEACHER)
    if targets.shape != (len(inputs), outputs):
        raise InvalidInputError(
            f"targets have shape {tuple(targets.shape)}; expected ({len(inputs)}, {outputs}), a "
            "row a time step"
        )
    if rules is not None and len(rules) != len(layers):
        raise InvalidInputError(f"{len(rules)} rules for {len(layers)} layers; pass one a layer")
    ensembles = layer_ensembles(layers, time)
    presented = first_layer_inputs(model, inputs)
    deliveries = LayerDeliveries(layers, (1, *presented.shape[1:]))
    states: list[LayerStates] | None = None
    history: list[list[LayerStates]] = [[] for _ in layers]
    for step in range(len(inputs)):
        now = slice(step, step + 1)
        states, _ = propagate(ensembles, deliveries, presented[now], targets[now], states)
        if rules is not None:
            arrays = [_plastic_arrays(layer) for layer in layers]
            before = [dict(each) for each in arrays]
            adapt(rules, ensembles, arrays, presented[now], states, step)
            for old, new in zip(before, arrays, strict=True):
                for name, matrix in old.items():
                    matrix.copy_(new[name])
        for kept, state in zip(history, states, strict=True):
            kept.append(state)
    return [_joined(kept) for kept in history]


def _plastic_arrays(layer: BurstLayer) -> dict[Pathway, Tensor]:
    """What of a layer can learn by itself: not what is tied to another."""
    arrays: dict[Pathway, Tensor | None] = {
        "weight": layer.weight,
        "bias": layer.bias,
        "feedback_burst": layer._feedback_burst,
        "feedback_event": layer._feedback_event,
    }
    return {name: array for name, array in arrays.items() if array is not None}


def _joined(history: Sequence[LayerStates]) -> LayerStates:
    def joined(name: str) -> Tensor | None:
        values = [getattr(state, name) for state in history]
        return None if not values or values[0] is None else torch.cat(values)

    return LayerStates(**{name: joined(name) for name in vars(history[0])})

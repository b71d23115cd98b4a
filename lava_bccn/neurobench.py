"""NeuroBench's metrics of mapped networks, counted on their own integers.

The definitions are those of Yik et al., Nature Communications 16, 1545 (2025), as version 2 of the
package ``neurobench`` computes them:

    footprint             bytes of weights and biases
    connection sparsity   zeros among the weights, as a share
    activation sparsity   zeros among the event rates of all layers and samples, as a share
    synaptic operations   dense: weights times units that they reach, a sample; effective: those of
                          them where neither the weight nor what arrives is 0

An effective operation is a multiply-accumulate (MAC), or an accumulate (AC) where a layer is sent
nothing but 0 and 1. Biases are no operations. What is ours beside it, and has no name there:
feedback, bursts and what learning has to hold.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_bccn.dynamics.states import LayerStates
from lava_bccn.network.layer import MappedLayer, backward, forward
from lava_bccn.network.network import MappedNetwork
from lava_bccn.settings import check, instance
from lava_bccn.sim.settled import settle
from lava_bccn.validation import event_rates, teacher

_BATCH = 256


@dataclass(frozen=True)
class Counts:
    """Of a layer, or of all; what is of samples is the sum over them.

    Attributes:
        bytes: of W and c.
        feedback_bytes: of Y and Q.
        trace_bytes: what learning holds beside them: a byte for the trace of each input and one for
            the burst deviation of each unit; the tags and weights of Loihi's learning engine.
        weights, zero_weights: entries of W, and those that are 0.
        feedback_weights, zero_feedback_weights: the same of Y and Q.
        activations: units, times samples.
        silent, without_bursts, at_baseline: of these, how many have an event rate, a burst rate or,
            with the teacher on, a burst deviation of 0.
        dense, macs, acs: synaptic operations of W: all, and effective ones of either kind.
        feedback_dense, feedback_effective: of Y and Q, with the teacher on.
    """

    bytes: int = 0
    feedback_bytes: int = 0
    trace_bytes: int = 0
    weights: int = 0
    zero_weights: int = 0
    feedback_weights: int = 0
    zero_feedback_weights: int = 0
    activations: int = 0
    silent: int = 0
    without_bursts: int = 0
    at_baseline: int = 0
    dense: int = 0
    macs: int = 0
    acs: int = 0
    feedback_dense: int = 0
    feedback_effective: int = 0

    def __add__(self, other: Counts) -> Counts:
        names = (field.name for field in fields(self))
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True)
class NeuroBenchMetrics:
    """The metrics of a network, in all and layer by layer.

    Attributes:
        samples: that were looked at.
        layers: from the first layer to the output.
        is_taught: whether bursts were counted with a teacher; else none deviates from its baseline.
    """

    samples: int
    layers: tuple[Counts, ...]
    is_taught: bool

    @property
    def total(self) -> Counts:
        """Of all layers."""
        return sum(self.layers, Counts())

    def report(self, counts: Counts) -> dict[str, Any]:
        """The metrics of a layer or of the total, by the names that the package gives them.

        Operations are those of one sample, on average. Sparsity of what there is none of is None.
        """
        a_sample = {
            name: getattr(counts, name) / self.samples
            for name in ("macs", "acs", "dense", "feedback_effective", "feedback_dense")
        }
        metrics: dict[str, Any] = {
            "Footprint": counts.bytes,
            "ConnectionSparsity": _share(counts.zero_weights, counts.weights),
            "ActivationSparsity": _share(counts.silent, counts.activations),
            "SynapticOperations": {
                "Effective_MACs": a_sample["macs"],
                "Effective_ACs": a_sample["acs"],
                "Dense": a_sample["dense"],
            },
        }
        learning = {
            "footprint": counts.bytes + counts.feedback_bytes + counts.trace_bytes,
            "feedback_connection_sparsity": _share(
                counts.zero_feedback_weights, counts.feedback_weights
            ),
            "burst_sparsity": _share(counts.without_bursts, counts.activations),
            "burst_deviation_sparsity": (
                _share(counts.at_baseline, counts.activations) if self.is_taught else None
            ),
            "feedback_operations": {
                "effective": a_sample["feedback_effective"],
                "dense": a_sample["feedback_dense"],
            },
        }
        return metrics | {"learning": learning}


def neurobench_metrics(
    network: MappedNetwork, inputs: ArrayLike, targets: ArrayLike | None = None
) -> NeuroBenchMetrics:
    """Settle samples in the simulator and count.

    Args:
        network: a mapped one.
        inputs: event rates in [0, 1], (samples, inputs) or images.
        targets: (samples, outputs) of the teacher, for bursts and feedback; None without one.

    Raises:
        InvalidInputError: inputs or targets that do not fit the network.
    """
    check("network", network, instance(MappedNetwork))
    rates = event_rates(inputs, network.input_shape)
    taught = None if targets is None else teacher(targets, len(rates), network.output_size)
    layers = [_held(network, layer) for layer in network.layers]
    binary = [True] * len(layers)
    for start in range(0, len(rates), _BATCH):
        part = slice(start, start + _BATCH)
        samples = network.quantise_inputs(rates[part])
        aim = None if taught is None else network.quantise_targets(taught[part])
        states, _ = settle(network, samples, aim)
        below = [samples, *(state.event_rate for state in states)]
        for index, layer in enumerate(network.layers):
            layers[index] += _sent(layer, below[index], states[index])
            layers[index] += _at_rest(network, index, states[index])
            binary[index] &= bool(np.isin(below[index], (0, 1)).all())
    kinds = (
        replace(counts, acs=counts.macs, macs=0) if is_binary else counts
        for counts, is_binary in zip(layers, binary, strict=True)
    )
    return NeuroBenchMetrics(len(rates), tuple(kinds), taught is not None)


def _held(network: MappedNetwork, layer: MappedLayer) -> Counts:
    """What a layer holds, whatever the samples."""
    feedback = layer.feedback_matrices or ()
    engine = {} if layer.engine is None else layer.engine.arrays
    trace = 1 if network.number_format is not None else layer.weight.itemsize
    return Counts(
        bytes=layer.weight.nbytes + layer.bias.nbytes,
        feedback_bytes=sum(each.nbytes for each in feedback),
        trace_bytes=trace * (layer.units_below + layer.units)
        + sum(array.nbytes for array in engine.values()),
        weights=layer.weight.size,
        zero_weights=_zeros(layer.weight),
        feedback_weights=sum(each.size for each in feedback),
        zero_feedback_weights=sum(map(_zeros, feedback)),
    )


def _sent(layer: MappedLayer, below: NDArray[Any], state: LayerStates) -> Counts:
    """Synaptic operations of W, and of the Y and Q that a layer sends down by.

    Operations are linear in what arrives, so arrivals are summed over the samples first.
    """
    samples = len(below)
    effective = forward(_ones(layer, layer.weight), _arrivals(below)).sum()
    everywhere = np.full(layer.units_below, samples)
    dense = forward(_ones(layer, np.ones_like(layer.weight)), everywhere).sum()
    down = down_dense = 0
    matrices = layer.feedback_matrices or ()
    for matrix, rates in zip(matrices, (state.burst_rate, state.event_rate), strict=False):
        ones = np.ones_like(matrix, dtype=np.int64)
        down += int(backward(layer, np.where(matrix != 0, ones, 0), _arrivals(rates)).sum())
        down_dense += int(backward(layer, ones, np.full(layer.units, samples)).sum())
    return Counts(
        dense=int(dense), macs=int(effective), feedback_effective=down, feedback_dense=down_dense
    )


def _at_rest(network: MappedNetwork, index: int, state: LayerStates) -> Counts:
    """Units that send nothing."""
    deviation = network.ensembles(index).burst_deviation(state.burst_rate, state.event_rate)
    return Counts(
        activations=state.event_rate.size,
        silent=_zeros(state.event_rate),
        without_bursts=_zeros(state.burst_rate),
        at_baseline=_zeros(deviation),
    )


def _ones(layer: MappedLayer, weight: NDArray[Any]) -> MappedLayer:
    return replace(layer, weight=(weight != 0).astype(np.int64))


def _arrivals(rates: Any) -> NDArray[np.int64]:
    """In how many samples each unit sends something."""
    return np.count_nonzero(rates, axis=0)


def _zeros(array: Any) -> int:
    return int(array.size - np.count_nonzero(array))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None

"""Online learning in Loihi 2 integers, compiled: the bits of ``sim.learner`` and of Lava, fast."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.branches import branch_shift, branch_slices
from lava_bccn.dynamics.noise import integer_amplitude
from lava_bccn.dynamics.rate import NO_TEACHER
from lava_bccn.dynamics.sigmoid import SIGMOID
from lava_bccn.dynamics.states import LayerStates
from lava_bccn.dynamics.synapses import IntegerBiases, IntegerSynapses, Saturations
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.learned import with_weights
from lava_bccn.network.learning import PATHWAYS, LearningConfig, Pathway
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.plasticity import LayerPlasticity, plasticity
from lava_bccn.sim.borrowed import borrow
from lava_bccn.sim.compiled.layer import SHORT, Branches, Kernel, Layer, Rule, Work
from lava_bccn.sim.compiled.loop import learn_samples_of
from lava_bccn.sim.compiled.rows import BLOCK
from lava_bccn.sim.compiled.states import settled_states
from lava_bccn.sim.notices import tell_of_compiling

_NO_RULE = Rule(False, False, 1, 0, 0, 0, -1, False, False)


class CompiledLearner:
    """As :class:`~lava_bccn.sim.learner.Learner`, of fixed-point networks, many samples at a time.

    Args:
        network, config, learned: as of ``Learner``.

    Raises:
        InvalidInputError: see :func:`~lava_bccn.network.plasticity.plasticity`.
    """

    def __init__(self, network: MappedNetwork, config: LearningConfig, learned: int = 0) -> None:
        assert network.number_format is not None
        tell_of_compiling()
        self._network = network
        self._config = config
        rules = plasticity(network, config)
        kinds = [network.activation_of(index) for index in range(len(network.layers))]
        # σ that rounds to no amplitude is none, and then nothing holds rates without it.
        noise = integer_amplitude(config.forward_noise, network.number_format.event_bits)
        self._learn_samples = learn_samples_of(
            SIGMOID if kinds[0].is_readout else kinds[0],
            kinds[-1],
            convolutions=bool(network.convolutions),
            branches=any(each.branches > 1 for each in rules),
            noise=noise > 0,
        )
        self._layers = [
            _layer(network, index, plastic, noise) for index, plastic in enumerate(rules)
        ]
        self._borrowed = borrow(self._layers)
        self.learned: int = learned

    def learn(self, samples: NDArray[Any], targets: NDArray[Any]) -> NDArray[np.int64]:
        """Show samples with their teachers one after the other, learning from each.

        Args:
            samples: (samples, inputs), in the network's own units.
            targets: (samples, outputs), likewise.

        Returns:
            The output's event rates for each sample before learning from it, (samples, outputs).
        """
        outputs = np.empty(targets.shape, dtype=np.int64)
        numbers = range(self.learned, self.learned + len(samples))
        taught = np.array([not self._config.realigns(each) for each in numbers], dtype=np.bool_)
        if not taught.all():
            targets = np.where(taught[:, None], targets, np.int64(NO_TEACHER))
        self._learn_samples(
            self._borrowed,
            np.ascontiguousarray(samples, dtype=np.uint16),
            np.ascontiguousarray(targets, dtype=np.int64),
            taught,
            outputs,
            self.learned,
            np.array(self._config.halve_at, dtype=np.int64),
            self._config.seed,
        )
        self.learned += len(samples)
        return outputs

    def states(self) -> list[LayerStates]:
        """The states that the last sample settled to, arrays (1, units)."""
        return settled_states(self._layers)

    def network(self) -> MappedNetwork:
        """The network as it is now."""
        weights: list[dict[Pathway, NDArray[Any]]] = []
        for layer, mapped in zip(self._layers, self._network.layers, strict=True):
            event = layer.feedback_burst if layer.balanced else layer.feedback_event
            weight, burst, event = (
                _of_network(matrix, mapped, layer.by_unit)
                for matrix in (layer.weight, layer.feedback_burst, event)
            )
            arrays = (weight, layer.bias.copy(), burst, event)
            weights.append(dict(zip(PATHWAYS, arrays, strict=True)))
        return with_weights(self._network, weights)

    def saturations(self) -> tuple[dict[Pathway, Saturations], ...]:
        """What did not fit while learning, a dictionary a layer."""
        result = []
        for layer in self._layers:
            rules = (layer.weight_rule, layer.bias_rule, layer.burst_rule, layer.event_rule)
            counts: dict[Pathway, Saturations] = {
                name: Saturations(*(int(count) for count in row))
                for name, row, rule in zip(PATHWAYS, layer.saturations, rules, strict=True)
                if rule.active
            }
            if layer.balanced and layer.event_rule.active:
                counts["feedback_event"] = counts["feedback_burst"]
            result.append(counts)
        return tuple(result)

    def potential_saturations(self) -> NDArray[np.int64]:
        """Potentials of each layer that saturated, (layers,)."""
        return np.array([int(layer.potentials[0]) for layer in self._layers], dtype=np.int64)


def _layer(network: MappedNetwork, index: int, plastic: LayerPlasticity, noise: int) -> Layer:
    layer, units = network.layers[index], network.number_format
    assert units is not None
    nothing = np.zeros_like(layer.weight)
    burst, event = layer.feedback_matrices or (nothing, nothing)
    balanced = plastic.feedback_burst == plastic.feedback_event and np.array_equal(burst, event)

    def states() -> NDArray[np.int64]:
        return np.zeros(layer.units, dtype=np.int64)

    by_unit = layer.geometry is not None or layer.units < SHORT
    return Layer(
        weight=_laid_out(layer.weight, by_unit),
        bias=layer.bias.astype(np.int64),
        feedback_burst=_laid_out(burst, by_unit),
        feedback_event=_laid_out(event, by_unit),
        soma=states(),
        event_rate=states(),
        apical=states(),
        burst_prob=states(),
        burst_rate=states(),
        deviation=states(),
        saturations=np.zeros((len(PATHWAYS), 2), dtype=np.int64),
        potentials=np.zeros(1, dtype=np.int64),
        constants=network.ensembles(index).constants,
        max_weight=units.max_weight,
        by_unit=by_unit,
        balanced=bool(balanced),
        weight_rule=_rule(plastic.weight),
        bias_rule=_rule(plastic.bias),
        burst_rule=_rule(plastic.feedback_burst),
        event_rule=_rule(plastic.feedback_event),
        kernel=_kernel(layer),
        work=_work(layer, by_unit, noise),
        branches=_branches(layer, plastic.branches),
        noise=noise,
    )


def _branches(layer: MappedLayer, count: int) -> Branches:
    blocks = branch_slices(layer.units, count) if count > 1 else ()
    sizes = [block.stop - block.start for block in blocks]
    return Branches(
        first=np.array([0, *(block.stop for block in blocks)], dtype=np.int64),
        faster=np.array([branch_shift(layer.units, size) for size in sizes], dtype=np.int64),
        apical=np.zeros((len(blocks), layer.units_below), dtype=np.int64),
    )


def _work(layer: MappedLayer, by_unit: bool, noise: int) -> Work:
    units, below = layer.units, math.prod(layer.shape_below)
    columns = layer.weight[0].size if by_unit else units
    step = len(layer.weight) if by_unit else 1

    def numbers(length: int, dtype: type = np.int32) -> NDArray[Any]:
        return np.zeros(length, dtype=dtype)

    room = max(units, below, columns) + BLOCK
    geometry = layer.geometry
    windows = (0, 0, 0) if geometry is None else (geometry.groups, layer.places, columns)
    return Work(
        events=numbers(below),
        clean=numbers(below if noise else 0),
        sums=numbers(units),
        sent=numbers(units),
        bursts=numbers(units),
        balance=numbers(units),
        above=numbers(units),
        below=numbers(below),
        biases=numbers(units // layer.places, np.int64),
        steps=np.arange(columns, dtype=np.uint32) * np.uint32(step),
        where=numbers(room, np.int64),
        active=numbers(room),
        active_steps=numbers(room, np.uint32),
        changes=numbers(room),
        marks=numbers(room, np.uint8),
        windows=np.zeros(windows, dtype=np.int16),
    )


def _laid_out(weight: NDArray[Any], by_unit: bool) -> NDArray[np.int8]:
    """A matrix or kernel as :class:`Layer` holds it."""
    if weight.ndim == 2:
        return np.array(weight if by_unit else weight.T, dtype=np.int8, order="C")
    rows = weight.transpose(0, 2, 3, 1).reshape(len(weight), -1)
    return np.array(rows, dtype=np.int8, order="C")


def _of_network(weight: NDArray[np.int8], layer: MappedLayer, by_unit: bool) -> NDArray[np.int8]:
    """A copy of what :class:`Layer` holds, as the network does."""
    if layer.geometry is None:
        return np.array(weight if by_unit else weight.T, order="C")
    channels, below, height, width = layer.weight.shape
    return weight.reshape(channels, height, width, below).transpose(0, 3, 1, 2).copy()


def _kernel(layer: MappedLayer) -> Kernel:
    geometry = layer.geometry
    if geometry is None:
        return Kernel()
    (stride_y, stride_x), (pad_y, pad_x) = geometry.stride, geometry.padding
    _, height_below, width_below = geometry.input_shape
    _, channels_below, kernel_height, kernel_width = layer.weight.shape
    _, height, width = layer.shape
    return Kernel(
        groups=geometry.groups,
        channels_below=channels_below,
        height_below=height_below,
        width_below=width_below,
        kernel_height=kernel_height,
        kernel_width=kernel_width,
        stride_y=stride_y,
        stride_x=stride_x,
        pad_y=pad_y,
        pad_x=pad_x,
        height=height,
        width=width,
    )


def _rule(rule: object) -> Rule:
    if rule is None:
        return _NO_RULE
    assert isinstance(rule, IntegerSynapses | IntegerBiases)
    schedule = rule.schedule
    return Rule(
        active=True,
        homeostatic=isinstance(rule, IntegerSynapses) and rule.rule == "homeostatic",
        sign=rule.sign if isinstance(rule, IntegerSynapses) else 1,
        places=rule.places(0),
        trace_exponent=rule.trace_exponent,
        connection=rule.connection,
        decay=-1 if schedule.decay is None else schedule.decay_places(0),
        bursts=isinstance(rule, IntegerSynapses) and rule.presynaptic == "burst_rate",
        hears_noise=isinstance(rule, IntegerSynapses) and rule.hears_noise,
    )

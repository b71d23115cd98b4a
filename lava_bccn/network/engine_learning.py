"""How a mapped network learns inside Loihi's own learning engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.arithmetic import is_integer
from lava_bccn.dynamics.engine_plasticity import (
    MAX_SENT_TRACE,
    EnginePlasticity,
    deviation_trace,
    placed,
)
from lava_bccn.dynamics.fixed_point import SYNAPTIC_SUM_BITS, FixedPointFormat
from lava_bccn.dynamics.integer_plasticity import MAX_TRACE
from lava_bccn.dynamics.schedule import Schedule
from lava_bccn.dynamics.stochastic_rounding import connection_key, draw
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.engine_options import EngineOptions
from lava_bccn.network.engine_state import ENGINE_WEIGHT_BITS
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.learning import LearningConfig
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.plasticity import check_activations, plasticity
from lava_bccn.settings import check, instance

CONNECTIONS_A_LAYER = 8
"""Of which each layer has the numbers to key random draws by."""


@dataclass(frozen=True)
class EngineLayer:
    """The plasticity of one layer.

    Attributes:
        options: of the network.
        schedule: learning rate over time.
        weight_exponent, trace_exponent: of the layer (``MappedLayer.deviation_exponent``).
        units: of the network.
        follows: whether its Y gets the updates of its W (Kolen–Pollack); else it stays.
        seed: of all draws.
        number: of the layer, from 0.
    """

    options: EngineOptions
    schedule: Schedule
    weight_exponent: int
    trace_exponent: int
    units: FixedPointFormat
    follows: bool
    seed: int
    number: int

    @property
    def synapse_stream(self) -> int:
        """What keys the draws of a W, and of the Y that follows it, with seed and sample."""
        return CONNECTIONS_A_LAYER * self.number

    @property
    def trace_stream(self) -> int:
        """What keys the draws that round its traces."""
        return CONNECTIONS_A_LAYER * self.number + 2

    @property
    def trace_limit(self) -> int:
        """Largest magnitude of a trace."""
        return MAX_SENT_TRACE if self.follows else MAX_TRACE

    def at(self, sample: int) -> EnginePlasticity:
        """The rules when sample ``sample`` (from 0) is learned."""
        options = self.options
        return placed(
            options.engine,
            self.schedule.rate_at(sample),
            self.weight_exponent,
            self.units,
            options.arithmetic,
            trace_exponent=self.trace_exponent,
            half=options.half,
            decay=options.decay,
            weight_bits=self.units.weight_bits,
        )

    def trace(self, deviation: NDArray[Any], sample: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """The traces of the layer's units when sample ``sample`` (from 0) is learned.

        Args:
            deviation: b − p^b e, (units,); in floating point it is the trace.
            sample: samples learned before.

        Returns:
            The traces, and what they would be without their limit.
        """
        if not is_integer(deviation):
            return deviation, deviation
        random = None
        if self.options.rounds_traces == "synapse":
            key = draw_key(self.seed, sample, self.trace_stream)
            random = draw(key, np.arange(len(deviation), dtype=np.uint32))
        exponent = self.at(sample).trace_exponent
        return deviation_trace(deviation, exponent, self.trace_limit, random)


def draw_key(seed: int, sample: int, stream: int) -> NDArray[np.uint32]:
    """Keys the draws of one stream when a sample is learned."""
    words = np.array([[seed], [sample % 2**32], [stream]], dtype=np.uint32)
    return connection_key(*words)


def engine_layers(network: MappedNetwork, config: LearningConfig) -> tuple[EngineLayer, ...]:
    """The plasticity of every layer.

    Args:
        network: in integers.
        config: with ``rule="engine"``.

    Raises:
        InvalidInputError: a network that the engine has no rule for, or rates that it cannot
            express.
    """
    check("network", network, instance(MappedNetwork))
    check("config", config, instance(LearningConfig))
    if config.rule != "engine":
        raise InvalidInputError(
            f"rule is {config.rule!r}; the learning engine learns by LearningConfig(rule='engine')"
        )
    units = network.number_format
    if units is None or units.event_bits != 8:
        had = "floating point" if units is None else f"event rates of {units.event_bits} bits"
        raise InvalidInputError(
            f"the learning engine reads event rates of 8 bits, and this network has {had}; map it "
            "with precision='fixed' and event_bits=8"
        )
    if network.convolutions:
        raise InvalidInputError(
            f"layer {network.convolutions[0]} is a convolution, whose synapses many places share; "
            "the learning engine changes each synapse where it is: take layers that are matrices, "
            "or rule 'hash', by which kernels learn on backend 'sim'"
        )
    check_activations(network)
    _check_plain(network)
    options = config.engine
    EnginePlasticity(options.engine, half=options.half, weight_bits=units.weight_bits)
    layers = []
    for index, layer in enumerate(network.layers):
        _check_sums(layer, index + 1, options, units)
        if index:
            _check_feedback(network, index)
        layers.append(
            EngineLayer(
                options,
                config.schedule("weight", index, len(network.layers)),
                layer.weight_exponent,
                layer.deviation_exponent,
                units,
                follows=bool(index) and layer.feedback == "kolen_pollack",
                seed=config.seed,
                number=index,
            )
        )
        for sample in (0, *config.halve_at):
            _check_rate(layers[-1], sample)
    return tuple(layers)


def _check_plain(network: MappedNetwork) -> None:
    """That a network has nothing that the engine's neurons have no program for."""
    layers = range(len(network.layers))
    kinds = [network.activation_of(index) for index in layers]
    wanted = {
        "activation " + " and ".join(dict.fromkeys(repr(kind.name) for kind in kinds)): any(
            kind.deviation or kind.taught_deviation for kind in kinds
        ),
        "error_scale": network.error_scale != 1,
        "feedback_gain": any(layer.feedback_gain != 1 for layer in network.layers),
        "branches": any(layer.branches > 1 for layer in network.layers),
    }
    for name, is_wanted in wanted.items():
        if is_wanted:
            raise InvalidInputError(
                f"the learning engine has no form of this network's {name}; learn by rule 'hash', "
                "or make the network without it"
            )


def _check_rate(layer: EngineLayer, sample: int) -> None:
    try:
        layer.at(sample)
    except InvalidInputError as error:
        when = f"from sample {sample} on (--final-rate; halve_at)" if sample else "at first"
        raise InvalidInputError(
            f"{error}; layer {layer.number + 1} would learn with it {when}: choose weight_rate "
            "(--rate) and hidden_boost, whose difference is n, so that it has them"
        ) from error


def _check_sums(
    layer: MappedLayer, number: int, options: EngineOptions, units: FixedPointFormat
) -> None:
    """Prove that no synaptic sum leaves 32 bits, whatever the weights become."""
    largest = 2 ** (ENGINE_WEIGHT_BITS - 1)
    fan_ins = {
        "units below": (layer.units_below + options.constants, units.max_event),
        "units": (0 if layer.feedback_burst is None else layer.units, units.max_burst),
    }
    for name, (count, payload) in fan_ins.items():
        most = (2 ** (SYNAPTIC_SUM_BITS - 1) - 1) // (largest * payload)
        if count > most:
            raise InvalidInputError(
                f"layer {number} has {count} {name}, constant inputs included; in the learning "
                f"engine, whose weights have 9 bits, sums of more than {most} could leave "
                f"{SYNAPTIC_SUM_BITS} bits: take fewer"
            )


def check_learning(network: MappedNetwork, config: LearningConfig) -> None:
    """That a network can learn as a configuration says, by either rule.

    Raises:
        InvalidInputError: see :func:`engine_layers` and ``plasticity.plasticity``.
    """
    (engine_layers if config.rule == "engine" else plasticity)(network, config)


def _check_feedback(network: MappedNetwork, index: int) -> None:
    layer, number = network.layers[index], index + 1
    if layer.feedback_matrices is None:
        raise InvalidInputError(
            f"layer {number} was mapped without feedback, so the layers below it cannot learn; "
            "make a network that has it (bccn new)"
        )
    burst, event = layer.feedback_matrices
    learns = layer.learn_feedback_burst or layer.learn_feedback_event
    if layer.feedback == "tied" or learns or (burst != event).any():
        kind = f"feedback {layer.feedback!r}, Q {layer.feedback_event_regime!r}"
        raise InvalidInputError(
            f"the learning engine has no rule for layer {number} ({kind}"
            f"{', which learns' if learns else ''}); it has Y 'random', 'symmetric' or "
            "'kolen_pollack', without homeostatic learning, and a Q that is p_baseline * Y"
        )
    if layer.feedback == "kolen_pollack" and layer.weight_exponent != layer.feedback_exponent:
        raise InvalidInputError(
            f"feedback of layer {number} follows W, but its weights are in units of "
            f"2^{layer.feedback_exponent} and those of W in units of 2^{layer.weight_exponent}; "
            "map the model again with this feedback regime"
        )

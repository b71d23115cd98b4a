"""What of a network under Dale's law learns online, and how."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.dale import PART_RATE
from lava_bccn.dynamics.integer_plasticity import TRACE_BITS
from lava_bccn.dynamics.synapses import (
    Biases,
    FloatBiases,
    FloatSynapses,
    IntegerBiases,
    IntegerSynapses,
    Synapses,
)
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.dale.checks import check_sums, largest_weight
from lava_bccn.network.dale.layer import DaleLayer
from lava_bccn.network.dale.network import DaleNetwork
from lava_bccn.network.gains import gain_exponent, update_gains
from lava_bccn.network.learning import LearningConfig
from lava_bccn.network.rates import PlacedRule, check_rates

_CONNECTIONS_A_LAYER = 8
_CONNECTION = {"weight_exc": 0, "bias": 2, "weight_from_pv": 4}
"""Numbers of a layer's connections that key their random draws; their decay has the next."""

SIGNS = {"weight_exc": 1, "weight_from_pv": -1}
"""Of what a matrix's strengths do to a soma. Synapses that learn hold them with this sign: then one
rule is that of both, Δ = ½ (b − p^b e) xᵀ, of the rates that they hear."""


@dataclass(frozen=True)
class DalePlasticity:
    """The plasticity of one layer's connections; None is what does not learn.

    Attributes:
        weight_exc: of W⁺, from event rates below.
        weight_from_pv: of −W⁻, from PV.
        bias: of c.
    """

    weight_exc: Synapses | None
    weight_from_pv: Synapses | None
    bias: Biases | None


def plasticity(network: DaleNetwork, config: LearningConfig) -> tuple[DalePlasticity, ...]:
    """The plasticity of every layer: W⁺ and W⁻, clipped at 0, and biases.

    Gains set how far bursts move and not how fast anything learns (``network.gains``).

    Raises:
        InvalidInputError: a configuration for the learning engine, in which nothing here learns, or
            of learning rates that cannot work in this network's integers.
    """
    if config.rule != "hash":
        raise InvalidInputError(
            "a network under Dale's law learns by rule='hash': Loihi's learning engine has no rule "
            "that keeps a sign"
        )
    if config.forward_noise or config.realign_samples:
        raise InvalidInputError(
            "networks under Dale's law learn online without noise, and have no homeostatic Y or Q "
            "to realign; leave out forward_noise, realign_every and realign_samples"
        )
    if not set(config.learns) & {"weight", "bias"}:
        raise InvalidInputError(
            f"nothing would learn: of {', '.join(config.learns)}, networks under Dale's law have "
            "nothing that learns online; take learns=('weight', 'bias')"
        )
    layers = tuple(_layer(network, index, config) for index in range(len(network.layers)))
    units = network.number_format
    if units is not None:
        rules = [
            PlacedRule(rule, "bias" if name == "bias" else "weight", index)
            for index, plastic in enumerate(layers, start=1)
            for name, rule in vars(plastic).items()
            if rule is not None
        ]
        check_rates(rules, config, largest_weight(units) // 2)  # a range of one sign only
        for index, layer in enumerate(network.layers, start=1):
            most = largest_weight(units)
            full = {name: np.full_like(getattr(layer, name), most) for name in SIGNS}
            check_sums(replace(layer, **full), index, units)
    return layers


def _layer(network: DaleNetwork, index: int, config: LearningConfig) -> DalePlasticity:
    exc = from_pv = bias = None
    if "weight" in config.learns:
        exc, from_pv = (_synapses(network, index, config, name) for name in SIGNS)
    if "bias" in config.learns:
        bias = _biases(network, index, config)
    return DalePlasticity(exc, from_pv, bias)


def _gain(network: DaleNetwork, index: int) -> float:
    gains = [each.feedback_gain for each in network.layers[:-1]]
    return update_gains([*gains, network.error_scale])[index]


def _synapses(network: DaleNetwork, index: int, config: LearningConfig, name: str) -> Synapses:
    layer, units = network.layers[index], network.number_format
    schedule = config.schedule("weight", index, len(network.layers))
    gain = _gain(network, index)
    if units is None:
        return FloatSynapses("burst_dependent", PART_RATE / gain, schedule, kept_sign=SIGNS[name])
    fraction_bits = units.event_bits + units.burst_extra_bits
    halved = round(-np.log2(PART_RATE))
    return IntegerSynapses(
        rule="burst_dependent",
        sign=1,
        schedule=schedule,
        event_bits=units.event_bits,
        trace_exponent=layer.deviation_exponent,
        unit_places=fraction_bits
        - layer.deviation_exponent
        + layer.weight_exponent
        + TRACE_BITS
        + halved
        + gain_exponent(gain),
        max_weight=largest_weight(units),
        seed=config.seed,
        connection=_CONNECTIONS_A_LAYER * index + _CONNECTION[name],
        kept_sign=SIGNS[name],
    )


def _biases(network: DaleNetwork, index: int, config: LearningConfig) -> Biases:
    layer, units = network.layers[index], network.number_format
    schedule = config.schedule("bias", index, len(network.layers))
    gain = _gain(network, index)
    if units is None:
        return FloatBiases(schedule, factor=1 / gain)
    fraction_bits = units.event_bits + units.burst_extra_bits
    return IntegerBiases(
        schedule=schedule,
        trace_exponent=layer.deviation_exponent,
        unit_places=fraction_bits
        - layer.deviation_exponent
        - layer.soma_fraction_bits
        + gain_exponent(gain),
        seed=config.seed,
        connection=_CONNECTIONS_A_LAYER * index + _CONNECTION["bias"],
    )


def held(layer: DaleLayer, dtype: type[np.generic]) -> dict[str, NDArray[Any]]:
    """What of a layer may learn, matrices with their sign."""
    signed = {name: sign * getattr(layer, name).astype(dtype) for name, sign in SIGNS.items()}
    return {**signed, "bias": layer.bias.astype(dtype)}


def strengths(arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """:func:`held` back as a layer holds it: strengths."""
    return {name: SIGNS.get(name, 1) * array for name, array in arrays.items()}

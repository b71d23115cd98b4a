"""What the hardware form of a network needs, and which networks have one.

The form is built of stock neurons and synapses (``processes.hardware_burst_ccn``); this is the part
of it that needs no Lava.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.activations import ACTIVATIONS
from lava_bccn.dynamics.fixed_point import STATE_BITS, FixedPointFormat
from lava_bccn.errors import InvalidInputError
from lava_bccn.loihi2.form import STOCK
from lava_bccn.network.engine_learning import engine_layers
from lava_bccn.network.learning import LearningConfig
from lava_bccn.network.network import MappedNetwork

CONSTANT_BASE_BITS = 7
"""A constant is two 8-bit weights: digits to base 2^7."""

MAX_CONSTANT = 127 * (2**CONSTANT_BASE_BITS + 1)
"""Largest constant, and so the largest bias: two digits of 127."""


def presentation_steps(network: MappedNetwork) -> int:
    """Time steps after which the hardware form of a network has settled on a sample."""
    return STOCK.presentation_steps(len(network.layers), learns=True)


def engine_presentation_steps(network: MappedNetwork) -> int:
    """The same where stock neurons send traces to the learning engine, and constants upwards."""
    traces, constants = 6, 2 * (len(network.layers) - 1)
    return presentation_steps(network) + traces + constants


def check_engine_form(
    network: MappedNetwork, config: LearningConfig, learned: int, samples: int | None
) -> None:
    """Refuse what the hardware form cannot learn inside the learning engine.

    Args:
        network, config: as of ``network.engine_learning.engine_layers``.
        learned: samples learned before.
        samples: of the run; None: any number.

    Raises:
        InvalidInputError: says what, and what would help.
    """
    layers = engine_layers(network, config)
    run = range(learned, learned + samples) if samples is not None else _rates_from(learned, config)
    check_hardware_form(network, learns=True, constants=config.engine.constants)
    instead = "or backend 'lava', whose neurons do"
    if config.engine.rounds_traces != "nearest":
        raise InvalidInputError(
            f"stock neurons draw no random numbers to round traces by; take rounds_traces "
            f"'nearest', {instead}"
        )
    for number, layer in enumerate(layers, start=1):
        if layer.follows:
            raise InvalidInputError(
                f"Y of layer {number} follows W, and stock neurons cannot send it what it learns "
                f"from; take feedback 'random', {instead}"
            )
        exponents = {layer.at(sample).trace_exponent for sample in run}
        if len(exponents) > 1:
            raise InvalidInputError(
                f"the learning rate of layer {number} changes within the run by that of its "
                "neurons, which stock neurons keep; take engine 'tag' (or no halve_at), run each "
                f"rate on its own, {instead}"
            )


def _rates_from(learned: int, config: LearningConfig) -> list[int]:
    """Samples from ``learned`` on, one of every learning rate that there will be."""
    return [learned, *(sample for sample in config.halve_at if sample > learned)]


def constant_digits(values: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Digits (low, high) of constants to base 128, each from −127 to 127.

    Raises:
        InvalidInputError: a constant beyond ``MAX_CONSTANT``.
    """
    largest = int(np.abs(values).max(initial=0))
    if largest > MAX_CONSTANT:
        raise InvalidInputError(
            f"a bias or constant of {largest} does not fit the hardware form, whose constants are "
            f"two 8-bit weights and at most {MAX_CONSTANT}; map it with hardware=True (bccn map "
            "--hardware), or rescale the model"
        )
    if largest <= 127:
        return values, np.zeros_like(values)
    high = np.clip((values + 64) >> CONSTANT_BASE_BITS, -127, 127)
    return values - (high << CONSTANT_BASE_BITS), high


def check_hardware_form(
    network: MappedNetwork, *, learns: bool = False, constants: int = 0
) -> None:
    """Refuse a network that the stock Processes could not compute exactly.

    They do not saturate: a state beyond 24 bits would wrap. So no state may get there, whatever the
    activity.

    Args:
        network: any mapped network.
        learns: its weights will change, so they may become as large as their bits allow.
        constants: inputs of each layer that are always on.

    Raises:
        InvalidInputError: says what does not fit, by how much, and what would help.
    """
    units = network.number_format
    exact = all(_is_exact(network.activation_of(index)) for index in range(len(network.layers)))
    if units is None or not exact:
        raise InvalidInputError(
            f"the hardware form needs a fixed-point network with activation {_names(_is_exact)}; "
            f"this one has precision {network.precision!r} and activation {network.activation!r}. "
            f"Train with bccn train --activation {_names(_is_trained)} and map it with bccn map"
        )
    if network.error_scale != 1 or any(layer.feedback_gain != 1 for layer in network.layers):
        raise InvalidInputError(
            "gains (error_scale, feedback_gain) have no hardware form yet; make the network with "
            "gains of 1, or run it with backend 'sim' or 'lava'"
        )
    if network.convolutions:
        numbers = ", ".join(map(str, network.convolutions))
        raise InvalidInputError(
            f"layer {numbers} of this network is a convolution, which has no hardware form yet: "
            "Lava's Conv has no transpose for the feedback; "
            + ("learn with backend 'sim'" if learns else "run it with backend 'sim' or 'lava'")
        )
    for index, layer in enumerate(network.layers):
        number = index + 1
        constant_digits(np.abs(layer.bias.astype(np.int64)))
        magnitudes = _magnitudes(layer.weight, units, learns).sum(axis=1)
        sums = (magnitudes + constants * units.max_weight) * units.max_event
        _check_state(int(sums.max()), f"synaptic sums of layer {number}", "fewer event_bits")
        stock = network.integer_form(index).stock
        assert stock is not None
        soma_bits = units.event_bits - stock.soma_bits_below_events
        if layer.soma_fraction_bits != soma_bits:
            raise InvalidInputError(
                f"layer {number} has {layer.soma_fraction_bits} fraction bits in its somata; the "
                f"hardware form needs {soma_bits}: map the model for it (bccn map --hardware; in "
                "Python hardware=True)"
            )
        if number < len(network.layers):
            _check_dendrites(network, index, units, learns)


def _check_dendrites(
    network: MappedNetwork, index: int, units: FixedPointFormat, learns: bool
) -> None:
    layer, above = network.layers[index], network.layers[index + 1]
    if network.ensembles(index).constants.gate_places > 0:
        raise InvalidInputError(
            f"apical potentials of layer {index + 1} have too few fraction bits "
            f"({layer.apical_fraction_bits}) for the hardware form; rescale its feedback"
        )
    if above.feedback_matrices is None:
        return
    burst, event = above.feedback_matrices
    imbalance = np.abs(event.astype(np.int64) - burst)
    if learns and above.event_regime.follows == "nothing":
        imbalance = np.full_like(imbalance, 2 * units.max_weight)
    scale = units.max_event << (units.burst_extra_bits - units.baseline_shift)
    worst = (_magnitudes(burst, units, learns) + imbalance).sum(axis=0) * scale
    _check_state(
        int(worst.max()),
        f"apical potentials of layer {index + 1}",
        f"fewer burst_extra_bits (now {units.burst_extra_bits}; bccn map --burst-extra-bits)",
    )


def _names(kind: Callable[[Activation], bool]) -> str:
    """The activations of a kind."""
    return " or ".join(name for name, each in ACTIVATIONS.items() if kind(each))


def _is_exact(activation: Activation) -> bool:
    """Whether stock neurons compute it."""
    return activation.integers is not None and activation.integers.stock is not None


def _is_trained(activation: Activation) -> bool:
    """Whether stock neurons compute it, and networks here learn with it."""
    return _is_exact(activation) and activation.learns


def _magnitudes(
    matrix: NDArray[np.integer[Any]], units: FixedPointFormat, learns: bool
) -> NDArray[np.int64]:
    """Of weights as they are, or as large as they may become."""
    if learns:
        return np.full(matrix.shape, units.max_weight, dtype=np.int64)
    return np.abs(matrix.astype(np.int64))


def _check_state(largest: int, what: str, help_: str) -> None:
    limit = 2 ** (STATE_BITS - 1)
    if largest >= limit:
        raise InvalidInputError(
            f"{what} could reach {largest}, {largest / limit:.1f} times what a state of "
            f"{STATE_BITS} bits holds ({limit - 1}); on the chip they would wrap. What helps: "
            f"{help_}, fewer weight_bits, or fewer inputs per unit"
        )

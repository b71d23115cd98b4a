"""What of a mapped network learns, and how: the rules of every connection with their constants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lava_bccn.dynamics.integer_plasticity import TRACE_BITS
from lava_bccn.dynamics.noise import CONNECTIONS_A_LAYER, ForwardNoise
from lava_bccn.dynamics.schedule import Schedule
from lava_bccn.dynamics.synapses import (
    Biases,
    FloatBiases,
    FloatSynapses,
    IntegerBiases,
    IntegerSynapses,
    Rule,
    Synapses,
)
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.gains import gain_exponent, update_gains
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.learnable import check_growth, check_places, check_same_scale
from lava_bccn.network.learning import PATHWAYS, LearningConfig, Pathway
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.rates import PlacedRule, check_rates, sharing_places
from lava_bccn.network.regimes import FeedbackRegime
from lava_bccn.settings import check, instance

_CONNECTION = {"weight": 0, "bias": 2, "feedback_burst": 4, "feedback_event": 6}
"""Numbers of a layer's connections that key their random draws; the decay of W has 1, the noise of
what it receives 3."""


@dataclass(frozen=True)
class LayerPlasticity:
    """The plasticity of one layer's connections; None is what does not learn.

    A Y that follows W, and a Q that follows Y, have the same rule with the same random draws as
    what they follow, so that each can learn where it is.
    """

    weight: Synapses | None
    bias: Biases | None
    feedback_burst: Synapses | None
    feedback_event: Synapses | None

    @property
    def branches(self) -> int:
        """Of the dendrites below, as far as anything learns by potentials of their own."""
        rules = (self.feedback_burst, self.feedback_event)
        return max((rule.branches for rule in rules if rule is not None), default=1)


def plasticity(network: MappedNetwork, config: LearningConfig) -> tuple[LayerPlasticity, ...]:
    """The plasticity of every layer.

    Raises:
        InvalidInputError: nothing would learn, hidden layers without feedback, learning rates
            that cannot work in this network's integers, a Kolen–Pollack Y on another scale than W,
            kernels that more places share than sums of 32 bits hold, or a configuration for the
            learning engine (``engine_layers``).
    """
    check("network", network, instance(MappedNetwork))
    check("config", config, instance(LearningConfig))
    if config.rule != "hash":
        raise InvalidInputError(
            f"rule {config.rule!r} is not learned by these; lava_bccn.run and bccn run --learn "
            "choose what learns by a rule, or take rule='hash'"
        )
    check_activations(network)
    for index, layer in enumerate(network.layers[1:], start=2):
        if layer.feedback_matrices is None:
            raise InvalidInputError(
                f"layer {index} was mapped without feedback, so the layers below it cannot learn; "
                "make a network that has it (bccn new, bccn map of a model in PyTorch, or "
                "mapping.from_torch(model, inputs, feedback='random'))"
            )
    layers = tuple(_layer(network, index, config) for index in range(len(network.layers)))
    if not any(getattr(layer, name) for layer in layers for name in PATHWAYS):
        raise InvalidInputError(
            f"nothing would learn: of {', '.join(config.learns)}, this network has nothing that "
            "learns; Y and Q do where it was made with learn_feedback_burst, learn_feedback_event"
        )
    check_realignment(layers, config)
    if network.number_format is not None:
        rules = [
            PlacedRule(rule, pathway, index, network.layers[index - 1].places)
            for index, plastic in enumerate(layers, start=1)
            for pathway in PATHWAYS
            if (rule := getattr(plastic, pathway)) is not None
        ]
        for index, layer in enumerate(network.layers, start=1):
            check_places(layer, index)
        check_rates(rules, config, network.number_format.max_weight)
        for index, layer in enumerate(network.layers, start=1):
            check_growth(layer, index, network)
    return layers


def noise_of(network: MappedNetwork, config: LearningConfig | None) -> ForwardNoise | None:
    """The noise of what each W receives while a network learns; None without."""
    if config is None or config.forward_noise == 0:
        return None
    return ForwardNoise(config.forward_noise, config.seed, network.number_format)


def check_continuous(network: MappedNetwork, config: LearningConfig) -> None:
    """That a configuration learns in continuous time.

    Raises:
        InvalidInputError: it takes what only presentations of whole samples have.
    """
    wanted = {
        "forward_noise": config.forward_noise > 0,
        "realign_samples": config.realign_samples > 0,
        "branches": any(
            layer.branches > 1 and (layer.learn_feedback_burst or layer.learn_feedback_event)
            for layer in network.layers
        ),
    }
    for name, is_wanted in wanted.items():
        if is_wanted:
            raise InvalidInputError(
                f"{name} belongs to samples that are held until they have settled, and in "
                "continuous time inputs change at every step: leave time out, or learn without it"
            )


def check_realignment(layers: Sequence[LayerPlasticity], config: LearningConfig) -> None:
    """That something realigns in samples without a teacher.

    Raises:
        InvalidInputError: nothing does.
    """
    feedback = [rule for each in layers for rule in (each.feedback_burst, each.feedback_event)]
    if config.realign_samples and not any(
        rule is not None and rule.rule == "homeostatic" for rule in feedback
    ):
        raise InvalidInputError(
            "realign_samples present samples for a homeostatic Y or Q to learn from, and this "
            "network has none that learns; make it with learn_feedback_burst or "
            "learn_feedback_event, or leave realign_every and realign_samples out"
        )


def check_activations(network: MappedNetwork) -> None:
    """That the layers of a network have an activation with which it can learn.

    Raises:
        InvalidInputError: they have not.
    """
    kinds = [network.activation_of(index) for index in range(len(network.layers))]
    names = {kind.name for kind in kinds}
    alike = {kind.name for kind in (kinds[:-1] if kinds[-1].is_readout else kinds)}
    for index, kind in enumerate(kinds):
        is_misplaced = kind.is_readout and index + 1 < len(kinds)
        if not kind.learns or len(alike) > 1 or is_misplaced:
            raise InvalidInputError(
                f"a network of {' and '.join(sorted(names))} infers only: its layers need one "
                "activation that burst probabilities teach, such as sigmoid, to learn"
            )


def _layer(network: MappedNetwork, index: int, config: LearningConfig) -> LayerPlasticity:
    layer = network.layers[index]
    weight = bias = burst = event = None
    if "weight" in config.learns:
        weight = _synapses(network, index, config, "weight")
    if "bias" in config.learns:
        bias = _biases(network, index, config)
    if layer.feedback_matrices is not None:
        learns_burst = "feedback_burst" in config.learns
        if _follows(layer.burst_regime, learns=learns_burst):
            burst = weight
            regime = layer.burst_regime
            if weight is not None and regime is not None and regime.follows == "updates":
                assert isinstance(weight, FloatSynapses | IntegerSynapses)
                burst = replace(weight, hears_noise=False)
            check_same_scale(layer, index + 1, network)
        elif layer.learn_feedback_burst and learns_burst:
            burst = _synapses(network, index, config, "feedback_burst")
        if _follows(layer.event_regime, learns="feedback_event" in config.learns):
            event = _times_p_baseline(burst, network.p_baseline)
        elif layer.learn_feedback_event and "feedback_event" in config.learns:
            event = _synapses(network, index, config, "feedback_event")
    return LayerPlasticity(weight, bias, burst, event)


def _follows(regime: FeedbackRegime | None, *, learns: bool) -> bool:
    """Whether a matrix changes as its reference does; what is tied does so in any case."""
    if regime is None or regime.follows == "nothing":
        return False
    return learns or regime.follows == "reference"


def _times_p_baseline(burst: Synapses | None, p_baseline: float) -> Synapses | None:
    """The rule of Q = p^b Y; in integers, where Q is in units of p^b, that of Y itself."""
    if isinstance(burst, FloatSynapses):
        return replace(burst, factor=p_baseline * burst.factor)
    return burst


def _synapses(
    network: MappedNetwork, index: int, config: LearningConfig, pathway: Pathway
) -> Synapses:
    layer, units = network.layers[index], network.number_format
    rule: Rule = "burst_dependent" if pathway == "weight" else "homeostatic"
    sign = -1 if pathway == "feedback_burst" else 1
    schedule = config.schedule(pathway, index, len(network.layers))
    if rule == "burst_dependent":
        schedule = _boosted(schedule, layer.rate_boost)
    if rule == "homeostatic":  # all that send change a dendrite together, and so do all places
        together = (layer.senders * layer.places - 1).bit_length()
        schedule = replace(schedule, rate=schedule.rate + together)
    else:
        schedule = _shared(schedule, layer)
    factor = sign / _gain(network, index, rule)
    presynaptic = layer.homeostatic_factor if pathway == "feedback_burst" else "event_rate"
    hears_noise = rule == "burst_dependent" and config.forward_noise > 0
    branches = min(layer.branches, layer.units) if rule == "homeostatic" else 1
    if units is None:
        return FloatSynapses(
            rule, factor, schedule, layer.geometry, presynaptic, branches, hears_noise
        )
    event_bits = units.event_bits
    if presynaptic == "burst_rate":
        event_bits += units.burst_extra_bits
    if rule == "burst_dependent":
        exponent = layer.deviation_exponent
        fraction_bits = units.event_bits + units.burst_extra_bits
        unit_places = fraction_bits - exponent + layer.weight_exponent
    else:
        below = network.layers[index - 1]
        exponent = below.apical_exponent
        unit_places = below.apical_fraction_bits - exponent + layer.feedback_exponent
        if pathway == "feedback_event":  # in units of p^b
            unit_places -= units.baseline_shift
    return IntegerSynapses(
        rule=rule,
        sign=sign,
        schedule=schedule,
        event_bits=event_bits,
        trace_exponent=exponent,
        unit_places=unit_places + TRACE_BITS + gain_exponent(abs(1 / factor)),
        max_weight=units.max_weight,
        seed=config.seed,
        connection=CONNECTIONS_A_LAYER * index + _CONNECTION[pathway],
        geometry=layer.geometry,
        presynaptic=presynaptic,
        branches=branches,
        hears_noise=hears_noise,
    )


def _gain(network: MappedNetwork, index: int, rule: Rule) -> float:
    """What a layer's errors, or potentials below it, were multiplied by, and learning is not."""
    if rule == "homeostatic":
        return network.layers[index - 1].feedback_gain
    gains = [each.feedback_gain for each in network.layers[:-1]]
    return update_gains([*gains, network.error_scale])[index]


def _boosted(schedule: Schedule, boost: int) -> Schedule:
    """A schedule with rates 2^boost times as high; its decay stays what it is without."""
    decay = None if schedule.decay is None else schedule.decay + boost
    return replace(schedule, rate=schedule.rate - boost, decay=decay)


def _shared(schedule: Schedule, layer: MappedLayer) -> Schedule:
    """The schedule of what the places of a layer share; its decay stays what it is without."""
    places = sharing_places(layer.places)
    decay = None if schedule.decay is None else schedule.decay - places
    return replace(schedule, rate=schedule.rate + places, decay=decay)


def _biases(network: MappedNetwork, index: int, config: LearningConfig) -> Biases:
    layer, units = network.layers[index], network.number_format
    schedule = config.schedule("bias", index, len(network.layers))
    schedule = _shared(_boosted(schedule, layer.rate_boost + layer.bias_boost), layer)
    gain = _gain(network, index, "burst_dependent")
    if units is None:
        return FloatBiases(schedule, layer.places, 1 / gain)
    fraction_bits = units.event_bits + units.burst_extra_bits
    return IntegerBiases(
        schedule=schedule,
        trace_exponent=layer.deviation_exponent,
        unit_places=fraction_bits
        - layer.deviation_exponent
        - layer.soma_fraction_bits
        + gain_exponent(gain),
        seed=config.seed,
        connection=CONNECTIONS_A_LAYER * index + _CONNECTION["bias"],
        shared=layer.places,
    )

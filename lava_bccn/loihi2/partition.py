"""Layers over cores: the fewest cores a layer on which its units fit, all of a unit on one core.

Synapses lie with the neuron that they reach: W with the somata, Y and Q of the layer above with
the apical dendrites. No two layers share a core. Inputs come from the embedded processors through
Lava's I/O adapters and take no core here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lava_bccn.errors import InvalidInputError
from lava_bccn.loihi2.connectivity import (
    connections,
    fan_in,
    fan_out,
    is_shared,
    senders_above,
    senders_below,
)
from lava_bccn.loihi2.form import STOCK, Form
from lava_bccn.loihi2.limits import STATE_WORD_BYTES, SYNAPSE_BITS, Loihi2Limits
from lava_bccn.loihi2.violations import Violation, advice_for
from lava_bccn.network.network import MappedNetwork
from lava_bccn.settings import check, instance


@dataclass(frozen=True)
class CoreLoad:
    """What the fullest core of a layer holds.

    Attributes:
        neurons: compartments of all populations of its ensembles.
        input_axons: neurons that send to it, its own included.
        output_axons: pairs of one of its neurons and a core that it sends to.
        synapses: connections that end on it.
        synaptic_bytes: their memory; shared weights count once.
        state_bytes: memory of the state variables.
        memory_bytes: both.
    """

    neurons: int
    input_axons: int
    output_axons: int
    synapses: int
    synaptic_bytes: int
    state_bytes: int

    @property
    def memory_bytes(self) -> int:
        """Synapses and states."""
        return self.synaptic_bytes + self.state_bytes


_LIMITED = ("neurons", "input_axons", "output_axons", "synaptic_bytes", "memory_bytes")


@dataclass(frozen=True)
class LayerPlacement:
    """One layer on its cores.

    Attributes:
        units: ensembles of the layer.
        first_core: index of its first core, counted over all chips.
        cores: how many it has.
        units_per_core: ensembles on the fullest of them.
        load: of that one.
    """

    units: int
    first_core: int
    cores: int
    units_per_core: int
    load: CoreLoad

    def tightest(self, limits: Loihi2Limits) -> tuple[str, float]:
        """The limit that the fullest core comes closest to, and the share of it in use."""
        shares = {name: getattr(self.load, name) / getattr(limits, name) for name in _LIMITED}
        name = max(shares, key=lambda each: shares[each])
        return name, shares[name]


@dataclass(frozen=True)
class Partition:
    """A whole network over cores and chips.

    Attributes:
        layers: from the first to the output.
        limits: that it respects.
        violations: limits that it cannot respect; empty where it fits.
        form: that is placed.
    """

    layers: tuple[LayerPlacement, ...]
    limits: Loihi2Limits
    violations: tuple[Violation, ...]
    form: Form = STOCK

    @property
    def fits(self) -> bool:
        """Whether no limit is broken."""
        return not self.violations

    @property
    def cores(self) -> int:
        """Cores in use."""
        return sum(layer.cores for layer in self.layers)

    @property
    def chips(self) -> int:
        """Chips in use, filled one after the other."""
        return math.ceil(self.cores / self.limits.cores)


def partition(
    network: MappedNetwork, limits: Loihi2Limits | None = None, form: Form = STOCK
) -> Partition:
    """Spread a network over as few cores as its layers can do with.

    Every layer starts on the fewest cores on which its units, synapses and input axons fit. Output
    axons grow with the cores of the neighbours, so layers whose output does not fit are spread
    further until all fit or a core has one unit.

    Args:
        network: fixed-point.
        limits: of the system; by default those of a Kapoho Point board.
        form: of the network: stock neurons, or ``engine_form`` of one that learns by itself.

    Raises:
        InvalidInputError: a floating-point network.
    """
    check("network", network, instance(MappedNetwork))
    check("limits", limits, instance(Loihi2Limits).or_none())
    check("form", form, instance(Form))
    if network.number_format is None:
        raise InvalidInputError(
            "only a fixed-point network can be placed on Loihi 2; map the model with "
            "--precision fixed"
        )
    limits = limits or Loihi2Limits()
    sizes = [layer.units for layer in network.layers]
    split = [0] * len(sizes)  # no neighbour has cores yet: output axons do not count
    split = [_fewest_cores(network, index, split, limits, form) for index in range(len(sizes))]
    while True:
        wider = [
            max(cores, _fewest_cores(network, index, split, limits, form))
            for index, cores in enumerate(split)
        ]
        if wider == split:
            break
        split = wider
    placements: list[LayerPlacement] = []
    for index, cores in enumerate(split):
        most = math.ceil(sizes[index] / cores)
        placements.append(
            LayerPlacement(
                units=sizes[index],
                first_core=sum(split[:index]),
                cores=cores,
                units_per_core=most,
                load=_load(network, index, most, split, form),
            )
        )
    result = Partition(tuple(placements), limits, (), form)
    return replace(result, violations=tuple(_violations(result)))


def _violations(placement: Partition) -> Iterator[Violation]:
    """Limits that a placement breaks."""
    limits, form = placement.limits, placement.form
    for number, layer in enumerate(placement.layers, start=1):
        for name in _LIMITED:
            needed, allowed = getattr(layer.load, name), getattr(limits, name)
            if needed > allowed:
                yield Violation(name, number, needed, allowed, advice_for(name, form))
    if placement.chips > limits.chips:
        advice = advice_for("chips", form)
        yield Violation("chips", None, placement.chips, limits.chips, advice)


def _fewest_cores(
    network: MappedNetwork, index: int, split: Sequence[int], limits: Loihi2Limits, form: Form
) -> int:
    """Fewest cores of a layer on which it fits; one a unit where it does not at all."""
    units = network.layers[index].units
    low, high = 1, units  # units on a core: the load grows with them
    while low < high:
        middle = (low + high + 1) // 2
        load = _load(network, index, middle, split, form)
        if all(getattr(load, name) <= getattr(limits, name) for name in _LIMITED):
            low = middle
        else:
            high = middle - 1
    return math.ceil(units / low)


def _load(
    network: MappedNetwork, index: int, units: int, split: Sequence[int], form: Form
) -> CoreLoad:
    """What so many units of a layer put on a core, with the neighbours on ``split`` cores."""
    layer, is_output = network.layers[index], index == len(network.layers) - 1
    local = form.local_connections(is_output) * units
    synapses = units * (fan_in(layer) + form.constants)
    stored = (layer.weight.size if is_shared(layer) else synapses) * form.weight_bits
    senders = senders_below(layer, units) + form.constants
    targets = 0
    if not is_output:
        above = network.layers[index + 1]
        targets += split[index + 1]
        if above.feedback_matrices is not None:
            reached = units * fan_out(above)
            synapses += form.feedback_matrices * reached
            matrix = above.weight.size if is_shared(above) else reached
            stored += form.feedback_matrices * matrix * form.feedback_bits(above)
            senders += form.feedback_matrices * senders_above(layer, units, above)
    if layer.feedback_matrices is not None:
        targets += form.feedback_matrices * split[index - 1]
    constants = 0 if is_output else form.constants
    return CoreLoad(
        neurons=form.neurons(is_output) * units + constants,
        input_axons=senders + local,
        output_axons=targets * units + local + constants * split[min(index + 1, len(split) - 1)],
        synapses=synapses + local,
        synaptic_bytes=math.ceil((stored + local * SYNAPSE_BITS) / 8),
        state_bytes=form.state_words(is_output) * units * STATE_WORD_BYTES,
    )


def synapses_per_layer(network: MappedNetwork) -> list[int]:
    """Connections that end at each layer: W, and Y and Q from above."""
    counts = [connections(layer) for layer in network.layers]
    for index, above in enumerate(network.layers[1:]):
        if above.feedback_matrices is not None:
            counts[index] += 2 * connections(above)
    return counts

"""Networks under Dale's law to try things on: with one interneuron for each, and dense ones."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from lava_bccn.mapping import dale
from lava_bccn.network import DaleFeedback, DaleNetwork, MappedLayer, MappedNetwork

SIZES = (7, 6, 5, 4)


def signed(seed: int = 0) -> MappedNetwork:
    """A network of both signs, with Q = p^b Y."""
    random = np.random.default_rng(seed)
    layers = []
    for index, (below, units) in enumerate(pairwise(SIZES)):
        sent = {}
        if index:
            burst = random.normal(size=(units, below))
            sent = {"feedback_burst": burst, "feedback_event": 0.5 * burst, "feedback": "random"}
        weight = random.normal(size=(units, below))
        layers.append(MappedLayer(weight, random.normal(size=units), **sent))
    return MappedNetwork(tuple(layers), "float")


def one_signed(bottleneck: int | None = None, seed: int = 0) -> DaleNetwork:
    """The same under Dale's law."""
    return dale.from_signed(signed(seed), bottleneck)


def dense(seed: int = 0) -> DaleNetwork:
    """Every connection of every interneuron dense, another number of each type, biases off."""
    random = np.random.default_rng(seed)
    network = one_signed(seed=seed)
    layers = []
    for layer in network.layers:
        below, units, pv, ndnf, sst, vip = layer.units_below, layer.units, 3, 4, 3, 2
        sent = None
        if layer.feedback is not None:
            shapes = {
                "event_exc": (units, below),
                "event_from_ndnf": (ndnf, below),
                "event_to_ndnf": (units, ndnf),
            }
            for kind in "np":
                shapes |= {
                    f"from_sst_{kind}": (sst, below),
                    f"burst_to_sst_{kind}": (units, sst),
                    f"burst_to_vip_{kind}": (units, vip),
                    f"vip_to_sst_{kind}": (vip, sst),
                }
            arrays = {name: 0.3 * random.random(shape) for name, shape in shapes.items()}
            sent = DaleFeedback(**arrays, apical_bias=0.1 * random.normal(size=below))
        layers.append(
            replace(
                layer,
                weight_to_pv=random.random((pv, below)),
                weight_from_pv=random.random((units, pv)),
                feedback=sent,
                feedback_gain=2.0,
            )
        )
    return replace(network, layers=tuple(layers), error_scale=0.5)


def samples(count: int = 6, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets."""
    random = np.random.default_rng(seed)
    return random.random((count, SIZES[0])), np.eye(SIZES[-1])[np.arange(count) % SIZES[-1]]


def fixed(network: DaleNetwork) -> DaleNetwork:
    """A network in integers."""
    return dale.quantise(network, samples(50)[0])

"""Networks under Dale's law in Lava: the simulator's bits, with all interneurons."""

import numpy as np
import pytest

import lava_bccn
from lava_bccn import LearningConfig
from tests import dale_networks

pytestmark = [pytest.mark.lava, pytest.mark.slow]

STATES = ("soma", "event_rate", "apical", "burst_prob", "burst_rate")
FAST = LearningConfig(weight_rate=-2, bias_rate=-2, hidden_boost=(0,), decay=None)

NETWORKS = {
    "one each": dale_networks.one_signed,
    "bottleneck": lambda: dale_networks.one_signed(2),
    "dense": dale_networks.dense,
}


@pytest.mark.parametrize("learn", [False, FAST], ids=["infers", "learns"])
@pytest.mark.parametrize("precision", ["fixed", "float"])
@pytest.mark.parametrize("name", NETWORKS)
def test_lava_has_the_bits_of_the_simulator(name, precision, learn):
    network = NETWORKS[name]()
    if precision == "fixed":
        network = dale_networks.fixed(network)
    inputs, targets = dale_networks.samples()
    sim, lava = (
        lava_bccn.run(network, inputs, targets, backend=backend, learn=learn, record=STATES)
        for backend in ("sim", "lava")
    )
    tolerance = 0 if precision == "fixed" else 1e-12
    for a, b in zip(sim.states, lava.states, strict=True):
        for state in STATES:
            if getattr(a, state) is not None:
                np.testing.assert_allclose(getattr(b, state), getattr(a, state), atol=tolerance)
    for a, b, start in zip(sim.network.layers, lava.network.layers, network.layers, strict=True):
        for part in ("weight_exc", "weight_from_pv", "bias"):
            np.testing.assert_allclose(getattr(b, part), getattr(a, part), atol=tolerance)
            assert bool(learn) == (getattr(a, part) != getattr(start, part)).any()
    assert sim.learned == lava.learned
    assert sim.learning_saturations == lava.learning_saturations
    assert (sim.saturations == lava.saturations).all()

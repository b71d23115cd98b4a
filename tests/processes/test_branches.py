"""Branches, gains, noise and realignment in Lava: the simulator's bits."""

from dataclasses import replace

import numpy as np
import pytest

import lava_bccn
from lava_bccn import LearningConfig, mapping
from lava_bccn.network.learning import PATHWAYS
from lava_bccn.sim.learner import Learner
from tests.conftest import BRANCHED, regime_name

SIZES = (12, 9, 7, 4)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fixed", "float"])
@pytest.mark.parametrize("regime", [*BRANCHED, {"feedback": "tied"}], ids=regime_name)
def test_what_learns_with_all_of_it_has_the_bits_of_the_simulator(regime, precision, generator):
    inputs = generator.random((30, SIZES[0]))
    targets = np.eye(SIZES[-1])[generator.integers(0, SIZES[-1], 30)]
    made = mapping.new_network(SIZES, inputs, precision=precision, **regime)
    first, *others = made.layers
    made = replace(made, error_scale=0.5, layers=(replace(first, feedback_gain=4.0), *others))
    is_homeostatic = any(name.startswith("learn") for name in regime)
    realign = {"realign_every": 5, "realign_samples": 3} if is_homeostatic else {}
    config = LearningConfig(
        feedback_burst_rate=0, feedback_event_rate=0, decay=6, forward_noise=0.2, **realign
    )
    lava = lava_bccn.run(made, inputs, targets, learn=config, backend="lava")
    plain = Learner(made, config)
    for pair in zip(made.quantise_inputs(inputs), made.quantise_targets(targets), strict=True):
        plain.learn(*pair)
    assert lava.learning_saturations == plain.saturations()
    for expected, found in zip(plain.network().layers, lava.network.layers, strict=True):
        for name in PATHWAYS:
            values = getattr(expected, name), getattr(found, name)
            if values[0] is not None:
                np.testing.assert_allclose(*values, atol=1e-12 if precision == "float" else 0)

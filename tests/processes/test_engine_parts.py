"""What a network that learns by itself is made of is what Lava composes."""

import numpy as np
import pytest

from lava_bccn.loihi2 import engine_parts, missing
from lava_bccn.mapping import new_network
from lava_bccn.network.learning import LearningConfig
from lava_bccn.processes.engine_burst_ccn.models import EngineBurstCCNModel
from lava_bccn.processes.engine_burst_ccn.process import EngineBurstCCN

NAMES = {"neurons": "neurons", "weight": "W", "feedback": "Y"}


@pytest.mark.parametrize("feedback", ["kolen_pollack", "random"])
def test_its_parts_are_those_that_lava_composes(feedback):
    inputs = np.random.default_rng(0).random((20, 12))
    network = new_network((12, 8, 7, 5), inputs, feedback=feedback)
    config = LearningConfig(weight_rate=3, hidden_boost=(2, 1), rule="engine")
    composed = EngineBurstCCNModel(EngineBurstCCN(network, config)).find_sub_procs()
    parts = engine_parts(network, config)
    assert missing(parts) == ()
    found = {
        f"{NAMES[name.split('_')[0]]} {name.split('_')[1]}": type(part).__name__
        for name, part in composed.items()
    }
    assert found == {part.name: part.process for part in parts}

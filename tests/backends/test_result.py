"""RunResult: what it shows of itself."""

from dataclasses import replace

import numpy as np

import lava_bccn
from tests.network.layers import fixed, layer


def test_a_result_is_shown_in_a_few_lines():
    result = lava_bccn.run(fixed(layer(4, 3), layer(2, 4)), np.zeros((5, 3)), record=("apical",))
    result = replace(result, seconds=0.25, learned=20)
    assert repr(result).splitlines() == [
        "RunResult of MappedNetwork 3-4-2, fixed (8-bit weights, 8-bit events), sigmoid",
        "  on sim: 5 samples in 0.25 s, 20 learned so far",
        "  recorded: event_rate, apical",
        "  potentials that saturated, by layer: 0, 0",
    ]

"""Networks with convolutions on Lava: the states of the simulator."""

import numpy as np
import pytest

import lava_bccn
from tests.convolutions import conv_network

RECORD = ("soma", "event_rate", "apical", "burst_prob", "burst_rate")


@pytest.mark.parametrize("is_fixed", [True, False])
def test_every_state_is_that_of_the_simulator(generator, is_fixed):
    fixed, floating, images = conv_network(generator)
    network = fixed if is_fixed else floating
    images = images[:6]
    targets = np.eye(4)[np.arange(6) % 4]
    targets[5] = -1
    results = [
        lava_bccn.run(network, images, targets, backend=backend, record=RECORD)
        for backend in ("sim", "lava")
    ]
    assert network.convolutions == (1, 2) and network.architecture == "2x7x8-4x4x4-3x2x2-8-4"
    for expected, got in zip(*(result.states for result in results), strict=True):
        for name in RECORD:
            if getattr(expected, name) is not None:
                np.testing.assert_allclose(
                    getattr(got, name),
                    getattr(expected, name),
                    rtol=0,
                    atol=0 if is_fixed else 1e-12,
                    err_msg=name,
                )
    assert results[0].states[0].apical.any()
    np.testing.assert_array_equal(results[0].saturations, results[1].saturations)


def test_in_continuous_time_every_step_is_that_of_the_simulator(generator):
    network, _, images = conv_network(generator)
    first, second = (
        lava_bccn.run_continuous(network, images, backend=backend, record=RECORD)
        for backend in ("sim", "lava")
    )
    for expected, got in zip(first.states, second.states, strict=True):
        np.testing.assert_array_equal(got.event_rate, expected.event_rate)

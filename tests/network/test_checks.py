"""Layers that no executor could run are refused, and what is accepted is proven to fit."""

import numpy as np
import pytest
from hypothesis import given

from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping import MappedNetwork
from tests.conftest import integer_networks
from tests.network.layers import fixed, layer


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([layer(4, 3), layer(2, 5)], r"layer 2 has shape \(2, 5\); expected \(units, 4\)"),
        ([layer(bias=np.zeros(3, dtype=np.int32))], "bias of layer 1"),
        ([layer(weight=np.ones((2, 3)))], "expected integer"),
        ([layer(weight=np.full((2, 3), -128, dtype=np.int8))], "reaches 128.*8 bits hold"),
        ([layer(bias=np.full(2, 2**23))], "24 bits hold"),
        ([layer(soma_fraction_bits=17)], "soma_fraction_bits"),
        (
            [
                layer(
                    feedback_burst=np.ones((2, 3), dtype=np.int8),
                    feedback_event=np.ones((2, 3), dtype=np.int8),
                )
            ],
            "layer 1 has feedback",
        ),
        (
            [layer(3, 3), layer(feedback_burst=np.ones((2, 3), dtype=np.int8))],
            "one of feedback_burst and feedback_event",
        ),
        (
            [
                layer(3, 3),
                layer(
                    feedback_burst=np.ones((1, 3), dtype=np.int8),
                    feedback_event=np.ones((2, 3), dtype=np.int8),
                ),
            ],
            "expected that of its weight",
        ),
    ],
)
def test_what_cannot_run_is_refused(layers, message):
    with pytest.raises(InvalidInputError, match=message):
        fixed(*layers)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_floats_must_be_finite(bad):
    with pytest.raises(InvalidInputError, match="1 values that are NaN or infinite"):
        MappedNetwork((layer(weight=np.array([[bad, 1.0]]), bias=np.zeros(1)),), "float")


def test_sums_that_could_wrap_are_refused():
    wide = layer(1, 40_000, weight=np.full((1, 40_000), 127, dtype=np.int8))
    with pytest.raises(InvalidInputError, match="could reach 1295400000"):
        fixed(wide)


@given(integer_networks())
def test_no_synaptic_sum_of_an_accepted_network_can_leave_32_bits(network):
    units = network.number_format
    for index, mapped in enumerate(network.layers):
        most = np.abs(mapped.weight.astype(object)).sum(axis=1).max() * units.max_event
        assert 2 * most < 2**31
        if mapped.feedback_burst is not None:
            balance = units.burst_extra_bits - units.baseline_shift
            bursts = np.abs(mapped.feedback_burst.astype(object)).sum(axis=0) * units.max_burst
            events = np.abs(mapped.feedback_event.astype(object)).sum(axis=0) * units.max_event
            assert (2 * (bursts + events * 2**balance)).max() < 2**31
        assert network.state_unit("soma", index) == 2.0**-mapped.soma_fraction_bits

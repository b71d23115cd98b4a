"""MappedNetwork: what it knows of itself, and what it refuses beside what its layers do."""

import dataclasses
import pickle

import numpy as np
import pytest

from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping import MappedNetwork
from tests.network.layers import UNITS, fixed, layer


def test_sizes_and_settling_time():
    network = fixed(layer(4, 3), layer(2, 4))
    assert network.sizes == (3, 4, 2)
    assert network.presentation_steps == 4


def test_a_network_has_layers():
    with pytest.raises(InvalidInputError, match="at least one layer"):
        fixed()


def test_precision_and_number_format_belong_together():
    with pytest.raises(InvalidInputError, match="number_format"):
        MappedNetwork((layer(),), "fixed")
    with pytest.raises(InvalidInputError, match="p_baseline"):
        MappedNetwork((layer(),), "fixed", 0.25, UNITS)


def test_networks_are_frozen_and_can_be_copied():
    network = dataclasses.replace(fixed(layer()), metadata={"dataset": "digits"})
    with pytest.raises(dataclasses.FrozenInstanceError):
        network.precision = "float"
    copy = pickle.loads(pickle.dumps(network))
    assert copy.metadata == {"dataset": "digits"} and copy.sizes == network.sizes


def test_metadata_must_fit_a_json_header():
    with pytest.raises(InvalidInputError, match="JSON-like"):
        dataclasses.replace(fixed(layer()), metadata={"accuracy": np.float32(0.5)})


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"weight_exponent": 60}, "shifted by more than 31 places"),
        ({"weight_exponent": -33}, "must be an integer from -32"),
        ({"weight_exponent": 1.5}, r"weight_exponent of layer 1 .* not 1\.5"),
    ],
)
def test_exponents_that_would_leave_64_bits_are_refused(fields, message):
    with pytest.raises(InvalidInputError, match=message):
        fixed(layer(**fields))


def test_hard_sigmoids_need_bits_for_both_ends_of_their_range():
    network = fixed(layer())
    few = dataclasses.replace(UNITS, event_bits=5)
    with pytest.raises(InvalidInputError, match="event_bits of at least 6, not 5"):
        dataclasses.replace(network, activation="hard_sigmoid", number_format=few)


def test_an_unknown_precision_is_refused():
    with pytest.raises(InvalidInputError, match="not 'double'"):
        MappedNetwork((layer(),), "double")


def test_a_network_is_shown_in_a_line_and_one_for_each_layer():
    feedback = {
        "feedback_burst": np.ones((2, 4), dtype=np.int8),
        "feedback_event": np.ones((2, 4), dtype=np.int8),
        "feedback": "random",
        "learn_feedback_event": True,
    }
    network = fixed(layer(4, 3), layer(2, 4, **feedback))
    assert repr(network).splitlines() == [
        "MappedNetwork 3-4-2, fixed (8-bit weights, 8-bit events), sigmoid",
        "  MappedLayer 3-4, int8",
        "  MappedLayer 4-2, int8, feedback random (Q tied), Q learns",
    ]
    plain = MappedNetwork((layer(weight=np.ones((2, 3)), bias=np.zeros(2)),), "float")
    assert repr(plain).splitlines() == [
        "MappedNetwork 3-2, float, sigmoid",
        "  MappedLayer 3-2, float64",
    ]


def test_a_convolution_is_shown_with_its_kernels():
    geometry = ConvolutionGeometry((1, 6, 6), stride=(2, 2))
    kernels = np.ones((3, 1, 2, 2), dtype=np.int8)
    shown = repr(layer(weight=kernels, bias=np.zeros(27, dtype=np.int32), geometry=geometry))
    assert shown == "MappedLayer 1x6x6-3x3x3, int8 kernels 3x1x2x2"


def test_what_is_done_to_the_arrays_afterwards_does_not_change_a_network():
    weight, bias = np.ones((2, 3), dtype=np.int8), np.zeros(2, dtype=np.int32)
    hidden = weight[:]
    hidden.flags.writeable = False  # but what it is a view of is not
    network = fixed(layer(weight=hidden, bias=bias))
    weight[:], bias[:] = 7, 7
    (held,) = network.layers
    assert (held.weight == 1).all() and (held.bias == 0).all()
    for array in held.arrays.values():
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 7


def test_arrays_that_nobody_can_change_are_not_copied():
    network = fixed(layer(4, 3), layer(2, 4))
    again = dataclasses.replace(network, metadata={"dataset": "digits"})
    assert all(a is b for a, b in zip(again.layers, network.layers, strict=True))

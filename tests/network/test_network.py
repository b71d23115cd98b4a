"""MappedNetwork: what it knows of itself, and what it refuses beside what its layers do."""

import dataclasses
import pickle

import numpy as np
import pytest

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

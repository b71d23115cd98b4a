"""Partitions: no unit lost, no limit broken in silence, memory as counted by hand."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.errors import InvalidInputError
from lava_bccn.loihi2 import Loihi2Limits, partition
from lava_bccn.loihi2.form import STOCK
from lava_bccn.loihi2.partition import synapses_per_layer
from lava_bccn.mapping import MappedLayer, MappedNetwork
from tests.conftest import integer_networks

LIMITED = ("neurons", "input_axons", "output_axons", "synaptic_bytes", "memory_bytes")


def zeros(*sizes: int, feedback: bool = True) -> MappedNetwork:
    """A network of zeros: only its shape counts."""
    layers = []
    for index, (below, units) in enumerate(itertools.pairwise(sizes)):
        weight = np.zeros((units, below), dtype=np.int8)
        sent = weight if index and feedback else None
        layers.append(
            MappedLayer(
                weight=weight,
                bias=np.zeros(units, dtype=np.int32),
                feedback_burst=sent,
                feedback_event=sent,
            )
        )
    return MappedNetwork(tuple(layers), "fixed", 0.5, FixedPointFormat())


limits = st.builds(
    Loihi2Limits,
    neurons=st.integers(10, 300),
    input_axons=st.integers(20, 300),
    output_axons=st.integers(20, 300),
    synaptic_bytes=st.integers(20, 400),
    memory_bytes=st.integers(100, 2000),
    cores=st.integers(1, 8),
    chips=st.integers(1, 8),
)


@given(network=integer_networks(max_units=12), limits=limits)
def test_every_unit_has_a_core_and_every_broken_limit_is_named(network, limits):
    placement = partition(network, limits)
    first = 0
    for layer, placed in zip(network.layers, placement.layers, strict=True):
        assert placed.units == layer.units and placed.first_core == first
        assert placed.cores * placed.units_per_core >= layer.units
        first += placed.cores
    broken = {
        (number, name)
        for number, placed in enumerate(placement.layers, start=1)
        for name in LIMITED
        if getattr(placed.load, name) > getattr(limits, name)
    }
    if placement.chips > limits.chips:
        broken.add((None, "chips"))
    assert broken == {(each.layer, each.limit) for each in placement.violations}
    assert placement.fits == (not broken)
    # A layer that breaks a limit has been spread as far as it goes.
    for number, _ in broken - {(None, "chips")}:
        assert placement.layers[number - 1].units_per_core == 1


@given(network=integer_networks(max_units=12), limits=limits)
def test_more_room_never_takes_more_cores(network, limits):
    wider = replace(
        limits, **{name: 2 * getattr(limits, name) for name in (*LIMITED, "cores", "chips")}
    )
    assert partition(network, wider).cores <= partition(network, limits).cores


def test_the_published_network_fits_a_chip():
    placement = partition(zeros(784, 500, 500, 500, 10), Loihi2Limits(chips=1))
    assert placement.fits and placement.chips == 1
    # W of layer 1 and what Y and Q of layer 2 bring, beside the one-to-one synapses of an ensemble.
    bytes_a_unit = 784 + 2 * 500 + STOCK.local_connections(is_output=False)
    assert placement.layers[0].cores == math.ceil(500 / (128 * 1024 // bytes_a_unit))
    assert placement.layers[0].load.synaptic_bytes == 72 * bytes_a_unit


def test_without_feedback_it_takes_less():
    sizes = (784, 500, 500, 10)
    assert partition(zeros(*sizes, feedback=False)).cores < partition(zeros(*sizes)).cores
    assert synapses_per_layer(zeros(4, 3, 2)) == [12 + 2 * 6, 6]


def test_what_does_not_fit_says_which_limit_by_how_much_and_what_would_help():
    wide = partition(zeros(5000, 10, 10))
    assert [(each.limit, each.layer) for each in wide.violations] == [("input_axons", 1)]
    needed = 5000 + 2 * 10 + STOCK.local_connections(is_output=False)
    assert f"{needed - 4096:,} more than the 4,096" in str(wide.violations[0])
    assert "smaller layer below" in str(wide.violations[0])

    large = partition(zeros(784, 1000, 1000, 10), Loihi2Limits(cores=20, chips=1))
    assert [each.limit for each in large.violations] == ["chips"]
    assert large.violations[0].needed == large.chips > 1


def test_a_float_network_is_not_placed():
    network = MappedNetwork((MappedLayer(np.ones((2, 3)), np.zeros(2)),), "float")
    with pytest.raises(InvalidInputError, match="--precision fixed"):
        partition(network)
    with pytest.raises(InvalidInputError, match="chips must be 1 or more"):
        Loihi2Limits(chips=0)

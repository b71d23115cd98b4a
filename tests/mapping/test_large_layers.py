"""Layers with very many inputs fit the sums of every executor, and what that takes is said."""

import dataclasses
import warnings

import numpy as np
import pytest

import lava_bccn
from lava_bccn import mapping
from lava_bccn.errors import InvalidInputError, RoundingWarning
from lava_bccn.mapping import (
    MappedLayer,
    MappedNetwork,
    exponents,
    quantise,
    rounding_report,
    stored_rounding,
)
from lava_bccn.network.checks import SUM_LIMIT, largest_sums
from tests.mapping.test_quantise import float_network

WIDE, BROAD = 70_000, 4_000


@pytest.fixture
def wide():
    """One unit of very many inputs, whose weights are all of one size."""
    signs = np.where(np.arange(WIDE) % 2, 1.0, -1.0)[None]
    return MappedNetwork((MappedLayer(signs * 127 / 2**14, np.zeros(1)),), "float")


@pytest.fixture
def broad(generator):
    """Very many units that send feedback to three."""
    layers = [MappedLayer(generator.normal(0, 1, (3, 2)), np.zeros(3))]
    for units, below in ((BROAD, 3), (2, BROAD)):
        weight, feedback = generator.normal(0, 1, (2, units, below))
        fields = {"feedback_burst": np.sign(feedback) * 127 / 128, "feedback": "random"}
        fields["feedback_event"] = fields["feedback_burst"] / 2
        layers.append(MappedLayer(weight / np.sqrt(below), np.zeros(units), **fields))
    return MappedNetwork(tuple(layers), "float")


@pytest.fixture
def mapped(wide, generator):
    with pytest.warns(
        RoundingWarning, match=r"^weights of layer 1 are held in 6 of 8 bits, because sums"
    ):
        return quantise(wide, generator.random((20, WIDE)))


def test_weights_of_very_many_inputs_are_coarser(wide, mapped, generator):
    (layer,) = mapped.layers
    assert largest_sums(layer, mapped.number_format)["weight"] < SUM_LIMIT
    assert stored_rounding(mapped)[0].bits_given_up == 2
    np.testing.assert_allclose(
        layer.weight * 2.0**layer.weight_exponent, wide.layers[0].weight, rtol=0.02
    )
    report = rounding_report(wide, mapped, generator.random((5, WIDE)))
    assert (report[0].bits_given_up, report[0].feedback_bits_given_up) == (2, 0)
    assert report[0].event_rate_error < 0.01


@pytest.mark.lava
def test_lava_and_the_simulator_have_the_same_bits_of_them(mapped, generator):
    inputs = np.stack([generator.random(WIDE), np.arange(WIDE) % 2.0, np.ones(WIDE)])
    sim, lava = (lava_bccn.run(mapped, inputs, backend=each) for each in ("sim", "lava"))
    np.testing.assert_array_equal(sim.event_rate, lava.event_rate)


def test_fewer_event_bits_leave_weights_theirs_as_advised(wide, generator):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RoundingWarning)
        network = quantise(wide, generator.random((20, WIDE)), event_bits=6)
    assert stored_rounding(network)[0].bits_given_up == 0


@pytest.mark.filterwarnings("ignore:8-bit weights")
def test_feedback_of_very_many_units_is_coarser(broad, generator):
    with pytest.warns(RoundingWarning, match="feedback weights of layer 2 are held in 7 of 8 bits"):
        network = quantise(broad, generator.random((20, 2)))
    report = stored_rounding(network)
    assert [each.feedback_bits_given_up for each in report] == [0, 1, 0]
    sums = largest_sums(network.layers[1], network.number_format)
    assert SUM_LIMIT / 4 < sums["feedback"] < SUM_LIMIT
    as_advised = quantise(broad, generator.random((20, 2)), burst_extra_bits=3)
    assert not any(each.feedback_bits_given_up for each in stored_rounding(as_advised))


@pytest.mark.lava
@pytest.mark.filterwarnings("ignore::lava_bccn.errors.RoundingWarning")
def test_feedback_at_its_limit_has_the_same_bits_in_lava(broad, generator):
    """All units burst as much as they can, and Y adds up where Q does: nothing wraps."""
    layers = list(broad.layers)
    layers[2] = dataclasses.replace(layers[2], bias=np.full(2, 40.0))
    ones = np.ones_like(layers[1].feedback_burst) * 127 / 128
    layers[1] = dataclasses.replace(
        layers[1],
        bias=np.full(BROAD, 60.0),
        feedback_burst=ones,
        feedback_event=-ones / 2,
        feedback_event_regime="random",
    )
    network = quantise(
        dataclasses.replace(broad, layers=tuple(layers), activation="hard_sigmoid"),
        generator.random((20, 2)),
    )
    inputs, targets = generator.random((2, 2)), np.array([[1.0, 0.0], [0.0, 1.0]])
    names = ("event_rate", "burst_prob", "burst_rate")
    sim, lava = (
        lava_bccn.run(network, inputs, targets, record=names, backend=each)
        for each in ("sim", "lava")
    )
    for ours, theirs in zip(sim.states, lava.states, strict=True):
        for name in names:
            np.testing.assert_array_equal(getattr(theirs, name), getattr(ours, name))


def test_what_shares_a_scale_gives_up_the_same(broad, generator):
    layers = list(broad.layers)
    weight = layers[1].feedback_burst
    layers[1] = dataclasses.replace(layers[1], weight=weight, feedback="tied")
    with pytest.warns(RoundingWarning, match="weights of layer 2 are held in 7 of 8 bits"):
        network = quantise(
            dataclasses.replace(broad, layers=tuple(layers)), generator.random((20, 2))
        )
    layer = network.layers[1]
    assert layer.weight_exponent == layer.feedback_exponent
    np.testing.assert_array_equal(layer.weight, layer.feedback_burst)


def test_learning_is_safe_whatever_weights_become_and_the_advice_works(generator):
    inputs, targets = generator.random((4, 2)), np.eye(2)[[0, 1, 0, 1]]

    def learned(**bits):
        network = mapping.new_network((2, 3, BROAD, 2), inputs, feedback="tied", **bits)
        return lava_bccn.run(network, inputs, targets, learn=True)

    with pytest.raises(
        InvalidInputError, match=r"feedback sums of layer 2 could reach.*burst_extra"
    ):
        learned()
    assert learned(burst_extra_bits=2).network.layers[1].weight.any()


def test_files_of_before_have_given_up_nothing(mapped):
    rows = [{**row} for row in mapped.metadata["rounding"]]
    for row in rows:
        del row["bits_given_up"], row["feedback_bits_given_up"]
    before = dataclasses.replace(mapped, metadata={"rounding": rows})
    assert stored_rounding(before)[0].bits_given_up == 0


@pytest.mark.parametrize("feedback", ["random", "tied"])
def test_a_few_rows_choose_the_exponents_that_all_would(generator, monkeypatch, feedback):
    network = float_network(generator, (40, 60, 50, 10), std=0.3, feedback=feedback)
    inputs = generator.random((60, 40))
    of_all = quantise(network, inputs)
    monkeypatch.setattr(exponents, "_LOOKED_AT", 400)
    of_some = quantise(network, inputs)
    for every, some in zip(of_all.layers, of_some.layers, strict=True):
        assert (every.weight_exponent, every.feedback_exponent) == (
            some.weight_exponent,
            some.feedback_exponent,
        )
        np.testing.assert_array_equal(every.weight, some.weight)


def test_the_rows_looked_at_have_the_largest_weights(generator, monkeypatch):
    monkeypatch.setattr(exponents, "_LOOKED_AT", 100)
    matrix = generator.normal(size=(50, 20))
    matrix[33, 7] = -1e3
    rows = exponents.looked_at([matrix])
    assert 33 in rows and len(rows) <= 9
    assert exponents.looked_at([matrix[:5]]) == slice(None)

"""A few enormous numbers do not take the integers of all others; what rounding ruins, it says."""

import dataclasses
import warnings

import numpy as np
import pytest
import torch
from torch import nn

import lava_bccn
from lava_bccn import datasets, mapping
from lava_bccn.errors import InvalidInputError, RoundingWarning
from lava_bccn.mapping import (
    LayerRounding,
    MappedLayer,
    MappedNetwork,
    conversion_report,
    quantise,
    rounding_report,
    stored_rounding,
)
from lava_bccn.mapping.exponents import choose_exponent
from lava_bccn.network.output import Output
from tests.mapping.test_quantise import float_network

DIGITS = datasets.load("digits")
INPUTS = DIGITS.train_inputs.reshape(len(DIGITS.train_inputs), -1)
ACTIVE = (INPUTS > 0).mean(axis=0)
DARK = int(np.argmin(ACTIVE))
RARE = int(np.argmin(np.where(ACTIVE > 0, ACTIVE, 1)))


def accuracy(network):
    predictions = lava_bccn.run(network, DIGITS.test_inputs).predictions
    return (predictions == DIGITS.test_labels).mean()


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 32), nn.Sigmoid(), nn.Linear(32, 10), nn.Sigmoid())
    inputs, labels = torch.from_numpy(INPUTS).float(), torch.from_numpy(DIGITS.train_labels).long()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    for _ in range(150):
        optimizer.zero_grad()
        nn.functional.cross_entropy(8 * model(inputs), labels).backward()
        optimizer.step()
    return model


@pytest.fixture(scope="module")
def network(model):
    return mapping.from_torch(model, precision="float")


def changed(network, index, **arrays):
    """The network with arrays of a layer put through functions."""
    layers = list(network.layers)
    fields = {name: change(getattr(layers[index], name).copy()) for name, change in arrays.items()}
    layers[index] = dataclasses.replace(layers[index], **fields)
    return dataclasses.replace(network, layers=tuple(layers))


def put(where, value):
    def change(array):
        array[where] = value
        return array

    return change


def scaled(factor, where=...):
    def change(array):
        array[where] *= factor
        return array

    return change


HARMS = {
    **{
        f"{value:g} at a dark pixel": {"weight": put((0, DARK), value)} for value in (10, 1e3, 1e30)
    },
    "1000 at a rare pixel": {"weight": put((0, RARE), 1000.0)},
    **{f"a bias of {value:g}": {"bias": put(3, value)} for value in (1e3, 1e6, -1e9)},
    **{f"a unit times {value:g}": {"weight": scaled(value, 5)} for value in (1e3, 1e9)},
}


@pytest.mark.parametrize("harm", HARMS)
def test_what_is_enormous_and_does_not_matter_is_clipped(network, harm):
    harmed = changed(network, 0, **HARMS[harm])
    with warnings.catch_warnings():
        warnings.simplefilter("error", RoundingWarning)
        fixed = quantise(harmed, INPUTS)
    assert accuracy(network) > 0.93
    assert accuracy(fixed) >= accuracy(harmed) - 0.01
    if "pixel" in harm:
        assert accuracy(fixed) >= accuracy(network) - 0.01


@pytest.mark.parametrize("factor", [1e3, 1e6])
@pytest.mark.parametrize("feedback", ["tied", "random"])
def test_an_enormous_output_unit_is_divided_as_a_whole(model, feedback, factor):
    exact = mapping.from_torch(model, precision="float", feedback=feedback)
    by_row = scaled(factor, 2)
    arrays = {"weight": by_row, "bias": by_row}
    if feedback == "tied":
        arrays |= {"feedback_burst": by_row, "feedback_event": by_row}
    harmed = changed(exact, 1, **arrays)
    fixed, healthy = (quantise(each, INPUTS) for each in (harmed, exact))
    assert accuracy(fixed) >= accuracy(harmed) - 0.01
    layer = fixed.layers[1]
    signs = np.sign(healthy.layers[1].weight[2].astype(int)) * layer.weight[2]
    assert (signs >= 0).all() and len(set(np.abs(layer.weight[2]))) > 10  # still of many sizes
    if feedback == "tied":
        np.testing.assert_array_equal(layer.weight, layer.feedback_burst)


def test_the_whole_way_from_pytorch(model):
    with torch.no_grad():
        before = accuracy(mapping.from_torch(model, INPUTS))
        kept = model[0].weight[0, DARK].clone()
        model[0].weight[0, DARK] = 1000.0
        harmed = mapping.from_torch(model, INPUTS)
        model[0].weight[0, DARK] = kept
    assert abs(accuracy(harmed) - before) <= 0.01
    assert stored_rounding(harmed)[0].clipped > 0
    assert np.mean(harmed.layers[0].weight != 0) > 0.9


@pytest.mark.parametrize("weight_bits", [3, 4, 8])
def test_weights_of_one_kind_keep_the_usual_exponent(network, weight_bits):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RoundingWarning)
        fixed = quantise(network, INPUTS, weight_bits=weight_bits)
    for exact, layer in zip(network.layers, fixed.layers, strict=True):
        usual = choose_exponent([exact.weight], 2 ** (weight_bits - 1) - 1)
        assert layer.weight_exponent == usual


def test_an_outlier_that_matters_stays_and_is_warned_of(network):
    bright = int(np.argmax(ACTIVE))
    harmed = changed(network, 0, weight=lambda weight: put((..., bright), 3e4)(0 * weight + 1e-3))
    with pytest.warns(RoundingWarning, match=r"layer 1 keeps 1\.6% of its weights"):
        quantise(harmed, INPUTS)


@pytest.mark.parametrize("index", [0, 1])
def test_a_layer_too_small_for_integers_is_warned_of_by_number(network, index):
    tiny = changed(network, index, weight=scaled(1e-6), bias=scaled(1e-6))
    message = f"layer {index + 1} has event rates that err by .*or precision='float'"
    with pytest.warns(RoundingWarning, match=message):
        quantise(tiny, INPUTS)


def test_more_bits_are_advised_where_there_are_more_and_help(network):
    with pytest.warns(RoundingWarning, match="map with weight_bits=8, event_bits=12, or"):
        quantise(network, INPUTS, weight_bits=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quantise(network, INPUTS, weight_bits=8, event_bits=12)


def test_a_layer_too_large_for_24_bits_is_refused_and_rescaled_runs(network):
    large = {"weight": scaled(1e6), "bias": scaled(1e6)}
    huge = changed(network, 0, **large)
    with pytest.raises(lava_bccn.errors.MappingError, match="rescale the model"):
        quantise(huge, INPUTS)
    rescaled = changed(huge, 0, weight=scaled(1e-3), bias=scaled(1e-3))
    assert accuracy(quantise(rescaled, INPUTS)) >= accuracy(huge) - 0.01


def test_nan_is_refused(network):
    with pytest.raises(InvalidInputError, match="weight of layer 1 has 1 values that are NaN"):
        changed(network, 0, weight=put((0, 0), np.nan))


def test_a_hard_sigmoid_with_an_enormous_bias(network):
    hard = dataclasses.replace(network, activation="hard_sigmoid")
    harmed = changed(hard, 0, bias=put(0, 1e12), weight=put((0, DARK), 1e9))
    fixed = quantise(harmed, INPUTS, burst_extra_bits=1)
    assert accuracy(fixed) >= accuracy(harmed) - 0.01
    assert fixed.layers[0].bias[0] > 0


def test_kernels_of_a_channel_that_is_always_dark(generator):
    torch.manual_seed(0)
    model = nn.Sequential(
        *(nn.Conv2d(2, 6, 3), nn.Sigmoid(), nn.Flatten(), nn.Linear(6 * 16, 5), nn.Sigmoid())
    )
    images = generator.random((30, 2, 6, 6))
    images[:, 0] = 0
    with torch.no_grad():
        model[0].weight[0, 0] = 1000.0
    exact = mapping.from_torch(model, images, precision="float")
    report = stored_rounding(quantise(exact, images))
    assert report[0].event_rate_error < 0.003
    assert report[0].clipped == 9


def test_feedback_to_a_unit_that_is_silent_is_clipped(generator):
    reference = float_network(generator, sizes=(12, 10, 4))
    silent = changed(reference, 0, bias=put(0, -60.0))
    harmed = changed(silent, 1, feedback_burst=put((1, 0), 1e4), feedback_event=put((1, 0), 5e3))
    inputs = generator.random((80, 12))
    fixed, healthy = (quantise(each, inputs) for each in (harmed, silent))
    assert fixed.layers[1].feedback_exponent == healthy.layers[1].feedback_exponent
    assert fixed.layers[1].feedback_burst[1, 0] == fixed.layers[1].feedback_event[1, 0] == 127


def test_feedback_that_is_lost_is_warned_of(generator):
    reference = float_network(generator, sizes=(12, 10, 4))
    harmed = changed(reference, 1, feedback_burst=put((1, 0), 1e4), feedback_event=put((1, 0), 5e3))
    with pytest.warns(RoundingWarning, match=r"layer 2 keeps 2\.5% of its feedback weights"):
        quantise(harmed, generator.random((80, 12)))


@pytest.mark.parametrize("feedback", ["tied", "kolen_pollack", "symmetric"])
def test_clipped_networks_go_on_learning(model, feedback):
    exact = mapping.from_torch(model, precision="float", feedback=feedback)
    harmed = changed(exact, 0, weight=put((0, DARK), 1000.0))
    same = {"feedback_burst": put((2, 3), 300.0), "feedback_event": put((2, 3), 150.0)}
    same = {} if feedback == "kolen_pollack" else same
    harmed = changed(harmed, 1, weight=put((2, 3), 300.0), **same)
    harmed = changed(harmed, 0, weight=scaled(0.0, 3), bias=put(3, -60.0))  # silent below it
    fixed = quantise(harmed, INPUTS)
    targets = np.eye(10)[DIGITS.train_labels]
    learned = lava_bccn.run(fixed, INPUTS[:600], targets[:600], learn=True).network
    assert accuracy(fixed) > 0.9 and accuracy(learned) > 0.85
    layer = learned.layers[1]
    assert layer.weight_exponent == layer.feedback_exponent
    assert max(np.abs(matrix.astype(int)).max() for matrix in layer.arrays.values()) >= 127
    for matrix in (layer.weight, layer.feedback_burst, layer.feedback_event):
        assert np.abs(matrix.astype(int)).max() <= 127
    np.testing.assert_array_equal(layer.feedback_burst, layer.feedback_event)
    if feedback == "tied":
        np.testing.assert_array_equal(layer.weight, layer.feedback_burst)


def test_the_cost_is_kept_with_the_network(network, tmp_path):
    fixed = quantise(network, INPUTS[:200])
    targets = np.eye(10)[np.arange(200) % 10]
    for kept, measured in zip(
        stored_rounding(fixed), rounding_report(network, fixed, INPUTS[:200], targets), strict=True
    ):
        for field in dataclasses.fields(LayerRounding):
            value = getattr(measured, field.name)
            assert getattr(kept, field.name) == pytest.approx(value, rel=1e-3), field.name
    fixed.save(tmp_path / "fixed.safetensors")
    assert stored_rounding(mapping.load(tmp_path / "fixed.safetensors")) == stored_rounding(fixed)


@pytest.mark.parametrize(
    "damage", [None, 3, [], [{}], [{}, {}], [{"clipped": 1}] * 2, [[1], [2]], "rounding"]
)
def test_a_cost_that_is_not_known_is_none(network, damage):
    fixed = quantise(network, INPUTS[:50])
    damaged = {} if damage is None else {"rounding": damage}
    assert stored_rounding(dataclasses.replace(fixed, metadata=damaged)) is None
    assert stored_rounding(network) is None


def test_a_start_that_is_zero_in_steps_of_its_range_is_warned_of():
    options = {"sizes": (64, 20, 10), "inputs": INPUTS[:50]}
    with pytest.warns(RoundingWarning, match="smaller weight_range"):
        mapping.new_network(**options, weight_range=(500.0, 500.0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mapping.new_network(**options)


def test_rectified_layers_have_other_scales_so_the_report_of_conversions_compares_them():
    network = MappedNetwork(
        (MappedLayer(np.eye(3, 5) * 0.1, np.zeros(3)), MappedLayer(np.eye(2, 3), np.zeros(2))),
        "float",
        activation="relu",
    )
    inputs = np.random.default_rng(0).random((50, 5))
    fixed = quantise(network, inputs)
    with pytest.raises(InvalidInputError, match=r"conversion_report\(reference, network, calib"):
        rounding_report(network, fixed, inputs)
    report = conversion_report(network, fixed, inputs, inputs)
    assert all(layer.event_rate_error < 1 / 256 for layer in report.layers)


def test_a_rectified_output_that_is_dead_on_the_inputs_fits():
    layer = MappedLayer(np.eye(2, 5), np.full(2, -5.0))
    network = MappedNetwork((layer,), "float", activation="relu", output=Output("values", 3, -1))
    fixed = quantise(network, np.random.default_rng(0).random((50, 5)))
    np.testing.assert_array_equal(lava_bccn.run(fixed, np.ones((1, 5))).outputs, [[-1.0, -1.0]])

"""Quantisation keeps what matters: small errors, exact balance, and limits that say so."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn import mapping
from lava_bccn.errors import MappingError
from lava_bccn.mapping import MappedLayer, MappedNetwork, quantise, rounding_report
from lava_bccn.mapping.exponents import choose_exponent
from lava_bccn.sim import settle


def float_network(generator, sizes=(12, 10, 8, 4), std=0.5, p_baseline=0.5, **fields):
    layers = []
    for index, shape in enumerate(zip(sizes[1:], sizes[:-1], strict=True)):
        feedback = {}
        if index:
            burst = generator.normal(0, 0.3, shape)
            feedback = {"feedback_burst": burst, "feedback_event": p_baseline * burst}
            feedback |= {"feedback": "random", **fields}
        layers.append(
            MappedLayer(
                generator.normal(0, std, shape), generator.normal(0, 0.3, shape[0]), **feedback
            )
        )
    return MappedNetwork(tuple(layers), "float", p_baseline)


@given(st.integers(0, 2**32 - 1), st.sampled_from((1, 7, 127)), st.integers(-15, 15))
def test_the_exponent_scales_with_the_weights(seed, max_weight, power):
    values = np.random.default_rng(seed).normal(size=50)
    exponent = choose_exponent([values], max_weight)
    assert choose_exponent([values * 2.0**power], max_weight) == exponent + power


@given(st.integers(0, 2**32 - 1), st.sampled_from((1, 7, 127)))
def test_no_other_exponent_rounds_better(seed, max_weight):
    values = np.random.default_rng(seed).normal(size=50) ** 3  # has outliers

    def error(exponent):
        unit = 2.0**exponent
        rounded = np.clip(np.rint(values / unit), -max_weight, max_weight) * unit
        return np.square(values - rounded).sum()

    chosen = error(choose_exponent([values], max_weight))
    assert chosen <= min(error(exponent) for exponent in range(-12, 8)) * (1 + 1e-12)


def test_zero_weights_have_an_exponent():
    assert choose_exponent([np.zeros(3)], 127) == 0


@pytest.mark.parametrize("p_baseline", [0.5, 0.25, 0.125])
def test_balanced_feedback_becomes_equal_integers(generator, p_baseline):
    network = quantise(float_network(generator, p_baseline=p_baseline), generator.random((50, 12)))
    for layer in network.layers[1:]:
        np.testing.assert_array_equal(layer.feedback_burst, layer.feedback_event)


def test_w_and_y_share_an_exponent_where_they_share_updates(generator):
    network = float_network(generator, feedback="kolen_pollack")
    for layer in quantise(network, generator.random((50, 12))).layers[1:]:
        assert layer.weight_exponent == layer.feedback_exponent


@pytest.mark.parametrize(("bits", "limit"), [(8, 0.02), (6, 0.05), (4, 0.2)])
def test_the_report_measures_the_rounding(generator, bits, limit):
    reference = float_network(generator)
    inputs = generator.random((200, 12))
    network = quantise(reference, inputs, weight_bits=bits)
    targets = np.eye(4)[np.arange(200) % 4]
    states = [
        settle(m, m.quantise_inputs(inputs), m.quantise_targets(targets))[0]
        for m in (reference, network)
    ]
    report = rounding_report(reference, network, inputs, targets)
    for index, layer in enumerate(report):
        restored = network.layers[index].weight * 2.0 ** network.layers[index].weight_exponent
        error = np.linalg.norm(restored - reference.layers[index].weight)
        assert layer.weight_error == pytest.approx(
            error / np.linalg.norm(reference.layers[index].weight)
        )
        assert 0 < layer.weight_error < limit
        difference = states[0][index].event_rate - states[1][index].event_rate * 2.0**-8
        assert layer.event_rate_error == pytest.approx(np.sqrt(np.square(difference).mean()))
    assert all(np.abs(layer.weight).max() < 2 ** (bits - 1) for layer in network.layers)


def test_large_potentials_get_fewer_fraction_bits_and_do_not_saturate(generator):
    reference = float_network(generator, std=60.0)
    inputs = generator.random((100, 12))
    network = quantise(reference, inputs)
    assert network.layers[0].soma_fraction_bits < 16
    _, saturations = settle(network, network.quantise_inputs(inputs))
    assert saturations.sum() == 0


def test_a_baseline_that_is_no_power_of_two_is_refused_by_name(generator):
    network = float_network(generator, p_baseline=0.2)
    with pytest.raises(MappingError, match=r"p_baseline = 0\.2 .* precision='float'"):
        quantise(network, generator.random((5, 12)))


def test_weights_too_large_for_24_bits_are_refused(generator):
    with pytest.raises(MappingError, match="the weights do not fit"):
        quantise(float_network(generator, std=1e8), generator.random((5, 12)))


def test_a_large_bias_gets_the_fraction_bits_that_hold_it(generator):
    network = float_network(generator)
    balancing = dataclasses.replace(
        network.layers[0], bias=np.full(10, -1000.0), weight=np.full((10, 12), 1000 / 6)
    )
    network = dataclasses.replace(network, layers=(balancing, *network.layers[1:]))
    layer = quantise(network, np.full((5, 12), 0.5)).layers[0]
    assert layer.bias[0] * 2.0**-layer.soma_fraction_bits == -1000


def test_weights_too_fine_for_any_exponent_become_zero():
    assert choose_exponent([np.full(3, 1e-30)], 127) == -32


def test_large_weights_that_calibration_never_saw_are_refused():
    network = float_network(np.random.default_rng(0), sizes=(12, 4), std=2.0**50)
    with pytest.raises(MappingError, match="the weights do not fit"):
        quantise(network, np.zeros((5, 12)))


def test_requested_bits_out_of_range_are_refused(generator):
    with pytest.raises(ValueError, match="weight_bits must be an integer from 2 to 8, not 9"):
        quantise(float_network(generator), generator.random((5, 12)), weight_bits=9)


@pytest.mark.parametrize(("event_bits", "extra", "hidden"), [(8, 4, 0), (9, 4, 1), (10, 6, 4)])
def test_traces_of_burst_deviations_have_their_range_in_any_format(
    generator, event_bits, extra, hidden
):
    inputs = generator.random((30, 12))
    network = mapping.new_network((12, 8, 4), inputs, event_bits=event_bits, burst_extra_bits=extra)
    exponents = [layer.deviation_exponent for layer in network.layers]
    # The largest deviation of the output, p^b 4/27, is 303 at 12 bits: 2^2 coarser than 7 bits.
    assert exponents == [hidden, hidden + 2]
    apical = settle(
        network,
        network.quantise_inputs(inputs),
        network.quantise_targets(np.eye(4)[np.arange(30) % 4]),
    )[0][0].apical
    coarse = np.abs(apical).max() / 2.0 ** network.layers[0].apical_exponent
    assert coarse <= 1.1 * 128

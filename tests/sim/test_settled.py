"""The simulator against an independent reference, and its two ways against each other."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics.fixed_point import integer_sigmoid
from lava_bccn.mapping import MappedLayer, MappedNetwork
from lava_bccn.sim import hold, settle, steps
from lava_bccn.sim.products import ExactProduct
from tests.conftest import integer_networks, samples_for

seeds = st.integers(0, 2**32 - 1)


def reference(network, sample, target):
    """One sample in Python's own integers of any size, written from the contract alone."""
    units = network.number_format
    event_bits, extra, k = units.event_bits, units.burst_extra_bits, units.baseline_shift

    def scaled(value, places):  # value · 2^places, toward minus infinity
        return value << places if places >= 0 else value >> -places

    def nearest(value, places):
        return (
            math.floor(value * 2**places + 0.5)
            if places >= 0
            else ((value + (1 << (-places - 1))) >> -places)
        )

    def state(value):
        return max(-(2**23), min(2**23 - 1, value))

    def sigmoid(x):
        return int(integer_sigmoid(np.int64(max(-(2**62), min(2**62, x)))))

    layers, below = [], [int(x) for x in sample]
    for layer in network.layers:
        places = layer.weight_exponent - event_bits + layer.soma_fraction_bits
        sums = [sum(int(w) * e for w, e in zip(row, below, strict=True)) for row in layer.weight]
        soma = [state(scaled(s, places) + int(c)) for s, c in zip(sums, layer.bias, strict=True)]
        below = [
            min(
                nearest(sigmoid(scaled(v, 12 - layer.soma_fraction_bits)), event_bits - 15),
                2**event_bits - 1,
            )
            for v in soma
        ]
        layers.append({"soma": soma, "event_rate": below})
    for index in reversed(range(len(layers))):
        events = layers[index]["event_rate"]
        if index == len(layers) - 1:
            prob = []
            for t, e in zip(target, events, strict=True):
                error = (int(t) - e) * (2**event_bits - e) if t >= 0 else 0
                prob.append((1 << (15 - k)) + nearest(error, 15 - k - 2 * event_bits))
        else:
            sender, above = network.layers[index + 1], layers[index + 1]
            apical = []
            for unit in range(len(events)):
                total = 0
                if sender.feedback_burst is not None:
                    bursts = zip(sender.feedback_burst[:, unit], above["burst_rate"], strict=True)
                    total = sum(int(y) * b for y, b in bursts)
                    sent = zip(sender.feedback_event[:, unit], above["event_rate"], strict=True)
                    total -= sum(int(q) * e for q, e in sent) << (extra - k)
                fraction = network.layers[index].apical_fraction_bits
                apical.append(
                    state(scaled(total, sender.feedback_exponent - event_bits - extra + fraction))
                )
            layers[index]["apical"] = apical
            prob = [
                scaled(
                    sigmoid(nearest(u * (2**event_bits - e), 12 - fraction - event_bits + 1 + k)),
                    1 - k,
                )
                for u, e in zip(apical, events, strict=True)
            ]
        layers[index]["burst_prob"] = prob
        layers[index]["burst_rate"] = [
            nearest(p * e, extra - 15) for p, e in zip(prob, events, strict=True)
        ]
    return layers


@given(integer_networks(), seeds)
def test_every_integer_is_that_of_the_contract(network, seed):
    inputs, targets = samples_for(network, 3, np.random.default_rng(seed))
    states, _ = settle(network, inputs, targets)
    for sample in range(3):
        expected = reference(network, inputs[sample], targets[sample])
        for got, wanted in zip(states, expected, strict=True):
            for name, values in wanted.items():
                assert getattr(got, name)[sample].tolist() == values, name


@given(integer_networks(), seeds)
def test_step_by_step_arrives_at_the_settled_state_whatever_came_before(network, seed):
    first, second = (
        samples_for(network, 4, np.random.default_rng([seed, part])) for part in (0, 1)
    )
    *_, last = steps(network, [*hold(network, *first), *hold(network, *second)])
    settled, _ = settle(network, *second)
    for a, b in zip(last, settled, strict=True):
        for name, value in vars(b).items():
            if value is None:
                assert getattr(a, name) is None
            else:
                np.testing.assert_array_equal(getattr(a, name), value, err_msg=name)


@given(integer_networks(), seeds)
def test_without_a_teacher_balanced_dendrites_are_silent(network, seed):
    layers = [
        MappedLayer(**{**vars(layer), "feedback_event": layer.feedback_burst})
        for layer in network.layers
    ]
    balanced = MappedNetwork(tuple(layers), "fixed", network.p_baseline, network.number_format)
    inputs, _ = samples_for(balanced, 5, np.random.default_rng(seed))
    states, _ = settle(balanced, inputs)
    baseline = round(balanced.p_baseline * 2**15)
    for state in states:
        assert (state.burst_prob == baseline).all()
        assert state.apical is None or (state.apical == 0).all()


@given(integer_networks(), seeds)
def test_a_batch_is_its_samples_one_by_one(network, seed):
    inputs, targets = samples_for(network, 4, np.random.default_rng(seed))
    batch, batch_saturations = settle(network, inputs, targets)
    singles = [settle(network, inputs[i : i + 1], targets[i : i + 1]) for i in range(4)]
    assert sum(saturations for _, saturations in singles).tolist() == batch_saturations.tolist()
    for index, state in enumerate(batch):
        joined = np.concatenate([single[index].burst_rate for single, _ in singles])
        np.testing.assert_array_equal(joined, state.burst_rate)


def test_saturations_are_counted_where_they_happen():
    units_above = np.full((2, 3), 127, dtype=np.int8)
    layer = MappedLayer(units_above, np.array([0, 2**22], dtype=np.int32), weight_exponent=6)
    from lava_bccn.dynamics.fixed_point import FixedPointFormat

    network = MappedNetwork((layer,), "fixed", 0.5, FixedPointFormat())
    inputs = np.array([[255, 255, 255], [0, 0, 0]])
    _, saturations = settle(network, inputs)
    assert saturations.tolist() == [2]


@given(seeds, st.integers(1, 40), st.sampled_from((255, 4080, 2**20, 2**40)))
def test_products_of_integers_are_exact(seed, size, max_rate):
    generator = np.random.default_rng(seed)
    matrix = generator.integers(-127, 128, (size, 7)).astype(np.int8)
    rates = generator.integers(-max_rate, max_rate + 1, (3, size))
    np.testing.assert_array_equal(ExactProduct(matrix)(rates), rates @ matrix.astype(np.int64))


def test_products_beyond_float64_are_refused():
    with pytest.raises(OverflowError, match="not exact"):
        ExactProduct(np.full((10, 1), 127, dtype=np.int8))(np.full((1, 10), 2**50))

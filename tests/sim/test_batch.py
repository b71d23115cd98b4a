"""Compiled batches against the same network in NumPy."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lava_bccn
from lava_bccn.dynamics.activations import ACTIVATIONS, HARD_SIGMOID
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.mapping import MappedLayer, MappedNetwork
from lava_bccn.sim import settle, settled
from lava_bccn.sim.batch import Batch
from lava_bccn.sim.connections import Connections
from tests.conftest import integer_networks, samples_for
from tests.convolutions import conv_network
from tests.network.layers import fixed, layer

seeds = st.integers(0, 2**32 - 1)


def batch_of(network, samples):
    return Batch(network.all_ensembles(), Connections(network), samples)


def same(network, batch, inputs, targets):
    """Whether a batch comes to the states and saturations of NumPy."""
    given = network.no_teacher if targets is None else targets
    states, saturations = batch.settle(inputs, given)
    expected, expected_saturations = settle(network, inputs, targets)
    np.testing.assert_array_equal(saturations, expected_saturations)
    for index, (got, wanted) in enumerate(zip(states, expected, strict=True)):
        for name in STATE_NAMES:
            value = getattr(wanted, name)
            if value is None:
                assert getattr(got, name) is None
            else:
                np.testing.assert_array_equal(getattr(got, name), value, err_msg=f"{name} {index}")


@settings(max_examples=300)
@given(integer_networks(), seeds, st.sampled_from(("sigmoid", "hard_sigmoid", "relu")))
def test_every_integer_and_count_is_that_of_numpy(network, seed, activation):
    layers = network.layers
    if activation != "sigmoid":  # alternately, and with the units of potentials that it has
        form = ACTIVATIONS[activation].integers
        bits = form.soma_fraction_bits(network.number_format.event_bits)
        other = {"activation": activation} | ({} if bits is None else {"soma_fraction_bits": bits})
        layers = tuple(replace(each, **other) if n % 2 else each for n, each in enumerate(layers))
    network = replace(network, layers=layers)
    inputs, targets = samples_for(network, 5, np.random.default_rng(seed))
    batch = batch_of(network, 5)
    same(network, batch, inputs, targets)
    same(network, batch, inputs[:2], None)


@pytest.mark.parametrize("seed", range(3))
def test_convolutions_too(seed):
    generator = np.random.default_rng(seed)
    network, _, images = conv_network(generator)
    inputs = network.quantise_inputs(images.reshape(len(images), -1))
    targets = network.quantise_targets(generator.random((len(images), network.output_size)))
    same(network, batch_of(network, len(images)), inputs, targets)


@pytest.mark.parametrize("spread", [127, 20])
def test_sums_that_float32_does_not_hold(generator, spread):
    def weight(units, below):
        return generator.integers(-spread, spread + 1, (units, below)).astype(np.int8)

    network = fixed(
        layer(weight=weight(300, 1200), bias=np.zeros(300, np.int32), weight_exponent=-9),
        layer(
            weight=weight(200, 300),
            bias=np.zeros(200, np.int32),
            weight_exponent=-9,
            feedback_burst=weight(200, 300),
            feedback_event=weight(200, 300),
            feedback="random",
        ),
    )
    network = replace(network, number_format=replace(network.number_format, event_bits=12))
    inputs, targets = samples_for(network, 30, generator)
    same(network, batch_of(network, 30), inputs, targets)


@given(integer_networks(), seeds)
def test_saturations_are_counted_whether_or_not_bursts_are_wanted(network, seed):
    inputs, targets = samples_for(network, 6, np.random.default_rng(seed))
    batch = batch_of(network, 6)
    for given_ in (targets, network.no_teacher):
        _, with_bursts = batch.settle(inputs, given_)
        _, without = batch.settle(inputs, given_, bursts=False)
        np.testing.assert_array_equal(with_bursts, without)


def results(network, inputs, **options):
    result = lava_bccn.run(network, inputs, **options)
    arrays = [array for state in result.states for array in vars(state).values()]
    return [*arrays, result.saturations]


@given(integer_networks(), seeds, st.sets(st.sampled_from(STATE_NAMES)), st.booleans())
def test_a_run_gives_the_same_whether_it_is_compiled(network, seed, record, teacher):
    generator = np.random.default_rng(seed)
    inputs = generator.random((7, network.input_size))
    targets = generator.random((7, network.output_size)) if teacher else None
    runs = []
    for pays in (False, True):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(settled, "_pays", lambda states, pays=pays: pays)
            runs.append(results(network, inputs, targets=targets, record=tuple(record)))
    for plain, compiled in zip(*runs, strict=True):
        np.testing.assert_array_equal(plain, compiled)
        if plain is not None:
            assert plain.dtype == compiled.dtype


def test_an_activation_that_takes_arrays_only_runs_all_the_same(generator, monkeypatch):
    def event_rate(soma, constants):
        return HARD_SIGMOID.event_rate(np.asarray(soma.tolist()), constants)

    name = "arrays only"
    monkeypatch.setattr(ACTIVATIONS, "_items", dict(ACTIVATIONS))
    ACTIVATIONS.register(replace(HARD_SIGMOID, name=name, event_rate=event_rate))
    network, inputs = fixed(layer(soma_fraction_bits=6)), generator.random((4, 3))
    runs = [results(replace(network, activation=each), inputs) for each in (name, "hard_sigmoid")]
    for got, expected in zip(*runs, strict=True):
        np.testing.assert_array_equal(got, expected)


def test_small_runs_do_not_wait_for_compiled_code(monkeypatch):
    monkeypatch.delitem(settled.sys.modules, settled._COMPILED)
    monkeypatch.setattr(settled._Plain, "states", 0)
    assert not settled._pays(1000)
    assert not settled._pays(settled.WORTH_COMPILING - 1001)
    assert settled._pays(1)  # many small ones do in the end
    assert settled._pays(1)


@pytest.mark.slow
@given(st.integers(0, 499))
@settings(max_examples=100)
def test_larger_networks(seed):
    generator = np.random.default_rng(seed)
    sizes = generator.integers(1, 200, generator.integers(2, 6))
    layers = []
    for index, (below, units) in enumerate(pairwise(sizes)):
        spread = generator.integers(1, 128)

        def matrix(shape=(units, below), spread=spread):
            return generator.integers(-spread, spread + 1, shape).astype(np.int8)

        burst = matrix() if index else None
        event = burst if generator.random() < 0.5 or burst is None else matrix()
        layers.append(
            MappedLayer(
                matrix(),
                generator.integers(-(2**16), 2**16, units).astype(np.int32),
                burst,
                event,
                weight_exponent=int(generator.integers(-12, -4)),
                feedback_exponent=int(generator.integers(-12, -4)),
                soma_fraction_bits=int(generator.integers(8, 17)),
                apical_fraction_bits=int(generator.integers(8, 17)),
                feedback=None if burst is None else "random",
            )
        )
    network = MappedNetwork(tuple(layers), "fixed", 0.5, fixed(layer()).number_format)
    inputs, targets = samples_for(network, 40, generator)
    batch = batch_of(network, 40)
    same(network, batch, inputs, targets)
    same(network, batch, inputs, None)

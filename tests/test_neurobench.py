"""NeuroBench's metrics: counted as defined, and as its own package counts them."""

import numpy as np
import pytest

import lava_bccn
from lava_bccn import datasets, mapping
from lava_bccn.errors import InvalidInputError
from lava_bccn.neurobench import neurobench_metrics

SAMPLES = 12


def images(network, seed=0):
    """Event rates, a third of which are 0."""
    random = np.random.default_rng(seed)
    rates = random.random((SAMPLES, network.input_size))
    return rates * (rates > 1 / 3)


def reference(network, inputs, targets=None):
    """By loops over samples and units, from what the simulator recorded."""
    states = ("event_rate", "burst_rate")
    run = lava_bccn.run(network, inputs, targets, record=states)
    below = network.quantise_inputs(inputs)
    effective = 0
    silent = []
    for layer, state in zip(network.layers, run.states, strict=True):
        for sample in below:
            effective += sum(np.count_nonzero(row[sample != 0]) for row in layer.weight)
        below = state.event_rate
        silent.append((state.event_rate == 0).mean())
    return effective / SAMPLES, silent


@pytest.fixture(scope="module")
def digits():
    return lava_bccn.load("digits")


def test_operations_and_sparsity_are_those_of_a_loop(digits):
    inputs = images(digits)
    found = neurobench_metrics(digits, inputs)
    report = found.report(found.total)
    effective, silent = reference(digits, inputs)
    operations = report["SynapticOperations"]
    assert operations["Effective_MACs"] == effective
    assert operations["Dense"] == sum(layer.weight.size for layer in digits.layers)
    assert operations["Effective_ACs"] == 0
    for layer, share in zip(found.layers, silent, strict=True):
        assert found.report(layer)["ActivationSparsity"] == share


def test_footprint_is_what_the_arrays_hold_and_learning_holds_more(digits):
    found = neurobench_metrics(digits, images(digits))
    report = found.report(found.total)
    assert report["Footprint"] == sum(a.weight.nbytes + a.bias.nbytes for a in digits.layers)
    held = sum(array.nbytes for layer in digits.layers for array in layer.arrays.values())
    traces = sum(layer.units + layer.units_below for layer in digits.layers)
    assert report["learning"]["footprint"] == held + traces
    zeros = sum(np.sum(layer.weight == 0) for layer in digits.layers)
    assert report["ConnectionSparsity"] == zeros / sum(a.weight.size for a in digits.layers)


def test_bursts_deviate_under_a_teacher_alone(digits):
    inputs = images(digits)
    alone = neurobench_metrics(digits, inputs)
    taught = neurobench_metrics(digits, inputs, np.eye(10)[np.arange(SAMPLES) % 10])
    assert all(layer.at_baseline == layer.activations for layer in alone.layers)
    assert all(layer.at_baseline < layer.activations for layer in taught.layers)
    assert alone.report(alone.total)["learning"]["burst_deviation_sparsity"] is None
    assert taught.total.macs == alone.total.macs


def test_feedback_operations_are_those_of_a_loop(digits):
    inputs = images(digits)
    run = lava_bccn.run(digits, inputs, record=("event_rate", "burst_rate"))
    down = 0
    for layer, state in zip(digits.layers[1:], run.states[1:], strict=True):
        for matrix, sent in zip(
            layer.feedback_matrices, (state.burst_rate, state.event_rate), strict=True
        ):
            down += sum(np.count_nonzero(matrix[sample != 0]) for sample in sent)
    assert neurobench_metrics(digits, inputs).total.feedback_effective == down


def test_what_sends_0_and_1_alone_is_accumulated():
    network = mapping.new_network((6, 4, 2), np.eye(6))
    counts = neurobench_metrics(network, np.eye(6) / 256).total
    assert counts.acs == np.count_nonzero(network.layers[0].weight)
    assert counts.macs > 0  # of the layer above, which is sent rates


def test_inputs_that_do_not_fit_are_refused(digits):
    with pytest.raises(InvalidInputError, match="expected"):
        neurobench_metrics(digits, np.zeros((3, 5)))


@pytest.mark.parametrize("name", ["digits", "lenet-5", "mnist-500"])
def test_the_package_counts_the_same(name):
    pytest.importorskip("neurobench")
    network = lava_bccn.load(name)
    inputs = images(network).reshape(SAMPLES, *network.input_shape)
    ours = neurobench_metrics(network, inputs)
    package = mapping.neurobench_counts(network, inputs)
    report = ours.report(ours.total)
    assert package["SynapticOperations"] == pytest.approx(report["SynapticOperations"])
    assert package["Footprint"] == report["Footprint"]
    assert package["ActivationSparsity"] == pytest.approx(report["ActivationSparsity"])
    assert package["ConnectionSparsity"] == pytest.approx(report["ConnectionSparsity"], abs=1e-4)


def test_its_model_predicts_as_the_simulator():
    torch = pytest.importorskip("torch")
    pytest.importorskip("neurobench")
    data = datasets.load("digits")
    network = lava_bccn.load("digits")
    rates = mapping.neurobench_model(network)(torch.from_numpy(data.test_inputs[:50]))
    expected = lava_bccn.run(network, data.test_inputs[:50], record=("event_rate",))
    np.testing.assert_array_equal(rates.numpy(), expected.states[-1].event_rate)

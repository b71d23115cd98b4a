"""The numbers of a report, against NumPy that knows nothing of how they were made."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

import lava_bccn
from lava_bccn import mapping
from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.errors import InvalidInputError, RoundingWarning
from lava_bccn.mapping import MappedLayer, MappedNetwork
from lava_bccn.mapping.equalise import scaled_channels
from lava_bccn.mapping.report import conversion_report, layers_alone
from lava_bccn.mapping.report import pair as pairs
from lava_bccn.network.output import Output

RANDOM = np.random.default_rng(5)
CALIBRATION, INPUTS = RANDOM.random((64, 6)), RANDOM.random((90, 6))


def layer(units, below, scale=1.0):
    weight = RANDOM.normal(0, scale / np.sqrt(below), (units, below)).astype(np.float32)
    return MappedLayer(weight=weight, bias=RANDOM.normal(0, 0.2, units).astype(np.float32))


def network(activation="relu", kind="values"):
    """Three layers, the last a line; ReLUs that are clipped far beyond the inputs."""
    layers = (layer(8, 6, 0.3), layer(7, 8, 1.0), layer(4, 7, 0.8))
    return MappedNetwork(
        layers, "float", activation=activation, output=Output(kind, 3.0, -1.0), metadata={}
    )


def by_hand(reference, inputs):
    """Event rates of every layer of a rectified network, and its outputs."""
    rates = []
    for each in reference.layers:
        inputs = np.clip(inputs @ each.weight.T.astype(float) + each.bias, 0, 1)
        rates.append(inputs)
    return rates, 3.0 * inputs - 1.0


@pytest.fixture(scope="module")
def reference():
    return network()


@pytest.fixture(scope="module", params=[8, 3])
def fixed(request, reference):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RoundingWarning)
        return mapping.quantise(reference, CALIBRATION, weight_bits=request.param)


def test_a_report_says_what_matters_in_a_few_lines(reference, fixed):
    labels = np.arange(len(INPUTS)) % 4
    report = conversion_report(reference, fixed, CALIBRATION, INPUTS, labels)
    first, accuracy, outputs, *layers = repr(report).splitlines()
    assert first == f"ConversionReport of {report.architecture} on {report.samples} samples"
    assert f"{report.integers.accuracy:.2%} in integers" in accuracy
    assert f"{report.integers.loss:.2%} of their spread" in outputs
    assert len(layers) == len(report.layers)


def test_accuracy_and_error_are_those_of_the_outputs(reference, fixed):
    labels = RANDOM.integers(0, 4, len(INPUTS))
    report = conversion_report(reference, fixed, CALIBRATION, INPUTS, labels)
    _, exact = by_hand(reference, INPUTS)
    integers = lava_bccn.run(fixed, INPUTS).outputs
    assert report.kind == "classes" and report.samples == 90
    assert report.exact.accuracy == np.mean(exact.argmax(1) == labels)
    assert report.integers.accuracy == np.mean(integers.argmax(1) == labels)
    assert report.integers.agreement == np.mean(integers.argmax(1) == exact.argmax(1))
    error = np.sqrt(np.mean((integers - exact) ** 2))
    assert report.integers.error == pytest.approx(error, rel=1e-6)
    spread = np.sqrt(np.mean((exact - exact.mean(0)) ** 2))
    assert report.integers.loss == pytest.approx(error / spread, rel=1e-5)
    assert report.exact.error == 0 and report.exact.loss == 0


def test_layers_err_by_what_their_potentials_say_without_any_scale(reference, fixed):
    """In units of the model: a rate times its scale, which is that of the potentials."""
    report = conversion_report(reference, fixed, CALIBRATION, INPUTS)
    rates, _ = by_hand(reference, INPUTS)
    result = lava_bccn.run(fixed, INPUTS, record=("event_rate", "soma"))
    for index in (0, 1):
        given = result.values("event_rate", index)
        # The scale by which the integers are nearest to the model's own rates: none errs less.
        inside = given < 0.99
        found = report.layers[index]
        low, high = 0.8 * found.event_rate_error, 1.0001 * found.event_rate_error
        gain = (rates[index][inside] @ given[inside]) / np.square(rates[index][inside]).sum()
        error = np.sqrt(np.mean((gain * rates[index] - given) ** 2))
        assert low <= error <= high
        assert found.at_top == np.mean(given == 255 / 256)
        assert found.at_limit == 0


def test_weights_are_counted(reference, fixed):
    report = conversion_report(reference, fixed, CALIBRATION, INPUTS)
    for found, exact, integers in zip(report.layers, reference.layers, fixed.layers, strict=True):
        zero = np.mean(integers.weight[exact.weight != 0] == 0)
        assert found.rounded_to_zero == pytest.approx(zero)
        assert found.shape == integers.weight.shape
        assert found.weight_exponent == integers.weight_exponent
        for shares in (found.weights.exact, found.weights.integers):
            assert sum(shares) == pytest.approx(1)
        assert sum(found.event_rates.exact) == pytest.approx(1)


def test_the_worst_samples_are_those_of_another_class_then_the_farthest(reference):
    fixed = mapping.quantise(reference, CALIBRATION, weight_bits=7)
    logits = conversion_report(network_as(reference, "logits"), fixed, CALIBRATION, INPUTS)
    report = conversion_report(reference, fixed, CALIBRATION, INPUTS)
    _, exact = by_hand(reference, INPUTS)
    distance = np.abs(exact - lava_bccn.run(fixed, INPUTS).outputs).max(1)
    assert [each.index for each in report.worst] == list(np.argsort(-distance)[:8])
    assert report.worst[0].exact == pytest.approx(tuple(exact[report.worst[0].index]))
    assert logits.samples == report.samples


def network_as(reference, kind):
    return replace(reference, output=Output(kind, 3.0, -1.0))


def test_batches_change_nothing(reference, fixed, monkeypatch):
    targets = by_hand(reference, INPUTS)[1]
    whole = conversion_report(reference, fixed, CALIBRATION, INPUTS, targets)
    alone = layers_alone(reference, fixed, CALIBRATION, INPUTS, targets)
    monkeypatch.setattr(pairs, "_MAX_STATES", 7 * sum(fixed.sizes))
    parts = conversion_report(reference, fixed, CALIBRATION, INPUTS, targets)
    assert [each.index for each in parts.worst] == [each.index for each in whole.worst]
    for one, other in zip(
        [parts.integers, *layers_alone(reference, fixed, CALIBRATION, INPUTS, targets)],
        [whole.integers, *alone],
        strict=True,
    ):
        assert one.error == pytest.approx(other.error)
        assert one.distance == pytest.approx(one.error, rel=1e-6)  # the targets are the exact ones
    for one, other in zip(parts.layers, whole.layers, strict=True):
        assert one.event_rate_error == pytest.approx(other.event_rate_error)
        assert one.event_rate_loss == pytest.approx(other.event_rate_loss)


def test_a_layer_with_ruined_weights_is_the_one_that_costs(reference):
    fixed = mapping.quantise(reference, CALIBRATION)
    for ruined in range(3):
        layers = list(fixed.layers)
        layers[ruined] = replace(layers[ruined], weight=np.roll(layers[ruined].weight, 1, axis=0))
        outcomes = layers_alone(
            reference, replace(fixed, layers=tuple(layers)), CALIBRATION, INPUTS
        )
        assert np.argmax([each.loss for each in outcomes]) == ruined
        for index, outcome in enumerate(outcomes):
            assert (outcome.loss < 0.1) == (index != ruined)


def test_equalised_networks_are_compared_with_equalised_ones(reference):
    fixed = mapping.quantise(reference, CALIBRATION, equalise=True)
    report = conversion_report(reference, fixed, CALIBRATION, INPUTS, equalise=True)
    others = conversion_report(reference, fixed, CALIBRATION, INPUTS)
    assert report.layers[0].event_rate_loss < 0.1 < others.layers[0].event_rate_loss
    assert report.integers.loss == pytest.approx(others.integers.loss)


def test_what_does_not_fit_is_refused(reference):
    fixed = mapping.quantise(reference, CALIBRATION)
    with pytest.raises(InvalidInputError, match="compares a network in floating point"):
        conversion_report(fixed, fixed, CALIBRATION, INPUTS)
    with pytest.raises(InvalidInputError, match=r"expected \(90,\) integers"):
        conversion_report(reference, fixed, CALIBRATION, INPUTS, np.zeros((90, 3)))
    with pytest.raises(InvalidInputError, match="is another network"):
        conversion_report(MappedNetwork(reference.layers[:2], "float"), fixed, CALIBRATION, INPUTS)


@pytest.mark.parametrize("groups", [1, 2])
def test_channels_of_convolutions_have_gains_of_their_own(groups):
    def kernels(*shape):
        weight = RANDOM.normal(0, 0.15, shape) * np.geomspace(0.2, 1, shape[0])[:, None, None, None]
        return weight.astype(np.float32)

    shapes = ((2, 6, 6), (4, 6, 6))
    geometries = (
        ConvolutionGeometry(shapes[0], padding=(1, 1)),
        ConvolutionGeometry(shapes[1], groups=groups),
    )
    layers = [
        MappedLayer(weight=weight, bias=np.full(size, 0.1, np.float32), geometry=geometry)
        for weight, size, geometry in zip(
            (kernels(4, 2, 3, 3), kernels(4, 4 // groups, 3, 3)), (144, 64), geometries, strict=True
        )
    ]
    reference = MappedNetwork(
        (*layers, layer(3, 64)), "float", activation="relu", output=Output("values", 3.0, -1.0)
    )
    factors = [RANDOM.uniform(0.2, 5, 4) for _ in layers]
    scaled = scaled_channels(scaled_channels(reference, 0, factors[0]), 1, factors[1])
    units = FixedPointFormat()
    for index, size in enumerate((36, 16)):
        found = pairs.Pair(reference, scaled, reference, units).rates(index, np.ones((1, 4 * size)))
        np.testing.assert_allclose(found[0], factors[index].repeat(size), rtol=1e-5)

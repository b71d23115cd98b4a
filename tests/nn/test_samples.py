"""Samples of any kind train as tensors do, and what is none is refused with what to do."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import DataLoader, TensorDataset

from lava_bccn.errors import InvalidInputError
from lava_bccn.nn import (
    Normalize,
    TrainingConfig,
    alignment,
    burst_mlp,
    burst_states,
    centre,
    train,
)
from lava_bccn.nn.samples import class_targets

INPUTS = torch.rand(60, 6, generator=torch.Generator().manual_seed(3))
LABELS = (INPUTS[:, 0] > INPUTS[:, 1]).long()
SAMPLES = (INPUTS, LABELS)
TARGETS = torch.eye(2)[LABELS]


def model():
    return burst_mlp((6, 5, 2), generator=torch.Generator().manual_seed(0))


def weights(network):
    return torch.cat([value.flatten() for value in network.state_dict().values()])


@pytest.mark.parametrize(
    ("inputs", "labels"),
    [
        (INPUTS.numpy(), LABELS.numpy()),
        (INPUTS.double(), LABELS.to(torch.uint8)),
        (INPUTS.tolist(), LABELS.tolist()),
        (INPUTS.clone().requires_grad_(), LABELS.int()),
        (INPUTS.numpy().astype(">f8"), LABELS.numpy().astype(np.int32)),
    ],
)
def test_samples_of_any_kind_train_as_tensors_do(inputs, labels):
    config = TrainingConfig(epochs=2)
    expected = train(model(), (INPUTS, LABELS), (INPUTS, LABELS), config)
    found = train(model(), (inputs, labels), (inputs, labels), config)
    assert torch.equal(weights(found.model), weights(expected.model))


def loader():
    return DataLoader(TensorDataset(INPUTS, LABELS), batch_size=7)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (loader(), "DataLoader"),
        (INPUTS, "must be .inputs, labels."),
        ((INPUTS, LABELS.float()), "integers"),
        ((INPUTS, torch.eye(2)[LABELS]), "argmax"),
        ((INPUTS, None), "labels of the training set must be numbers"),
        ((INPUTS[:0], LABELS[:0]), "at least one"),
        (((255 * INPUTS).to(torch.uint8), LABELS), "divide 8-bit images by 255"),
        ((INPUTS[:, :5], LABELS), r"expected inputs of shape \(batch, 6\)"),
        (("inputs", "labels"), "not 'inputs'"),
    ],
)
def test_what_is_no_samples_is_refused_with_what_to_do(samples, message):
    with pytest.raises(InvalidInputError, match=message):
        train(model(), samples, SAMPLES, TrainingConfig(epochs=1))


def test_the_advice_on_loaders_works():
    inputs, labels = map(torch.cat, zip(*loader(), strict=True))
    assert torch.equal(inputs, INPUTS) and torch.equal(labels, LABELS)
    train(model(), (inputs, labels), SAMPLES, TrainingConfig(epochs=1))


def test_inputs_are_brought_to_the_precision_of_the_model():
    network = model().double()
    train(network, SAMPLES, SAMPLES, TrainingConfig(epochs=1))
    assert network[-1].weight.dtype == torch.float64


@pytest.mark.parametrize("kind", [torch.Tensor.numpy, torch.Tensor.tolist, torch.Tensor.double])
def test_what_is_looked_at_may_be_of_any_kind_too(kind):
    for state, expected in zip(
        burst_states(model(), kind(INPUTS), kind(TARGETS)),
        burst_states(model(), INPUTS, TARGETS),
        strict=True,
    ):
        torch.testing.assert_close(state.burst_rate, expected.burst_rate)
    found = alignment(model(), kind(INPUTS), kind(TARGETS))[0]
    assert found.to_backprop == pytest.approx(alignment(model(), INPUTS, TARGETS)[0].to_backprop)
    networks = model(), model()
    centre(networks[0], INPUTS)
    centre(networks[1], kind(INPUTS))
    torch.testing.assert_close(weights(networks[0]), weights(networks[1]))


@pytest.mark.parametrize("look", [burst_states, alignment, centre])
@pytest.mark.parametrize(
    "inputs", ["inputs", None, INPUTS[:, :5], INPUTS[:0], INPUTS[0], INPUTS * np.nan, INPUTS + 1j]
)
def test_inputs_that_do_not_fit_are_refused(look, inputs):
    with pytest.raises(InvalidInputError):
        look(model(), inputs, *([TARGETS] if look is alignment else []))


@pytest.mark.parametrize(
    "targets", ["targets", LABELS, TARGETS[:5], TARGETS + 1, TARGETS * np.nan, TARGETS[:, :1]]
)
def test_targets_that_do_not_fit_are_refused(targets):
    for look in (burst_states, alignment):
        with pytest.raises(InvalidInputError):
            look(model(), INPUTS, targets)


def test_a_normalize_that_does_not_fit_is_named():
    network = torch.nn.Sequential(Normalize(torch.zeros(5), torch.ones(5)), *model())
    with pytest.raises(InvalidInputError, match=r"\(60, 6\) do not fit Normalize"):
        burst_states(network, INPUTS)


@pytest.mark.parametrize("network", [None, "model.pt", torch.nn.Linear(6, 2), {}])
def test_what_is_no_network_is_refused(network):
    for look in (burst_states, centre):
        with pytest.raises(InvalidInputError):
            look(network, INPUTS)
    with pytest.raises(InvalidInputError):
        train(network, SAMPLES, SAMPLES)


@given(st.integers(2, 12), st.floats(0, 0.49))
def test_targets_are_a_distribution_with_most_for_the_class(classes, smoothing):
    labels = torch.arange(30) % classes
    targets = class_targets(labels, classes, smoothing, torch.float64)
    torch.testing.assert_close(targets.sum(1), torch.ones(30, dtype=torch.float64))
    assert torch.equal(targets.argmax(1), labels)
    is_class = torch.nn.functional.one_hot(labels, classes).bool()
    assert set(targets[is_class].tolist()) == {1 - smoothing}
    assert set(targets[~is_class].tolist()) == {smoothing / (classes - 1)}


@pytest.mark.parametrize(("classes", "smoothing"), [(2, 0.5), (10, 0.9), (1, 0.1)])
def test_smoothing_that_hides_the_class_is_refused(classes, smoothing):
    with pytest.raises(InvalidInputError, match="needs the highest target"):
        class_targets(torch.zeros(3, dtype=torch.int64), classes, smoothing)

"""Weights and calibration inputs in every kind of tensor there is: read as what they stand for."""

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

import lava_bccn
from lava_bccn import mapping
from lava_bccn.errors import InvalidInputError, MappingError

INPUTS = torch.rand(40, 6, generator=torch.Generator().manual_seed(0))
WEIGHT = torch.linspace(-1, 1, 48).reshape(8, 6) * (torch.arange(48).reshape(8, 6) % 3 != 0)


def net(weight=WEIGHT, bias=None):
    model = torch.nn.Sequential(
        torch.nn.Linear(6, 8), torch.nn.Sigmoid(), torch.nn.Linear(8, 3), torch.nn.Sigmoid()
    )
    if weight is not None:
        model[0].weight = torch.nn.Parameter(weight, requires_grad=False)
    if bias is not None:
        model[0].bias = torch.nn.Parameter(bias, requires_grad=False)
    return model


class Named(torch.Tensor):
    """A subclass that changes nothing."""


READABLE = {
    "dense": lambda weight: weight,
    "sparse": torch.Tensor.to_sparse,
    "rows": torch.Tensor.to_sparse_csr,
    "columns": torch.Tensor.to_sparse_csc,
    "blocks": lambda weight: weight.to_sparse_bsr((2, 2)),
    "subclass": lambda weight: weight.as_subclass(Named),
    "transposed": lambda weight: weight.T.contiguous().T,
    "double": torch.Tensor.double,
}


@pytest.mark.filterwarnings("ignore:Sparse")
@pytest.mark.parametrize("kind", READABLE.values(), ids=READABLE)
def test_weights_are_read_whatever_holds_them(kind):
    network = mapping.from_torch(net(kind(WEIGHT)), INPUTS, precision="float")
    np.testing.assert_array_equal(network.layers[0].weight, WEIGHT)


@pytest.mark.filterwarnings("ignore")
def test_quantised_weights_are_read_as_what_their_integers_stand_for():
    weight = torch.quantize_per_tensor(WEIGHT, 1 / 64, 0, torch.qint8)
    network = mapping.from_torch(net(weight), INPUTS, precision="float")
    np.testing.assert_array_equal(network.layers[0].weight, weight.dequantize())
    assert not np.array_equal(network.layers[0].weight, WEIGHT)


def lazy():
    model = net()
    model[0] = torch.nn.LazyLinear(8)
    return model


def fake():
    with FakeTensorMode():
        return net(None)


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested")
@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lazy, "weight of module '0' .LazyLinear. is a lazy parameter"),
        (lambda: net().to("meta"), "weight of module '0' .Linear. is on the meta device"),
        (lambda: net(WEIGHT + 0j), "weight of module '0' .Linear. is complex"),
        (lambda: net(torch.nested.nested_tensor([WEIGHT[0], WEIGHT[1, :3]])), "nested"),
        (fake, "FakeTensor that cannot be read"),
        (lambda: net(WEIGHT[0]), "module '0' .Linear.: RuntimeError: .* must be 2D"),
        (lambda: net(WEIGHT[:, :, None]), "module '0' .Linear.: RuntimeError: .* <= 2 dimensions"),
        (lambda: net(bias=torch.rand(7)), "module '0' .Linear.: RuntimeError: .*length 7"),
        (lambda: net(bias=torch.rand(8, 1)), "0.* .Linear.[^a-z].*(size|dimension)"),
        (lambda: net(WEIGHT * np.nan), r"weight of layer 1 has 48 .*NaN.*\[0, 0\]"),
    ],
)
def test_what_holds_no_real_matrix_is_named(model, message):
    with pytest.raises((MappingError, InvalidInputError), match=message):
        mapping.from_torch(model(), precision="float")


def test_a_lazy_model_can_be_mapped_once_it_was_called():
    model = lazy()
    model(INPUTS)
    assert mapping.from_torch(model, INPUTS).sizes == (6, 8, 3)


GIVEN = {
    "tensor": lambda values: values,
    "with gradient": lambda values: values.clone().requires_grad_(),
    "graph": lambda values: 1.0 * values.clone().requires_grad_(),
    "double": torch.Tensor.double,
    "numpy": torch.Tensor.numpy,
    "other byte order": lambda values: values.numpy().astype(">f8"),
    "backwards": lambda values: values.numpy()[::-1][::-1],
    "lists": torch.Tensor.tolist,
    "list of tensors": lambda values: [row.requires_grad_() for row in values.clone().unbind()],
    "tuple of arrays": lambda values: tuple(values.numpy()),
    "sparse": torch.Tensor.to_sparse,
    "subclass": lambda values: values.as_subclass(Named),
    "nothing masked": lambda values: np.ma.masked_array(values.numpy(), mask=False),
    "conjugate view": lambda values: torch.complex(values, -values).conj().imag,
}


@pytest.mark.parametrize("kind", GIVEN.values(), ids=GIVEN)
def test_inputs_of_every_kind_calibrate_and_run(kind):
    model = net()
    expected = mapping.from_torch(model, INPUTS)
    network = mapping.from_torch(model, kind(INPUTS))
    np.testing.assert_array_equal(network.layers[0].bias, expected.layers[0].bias)
    found = lava_bccn.run(network, kind(INPUTS), kind(torch.eye(3)[torch.arange(40) % 3]))
    np.testing.assert_array_equal(found.event_rate, lava_bccn.run(expected, INPUTS).event_rate)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_inputs_in_half_precision_are_what_they_stand_for(dtype):
    network = mapping.from_torch(net(), INPUTS.to(dtype))
    found = lava_bccn.run(network, INPUTS.to(dtype)).event_rate
    expected = lava_bccn.run(network, INPUTS.to(dtype).float()).event_rate
    np.testing.assert_array_equal(found, expected)


def masked():
    return np.ma.masked_array(INPUTS.numpy(), mask=INPUTS.numpy() > 0.9)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (masked, "masked values; fill them first"),
        (lambda: INPUTS.to("meta"), "meta device"),
        (lambda: INPUTS + 0j, "complex"),
        (lambda: INPUTS.numpy() + 0j, "complex"),
        (lambda: "digits", "not 'digits'"),
        (lambda: [[0.5] * 6, [0.5] * 5], "cannot be read as an array"),
        (lambda: [["0.5"] * 6], "not dtype <U3"),
        (lambda: {"inputs": INPUTS}, "not dict"),
        (lambda: iter(INPUTS), "not a"),
        (lambda: torch.utils.data.DataLoader(INPUTS), "DataLoader"),
        (lambda: INPUTS.where(INPUTS < 0.9, torch.inf), "the first at"),
        (lambda: INPUTS * 255, r"in \[0, 1\]; got values from"),
        (lambda: (INPUTS * 255).byte(), "divide 8-bit images by 255"),
        (lambda: INPUTS[:0], "at least one"),
        (lambda: 0.5, r"have shape \(\)"),
    ],
)
def test_inputs_that_are_none_are_refused_by_mapping_and_run(inputs, message):
    network = mapping.from_torch(net(), INPUTS)
    for door in (
        lambda: mapping.from_torch(net(), inputs()),
        lambda: mapping.from_torch(net(), inputs(), precision="float"),
        lambda: lava_bccn.run(network, inputs()),
    ):
        with pytest.raises(InvalidInputError, match=message):
            door()


def test_the_advice_on_masked_arrays_works():
    network = mapping.from_torch(net(), masked().filled(0))
    assert len(lava_bccn.run(network, masked().filled(0)).event_rate) == 40


@pytest.mark.parametrize("model", [None, 3, net, [net()], torch.optim.SGD(net().parameters())])
def test_what_is_no_model_is_refused(model):
    with pytest.raises(MappingError, match="expected a model of PyTorch"):
        mapping.from_torch(model, INPUTS)

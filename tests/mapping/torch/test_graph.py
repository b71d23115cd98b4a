"""Any model by its operations: what maps has the model's numbers, the rest is refused by name."""

import warnings

import numpy as np
import pytest
import torch

import lava_bccn
from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.mapping.torch.graph.reader import read_graph
from lava_bccn.mapping.torch.models import from_torch
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.output import Output
from tests.mapping.torch.refused import REFUSES
from tests.mapping.torch.strangers import MAPS
from tests.mapping.torch.zoo import IMAGE, ZOO

MAPPED = sorted(name for name, each in ZOO.items() if each.refused is None)
REFUSED = sorted(name for name, each in ZOO.items() if each.refused is not None)


def images(count: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(count, *IMAGE, generator=torch.Generator().manual_seed(seed))


def used(model: torch.nn.Module) -> torch.nn.Module:
    """As after some training: its norms have seen data."""
    with torch.no_grad():
        model.train()
        for seed in range(3):
            model(images(32, seed))
    return model.eval()


@pytest.mark.parametrize("name", MAPPED)
def test_what_maps_has_the_numbers_of_the_model(name):
    model, samples = used(ZOO[name].make()), images(50, seed=9)
    reading = read_graph(model, IMAGE, images(50).numpy())
    output = Output("values", reading.scale, reading.offset)
    network = MappedNetwork(reading.layers, "float", output=output)
    expected = model(samples).detach()
    found = torch.from_numpy(lava_bccn.run(network, samples.numpy().reshape(50, -1)).outputs)
    if reading.last is not None:
        found = getattr(torch, reading.last)(found, -1)
    np.testing.assert_allclose(found.numpy(), expected.flatten(1).numpy(), atol=1e-5)


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_not_is_refused_with_its_name_and_place(name):
    with pytest.raises(MappingError, match=ZOO[name].refused) as refusal:
        read_graph(ZOO[name].make().eval(), IMAGE, images(20).numpy())
    assert "\n" not in str(refusal.value)


def test_a_model_is_left_as_it_was():
    model = ZOO["BatchNormCnn"].make().train()
    before = {name: each.clone() for name, each in model.state_dict().items()}
    read_graph(model, IMAGE, images(20).numpy())
    assert model.training and all(each.requires_grad for each in model.parameters())
    assert all(torch.equal(before[name], each) for name, each in model.state_dict().items())


def test_convolutions_stay_convolutions():
    """Also where pooling, normalisation and dilation are folded into their kernels."""
    for name, layers in (("BatchNormCnn", 2), ("LeNetLike", 2), ("DilatedGrouped", 2)):
        found = read_graph(used(ZOO[name].make()), IMAGE, images(20).numpy()).layers
        assert [each.geometry is not None for each in found][:layers] == [True] * layers


def test_what_needs_samples_says_so():
    with pytest.raises(InvalidInputError, match="needs a few inputs to calibrate"):
        read_graph(ZOO["FunctionalMlp"].make(), IMAGE, None)
    sigmoid = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Sigmoid())
    assert len(read_graph(sigmoid, (4,), None).layers) == 1


def test_where_a_layer_came_from_is_told():
    origins = read_graph(used(ZOO["BatchNormCnn"].make()), IMAGE, images(20).numpy()).origins
    assert "conv2d (conv1)" in origins[0] and "norm1" in origins[0] and "relu" in origins[0]
    assert "avg_pool2d (pool)" in origins[1] and "output" in origins[2]


SLOW = {"compiled"}  # importing what compiles takes seconds


def with_statistics(model: torch.nn.Module) -> torch.nn.Module:
    """With norms that have seen something."""
    for module in model.modules():
        if getattr(module, "running_mean", None) is not None:
            module.running_mean.uniform_(-0.5, 0.5)
            module.running_var.uniform_(0.5, 2)
    return model.eval()


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=pytest.mark.slow if each in SLOW else ()) for each in MAPS]
)
def test_models_of_strangers_have_their_numbers(name):
    torch.manual_seed(0)
    make, shape = MAPS[name]
    model = make().eval()
    samples = torch.rand(32, *shape, dtype=next(model.parameters()).dtype)
    model(samples)  # makes lazy layers
    model = with_statistics(model)
    network = from_torch(model, samples, precision="float")
    found = torch.from_numpy(lava_bccn.run(network, samples).outputs)
    expected = model(samples).detach().reshape(len(samples), -1)
    if network.output is not None and network.output.kind == "logits":
        found = found.log_softmax(1) if (expected < 0).all() else found.softmax(1)
    np.testing.assert_allclose(found.numpy(), expected.numpy(), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", REFUSES)
def test_models_of_strangers_are_refused_in_one_line(name, capfd):
    make, says, shape = REFUSES[name]
    samples = torch.rand(16, *shape)
    with pytest.raises(MappingError, match=says) as refusal:
        from_torch(make(), samples, precision="float")
    assert "\n" not in str(refusal.value)
    assert capfd.readouterr() == ("", "")


def test_torchscript_is_refused_with_the_way_that_works(tmp_path):
    model = torch.jit.script(ZOO["NestedSequentials"].make().eval())
    with pytest.raises(MappingError, match=r"TorchScript.*dynamo=False"):
        from_torch(model, images(8))
    pytest.importorskip("onnx")
    path = tmp_path / "model.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, (images(1),), path, dynamo=False)
    network = from_torch(path, images(8), precision="float")
    found = lava_bccn.run(network, images(8)).outputs
    np.testing.assert_allclose(found, model(images(8)).detach().numpy(), atol=1e-5)


def test_integers_end_where_the_activation_of_the_output_ends():
    """A last ReLU stays one: what it cuts off is no output."""
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(16, 12), torch.nn.ReLU6()).eval()
    samples = torch.rand(64, 16)
    with torch.no_grad():
        model[0].weight.mul_(4)
    found = lava_bccn.run(from_torch(model, samples), samples).outputs
    assert found.min() == 0
    np.testing.assert_allclose(found, model(samples).detach().numpy(), atol=0.05)


def test_samples_are_taken_in_the_shape_of_the_model():
    """Sequences and images without channels too, when mapped and when run."""
    make, shape = MAPS["SequenceNet"]
    model, samples = make().eval(), torch.rand(16, *shape)
    network = from_torch(model, samples)
    by_shape = lava_bccn.run(network, samples).outputs
    np.testing.assert_array_equal(by_shape, lava_bccn.run(network, samples.flatten(1)).outputs)
    with pytest.raises(InvalidInputError, match="have shape"):
        lava_bccn.run(network, samples.transpose(1, 2))

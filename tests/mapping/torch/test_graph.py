"""Any model by its operations: what maps has the model's numbers, the rest is refused by name."""

import numpy as np
import pytest
import torch

import lava_bccn
from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.mapping.torch.graph.reader import read_graph
from lava_bccn.network.network import MappedNetwork
from lava_bccn.network.output import Output
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

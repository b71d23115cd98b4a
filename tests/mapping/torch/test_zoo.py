"""The zoo, trained a little on MNIST: what integers cost, and that Lava has their bits."""

import numpy as np
import pytest

import lava_bccn
from benchmarks import zoo
from lava_bccn.errors import BurstCCNError
from lava_bccn.mapping import from_torch
from tests.mapping.torch.zoo import ZOO

pytestmark = pytest.mark.slow

MLPS = {"FunctionalMlp", "NestedSequentials", "ModuleLists", "NormalisedInput", "BatchNorm1dMlp"}


@pytest.fixture(scope="module")
def data():
    try:
        return zoo.load(None)
    except BurstCCNError:
        pytest.skip("MNIST is not there; set LAVA_BCCN_DATA")


@pytest.mark.parametrize("name", [name for name, each in ZOO.items() if each.refused is None])
def test_a_trained_model_keeps_its_accuracy_in_8_bits(name, data):
    row = zoo.measured(name, zoo.trained(name, data, epochs=1), data)
    assert row.difference <= 1e-5
    assert row.pytorch - row.integers <= (0.3 if name in MLPS else 1.0)


@pytest.mark.lava
@pytest.mark.parametrize("name", ["BatchNormCnn", "LeNetLike", "Autoencoder", "MixedActivations"])
def test_lava_has_the_bits_of_the_simulator(name, data):
    network = from_torch(zoo.trained(name, data, epochs=1), data.train[:256])
    found = [
        lava_bccn.run(network, data.test[:10], backend=backend).outputs
        for backend in ("sim", "lava")
    ]
    np.testing.assert_array_equal(*found)

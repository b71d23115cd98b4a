"""Whole networks and their start."""

import pytest
import torch

from lava_bccn.nn import mlp
from lava_bccn.nn.models import learning_layers

SIZES = (12, 9, 8, 4)


@pytest.mark.parametrize("name", ["burstccn", "backprop", "feedback_alignment", "burstprop", "edn"])
def test_a_readout_can_have_a_gain_of_its_own(name):
    start, narrow = (
        learning_layers(
            mlp(name, SIZES, gain=3.0, generator=torch.Generator().manual_seed(0), **options)
        )
        for options in ({}, {"readout_gain": 0.5})
    )
    torch.testing.assert_close(narrow[-1].weight * 6, start[-1].weight)
    for one, other in zip(start[:-1], narrow[:-1], strict=True):
        assert torch.equal(one.weight, other.weight)


def test_what_predicts_a_narrow_readout_is_narrow_too():
    readout = learning_layers(mlp("edn", SIZES, gain=3.0, readout_gain=0.5))[-1]
    assert torch.equal(readout.to_interneuron, readout.weight)

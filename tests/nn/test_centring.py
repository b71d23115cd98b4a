"""Centred biases put every unit in the middle of its range."""

import pytest
import torch

from lava_bccn.errors import InvalidInputError
from lava_bccn.nn import burst_cnn, burst_states, centre, mlp
from lava_bccn.nn.model_options import ConvolutionSpec
from lava_bccn.nn.models import learning_layers

IMAGES = torch.rand(64, 2, 8, 8, generator=torch.Generator().manual_seed(0))


def test_mean_potentials_are_0_in_hidden_layers_and_that_of_the_wanted_rate_in_the_output():
    model = burst_cnn(
        (2, 8, 8), [ConvolutionSpec(5, 3, stride=2)], [20], 4, normalize=(0.5, 0.3), gain=5.0
    )
    centre(model, IMAGES, readout_rate=0.25)
    convolution, hidden, readout = (state.soma for state in burst_states(model, IMAGES))
    assert convolution.mean((0, 2, 3)).abs().max() < 1e-5
    assert hidden.mean(0).abs().max() < 1e-5
    assert readout.mean(0).numpy() == pytest.approx(
        torch.logit(torch.tensor(0.25)).item(), abs=1e-5
    )


def test_edn_keeps_its_ideal_start_in_which_interneurons_cancel_what_comes_down():
    model = mlp("edn", (128, 10, 8, 3), generator=torch.Generator().manual_seed(1))
    centre(model, IMAGES, readout_rate=1 / 3)
    for layer in learning_layers(model)[1:]:
        assert torch.equal(layer.interneuron_bias, layer.bias)


@pytest.mark.parametrize("name", ["backprop", "burstprop", "edn"])
def test_comparators_start_with_the_biases_of_a_burstccn_of_the_same_weights(name):
    models = [
        mlp(kind, (128, 10, 3), generator=torch.Generator().manual_seed(1))
        for kind in ("burstccn", name)
    ]
    for model in models:
        centre(model, IMAGES)
    for ours, theirs in zip(*map(learning_layers, models), strict=True):
        assert torch.equal(ours.weight, theirs.weight)
        assert torch.equal(ours.bias, theirs.bias)


def test_a_rate_that_no_potential_gives_is_refused():
    with pytest.raises(InvalidInputError, match=r"readout_rate must be in \(0, 1\)"):
        centre(mlp("burstccn", (128, 3)), IMAGES, readout_rate=1.0)

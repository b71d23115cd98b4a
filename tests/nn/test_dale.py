"""Layers under Dale's law: the published code's numbers, and what they keep while they learn."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lava_bccn import datasets, nn
from lava_bccn.dynamics import dale
from lava_bccn.errors import InvalidInputError
from lava_bccn.nn import DaleLinear, DaleReadout, keep_signs
from lava_bccn.nn.model_options import MODEL_OPTIONS
from lava_bccn.nn.models import learning_layers


def published(file):
    """A model with the weights of a golden file, one whose interneurons are one to one."""
    sizes = (9, 8, 7, 3)
    model = nn.mlp("dale", sizes, learn_from_sst=True, learn_apical_bias=True).double()
    layers = learning_layers(model)
    with torch.no_grad():
        for i, layer in enumerate(layers, start=1):
            for name in ("weight_exc", "weight_from_pv", "bias"):
                getattr(layer, name).copy_(torch.from_numpy(file[f"{name}_{i}"]))
            if i == 1:
                continue
            down = layer.interneurons
            for name in ("event_exc", "event_from_ndnf"):
                getattr(down, name).copy_(torch.from_numpy(file[f"{name}_{i}"]))
            for k in dale.KINDS:
                for name in ("from_sst", "sst_bias"):
                    values = torch.from_numpy(file[f"{name}_{k}_{i - 1}"])
                    getattr(down, f"{name}_{k}").copy_(values)
            down.apical_bias.copy_(torch.from_numpy(file[f"apical_bias_{i - 1}"]))
    gains = [{"feedback_gain": float(file[f"feedback_gain_{i}"])} for i in (1, 2)]
    for layer, gain in zip(
        layers, (*gains, {"error_scale": float(file["error_gain"])}), strict=True
    ):
        layer.rule = replace(layer.rule, **gain)
    return model, layers


def test_gradients_are_those_of_the_published_code(golden):
    file = golden("journal_dale")
    model, layers = published(file)
    x, target = torch.from_numpy(file["x"]), torch.from_numpy(file["target"])
    event_rate = model(x)
    np.testing.assert_allclose(event_rate.detach(), file["event_rate_3"], rtol=1e-9)
    nn.burst_loss(event_rate, target).backward()

    def same(gradient, name, gain):
        wanted = file[name] * float(file["p_baseline"]) * gain
        np.testing.assert_allclose(gradient, wanted, rtol=0, atol=1e-5 * abs(wanted).max())

    for i, layer in enumerate(layers, start=1):
        gain = float(file[f"update_gain_{i}"])
        for name in ("weight_exc", "weight_from_pv", "bias"):
            same(getattr(layer, name).grad, f"grad_{name}_{i}", gain)
        if i > 1:
            for k in dale.KINDS:
                same(
                    getattr(layer.interneurons, f"from_sst_{k}").grad,
                    f"grad_from_sst_{k}_{i - 1}",
                    gain,
                )
            step = -0.01 / 128 * len(x) * layer.interneurons.apical_bias.grad.numpy()
            wanted = file[f"apical_bias_step_{i - 1}"]
            np.testing.assert_allclose(step, wanted, rtol=0, atol=1e-5 * abs(wanted).max())
            np.testing.assert_allclose(
                layer.feedback_weight, file[f"effective_feedback_burst_{i}"], atol=1e-9
            )
            np.testing.assert_allclose(
                layer.feedback_event, file[f"effective_feedback_event_{i}"], atol=1e-9
            )


@pytest.mark.parametrize("bottleneck", [None, 2])
def test_the_first_update_is_that_of_the_same_network_of_both_signs(bottleneck):
    """One W and Y, taken apart or not: the same rates, the same change of W, before any clip."""
    sizes = (5, 7, 6, 4)
    parts, whole = (
        nn.mlp(name, sizes, generator=torch.Generator().manual_seed(0), gain=2.0, **options)
        for name, options in (("dale", {"bottleneck": bottleneck}), ("burstccn", {}))
    )
    parts, whole = parts.double(), whole.double()
    for taken, layer in zip(learning_layers(parts), nn.burst_layers(whole), strict=True):
        with torch.no_grad():
            layer.weight.copy_(taken.weight)
            if layer.feedback_burst is not None:
                layer.feedback_burst.copy_(taken.feedback_weight)
    x, target = torch.rand(8, 5).double(), torch.rand(8, 4).double()
    rates = [model(x) for model in (parts, whole)]
    torch.testing.assert_close(*rates)
    for rate in rates:
        nn.burst_loss(rate, target).backward()
    for taken, layer in zip(learning_layers(parts), nn.burst_layers(whole), strict=True):
        torch.testing.assert_close(taken.weight_gradient(), layer.weight.grad)
        torch.testing.assert_close(taken.bias.grad, layer.bias.grad)


def test_dendrites_are_silent_without_a_teacher():
    model = nn.mlp("dale", (5, 7, 6, 4), bottleneck=2, learn_apical_bias=True).double()
    nn.burst_loss(model(torch.rand(8, 5).double()), None).backward()
    for layer in learning_layers(model):
        for parameter in layer.parameters():
            assert parameter.grad.abs().max() < 1e-7  # it starts in float32


def test_feedback_of_nothing_has_a_bottleneck_too():
    model = nn.mlp("dale", (5, 7, 6, 4), bottleneck=2, feedback_std=0.0)
    for layer in learning_layers(model)[1:]:
        assert not layer.feedback_weight.any()


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 4), st.integers(0, 50))
def test_reduced_feedback_has_the_rank_and_the_norm(rank, seed):
    burst = torch.randn(6, 5, generator=torch.Generator().manual_seed(seed)).double()
    first, second = dale.factors(*torch.linalg.svd(burst, full_matrices=False), rank)
    product = first @ second
    assert torch.linalg.matrix_rank(product) == rank
    torch.testing.assert_close(product.norm(), burst.norm())


@pytest.mark.parametrize(
    "realigning", [{}, {"realignment_batches": 8}, {"realignment_per_batch": 2.0}]
)
def test_training_learns_and_keeps_every_sign(realigning):
    data = datasets.load("digits")
    samples = data.train_inputs[:500], data.train_labels[:500]
    model = nn.mlp(
        "dale",
        (64, 40, 10),
        feedback="symmetric",
        bottleneck=8,
        learn_from_sst=True,
        learn_apical_bias=True,
        generator=torch.Generator().manual_seed(1),
    )
    start = copy.deepcopy(model)
    config = nn.TrainingConfig(epochs=5, weight_decay=1e-4, learning_rate=5e-3, **realigning)
    error = nn.train(model, samples, samples, config).history[-1]["held_out_error"]
    assert error < 0.5
    for layer, before in zip(learning_layers(model), learning_layers(start), strict=True):
        for parameter, old in zip(layer.one_signed(), before.one_signed(), strict=True):
            assert parameter.min() >= 0
            assert not torch.equal(parameter, old)


def test_a_loop_of_ones_own_clips_with_one_call():
    model = nn.mlp("dale", (3, 4, 2))
    with torch.no_grad():
        learning_layers(model)[0].weight_exc.sub_(10)
    keep_signs(model)
    assert learning_layers(model)[0].weight_exc.min() == 0


def test_a_checkpoint_holds_it(tmp_path):
    model = nn.mlp("dale", (4, 5, 3), bottleneck=2, error_scale=0.5, feedback_gains=(2.0,))
    nn.save_checkpoint(tmp_path / "dale.pt", model)
    back = nn.load_checkpoint(tmp_path / "dale.pt").model
    assert [str(layer) for layer in back] == [str(layer) for layer in model]
    for name, value in model.state_dict().items():
        assert torch.equal(back.state_dict()[name], value)


def test_what_contradicts_is_refused():
    with pytest.raises(InvalidInputError, match="tied"):
        DaleLinear(3, 4, feedback="tied")
    with pytest.raises(InvalidInputError, match="sends nothing"):
        DaleLinear(3, 4, feedback=None, bottleneck=2)
    with pytest.raises(InvalidInputError, match="error_scale"):
        DaleReadout(3, 4, error_scale=0.0)
    with pytest.raises(InvalidInputError, match="leave feedback_gain out"):
        DaleReadout(3, 4, feedback_gain=2.0)
    with pytest.raises(InvalidInputError, match="weight_exc"):
        DaleLinear(3, 4).weight += 1
    model = torch.nn.Sequential(DaleLinear(3, 4, feedback=None), DaleReadout(4, 2, feedback=None))
    with pytest.raises(InvalidInputError, match="first layer"):
        nn.burst_loss(model(torch.rand(2, 3)), None).backward()
    assert "bottleneck" in MODEL_OPTIONS["dale"]

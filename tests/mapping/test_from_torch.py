"""Every kind of model that can be mapped, and what cannot."""

import numpy as np
import pytest
import torch

from lava_bccn import mapping
from lava_bccn.errors import FileFormatError, InvalidInputError, MappingError
from lava_bccn.nn import Normalize, burst_mlp, burst_states, mlp
from lava_bccn.nn.checkpoint import Checkpoint, save_checkpoint
from lava_bccn.sim import settle

IMAGES = torch.rand(40, 1, 3, 4, generator=torch.Generator().manual_seed(0))
TARGETS = torch.eye(3)[torch.arange(40) % 3].double()


def assert_same_function(model, network, images=IMAGES):
    """The mapped network computes the model's event rates to 1e-6 in float64."""
    flat = images.reshape(len(images), -1).double().numpy()
    states, _ = settle(network, network.quantise_inputs(flat))
    expected = model.double()(images.double()).detach().numpy()
    np.testing.assert_allclose(states[-1].event_rate, expected, atol=1e-6)


@pytest.mark.parametrize("normalize", [None, (0.3, 0.7)])
@pytest.mark.parametrize("p_baseline", [0.5, 0.2])
@pytest.mark.parametrize("feedback", ["random", "symmetric", "tied", "kolen_pollack"])
def test_a_burst_ccn_keeps_every_state(feedback, p_baseline, normalize):
    model = burst_mlp((12, 6, 5, 3), feedback=feedback, p_baseline=p_baseline, normalize=normalize)
    network = mapping.from_torch(model, precision="float")
    assert network.p_baseline == p_baseline
    assert [layer.feedback for layer in network.layers] == [None, feedback, feedback]
    flat = IMAGES.reshape(40, -1).double().numpy()
    states, _ = settle(network, flat, TARGETS.numpy())
    expected = burst_states(model.double(), IMAGES.double(), TARGETS)
    for got, wanted in zip(states, expected, strict=True):
        for name, value in vars(wanted).items():
            if value is not None:
                np.testing.assert_allclose(getattr(got, name), value, atol=1e-6, err_msg=name)


def test_a_per_channel_normalize_is_folded():
    images = torch.rand(20, 2, 3, 2)
    mean, std = torch.rand(2, 1, 1), torch.rand(2, 1, 1) + 0.5
    plain = burst_mlp((12, 4, 3))
    model = torch.nn.Sequential(Normalize(mean, std), *plain)
    network = mapping.from_torch(model, images, precision="float")
    assert_same_function(model, network, images)


def test_a_checkpoint(tmp_path):
    model = burst_mlp((12, 6, 3))
    path = tmp_path / "model.pt"
    save_checkpoint(path, Checkpoint(model, data={"dataset": "digits"}))
    network = mapping.from_torch(path, IMAGES)
    assert network.precision == "fixed" and network.metadata["dataset"] == "digits"
    same = mapping.from_torch(model, IMAGES)
    for a, b in zip(network.layers, same.layers, strict=True):
        np.testing.assert_array_equal(a.weight, b.weight)


def plain_model(*extra):
    return torch.nn.Sequential(
        torch.nn.Flatten(),
        torch.nn.Linear(12, 6),
        torch.nn.Sigmoid(),
        torch.nn.Linear(6, 3, bias=False),
        *extra,
    )


@pytest.mark.parametrize("feedback", [None, "random", "symmetric", "tied", "kolen_pollack"])
def test_a_plain_sequential_with_the_chosen_feedback(feedback):
    model = plain_model(torch.nn.Sigmoid())
    network = mapping.from_torch(model, precision="float", feedback=feedback, p_baseline=0.25)
    assert_same_function(model, network)
    last = network.layers[-1]
    assert last.feedback == feedback
    if feedback is None:
        assert last.feedback_burst is None
        return
    np.testing.assert_allclose(last.feedback_event, 0.25 * last.feedback_burst, rtol=1e-6)
    assert (last.feedback_burst == last.weight).all() == (feedback in ("symmetric", "tied"))


@pytest.mark.parametrize("name", ["backprop", "feedback_alignment"])
@pytest.mark.parametrize("bias", [True, False])
def test_a_backprop_or_feedback_alignment_network_maps_as_a_plain_one(name, bias):
    model = mlp(name, (12, 5, 4, 3), normalize=(0.4, 0.3))
    if not bias:
        for layer in list(model)[2:]:
            layer.register_parameter("bias", None)
    network = mapping.from_torch(model, precision="float", feedback="symmetric")
    assert_same_function(model, network)
    assert np.array_equal(network.layers[2].feedback_burst, network.layers[2].weight)


@pytest.mark.parametrize("name", ["burstprop", "edn"])
def test_rules_without_a_mapped_form_are_refused(name):
    with pytest.raises(MappingError, match="cannot be mapped"):
        mapping.from_torch(mlp(name, (6, 5, 3)), precision="float")


def test_random_feedback_comes_from_the_seed():
    model = plain_model(torch.nn.Sigmoid())
    first, again, other = (
        mapping.from_torch(model, precision="float", seed=seed).layers[-1].feedback_burst
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def published_state(golden):
    """Golden weights under the published code's names: Y and Q with the layer that receives."""
    file = golden("discrete_fc_small")
    state = {}
    for i in (1, 2, 3):
        for name in ("weight", "bias"):
            state[f"out.{i}.{name}"] = torch.from_numpy(file[f"{name}_{i}"])
            state[f"out.{i}.delta_{name}"] = torch.zeros_like(state[f"out.{i}.{name}"])
        if i < 3:
            state[f"out.{i}.weight_Y"] = torch.from_numpy(file[f"feedback_burst_{i + 1}"])
            state[f"out.{i}.weight_Q"] = torch.from_numpy(file[f"feedback_event_{i + 1}"])
    return file, state


@pytest.mark.parametrize("as_file", [False, True])
def test_a_state_dict_of_the_published_code(golden, tmp_path, as_file):
    file, state = published_state(golden)
    source = state
    if as_file:
        source = tmp_path / "published.pt"
        torch.save(state, source)
    network = mapping.from_torch(source, precision="float")
    states, _ = settle(network, file["x"].astype(np.float64), file["target"].astype(np.float64))
    for i, layer in enumerate(states, start=1):
        for name in ("event_rate", "burst_prob", "burst_rate"):
            np.testing.assert_allclose(getattr(layer, name), file[f"{name}_{i}"], atol=1e-5)
        if layer.apical is not None:
            np.testing.assert_allclose(layer.apical, file[f"apical_{i}"], atol=1e-5)


def test_a_published_network_without_hidden_layers():
    state = {"out.1.weight": torch.ones(2, 3), "out.1.bias": torch.zeros(2)}
    state["out.1.delta_weight"] = torch.zeros(2, 3)
    assert mapping.from_torch(state, precision="float").sizes == (3, 2)


def test_tensors_that_need_gradients_or_are_bfloat16_calibrate_too():
    model = burst_mlp((12, 3))
    network = mapping.from_torch(model, IMAGES.bfloat16().requires_grad_())
    assert network.precision == "fixed"


def test_half_precision_weights_are_mapped():
    model = burst_mlp((12, 3))
    network = mapping.from_torch(model.bfloat16(), precision="float")
    assert_same_function(model.double(), network)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (plain_model(), "layer 2 is followed by nothing"),
        (plain_model(torch.nn.ReLU()), "layer 2 is followed by ReLU"),
        (torch.nn.Sequential(torch.nn.Conv1d(1, 1, 3), torch.nn.Sigmoid()), "Conv1d"),
        (torch.nn.Linear(3, 2), "cannot map a Linear"),
        (torch.nn.Sequential(), "no layer"),
        (torch.nn.Sequential(torch.nn.LayerNorm(12), *burst_mlp((12, 3))[1:]), "LayerNorm"),
        (torch.nn.Sequential(*burst_mlp((12, 3)), torch.nn.Softmax(dim=1)), "burst layers only"),
        (torch.nn.Sequential(*burst_mlp((12, 6, 3)))[:-1], "BurstReadout at the end"),
        (torch.nn.Linear(3, 2).state_dict(), "not of the published code"),
        (torch.nn.Sequential(torch.nn.Linear(3, 2)).state_dict(), "not of the published code"),
        (torch.nn.Sequential(torch.nn.BatchNorm1d(3)).state_dict(), "running_mean is not of"),
        (burst_mlp((12, 6, 3)).state_dict(), "save_checkpoint"),
    ],
)
def test_what_has_no_mapping_is_named(model, message):
    with pytest.raises((MappingError, InvalidInputError), match=message):
        mapping.from_torch(model, precision="float")


def test_layers_that_differ_in_baseline_are_refused():
    model = torch.nn.Sequential(burst_mlp((12, 6, 3))[1], burst_mlp((6, 3), p_baseline=0.25)[1])
    with pytest.raises(MappingError, match="differ in p_baseline"):
        mapping.from_torch(model, precision="float")


def test_a_pickled_module_is_refused_with_the_line_that_helps(tmp_path):
    path = tmp_path / "module.pt"
    torch.save(plain_model(), path)
    with pytest.raises(FileFormatError, match=r"torch\.save\(model\.state_dict\(\), path\)"):
        mapping.from_torch(path, IMAGES)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (None, "needs a few inputs"),
        (np.zeros((4, 11)), r"expected \(samples, 12\)"),
        (np.full((4, 12), 1.5), r"\[0, 1\]"),
        (np.full((4, 12), np.nan), "NaN"),
        (np.zeros((4, 12), dtype=complex), "complex"),
        (np.full((4, 12), 200, dtype=np.uint8), "uint8.*divide"),
    ],
)
def test_bad_calibration_inputs_are_refused(inputs, message):
    with pytest.raises(InvalidInputError, match=message):
        mapping.from_torch(burst_mlp((12, 3)), inputs)


def test_weights_that_are_not_finite_are_refused():
    model = burst_mlp((12, 3))
    with torch.no_grad():
        model[1].weight[0, 0] = torch.nan
    with pytest.raises(InvalidInputError, match="weight of layer 1 has 1 values that are NaN"):
        mapping.from_torch(model, precision="float")

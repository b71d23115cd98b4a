"""Every kind of model that can be mapped, and what cannot."""

import numpy as np
import pytest
import torch

import lava_bccn
from lava_bccn import mapping
from lava_bccn.errors import FileFormatError, InvalidInputError, MappingError
from lava_bccn.nn import Normalize, burst_mlp, burst_states
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


def test_a_checkpoint_tells_the_shape_that_its_normalize_takes(tmp_path):
    images = torch.rand(20, 2, 3, 2)
    model = torch.nn.Sequential(Normalize(torch.rand(2, 1, 1), 0.5), *burst_mlp((12, 4, 3)))
    save_checkpoint(tmp_path / "model.pt", Checkpoint(model, data={"input_shape": [2, 3, 2]}))
    network = mapping.from_torch(tmp_path / "model.pt", precision="float")
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


def test_a_file_is_read_once(tmp_path, monkeypatch):
    path = tmp_path / "model.pt"
    save_checkpoint(path, Checkpoint(burst_mlp((12, 3))))
    read, reads = torch.load, []

    def counted(*arguments, **options):
        reads.append(options["weights_only"])
        return read(*arguments, **options)

    monkeypatch.setattr(torch, "load", counted)
    mapping.from_torch(path, IMAGES)
    assert reads == [True]


def plain_model(*extra):
    """A hidden layer with a bias and an output layer without, and what comes after."""
    return torch.nn.Sequential(
        torch.nn.Flatten(),
        torch.nn.Linear(12, 6),
        torch.nn.Sigmoid(),
        torch.nn.Linear(6, 3, bias=False),
        *extra,
    )


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
        (plain_model(), r"ends in no activation.*from_torch\(model, inputs\)"),
        (plain_model(torch.nn.ReLU()), r"with ReLU.*from_torch\(model, inputs\)"),
        (torch.nn.Sequential(torch.nn.Conv1d(1, 1, 3), torch.nn.Sigmoid()), "pass inputs"),
        (torch.nn.Sequential(), "pass inputs"),
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


@pytest.mark.parametrize("model", [torch.nn.Sequential(), torch.nn.Identity(), torch.nn.Dropout()])
def test_a_model_without_layers_is_refused(model):
    with pytest.raises(MappingError, match="the model has no layer"):
        mapping.from_torch(model, IMAGES)


@pytest.mark.parametrize("model", [plain_model(), plain_model(torch.nn.ReLU())])
def test_the_advice_on_inputs_works(model):
    network = mapping.from_torch(model, IMAGES, precision="float")
    outputs = lava_bccn.run(network, IMAGES).outputs
    np.testing.assert_allclose(outputs, model(IMAGES).detach(), atol=1e-5)


def test_layers_that_differ_in_baseline_are_refused():
    model = torch.nn.Sequential(burst_mlp((12, 6, 3))[1], burst_mlp((6, 3), p_baseline=0.25)[1])
    with pytest.raises(MappingError, match="differ in p_baseline"):
        mapping.from_torch(model, precision="float")


def test_a_pickled_module_is_refused_with_the_line_that_helps(tmp_path):
    path = tmp_path / "module.pt"
    torch.save(plain_model(), path)
    with pytest.raises(FileFormatError, match=r"torch\.save\(model\.state_dict\(\), path\)"):
        mapping.from_torch(path, IMAGES)


def test_an_exported_program_is_refused_for_what_it_could_run(tmp_path):
    program = torch.export.export(plain_model().eval(), (IMAGES,))
    torch.export.save(program, tmp_path / "model.pt2")
    with pytest.raises(FileFormatError, match=r"not loaded for safety.*torch\.onnx\.export"):
        mapping.from_torch(tmp_path / "model.pt2", IMAGES)


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


def test_a_network_in_floating_point_is_no_part_of_the_model():
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Sigmoid())
    network = mapping.from_torch(model, precision="float")
    (layer,) = network.layers
    before = {name: array.copy() for name, array in layer.arrays.items()}
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1.0)
    for name, array in before.items():
        np.testing.assert_array_equal(getattr(layer, name), array)


@pytest.mark.parametrize("end", [None, torch.nn.LogSoftmax(1)])
def test_a_sigmoid_put_behind_the_outputs_keeps_the_classes_and_learns(end):
    torch.manual_seed(0)
    plain = torch.nn.Sequential(torch.nn.Linear(12, 8), torch.nn.Sigmoid(), torch.nn.Linear(8, 3))
    with torch.no_grad():
        plain[2].weight *= 40  # potentials at which a sigmoid is 1 in double precision
    model = plain if end is None else torch.nn.Sequential(plain, end)
    images = IMAGES.flatten(1)
    network = mapping.from_torch(model, images, output="sigmoid", precision="float")
    result = lava_bccn.run(network, images.numpy())
    expected = plain.double()(images.double()).sigmoid().detach()
    np.testing.assert_allclose(result.event_rate, expected, atol=1e-6)
    integers = mapping.from_torch(model, images, output="sigmoid")
    lava_bccn.run(integers, images.numpy(), TARGETS.numpy(), learn=True)


def test_a_sigmoid_behind_the_outputs_hides_no_difference():
    class Twice(torch.nn.Linear):
        def forward(self, inputs):
            result = super().forward(inputs)
            return result if torch.compiler.is_compiling() else result + 1e-3

    with pytest.raises(MappingError, match="computes something else"):
        mapping.from_torch(Twice(12, 3), IMAGES.flatten(1), output="sigmoid")

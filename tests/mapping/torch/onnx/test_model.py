"""ONNX files map as the models that they were exported from; foreign ones do no harm."""

import contextlib
import copy
import io
import warnings

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

import lava_bccn
from lava_bccn.errors import (
    FileFormatError,
    InvalidInputError,
    MappingError,
    MissingDataError,
)
from lava_bccn.mapping.torch.models import from_torch
from lava_bccn.mapping.torch.onnx.model import read_onnx
from tests.mapping.torch.refused import REFUSES
from tests.mapping.torch.strangers import MAPS
from tests.mapping.torch.test_graph import with_statistics

onnx = pytest.importorskip("onnx")
helper, FLOAT = onnx.helper, onnx.TensorProto.FLOAT

EXPORTED = (
    *("FunctionalNet", "LeNet", "VGGLike", "MobileLike", "SequenceNet", "ConvAutoEncoder"),
    *("Uint8Style", "same_padding", "BNAfter", "Regressor", "reflect_padding"),
    *("MCSubset", "pixel_shuffler", "UpsampleDecoder", "Normalising", "LinearBranches"),
)


def exported(model, sample, path, dynamo=False, opset=17):
    """Write a model as PyTorch does; with ``dynamo`` for one sample only."""
    pytest.importorskip("onnxscript")
    options = {} if dynamo else {"input_names": ["x"], "dynamic_axes": {"x": {0: "samples"}}}
    quiet = contextlib.ExitStack()
    with quiet, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        quiet.enter_context(contextlib.redirect_stdout(io.StringIO()))
        torch.onnx.export(model, (sample,), path, dynamo=dynamo, opset_version=opset, **options)


def check(name, path, **options):
    make, shape = MAPS[name]
    torch.manual_seed(0)
    model, samples = make().eval(), torch.rand(16, *shape)
    model = with_statistics(model)
    exported(model, samples[:1], path, **options)
    network = from_torch(path, samples, precision="float")
    found = torch.from_numpy(lava_bccn.run(network, samples).outputs)
    expected = model(samples).detach().reshape(len(samples), -1)
    if network.output is not None and network.output.kind == "logits":
        found = found.log_softmax(1) if (expected < 0).all() else found.softmax(1)
    np.testing.assert_allclose(found.numpy(), expected.numpy(), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", EXPORTED)
def test_exported_models_have_their_numbers(name, tmp_path):
    check(name, tmp_path / "model.onnx")


@pytest.mark.slow
@pytest.mark.parametrize("opset", (11, 13, 20))
@pytest.mark.parametrize("name", ("LeNet", "Uint8Style", "UpsampleDecoder", "AllConv", "DictNet"))
def test_every_opset_is_read(name, opset, tmp_path):
    check(name, tmp_path / "model.onnx", opset=opset)


@pytest.mark.slow
@pytest.mark.parametrize("opset", (18, None))
@pytest.mark.parametrize("name", EXPORTED[:10])
def test_what_is_exported_by_dynamo_for_one_sample_is_read(name, opset, tmp_path):
    check(name, tmp_path / "model.onnx", dynamo=True, opset=opset)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("LSTMNet", r"^LSTM \(/l/LSTM\) has no mapping: .* time"),
        ("GRUNet", r"^GRU .* time"),
        ("LN", r"^LayerNormalization .*BatchNorm"),
        ("MaxPoolNet", r"max_pool2d in /net/net_2/MaxPool \(MaxPool\).*AvgPool2d"),
        ("Elu", r"elu in .*Elu \(Elu\).*train with ReLU"),
        ("Leaky", r"leaky_relu in /LeakyRelu"),
        ("SoftmaxMiddle", "softmax .*at the end only"),
        ("OwnAttention", "matmul .*attention"),
        ("BasicBlock", "add in /Add .*residual"),
        ("TwoOut", "1 inputs and 2 outputs"),
        ("Noise", "RandomNormalLike .*draws anew"),
    ],
)
def test_operators_without_mapping_are_refused_as_those_of_pytorch(name, says, tmp_path):
    make, _, shape = REFUSES[name]
    exported(make().eval(), torch.rand(1, *shape), tmp_path / "model.onnx")
    with pytest.raises(MappingError, match=says) as refusal:
        from_torch(tmp_path / "model.onnx", torch.rand(16, *shape))
    assert "\n" not in str(refusal.value)


def saved(path, nodes, stored, inputs=(("x", ("n", 6)),), output=("n", 3), **options):
    """Write a graph of nodes with constants, with y as output."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info(name, FLOAT, shape) for name, shape in inputs],
        [helper.make_tensor_value_info("y", FLOAT, output)],
        [onnx.numpy_helper.from_array(np.asarray(each), name) for name, each in stored.items()],
    )
    options.setdefault("opset_imports", [helper.make_opsetid("", 13)])
    onnx.save(helper.make_model(graph, ir_version=8, **options), path)
    return path


WEIGHT = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)


def numbers_of(path, samples):
    return lava_bccn.run(from_torch(path, samples, precision="float"), samples).outputs


def test_gemm_scales_its_terms_and_hard_sigmoid_has_the_slope_of_onnx(tmp_path):
    samples, bias = np.random.default_rng(1).random((20, 6)), np.ones(3, np.float32)
    nodes = [
        helper.make_node("Gemm", ["x", "w", "b"], ["h"], alpha=0.5, beta=2.0),
        helper.make_node("HardSigmoid", ["h"], ["y"]),
    ]
    path = saved(tmp_path / "a.onnx", nodes, {"w": WEIGHT, "b": bias})
    expected = np.clip(0.2 * (0.5 * samples @ WEIGHT + 2 * bias) + 0.5, 0, 1)
    np.testing.assert_allclose(numbers_of(path, samples), expected, atol=1e-5)


@pytest.mark.parametrize("is_raw", (True, False))
def test_large_weights_are_read_and_not_copied_with_their_model(is_raw, tmp_path):
    generator = np.random.default_rng(0)
    weight = generator.normal(size=(500, 600)).astype(np.float32)
    content = weight.tobytes() if is_raw else weight.ravel()
    node = helper.make_node("Gemm", ["x", "w"], ["y"], transB=1)
    stored = [helper.make_tensor("w", FLOAT, weight.shape, content, raw=is_raw)]
    graph = helper.make_graph(
        [node],
        "wide",
        [helper.make_tensor_value_info("x", FLOAT, ["n", 600])],
        [helper.make_tensor_value_info("y", FLOAT, ["n", 500])],
        stored,
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), tmp_path / "m.onnx"
    )
    model, shape = read_onnx(tmp_path / "m.onnx")
    samples = torch.from_numpy(generator.random((4, 600)).astype(np.float32))
    torch.testing.assert_close(copy.deepcopy(model)(samples), samples @ torch.from_numpy(weight).T)
    assert shape == (600,)
    assert copy.deepcopy(model)._stored["w"] is model._stored["w"]


def test_pictures_with_channels_last_are_read(tmp_path):
    """As converters from Keras write them."""
    rng = np.random.default_rng(2)
    kernel, weight = rng.normal(size=(4, 2, 3, 3)), rng.normal(size=(4 * 16, 3))
    nodes = [
        helper.make_node("Transpose", ["x"], ["nchw"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["nchw", "k"], ["c"], pads=[1, 1, 1, 1], kernel_shape=[3, 3]),
        helper.make_node("Transpose", ["c"], ["nhwc"], perm=[0, 2, 3, 1]),
        helper.make_node("Relu", ["nhwc"], ["r"]),
        helper.make_node("Reshape", ["r", "shape"], ["f"]),
        helper.make_node("MatMul", ["f", "w"], ["m"]),
        helper.make_node("Add", ["m", "b"], ["a"]),
        helper.make_node("Softmax", ["a"], ["y"]),
    ]
    stored = {
        "k": kernel.astype(np.float32),
        "shape": np.array([-1, 64]),
        "w": weight.astype(np.float32),
        "b": rng.normal(size=3).astype(np.float32),
    }
    path = saved(tmp_path / "a.onnx", nodes, stored, (("x", ("n", 4, 4, 2)),))
    samples = rng.random((10, 4, 4, 2)).astype(np.float32)
    (expected,) = onnx.reference.ReferenceEvaluator(str(path)).run(None, {"x": samples})
    network = from_torch(path, samples, precision="float")
    found = torch.from_numpy(lava_bccn.run(network, samples.reshape(10, -1)).outputs).softmax(1)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("nodes", "says"),
    [
        ([helper.make_node("Gemm", ["x", "w"], ["y"], transA=1)], "transA.*mixes the samples"),
        ([helper.make_node("Relu", ["x"], ["y"], domain="my.own")], "domain my.own has no mapping"),
        ([helper.make_node("Det", ["x"], ["y"], name="d")], r"^Det \(d\) has no mapping: .*Gemm"),
    ],
)
def test_what_cannot_be_read_is_named(nodes, says, tmp_path):
    domains = [helper.make_opsetid("", 13), helper.make_opsetid("my.own", 1)]
    path = saved(tmp_path / "a.onnx", nodes, {"w": WEIGHT}, opset_imports=domains)
    with pytest.raises(MappingError, match=says):
        from_torch(path, np.full((4, 6), 0.5))


LAYER = [helper.make_node("MatMul", ["x", "w"], ["h"]), helper.make_node("Sigmoid", ["h"], ["y"])]


def test_other_inputs_than_one_of_known_shape_are_refused(tmp_path):
    two = saved(tmp_path / "two.onnx", LAYER, {"w": WEIGHT}, (("x", (1, 6)), ("z", (1, 6))))
    with pytest.raises(MappingError, match="2 inputs and 1 outputs"):
        from_torch(two)
    open_shape = saved(tmp_path / "open.onnx", LAYER, {"w": WEIGHT}, (("x", ("n", "m")),))
    with pytest.raises(MappingError, match="leaves the shape of its input open"):
        from_torch(open_shape)


def test_files_that_are_none_are_refused(tmp_path):
    whole = saved(tmp_path / "a.onnx", LAYER, {"w": WEIGHT}).read_bytes()
    for index, content in enumerate((b"", whole[:-9], b"PK\x03\x04" + whole, bytes(100))):
        path = tmp_path / f"{index}.onnx"
        path.write_bytes(content)
        with pytest.raises(FileFormatError, match=r"is damaged or no ONNX file"):
            from_torch(path)
    with pytest.raises(MissingDataError):
        from_torch(tmp_path / "nowhere.onnx")


def outside(path, location):
    """A file whose weights are in another one."""
    saved(path, LAYER, {"w": WEIGHT})
    model = onnx.load(path)
    (tensor,) = model.graph.initializer
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=str(location))
    path.write_bytes(model.SerializeToString())
    return path


def test_weights_beside_the_file_are_read_and_no_others(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    for each in (tmp_path / "secret", folder / "weights"):
        each.write_bytes(WEIGHT.tobytes())
    (folder / "link").symlink_to(tmp_path / "secret")
    samples = np.random.default_rng(3).random((5, 6))
    expected = 1 / (1 + np.exp(-samples @ WEIGHT))
    beside = outside(folder / "a.onnx", "weights")
    np.testing.assert_allclose(numbers_of(beside, samples), expected, atol=1e-5)
    for location in ("../secret", tmp_path / "secret", "link", "model/../../secret", "..", ""):
        with pytest.raises(FileFormatError, match="damaged or no ONNX file"):
            from_torch(outside(folder / "a.onnx", location))


def test_shapes_that_would_fill_the_memory_are_refused(tmp_path):
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["large"]),
        helper.make_node("ReduceProd", ["large"], ["one"], keepdims=0),
        helper.make_node("Mul", ["x", "one"], ["y"]),
    ]
    path = saved(tmp_path / "a.onnx", nodes, {"shape": np.array([2**20, 2**20])}, output=("n", 6))
    with pytest.raises(MappingError, match="more than"):
        from_torch(path, np.full((2, 6), 0.5))
    padded = [helper.make_node("Pad", ["x", "pads"], ["p"]), helper.make_node("Relu", ["p"], ["y"])]
    path = saved(tmp_path / "b.onnx", padded, {"pads": np.array([0, 0, 0, 2**40])})
    with pytest.raises(MappingError, match="more than"):
        from_torch(path, np.full((2, 6), 0.5))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=12))
def test_whatever_is_changed_in_a_file_is_told(tmp_path_factory, changes):
    path = tmp_path_factory.mktemp("onnx") / "a.onnx"
    content = bytearray(saved(path, LAYER, {"w": WEIGHT}).read_bytes())
    for place, value in changes:
        content[int(place * len(content))] = value
    path.write_bytes(content)
    # Also the inputs, where the file may now say that it takes others.
    with contextlib.suppress(FileFormatError, MappingError, InvalidInputError):
        from_torch(path, np.full((4, 6), 0.5), precision="float")

"""Convolutions in NIR: nothing lost, the same map for other tools, what has no mapping by name."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.mapping import MappedLayer, MappedNetwork, from_nir, read_nir, to_nir, write_nir
from lava_bccn.network.layer import forward
from lava_bccn.sim import settle
from tests.convolutions import conv_network, geometries
from tests.network.test_storage import assert_equal

nir = pytest.importorskip("nir")


@st.composite
def conv_networks(draw, precision=None):
    """Two convolutions and an output layer, each but the first with feedback."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    is_fixed = (precision or draw(st.sampled_from(("fixed", "float")))) == "fixed"

    def numbers(shape):
        values = random.integers(-127, 128, shape)
        return values.astype(np.int8) if is_fixed else values * random.random()

    def layer(shape, geometry=None, sends=True):
        kernel = numbers(shape)
        channels, units = len(kernel), len(kernel)
        if geometry is not None:
            channels, *size = geometry.output_shape(shape)
            units = channels * int(np.prod(size))
        bias = np.repeat(random.integers(-(2**12), 2**12, channels), units // channels)
        return MappedLayer(
            weight=kernel,
            bias=bias.astype(np.int32) if is_fixed else bias / 3,
            feedback_burst=numbers(shape) if sends else None,
            feedback_event=numbers(shape) if sends else None,
            weight_exponent=int(random.integers(-9, -5)),
            feedback_exponent=int(random.integers(-9, -5)),
            soma_fraction_bits=12,
            feedback="random" if sends else None,
            geometry=geometry,
        )

    def kernel_shape(geometry):
        sizes = [draw(st.integers(1, 3)) for _ in range(2)]
        shape = (2 * geometry.groups, geometry.input_shape[0] // geometry.groups, *sizes)
        try:
            geometry.output_shape(shape)
        except InvalidInputError:
            assume(False)
        return shape

    first = draw(geometries())
    one = layer(kernel_shape(first), first, sends=False)
    second = ConvolutionGeometry(one.shape, padding=draw(st.sampled_from(((0, 0), (1, 0)))))
    two = layer(kernel_shape(second), second)
    return MappedNetwork(
        (one, two, layer((3, two.units))),
        "fixed" if is_fixed else "float",
        number_format=FixedPointFormat() if is_fixed else None,
        activation=draw(st.sampled_from(("sigmoid", "hard_sigmoid"))),
    )


def kernels(network):
    return [layer.weight for layer in network.layers if layer.geometry is not None]


@settings(max_examples=40)
@given(network=conv_networks())
def test_a_round_trip_loses_nothing(tmp_path_factory, network):
    path = tmp_path_factory.mktemp("nir") / "network.nir"
    write_nir(network, path)
    assert_equal(read_nir(path), network)


@settings(max_examples=40)
@given(network=conv_networks())
def test_nir_takes_the_shapes_for_right(tmp_path_factory, network):
    """Of kernels that have a square form; of others its own check fails on the right ones."""
    assume(all((kernel.shape[2] - kernel.shape[3]) % 2 == 0 for kernel in kernels(network)))
    path = tmp_path_factory.mktemp("nir") / "network.nir"
    write_nir(network, path)
    graph = nir.read(path, type_check=True)
    assert graph.check_types()
    nodes = graph.nodes
    assert set(nodes) == {"input", "layer_1", "layer_2", "flatten", "layer_3", "output"}
    assert nodes["input"].input_type["input"].tolist() == list(network.input_shape)
    for index in (0, 1):
        shape = nodes[f"layer_{index + 1}"].output_type["output"]
        assert shape.tolist() == list(network.layers[index].shape)


FIELDS_OF_NIR_1_0_4 = {
    "Input": {"shape"},
    "Output": {"shape"},
    "Flatten": {"input_type", "start_dim", "end_dim", "metadata"},
    "Affine": {"weight", "bias", "metadata"},
    "Conv2d": {
        *("input_shape", "weight", "stride", "padding", "dilation", "groups", "bias"),
    },
}
"""Release 1.0.4, which Sinabs requires, refuses a node that has any other."""


@given(network=conv_networks())
@settings(max_examples=10)
def test_old_readers_find_no_field_that_they_do_not_know(tmp_path_factory, network):
    h5py = pytest.importorskip("h5py")
    path = tmp_path_factory.mktemp("nir") / "network.nir"
    write_nir(network, path)
    with h5py.File(path) as file:
        for node in file["node/nodes"].values():
            kind = node["type"][()].decode()
            assert set(node) - {"type"} <= FIELDS_OF_NIR_1_0_4[kind]
        notes = file["node/metadata/nodes/layer_1"]
        assert notes["activation"][()].decode() == network.activation


def by_another_tool(node, images):
    """A Conv2d as PyTorch has it, from NIR's own fields."""
    weight, bias = torch.from_numpy(node.weight), torch.from_numpy(np.asarray(node.bias))
    options = {
        name: [int(size) for size in getattr(node, name)]
        for name in ("stride", "padding", "dilation")
    }
    images = torch.from_numpy(images)
    result = torch.nn.functional.conv2d(images, weight, bias, groups=int(node.groups), **options)
    return result.flatten(1).numpy()


@settings(max_examples=40)
@given(network=conv_networks("fixed"))
def test_the_nodes_are_what_the_somata_receive(tmp_path_factory, network):
    """As another tool would: ``nir.read`` and PyTorch only, against the integers of ``sim``."""
    path = tmp_path_factory.mktemp("nir") / "network.nir"
    write_nir(network, path)
    node = nir.read(path, type_check=False).nodes["layer_1"]
    samples = network.quantise_inputs(np.random.default_rng(0).random((5, network.input_size)))
    states, saturations = settle(network, samples)
    assume(not saturations.any())
    rates = samples * network.number_format.event_unit
    expected = by_another_tool(node, rates.reshape(-1, *network.input_shape))
    unit = network.state_unit("soma", 0)
    error = expected - states[0].soma * unit  # a shift to the right rounds down, within one unit
    assert (error >= 0).all() and (error < unit).all()


@pytest.mark.parametrize("which", [0, 1])
def test_a_network_mapped_from_pytorch_there_and_back(tmp_path, generator, which):
    network = conv_network(generator)[which]
    first = network.layers[0]
    bias = np.repeat(first.bias.reshape(4, -1)[:, 0], first.units // 4)
    network = replace(network, layers=(replace(first, bias=bias), *network.layers[1:]))
    write_nir(network, tmp_path / "network.nir")
    assert_equal(read_nir(tmp_path / "network.nir"), network)


def test_biases_that_differ_by_rounding_survive(tmp_path):
    geometry = ConvolutionGeometry((1, 2, 2))
    bias = np.array([0.1 + 0.2, 0.3, 0.3, 0.3])
    layer = MappedLayer(np.ones((1, 1, 1, 1)), bias, geometry=geometry)
    network = MappedNetwork((layer,), "float")
    write_nir(network, tmp_path / "network.nir")
    assert_equal(read_nir(tmp_path / "network.nir"), network)


def test_biases_that_differ_within_a_channel_are_refused(generator):
    """A Normalize before a convolution that pads."""
    with pytest.raises(MappingError, match="layer 1 is a convolution whose biases differ within"):
        to_nir(conv_network(generator)[0])


def chain(*nodes):
    names = [f"node_{index}" for index in range(len(nodes))]
    graph = dict(zip(names, nodes, strict=True))
    return nir.NIRGraph(graph, list(itertools.pairwise(names)), metadata={}, type_check=False)


def conv(weight=None, **fields):
    random = np.random.default_rng(0)
    weight = random.normal(size=(4, 2, 3, 3)) if weight is None else weight
    defaults = {"input_shape": (6, 8), "stride": 1, "padding": 0, "dilation": 1, "groups": 1}
    fields = {"weight": weight, "bias": random.normal(size=len(weight)), **defaults, **fields}
    return nir.Conv2d(**fields, metadata={"activation": "sigmoid"})


def ends(channels=2):
    return nir.Input(np.array([channels, 6, 8])), nir.Output(np.array([3]))


def dense(units_below):
    return nir.Affine(np.ones((3, units_below)), np.ones(3), metadata={"activation": "sigmoid"})


FLAT = nir.Flatten(None, start_dim=0)

FOREIGN = {
    "plain": ({}, {}),
    "numbers": ({"stride": 2, "padding": 1}, {"stride": (2, 2), "padding": (1, 1)}),
    "pairs": (
        {"stride": (1, 2), "padding": np.array([2, 0])},
        {"stride": (1, 2), "padding": (2, 0)},
    ),
    "valid": ({"padding": "valid"}, {}),
    "same": ({"padding": "same"}, {"padding": (1, 1)}),
    "grouped": ({"groups": 2}, {"groups": 2}),
    "of the shape that comes": ({"input_shape": None}, {}),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_convolutions_of_another_tool(name):
    fields, options = FOREIGN[name]
    node = conv(**fields)
    channels = 2 * options.get("groups", 1)
    images = np.random.default_rng(1).random((1, channels, 6, 8))
    weight, bias = torch.from_numpy(node.weight), torch.from_numpy(node.bias)
    expected = torch.nn.functional.conv2d(torch.from_numpy(images), weight, bias, **options)
    start, end = ends(channels)
    network = from_nir(chain(start, node, FLAT, dense(expected[0].numel()), end))
    first = network.layers[0]
    assert network.precision == "float" and network.input_shape == (channels, 6, 8)
    assert first.shape == tuple(expected.shape[1:])
    found = forward(first, images.ravel()) + first.bias
    np.testing.assert_allclose(found, expected.flatten().numpy())


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"dilation": 2}, r"node_1 \(Conv2d\) has dilation \(2, 2\)"),
        (
            {"padding": (1, 2, 1, 2), "input_shape": None},
            "node_1 .* has padding .* the same on both sides",
        ),
        ({"padding": "same", "stride": 2}, "pads one side more than the other"),
        ({"padding": "same", "weight": np.ones((4, 2, 2, 2))}, "pads one side more"),
        ({"input_shape": (7, 8)}, r"images of \(2, 7, 8\), but receives \(2, 6, 8\)"),
        ({"weight": np.ones((4, 2, 9, 9))}, "node_1 .* smaller than the kernel"),
    ],
)
def test_convolutions_without_a_mapping_are_named(fields, message):
    node = conv(**fields)
    start, end = ends()
    with pytest.raises(MappingError, match=message):
        from_nir(chain(start, node, FLAT, dense(96), end))


def test_images_of_no_known_size_are_named():
    nodes = (nir.Input(None), conv(input_shape=None), FLAT, dense(96), nir.Output(None))
    with pytest.raises(MappingError, match=r"node_1 .* write it with input_shape"):
        from_nir(chain(*nodes))


def test_pooling_is_named():
    start, end = ends()
    pool = nir.AvgPool2d(kernel_size=np.array(2), stride=np.array(2), padding=np.array(0))
    with pytest.raises(MappingError, match=r"no mapping: node_2 \(AvgPool2d\)"):
        from_nir(chain(start, conv(), pool, FLAT, dense(24), end))


def test_images_become_vectors_by_a_flatten_only():
    start, end = ends()
    with pytest.raises(MappingError, match="Flatten where images become vectors"):
        from_nir(chain(start, conv(), dense(96), end))
    with pytest.raises(MappingError, match="Flatten where images become vectors"):
        from_nir(chain(start, FLAT, conv(), FLAT, dense(96), end))
    with pytest.raises(MappingError, match=r"node_2 sends 96 values .* node_3 .* takes 95"):
        from_nir(chain(start, conv(), FLAT, dense(95), end))

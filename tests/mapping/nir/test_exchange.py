"""NIR: nothing lost on the way there and back, linear parts for others, foreign nodes by name."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from lava_bccn import mapping
from lava_bccn.errors import FileFormatError, InvalidInputError, MappingError
from lava_bccn.mapping import MappedNetwork, from_nir, read_nir, write_nir
from lava_bccn.network.output import Output
from lava_bccn.sim import settle
from tests.conftest import integer_networks
from tests.network.test_storage import assert_equal

nir = pytest.importorskip("nir")


@settings(max_examples=40)
@given(network=integer_networks())
def test_a_round_trip_loses_nothing(tmp_path_factory, network):
    path = tmp_path_factory.mktemp("nir") / "network.nir"
    network = replace(network, metadata={"dataset": "digits", "class_names": ["a", "b"]})
    write_nir(network, path)
    assert_equal(read_nir(path), network)


def test_a_float_network_too(tmp_path, generator):
    network = mapping.new_network((6, 5, 4), generator.random((9, 6)), precision="float")
    write_nir(network, tmp_path / "network.nir")
    assert_equal(read_nir(tmp_path / "network.nir"), network)


def test_gains_boosts_and_a_softmax_readout_come_along(tmp_path, generator):
    made = mapping.new_network(
        (6, 5, 4),
        generator.random((9, 6)),
        activation="bounded_relu",
        readout_activation="softmax",
    )
    first, readout = made.layers
    layers = (replace(first, feedback_gain=4.0, rate_boost=1), replace(readout, bias_boost=-2))
    network = replace(made, error_scale=0.125, layers=layers)
    write_nir(network, tmp_path / "network.nir")
    assert_equal(read_nir(tmp_path / "network.nir"), network)


@settings(max_examples=40)
@given(network=integer_networks())
def test_the_affine_nodes_are_what_the_somata_receive(tmp_path_factory, network):
    """As another tool would: ``nir.read`` and NumPy only, against the integers of ``sim``."""
    path = tmp_path_factory.mktemp("nir") / "network.nir"
    write_nir(network, path)
    node = nir.read(path).nodes["layer_1"]
    assert node.metadata["activation"] == "sigmoid"
    rates = np.random.default_rng(0).random((5, network.input_size))
    samples = network.quantise_inputs(rates)
    states, saturations = settle(network, samples)
    if saturations.any():
        return
    expected = samples * network.number_format.event_unit @ node.weight.T + node.bias
    unit = network.state_unit("soma", 0)
    error = expected - states[0].soma * unit  # a shift to the right rounds down, within one unit
    assert (error >= 0).all() and (error < unit).all()


def graph_of(*nodes, names=None, edges=None, metadata=None):
    names = names or [f"node_{index}" for index in range(len(nodes))]
    edges = edges or list(itertools.pairwise(names))
    graph = dict(zip(names, nodes, strict=True))
    return nir.NIRGraph(graph, edges, metadata=metadata or {}, type_check=False)


def affine(units, below, **metadata):
    random = np.random.default_rng(units)
    return nir.Affine(random.normal(size=(units, below)), np.ones(units), metadata=metadata)


ENDS = nir.Input(np.array([3])), nir.Output(np.array([2]))


def test_linear_nodes_of_another_tool(tmp_path):
    nodes = (ENDS[0], affine(4, 3), nir.Linear(np.ones((2, 4))), ENDS[1])
    nir.write(tmp_path / "other.nir", graph_of(*nodes))
    with pytest.raises(MappingError, match="node_1 the graph has no activation"):
        read_nir(tmp_path / "other.nir")
    network = read_nir(tmp_path / "other.nir", activation="sigmoid")
    assert isinstance(network, MappedNetwork) and network.precision == "float"
    assert network.sizes == (3, 4, 2)
    np.testing.assert_array_equal(network.layers[0].weight, nodes[1].weight)
    assert not network.layers[1].bias.any()


def test_nodes_without_a_mapping_are_named():
    spiking = nir.IF(r=np.ones(4), v_threshold=np.ones(4), v_reset=np.zeros(4))
    names = ["in", "linear", "spikes", "out"]
    with pytest.raises(MappingError, match=r"no mapping: spikes \(IF\)"):
        from_nir(graph_of(ENDS[0], affine(4, 3), spiking, ENDS[1], names=names))


def test_other_activations_and_branches_are_refused():
    with pytest.raises(MappingError, match="a relu"):
        from_nir(graph_of(ENDS[0], affine(2, 3, activation="relu"), ENDS[1]))
    names = ["in", "a", "b", "out"]
    edges = [("in", "a"), ("in", "b"), ("a", "out"), ("b", "out")]
    with pytest.raises(MappingError, match="not one chain"):
        from_nir(graph_of(ENDS[0], affine(2, 3), affine(2, 3), ENDS[1], names=names, edges=edges))


INCONSISTENT = {
    "an edge to nowhere": (
        (affine(2, 3), ENDS[1]),
        [("a", "b"), ("b", "c"), ("c", "nowhere")],
        "edge c -> nowhere is of a node 'nowhere' that is not there; the nodes are a, b, c",
    ),
    "an edge twice": (
        (affine(2, 3), ENDS[1]),
        [("a", "b"), ("b", "c"), ("a", "b")],
        "edge a -> b is there twice",
    ),
    "a cycle apart": (
        (affine(2, 3), ENDS[1], affine(2, 2), affine(2, 2)),
        [("a", "b"), ("b", "c"), ("d", "e"), ("e", "d")],
        r"d, e \(a cycle\) cannot be reached from the input a",
    ),
    "recurrence": (
        (affine(2, 3), affine(2, 2), ENDS[1]),
        [("a", "b"), ("b", "c"), ("c", "b"), ("c", "d")],
        "c feeds b and d; branches and recurrence have no mapping",
    ),
    "several inputs": (
        (ENDS[0], affine(2, 3), ENDS[1]),
        [("a", "c"), ("b", "c"), ("c", "d")],
        "one Input node, the NIR graph 2: a, b",
    ),
    "no output": ((affine(2, 3),), [("a", "b")], "one Output node, the NIR graph none"),
    "nothing leads there": (
        (affine(2, 3), ENDS[1], affine(2, 3)),
        [("a", "b"), ("b", "c")],
        "d cannot be reached from the input a",
    ),
    "a graph in it": (
        (nir.NIRGraph.from_list(affine(2, 3)), ENDS[1]),
        [("a", "b"), ("b", "c")],
        "node b is a graph in the graph",
    ),
    "of another size": (
        (affine(4, 3), affine(2, 5), ENDS[1]),
        None,
        r"node b sends 4 values, but node c \(Affine\) takes 5 values",
    ),
    "an output of another size": (
        (affine(4, 3), ENDS[1]),
        None,
        r"node b sends 4 values, but node c \(Output\) takes 2 values",
    ),
    "a flatten of another size": (
        (nir.Flatten({"input": np.array([2, 2])}, start_dim=0), affine(2, 4), ENDS[1]),
        None,
        r"node a sends 3 values, but node b \(Flatten\) takes 4 values \(2 x 2\)",
    ),
    "a flatten of some dimensions": (
        (nir.Flatten({"input": np.array([1, 3, 1])}, start_dim=2), affine(2, 3), ENDS[1]),
        None,
        r"node b \(Flatten\) joins the dimensions from 2",
    ),
    "a bias of another size": (
        (nir.Affine(np.ones((2, 3)), np.ones(3)), ENDS[1]),
        None,
        r"node b \(Affine\) has a bias of shape \(3,\); expected \(2,\)",
    ),
    "a stack of matrices": (
        (nir.Linear(np.ones((1, 2, 3))), ENDS[1]),
        None,
        r"node b \(Linear\) has a weight of shape \(1, 2, 3\)",
    ),
    "no numbers": (
        (nir.Linear(np.full((2, 3), np.nan)), ENDS[1]),
        None,
        r"node b \(Linear\) has a weight of dtype float64 that is not all finite",
    ),
    "complex numbers": (
        (nir.Linear(np.ones((2, 3), complex)), ENDS[1]),
        None,
        r"node b \(Linear\) has a weight of dtype complex128",
    ),
}


@pytest.mark.parametrize("name", INCONSISTENT)
def test_what_is_inconsistent_is_named(name):
    nodes, edges, message = INCONSISTENT[name]
    names = list("abcde"[: len(nodes) + 1])
    graph = graph_of(ENDS[0], *nodes, names=names, edges=edges)
    with pytest.raises(MappingError, match=message):
        from_nir(graph, activation="sigmoid")


@pytest.mark.parametrize("shape", [[4], [2, 2], [0], [-3]])
def test_an_input_whose_size_contradicts_the_weights_is_named(tmp_path, generator, shape):
    """Of another tool, and of a file of ours that was edited."""
    network = mapping.new_network((3, 2), generator.random((9, 3)))
    for graph in (graph_of(ENDS[0], affine(2, 3), ENDS[1]), mapping.to_nir(network)):
        name = next(iter(graph.nodes))
        graph.nodes[name] = nir.Input(np.array(shape))
        with pytest.raises(MappingError, match=f"node {name} "):
            from_nir(graph, activation="sigmoid")


def test_an_input_without_a_shape_takes_that_of_the_weights():
    graph = graph_of(nir.Input(None), affine(2, 3), nir.Output(None))
    assert from_nir(graph, activation="sigmoid").sizes == (3, 2)


def test_only_graphs_are_read(tmp_path):
    with pytest.raises(InvalidInputError, match="read a file with read_nir"):
        from_nir(tmp_path / "network.nir")
    nir.write(tmp_path / "node.nir", affine(2, 3))
    with pytest.raises(FileFormatError, match="holds one Affine node"):
        read_nir(tmp_path / "node.nir")


def test_hdf5_that_nir_cannot_read_is_told_in_its_words(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "network.nir"
    nir.write(path, graph_of(ENDS[0], affine(2, 3), ENDS[1], names=["in", "first", "out"]))
    with h5py.File(path, "r+") as file:
        del file["node/nodes/first/type"]
        file["node/nodes/first/type"] = "Hopfield"
    with pytest.raises(MappingError, match=r"does not know: first \(Hopfield\)"):
        read_nir(path)
    with h5py.File(path, "r+") as file:
        del file["node/edges"]
        del file["node/nodes/first"]
    with pytest.raises(FileFormatError, match=r"truncated or not a NIR file .* write it again"):
        read_nir(path)
    with h5py.File(path, "r+") as file:
        del file["node"]
    with pytest.raises(FileFormatError, match="holds no graph of NIR; write it again"):
        read_nir(path)


def test_hard_sigmoids_stay_hard(tmp_path, generator):
    network = mapping.new_network((6, 5, 4), generator.random((9, 6)), activation="hard_sigmoid")
    write_nir(network, tmp_path / "network.nir")
    assert nir.read(tmp_path / "network.nir").nodes["layer_2"].metadata["activation"] == (
        "hard_sigmoid"
    )
    assert_equal(read_nir(tmp_path / "network.nir"), network)
    foreign = graph_of(ENDS[0], affine(2, 3), ENDS[1])
    assert from_nir(foreign, activation="hard_sigmoid").activation == "hard_sigmoid"


def test_a_network_has_one_activation():
    nodes = affine(4, 3, activation="sigmoid"), affine(2, 4, activation="hard_sigmoid")
    with pytest.raises(MappingError, match="a sigmoid after node_1, a hard_sigmoid after node_2"):
        from_nir(graph_of(ENDS[0], *nodes, ENDS[1]))


def test_files_of_version_1_are_read():
    """They know neither convolutions nor other activations than the sigmoid."""
    scalars = '{"weight_exponent": 0, "dtypes": {"weight": "float64", "bias": "float64"}}'
    node = affine(2, 3, activation="sigmoid", lava_bccn=scalars)
    header = """{"format": "lava-bccn network in NIR", "version": 1, "precision": "float",
        "p_baseline": 0.5, "number_format": null, "metadata": {}}"""
    network = from_nir(graph_of(ENDS[0], node, ENDS[1], metadata={"lava_bccn": header}))
    assert network.activation == "sigmoid"
    np.testing.assert_array_equal(network.layers[0].weight, node.weight)


def test_a_flatten_may_stand_before_the_first_linear_node_only():
    flat = nir.Flatten({"input": np.array([1, 3])}, start_dim=0)
    assert from_nir(graph_of(ENDS[0], flat, affine(2, 3), ENDS[1]), activation="sigmoid").sizes == (
        3,
        2,
    )
    with pytest.raises(MappingError, match="Flatten node after"):
        from_nir(graph_of(ENDS[0], affine(2, 3), flat, ENDS[1]), activation="sigmoid")


def test_damaged_foreign_and_newer_files_are_refused(tmp_path):
    path = tmp_path / "network.nir"
    path.write_text("no HDF5")
    with pytest.raises(FileFormatError, match="not a NIR file"):
        read_nir(path)
    newer = {"lava_bccn": '{"format": "lava-bccn network in NIR", "version": 99}'}
    graph = graph_of(ENDS[0], affine(2, 3, activation="sigmoid"), ENDS[1], metadata=newer)
    with pytest.raises(FileFormatError, match="version 99"):
        from_nir(graph)
    damaged = {"lava_bccn": newer["lava_bccn"].replace("99", "1")}
    graph = graph_of(ENDS[0], affine(2, 3, activation="sigmoid"), ENDS[1], metadata=damaged)
    with pytest.raises(FileFormatError, match="damaged"):
        from_nir(graph)


def test_activations_of_layers_and_the_output_come_along(tmp_path):
    random = np.random.default_rng(1)
    layers = tuple(
        mapping.MappedLayer(
            random.normal(0, 1, sizes), random.normal(0, 1, sizes[0]), activation=own
        )
        for sizes, own in (((5, 4), "relu"), ((3, 5), None), ((2, 3), "relu"))
    )
    network = MappedNetwork(layers, "float", output=Output("logits", 3.0, -1.5))
    for each in (network, mapping.quantise(network, random.random((20, 4)))):
        write_nir(each, tmp_path / "network.nir")
        found = read_nir(tmp_path / "network.nir")
        assert_equal(found, each)
        assert found.output == each.output and found.activation == each.activation
        assert [layer.activation for layer in found.layers] == ["relu", None, "relu"]
        node = nir.read(tmp_path / "network.nir").nodes["layer_1"]
        assert node.metadata["activation"] == "relu"

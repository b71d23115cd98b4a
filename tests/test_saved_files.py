"""Files that earlier releases wrote load, and run to the same bits."""

import numpy as np
import pytest

import lava_bccn
from lava_bccn import ContinuousTime, LearningConfig, datasets, mapping
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.network.spiking import load as load_spiking
from tests.conftest import DATA
from tests.spiking_networks import stimulus

LEGACY = DATA / "legacy"
NETWORKS = sorted(path.stem for path in LEGACY.glob("*.safetensors"))
LEARNING = LearningConfig(
    weight_rate=2,
    bias_rate=2,
    feedback_event_rate=2,
    feedback_burst_rate=3,
    halve_at=(30,),
    seed=5,
)


@pytest.fixture(scope="module")
def expected():
    with np.load(LEGACY / "expected.npz") as file:
        return dict(file)


@pytest.fixture(scope="module")
def samples():
    digits = datasets.load("digits")
    inputs = digits.train_inputs[:70].astype(np.float64)
    return inputs, np.eye(10)[digits.train_labels[:70]]


def assert_runs_to(expected, key, result, network):
    wanted = {name: array for name, array in expected.items() if name.startswith(f"{key}/")}
    assert wanted
    for name, array in wanted.items():
        kind, *layer = name.removeprefix(f"{key}/").split("/")
        if kind == "counts":
            counts = [c for layer in result.learning_saturations for c in layer.values()]
            got = np.array([[c.weights, c.traces] for c in counts])
        elif kind in STATE_NAMES:
            got = getattr(result.states[int(layer[0])], kind)
        else:
            got = getattr(result.network.layers[int(layer[0])], kind)
        if network.number_format is None:  # sums of another machine round otherwise
            np.testing.assert_allclose(got, array, rtol=1e-9, atol=1e-12)
        else:
            np.testing.assert_array_equal(got, array)


@pytest.mark.parametrize("name", NETWORKS)
def test_states_without_and_with_a_teacher(name, expected, samples):
    network = lava_bccn.load(LEGACY / f"{name}.safetensors")
    inputs, targets = (array[:12] for array in samples)
    for run, teacher in (("rest", None), ("taught", targets)):
        result = lava_bccn.run(network, inputs, teacher, record=STATE_NAMES)
        assert_runs_to(expected, f"{name}/{run}", result, network)


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "convolution"])
def test_what_is_learned(name, expected, samples):
    network = lava_bccn.load(LEGACY / f"{name}.safetensors")
    inputs, targets = samples
    result = lava_bccn.run(network, inputs, targets, learn=LEARNING)
    assert_runs_to(expected, f"{name}/learn", result, network)
    if network.activation == "sigmoid":
        twice = (array[:30].repeat(2, axis=0) for array in samples)
        result = lava_bccn.run_continuous(network, *twice, ContinuousTime(), learn=LEARNING)
        assert_runs_to(expected, f"{name}/time-learn", result, network)


@pytest.mark.parametrize("name", sorted(path.stem for path in LEGACY.glob("*.pt")))
def test_checkpoints_map_to_the_same_integers(name):
    saved = lava_bccn.load(LEGACY / f"{name}.safetensors")
    inputs = datasets.load("digits").train_inputs[:200]
    bits = 1 if saved.activation == "hard_sigmoid" else 4
    mapped = mapping.from_torch(LEGACY / f"{name}.pt", inputs, burst_extra_bits=bits)
    for ours, theirs in zip(mapped.layers, saved.layers, strict=True):
        assert ours.arrays.keys() == theirs.arrays.keys()
        for kind, array in ours.arrays.items():
            np.testing.assert_array_equal(array, getattr(theirs, kind))


@pytest.mark.parametrize("name", sorted(path.stem for path in LEGACY.glob("*.nir")))
def test_nir_holds_the_same_network(name):
    pytest.importorskip("nir", reason="nir is not installed: uv pip install nir")
    network = mapping.read_nir(LEGACY / f"{name}.nir")
    saved = lava_bccn.load(LEGACY / f"{name}.safetensors")
    for ours, theirs in zip(network.layers, saved.layers, strict=True):
        assert ours.geometry == theirs.geometry
        for kind, array in theirs.arrays.items():
            np.testing.assert_array_equal(getattr(ours, kind), array)


SPIKING = LEGACY / "spiking"


@pytest.mark.parametrize("name", sorted(path.stem for path in SPIKING.glob("*.safetensors")))
def test_spiking_networks_send_the_same_spikes_and_learn_the_same(name):
    with np.load(SPIKING / "expected.npz") as file:
        expected = dict(file)
    network = load_spiking(SPIKING / f"{name}.safetensors")
    currents, targets = stimulus()
    result = lava_bccn.run_spikes(network, currents, targets=targets, sample_steps=200, learn=True)
    np.testing.assert_array_equal(result.counts, expected[f"{name}/counts"])
    compare = (
        np.testing.assert_array_equal if network.units.is_fixed else np.testing.assert_allclose
    )
    for connection in result.network.connections:
        compare(connection.weight, expected[f"{name}/weight/{connection.name}"])
    for population in result.network.populations:
        compare(population.bias, expected[f"{name}/bias/{population.name}"])

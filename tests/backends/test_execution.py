"""One call for every backend, one result."""

import numpy as np
import pytest

import lava_bccn
from lava_bccn import mapping
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.errors import BackendUnavailableError, InvalidInputError
from lava_bccn.nn import burst_mlp

needs_lava = pytest.mark.lava
BACKENDS = ["sim", pytest.param("lava", marks=needs_lava)]


@pytest.fixture(scope="module")
def inputs():
    return np.random.default_rng(1).random((6, 1, 3, 3))


@pytest.fixture(scope="module", params=["fixed", "float"])
def network(request, inputs):
    return mapping.from_torch(burst_mlp((9, 5, 3)), inputs, precision=request.param)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_result_holds_what_was_asked_for(network, inputs, backend):
    done = []
    targets = np.eye(3)[[0, 1, 2, 0, 1, 2]]
    result = lava_bccn.run(
        network, inputs, targets, backend=backend, record=("apical",), progress=done.append
    )
    assert result.backend == backend and result.seconds > 0
    assert sum(done) == 6
    assert result.event_rate.shape == (6, 3)
    assert (result.predictions == result.event_rate.argmax(axis=1)).all()
    assert result.values("apical", 0).shape == (6, 5)
    assert result.states[0].soma is None and result.states[1].apical is None
    assert result.saturations.tolist() == [0, 0]
    wanted = np.integer if network.precision == "fixed" else np.floating
    assert np.issubdtype(result.states[0].apical.dtype, wanted)
    with pytest.raises(InvalidInputError, match="soma of layer 0 was not recorded"):
        result.values("soma", 0)
    with pytest.raises(InvalidInputError, match="no state 'spikes'"):
        result.values("spikes", 0)
    for layer in (1, -1):
        with pytest.raises(InvalidInputError, match="the output layer has no apical potential"):
            result.values("apical", layer)
    for layer in (2, -3, 0.5):
        with pytest.raises(InvalidInputError, match=r"there is no layer .* layers are 0 to 1"):
            result.values("soma", layer)


@needs_lava
def test_backends_agree(network, inputs):
    targets = np.eye(3)[[0, 1, 2, 0, 1, 2]]
    sim, lava = (
        lava_bccn.run(network, inputs, targets, backend=backend, record=STATE_NAMES)
        for backend in ("sim", "lava")
    )
    for a, b in zip(sim.states, lava.states, strict=True):
        for name in STATE_NAMES:
            first, second = getattr(a, name), getattr(b, name)
            if first is None:
                assert second is None
            elif network.precision == "fixed":
                np.testing.assert_array_equal(first, second)
            else:
                np.testing.assert_allclose(first, second, atol=1e-12)


def test_values_are_in_the_models_units(inputs):
    model = burst_mlp((9, 5, 3))
    exact, rounded = (
        lava_bccn.run(
            mapping.from_torch(model, inputs, precision=precision), inputs, record=STATE_NAMES
        )
        for precision in ("float", "fixed")
    )
    for layer in (0, 1):
        for name in ("soma", "event_rate", "burst_prob", "burst_rate"):
            difference = exact.values(name, layer) - rounded.values(name, layer)
            assert np.abs(difference).max() < 0.05, name
    assert (rounded.values("apical", 0) == 0).all()


def test_batches_are_joined_in_order():
    many = np.random.default_rng(0).random((700, 9))
    network = mapping.from_torch(burst_mlp((9, 3)), many)
    whole = lava_bccn.run(network, many).event_rate
    single = lava_bccn.run(network, many[600:601]).event_rate
    np.testing.assert_array_equal(whole[600:601], single)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"inputs": np.zeros((2, 8))}, r"expected \(samples, 9\)"),
        ({"inputs": np.zeros(9)}, r"shape \(9,\)"),
        ({"inputs": np.zeros((0, 9))}, "at least one"),
        ({"inputs": np.full((2, 9), np.inf)}, "18 values that are NaN or infinite"),
        ({"inputs": np.full((2, 9), -0.1)}, r"\[0, 1\]"),
        ({"inputs": np.full((2, 9), 77)}, "int64"),
        ({"targets": np.zeros(2)}, "numpy.eye"),
        ({"targets": np.full((6, 3), 2.0)}, "at most 1"),
        ({"targets": np.full((6, 3), np.nan)}, "NaN"),
        ({"record": ("spikes",)}, "record must be some of"),
        ({"backend": "gpu"}, "backend must be one of .*, not 'gpu'"),
    ],
)
def test_bad_arguments_are_refused(network, inputs, arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        lava_bccn.run(network, **{"inputs": inputs, **arguments})


@pytest.mark.lava
def test_loihi2_says_what_is_missing(network, inputs):
    with pytest.raises(BackendUnavailableError, match="lava-loihi"):
        lava_bccn.run(network, inputs, backend="loihi2")


def test_without_lava_the_message_says_what_to_do(network, inputs, without_lava):
    with pytest.raises(BackendUnavailableError, match=r"is not installed.*backend='sim'"):
        lava_bccn.run(network, inputs, backend="lava")


def test_what_is_no_mapped_network_is_refused_with_what_to_do(inputs):
    with pytest.raises(InvalidInputError, match=r"not a str: read a file with lava_bccn\.load"):
        lava_bccn.run("network.safetensors", inputs)
    with pytest.raises(InvalidInputError, match="run_spikes takes a SpikingNetwork, not a str"):
        lava_bccn.run_spikes("network.safetensors", inputs, sample_steps=10)


def test_one_state_can_be_recorded_by_its_name_alone(network, inputs):
    assert lava_bccn.run(network, inputs, record="soma").states[0].soma is not None

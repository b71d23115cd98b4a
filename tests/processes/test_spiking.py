"""Spiking networks on Lava and in the simulator: the same spikes, the same weights."""

from __future__ import annotations

import numpy as np
import pytest
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.io.source import RingBuffer

from lava_bccn.backends.spikes import run_spikes
from lava_bccn.dynamics.spiking.arithmetic import ONE
from lava_bccn.dynamics.spiking.short_term_plasticity import steady_state_release
from lava_bccn.errors import BackendExecutionError, InvalidInputError
from lava_bccn.mapping.spiking import quantise
from lava_bccn.network.spiking import DEPRESSING, NeuronParameters
from lava_bccn.processes import BurstingNeuron, StpDense, running
from tests.spiking_networks import spiking_network, stimulus

KINDS = {
    "ideal": {},
    "stp": {"stp": True},
    "delays": {"stp": True, "delays": True},
    "half a millisecond": {"stp": True, "time_step_ms": 0.5},
    "receptors": {"stp": True, "receptors": True},
    "homeostasis": {"stp": True, "receptors": True, "homeostasis": 1.0},
    "homeostasis of events": {"homeostasis": 0.1},
}
OPTIONS = {"sample_steps": 60, "interval_steps": 40, "learn": True, "record_flags": True, "seed": 3}


def both(network):
    currents, targets = stimulus()
    return [
        run_spikes(network, currents, None, targets, backend=backend, **OPTIONS)
        for backend in ("sim", "lava")
    ]


SELDOM = ("delays", "half a millisecond")
"""Kinds that differ from the others in one parameter."""


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=pytest.mark.slow if kind in SELDOM else ()) for kind in KINDS],
)
def test_fixed_point_is_the_same_bits(kind):
    network = quantise(spiking_network(**KINDS[kind]))
    sim, lava = both(network)
    assert sim.counts.sum() > 100
    np.testing.assert_array_equal(sim.flags, lava.flags)
    np.testing.assert_array_equal(sim.counts, lava.counts)
    np.testing.assert_array_equal(sim.released, lava.released)
    for before, one, other in zip(
        network.connections, sim.network.connections, lava.network.connections, strict=True
    ):
        np.testing.assert_array_equal(one.weight, other.weight)
        if before.limits is not None:
            assert (one.weight != before.weight).mean() > 0.3
    for one, other in zip(sim.network.populations, lava.network.populations, strict=True):
        np.testing.assert_array_equal(one.bias, other.bias)


@pytest.mark.parametrize(
    "kind", [{}, {"average_ms": 500.0}, {"stp": True, "receptors": True, "homeostasis": 1.0}]
)
def test_floating_point_has_the_same_spikes(kind):
    sim, lava = both(spiking_network(**kind))
    np.testing.assert_array_equal(sim.flags, lava.flags)
    for one, other in zip(sim.network.connections, lava.network.connections, strict=True):
        np.testing.assert_allclose(one.weight, other.weight, atol=1e-9)


@pytest.mark.slow
def test_plasticity_opens_and_closes_with_the_samples_alike():
    """Traces and averages go on while it is closed; weights and biases do not change."""
    currents, targets = stimulus()
    for network in (spiking_network(average_ms=500.0), quantise(spiking_network(stp=True))):
        gated = np.array([False, True, False, True])
        results = {
            backend: run_spikes(
                network, currents, None, targets, sample_steps=60, learn=gated, backend=backend
            )
            for backend in ("sim", "lava")
        }
        always = run_spikes(network, currents, None, targets, sample_steps=60, learn=True)
        for one, other, without in zip(
            results["sim"].network.connections,
            results["lava"].network.connections,
            always.network.connections,
            strict=True,
        ):
            np.testing.assert_allclose(one.weight, other.weight, atol=1e-9)
            if one.learning is not None:
                assert (one.weight != without.weight).any()
        for one, other in zip(
            results["sim"].network.populations, results["lava"].network.populations, strict=True
        ):
            np.testing.assert_allclose(one.bias, other.bias, atol=1e-9)


@pytest.mark.parametrize("precision", ["float", "fixed"])
def test_rates_are_halved_alike(precision):
    network = spiking_network(stp=True, homeostasis=1.0)
    network = quantise(network) if precision == "fixed" else network
    currents, targets = stimulus()
    options = OPTIONS | {"rate_shift": 2}
    sim, lava = (
        run_spikes(network, currents, None, targets, backend=backend, **options)
        for backend in ("sim", "lava")
    )
    for before, one, other in zip(
        network.connections, sim.network.connections, lava.network.connections, strict=True
    ):
        np.testing.assert_allclose(one.weight, other.weight, atol=1e-9)
        assert before.limits is None or (one.weight != before.weight).any()
    for one, other in zip(sim.network.populations, lava.network.populations, strict=True):
        np.testing.assert_allclose(one.bias, other.bias, atol=1e-9)


def test_without_learning_nothing_changes():
    network = quantise(spiking_network())
    result = run_spikes(network, *stimulus()[:1], backend="lava", sample_steps=20)
    for before, after in zip(network.connections, result.network.connections, strict=True):
        np.testing.assert_array_equal(before.weight, after.weight)


def test_stp_dense_takes_plain_spikes_and_shows_u_and_x():
    # One neuron every 10 ms through one synapse of weight 1; another is silent.
    train = np.zeros((2, 1000))
    train[0, ::10] = 1
    source = RingBuffer(data=train)
    synapses = StpDense(weights=np.array([[1.0, 1.0]]), stp="depressing")
    source.s_out.connect(synapses.s_in)
    with running(synapses, Loihi2SimCfg(select_tag="floating_pt")) as lava:
        lava.steps(991)  # the last spike was in this step
        released = synapses.released.get().item()
        used = synapses.release_probability.get()
        left = synapses.resources.get()
        lava.steps(10)
        last = synapses.released.get().item() - released
    expected = steady_state_release(10.0, 20.0, 1000.0, 0.9, 0.1)
    assert last == pytest.approx(expected, rel=1e-3)
    assert used[0] > DEPRESSING.baseline and used[1] == pytest.approx(DEPRESSING.baseline)
    assert left[0] < 0.5 and left[1] == pytest.approx(1.0)


def test_a_dense_matrix_delay_and_free_parameters_are_taken():
    matrix = np.array([[0, 3], [5, 0], [7, 2]])
    delays = np.array([[0, 2], [1, 0], [4, 1]])
    synapses = StpDense(weights=matrix, stp=None, delays=delays, precision="fixed")
    np.testing.assert_array_equal(synapses.weights.init, [5, 7, 3, 2])
    np.testing.assert_array_equal(synapses.proc_params["delays"], [1, 4, 2, 1])
    assert StpDense(weights=np.ones((1, 3)), stp=DEPRESSING).release_probability.shape == (3,)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"stp": "depresing"}, "depressing, facilitating"),
        ({"delays": 0}, "at least 1"),
        ({"precision": "fixed", "weights": np.array([[200]])}, "-127 to 127"),
        ({"precision": "fixed", "weights": np.array([[0.5]])}, "-127 to 127"),
        ({"time_step_ms": 30.0}, "below the time step"),
    ],
)
def test_what_stp_dense_refuses(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        StpDense(**{"weights": np.ones((2, 2)), **arguments})


def test_the_wrong_tag_is_named():
    neuron = BurstingNeuron(shape=(2,), neuron=NeuronParameters(), precision="fixed")
    with (
        pytest.raises((InvalidInputError, BackendExecutionError), match="fixed_pt"),
        running(neuron, Loihi2SimCfg(select_tag="floating_pt")) as lava,
    ):
        lava.steps(1)


def test_states_of_the_fixed_neuron_fit_24_bits():
    neuron = BurstingNeuron(
        shape=(50,),
        neuron=NeuronParameters(soma_background=800.0, soma_noise=300.0),
        precision="fixed",
    )
    with running(neuron, Loihi2SimCfg(select_tag="fixed_pt")) as lava:
        lava.steps(200)
        soma, dendrite = neuron.soma.get(), neuron.dendrite.get()
        since = neuron.since_crossing.get()
    assert np.abs(soma).max() < 2**23 and np.abs(dendrite).max() < 2**23
    assert (since < 200).any(), "none has fired"
    assert soma.max() < 60 << 12 and ONE == 2**15 - 1

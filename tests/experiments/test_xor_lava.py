"""XOR learned by spikes alone: Lava does what the simulator does, to the bit."""

import numpy as np
import pytest

from lava_bccn.backends.spikes import run_spikes
from lava_bccn.experiments.xor_circuit import XorConfig
from lava_bccn.experiments.xor_start import start
from lava_bccn.experiments.xor_stimulus import xor_stimulus


@pytest.mark.parametrize(
    ("neurons", "seconds"),
    [
        pytest.param(100, 1, marks=pytest.mark.slow),
        pytest.param(500, 20, marks=[pytest.mark.slow, pytest.mark.timeout(3600)]),
    ],
)
def test_lava_learns_with_the_same_spikes_and_weights(neurons, seconds):
    """Receptors, three feedback channels, homeostasis, the teacher, ramps; all synapses learn."""
    config = XorConfig(
        decoding="stp",
        feedback="learned",
        precision="fixed",
        neurons=neurons,
        connection_probability=100 / neurons,
    )
    network, offset_hz = start(config, warm=neurons == 500)
    stimulus = xor_stimulus(config, offset_hz)
    samples = seconds * 1000 // stimulus.sample_steps
    soma, apical, targets = (
        np.resize(each, (samples, each.shape[1])) for each in (*stimulus.currents, stimulus.targets)
    )
    sim, lava = (
        run_spikes(
            network,
            soma,
            apical,
            targets,
            sample_steps=stimulus.sample_steps,
            learn=True,
            record_flags=neurons == 100,  # Lava hands them out one by one
            backend=backend,
        )
        for backend in ("sim", "lava")
    )
    np.testing.assert_array_equal(sim.flags, lava.flags)
    np.testing.assert_array_equal(sim.counts, lava.counts)
    np.testing.assert_array_equal(sim.released, lava.released)
    assert sim.event_rate("output").sum() > 0
    for before, one, other in zip(
        network.connections, sim.network.connections, lava.network.connections, strict=True
    ):
        np.testing.assert_array_equal(one.weight, other.weight)
        assert before.limits is None or (one.weight != before.weight).any()
    for one, other in zip(sim.network.populations, lava.network.populations, strict=True):
        np.testing.assert_array_equal(one.bias, other.bias)

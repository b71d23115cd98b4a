"""Lava fails in the seventh of ten samples: what was done is kept, and nothing of Lava is left."""

import numpy as np
import pytest

import lava_bccn
from lava_bccn import LearningConfig, mapping, online
from lava_bccn.backends.spikes import run_spikes
from lava_bccn.cli import main
from lava_bccn.datasets import Dataset
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.errors import InterruptedRunError
from lava_bccn.network.learning import PATHWAYS
from lava_bccn.processes.current_source.models import CurrentSourceStep
from lava_bccn.processes.sample_source.models import SampleSourceStep
from tests.spiking_networks import spiking_network

SAMPLES, DONE = 10, 6
REASON = r"RuntimeError: the source is gone"
BACKENDS = ["lava", "lava-hardware"]
RANDOM = np.random.default_rng(1)
INPUTS, TARGETS = RANDOM.random((SAMPLES, 4)), RANDOM.random((SAMPLES, 2))
LEARNING = LearningConfig(weight_rate=1)


@pytest.fixture
def fails_in_the_seventh(monkeypatch):
    """The Process that presents samples raises in the second step of the seventh."""
    send = SampleSourceStep.run_spk

    def run_spk(self):
        if self.time_step == DONE * self.presentation_steps + 2:
            raise RuntimeError("the source is gone")
        send(self)

    monkeypatch.setattr(SampleSourceStep, "run_spk", run_spk)


@pytest.fixture(scope="module")
def network():
    regime = {"feedback": "kolen_pollack", "feedback_event": "tied"}
    return mapping.new_network((4, 3, 2), INPUTS, activation="hard_sigmoid", gain=3.0, **regime)


def same_weights(first, second):
    return all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for a, b in zip(first.layers, second.layers, strict=True)
        for name in PATHWAYS
    )


@pytest.mark.parametrize(
    "backend", [BACKENDS[0], pytest.param(BACKENDS[1], marks=pytest.mark.slow)]
)
@pytest.mark.usefixtures("fails_in_the_seventh")
def test_states_are_kept_and_weights_as_far_as_they_are_known(network, backend):
    options = {"learn": LEARNING, "learned": 5, "record": STATE_NAMES}
    done = []
    with pytest.raises(InterruptedRunError, match=rf"{REASON} \(after 6 of 10 samples\)") as caught:
        lava_bccn.run(network, INPUTS, TARGETS, backend=backend, progress=done.append, **options)
    assert caught.value.done == sum(done) == DONE
    kept = caught.value.partial
    simulated = lava_bccn.run(network, INPUTS[:DONE], TARGETS[:DONE], **options)
    for ours, theirs in zip(kept.states, simulated.states, strict=True):
        for name in STATE_NAMES:
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
    if backend == "lava":
        assert same_weights(kept.network, network) and kept.learned == 5
        assert kept.saturations.tolist() == [-1, -1] and kept.learning_saturations is None
    else:
        assert same_weights(kept.network, simulated.network) and kept.learned == 5 + DONE
        assert not same_weights(kept.network, network)
        assert kept.saturations.tolist() == [0, 0]
        assert kept.learning_saturations == simulated.learning_saturations


@pytest.mark.parametrize("backend", ["lava", pytest.param("lava-hardware", marks=pytest.mark.slow)])
@pytest.mark.usefixtures("fails_in_the_seventh")
def test_the_command_saves_what_was_done(network, backend, tmp_path, capsys):
    network.save(tmp_path / "net.safetensors")
    np.save(tmp_path / "inputs.npy", INPUTS)
    options = ["--inputs", tmp_path / "inputs.npy", "--save", tmp_path / "kept.npz"]
    command = ["run", tmp_path / "net.safetensors", "--backend", backend, *options]
    assert main([str(each) for each in command]) == 2
    assert "kept.npz" in capsys.readouterr().err
    whole = lava_bccn.run(network, INPUTS)
    with np.load(tmp_path / "kept.npz") as kept:
        np.testing.assert_array_equal(kept["event_rate_2"], whole.states[1].event_rate[:DONE])
        np.testing.assert_array_equal(kept["predictions"], whole.predictions[:DONE])


def test_a_lesson_goes_on_from_its_last_whole_part(network, tmp_path, monkeypatch):
    """Ten parts of one sample each: the source fails in the seventh part."""
    labels = np.arange(SAMPLES) % 2
    data = Dataset("noise", INPUTS, labels, INPUTS, labels, ("a", "b"))
    lesson = online.Lesson(epochs=1)
    whole = online.learn(network, data, LEARNING, lesson)
    checkpoint, send = tmp_path / "learned.safetensors", SampleSourceStep.run_spk
    seventh = network.quantise_inputs(INPUTS[lesson.order(labels, 0)[DONE]])

    def run_spk(self):
        if np.array_equal(self.samples[0], seventh):
            raise RuntimeError("the source is gone")
        send(self)

    with monkeypatch.context() as patched:
        patched.setattr(SampleSourceStep, "run_spk", run_spk)
        with pytest.raises(
            InterruptedRunError, match=r"learned\.safetensors has the network after 6 samples"
        ):
            online.learn(network, data, LEARNING, lesson, backend="lava", checkpoint=checkpoint)
    resumed = online.learn(network, data, LEARNING, lesson, checkpoint=checkpoint, resume=True)
    assert same_weights(resumed.network, whole.network)
    assert repr(resumed.curve) == repr(whole.curve)  # with NaN, which equals nothing


def test_intervals_of_a_spiking_network_are_kept(monkeypatch):
    send = CurrentSourceStep.run_spk

    def run_spk(self):
        if self.time_step == DONE * self.sample_steps + 2:
            raise RuntimeError("the source is gone")
        send(self)

    monkeypatch.setattr(CurrentSourceStep, "run_spk", run_spk)
    network = mapping.spiking.quantise(spiking_network())
    currents = np.random.default_rng(1).normal(0, 100, (SAMPLES, 5))
    options = {"sample_steps": 20, "interval_steps": 10, "record_flags": True, "learn": True}
    with pytest.raises(InterruptedRunError, match=rf"{REASON} \(after 6 of 10 samples\)") as caught:
        run_spikes(network, currents, backend="lava", **options)
    kept, simulated = caught.value.partial, run_spikes(network, currents[:DONE], **options)
    np.testing.assert_array_equal(kept.counts, simulated.counts)
    np.testing.assert_array_equal(kept.released, simulated.released)
    np.testing.assert_array_equal(kept.flags, simulated.flags)
    assert kept.network is network

"""A backend is one object: one from outside the package runs, learns and can be chosen."""

import numpy as np
import pytest

import lava_bccn
from lava_bccn import LearningConfig, mapping
from lava_bccn.backends.job import Execution, Job, SpikingJob
from lava_bccn.backends.registry import BACKENDS, Backend
from lava_bccn.backends.spikes import run_spikes
from lava_bccn.cli import main
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.errors import BackendUnavailableError, InterruptedRunError, InvalidInputError
from lava_bccn.sim.learner import Learner
from lava_bccn.sim.settled import settle
from lava_bccn.sim.spiking import SpikingSimulator
from tests.spiking_networks import spiking_network

RANDOM = np.random.default_rng(1)
INPUTS, TARGETS = RANDOM.random((10, 6)), RANDOM.random((10, 3))
CONFIG = LearningConfig(weight_rate=1)


def one_by_one(job: Job) -> Execution:
    """A sample at a time; it fails in the seventh where all samples end in 0.5."""
    network, learner = job.network, None
    if job.learning is not None:
        learner = Learner(network, job.learning, job.learned)
    saturations = np.zeros(len(network.layers), dtype=np.int64)

    def execution():
        return Execution.of(job, learner, saturations, seconds=1.0)

    fails = (job.samples[:, -1] == network.quantise_inputs(np.array(0.5))).all()
    for index, sample in enumerate(job.samples):
        if fails and index == 6:
            raise InterruptedRunError("it is gone", index, execution())
        chosen = slice(index, index + 1)
        target = None if job.targets is None else job.targets[chosen]
        if learner is None:
            states, saturated = settle(network, sample[None], target)
            saturations += saturated
        else:
            states = learner.learn(sample, target[0])
        job.recording.store(chosen, states)
        job.progress(1)
    return execution()


def spikes(job: SpikingJob):
    simulator = SpikingSimulator(job.network, job.seed)
    return simulator.run(job.soma, sample_steps=job.sample_steps)


@pytest.fixture(autouse=True)
def _mine(monkeypatch):
    monkeypatch.setattr(BACKENDS, "_items", dict(BACKENDS))
    BACKENDS.register(Backend("mine", "one by one", one_by_one, continuous=False))


@pytest.fixture(scope="module", params=["fixed", "float"])
def network(request):
    regime = {"feedback": "kolen_pollack", "feedback_event": "tied"}
    return mapping.new_network((6, 5, 3), INPUTS, precision=request.param, **regime)


@pytest.mark.parametrize("learn", [False, CONFIG])
def test_it_runs_and_learns(network, learn):
    done = []
    options = {"learn": learn, "learned": 4, "record": STATE_NAMES}
    mine = lava_bccn.run(network, INPUTS, TARGETS, backend="mine", progress=done.append, **options)
    sim = lava_bccn.run(network, INPUTS, TARGETS, **options)
    assert mine.backend == "mine" and sum(done) == len(INPUTS)
    assert mine.learned == sim.learned == (14 if learn else 4)
    assert mine.learning_saturations == sim.learning_saturations
    for ours, theirs in zip(mine.states, sim.states, strict=True):
        for name, expected in vars(theirs).items():
            if expected is not None:
                np.testing.assert_allclose(getattr(ours, name), expected, atol=1e-12)
    for before, ours, theirs in zip(
        network.layers, mine.network.layers, sim.network.layers, strict=True
    ):
        np.testing.assert_allclose(ours.weight, theirs.weight, atol=1e-12)
        assert (ours.weight != before.weight).any() == bool(learn)


def test_what_it_did_before_it_failed_is_kept(network):
    inputs = INPUTS.copy()
    inputs[:, -1] = 0.5
    with pytest.raises(InterruptedRunError, match="it is gone") as caught:
        lava_bccn.run(network, inputs, TARGETS, backend="mine", learn=CONFIG)
    kept = caught.value.partial
    sim = lava_bccn.run(network, inputs[:6], TARGETS[:6], learn=CONFIG)
    assert kept.learned == caught.value.done == 6
    np.testing.assert_allclose(kept.event_rate, sim.event_rate, atol=1e-12)
    np.testing.assert_allclose(
        kept.network.layers[0].weight, sim.network.layers[0].weight, atol=1e-12
    )


def test_it_can_be_chosen_on_the_command_line(network, tmp_path, capsys):
    network.save(tmp_path / "net.safetensors")
    np.save(tmp_path / "inputs.npy", INPUTS)
    arguments = [str(tmp_path / "net.safetensors"), "--inputs", str(tmp_path / "inputs.npy")]
    assert main(["run", *arguments, "--backend", "mine"]) == 0
    assert "mine" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    assert "mine: one by one" in " ".join(capsys.readouterr().out.split())


def test_what_a_backend_cannot_do_names_those_that_can(network):
    with pytest.raises(InvalidInputError, match=r"'mine' holds each sample.* one of sim, lava"):
        lava_bccn.run_continuous(network, INPUTS, backend="mine")
    BACKENDS.register(Backend("fixed weights", "no learning", one_by_one, learns=False))
    with pytest.raises(InvalidInputError, match="cannot learn on backend 'fixed weights'"):
        lava_bccn.run(network, INPUTS, TARGETS, backend="fixed weights", learn=True)
    with pytest.raises(BackendUnavailableError, match="one of sim, lava, which"):
        run_spikes(spiking_network(), np.zeros((1, 5)), sample_steps=5, backend="mine")


def test_a_name_is_taken_once():
    with pytest.raises(InvalidInputError, match="another backend 'sim'"):
        BACKENDS.register(Backend("sim", "another", one_by_one))


def test_spiking_networks_run_on_it_too():
    BACKENDS.register(Backend("spikes", "mine", one_by_one, execute_spikes=spikes))
    currents = np.random.default_rng(1).normal(0, 300, (2, 5))
    mine, sim = (
        run_spikes(spiking_network(), currents, sample_steps=50, backend=backend)
        for backend in ("spikes", "sim")
    )
    assert sim.counts.sum() > 0
    np.testing.assert_array_equal(mine.counts, sim.counts)


WRONG_SPIKING_ARGUMENTS = {
    "a column short": ({"soma": np.zeros((2, 4))}, r"expected \(samples, 5\)"),
    "no rows and columns": ({"soma": 3.0}, r"expected \(samples, 5\)"),
    "words": ({"soma": np.full((2, 5), "a")}, "must be real numbers.*not dtype <U1"),
    "objects": ({"soma": [[None] * 5]}, "must be real numbers.*not a list"),
    "infinite": (
        {"soma": np.full((2, 5), np.inf)},
        "into the soma hold 10 values that are NaN or infinite",
    ),
    "fewer dendrites": ({"apical": np.zeros((1, 5))}, r"apical have shape .* expected \(2, 5\)"),
    "nobody's targets": ({"targets": np.zeros((2, 3))}, r"expected \(2, 1\)"),
    "targets that are none": (
        {"targets": np.full((2, 1), np.nan)},
        "targets hold 2 values that are NaN",
    ),
    "learning now and then": ({"learn": np.ones(3, bool)}, "learn must be True, False, or 2"),
    "learning a little": ({"learn": 0.5}, "learn must be True, False"),
    "half a step": ({"sample_steps": 0.5}, "sample_steps must be an integer of at least 1"),
    "no interval": (
        {"interval_steps": 0},
        "interval_steps must be None or an integer of at least 1",
    ),
    "a seed below 0": ({"seed": -1}, "seed must be an integer from 0"),
}


@pytest.mark.parametrize("name", WRONG_SPIKING_ARGUMENTS)
def test_a_spiking_job_is_checked_before_any_backend_gets_it(name):
    wrong, message = WRONG_SPIKING_ARGUMENTS[name]
    got: list[SpikingJob] = []
    BACKENDS.register(Backend("theirs", "", one_by_one, execute_spikes=got.append))
    right = {"soma": np.zeros((2, 5)), "sample_steps": 3}
    with pytest.raises(InvalidInputError, match=message):
        run_spikes(spiking_network(), **{**right, **wrong}, backend="theirs")
    assert not got
    run_spikes(spiking_network(), [[1] * 5] * 2, learn=True, sample_steps=3, backend="theirs")
    (job,) = got
    assert job.soma.dtype == np.float64 and job.learn.tolist() == [True, True]

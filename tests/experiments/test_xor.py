"""XOR learned by spikes."""

from __future__ import annotations

import numpy as np
import pytest

from lava_bccn.errors import FileFormatError, InvalidInputError
from lava_bccn.experiments.xor import train, train_side_by_side
from lava_bccn.experiments.xor_circuit import STP, XorConfig, xor_ratio

SMALL = {"neurons": 20, "connection_probability": 1.0, "example_ms": 100.0, "epochs": 3}


@pytest.mark.parametrize(
    "kind",
    [
        {"rate_scale": 0.02},
        {"rate_scale": 0.02, "precision": "fixed"},
        {"rate_scale": 0.1, "precision": "fixed", "decoding": "stp", "feedback": "learned"},
    ],
    ids=["float", "fixed", "stp"],
)
def test_an_interrupted_run_goes_on_to_the_same_bits(tmp_path, kind):
    # Examples this short learn too fast for integers at the usual rates.
    config = XorConfig(**SMALL, **kind)
    whole = train(config)
    path = tmp_path / "run.npz"

    class Stop(Exception):
        pass

    def stop(epoch, ratio):
        if epoch == 2:
            raise Stop

    with pytest.raises(Stop):
        train(config, path, stop)
    epochs = []
    resumed = train(config, path, lambda epoch, ratio: epochs.append(epoch))
    assert epochs == [3]
    np.testing.assert_array_equal(whole.history, resumed.history)
    np.testing.assert_array_equal(whole.after, resumed.after)
    np.testing.assert_array_equal(whole.taught.currents, resumed.taught.currents)


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    train(XorConfig(**SMALL), path)
    with pytest.raises(
        InvalidInputError,
        match=r"another run \(seed is 0 .* and 5 here; rate_scale is 1.0 .* 2.0 here\)",
    ):
        train(XorConfig(**SMALL, seed=5, rate_scale=2.0), path)
    path.write_bytes(b"nothing")
    with pytest.raises(FileFormatError, match="no checkpoint"):
        train(XorConfig(**SMALL), path)


@pytest.mark.slow
def test_runs_side_by_side_are_those_alone(tmp_path):
    configs = [XorConfig(**SMALL, seed=seed) for seed in (0, 1)]
    told = []
    results = train_side_by_side(
        [(config, tmp_path / f"{config.seed}.npz") for config in configs],
        workers=2,
        on_epoch=lambda config, epoch, ratio: told.append((config.seed, epoch)),
    )
    assert sorted(told) == [(seed, epoch) for seed in (0, 1) for epoch in (1, 2, 3)]
    np.testing.assert_array_equal(results[1].after, train(configs[1]).after)


def test_two_phases_teach_only_at_the_end():
    config = XorConfig(**SMALL, phases=2, rule="burstprop", decoding="stp")
    assert train(config).history.shape == (3, 4)
    with pytest.raises(InvalidInputError, match="equal parts"):
        train(XorConfig(**{**SMALL, "example_ms": 99.0}, phases=2))


def test_lengths_are_those_of_the_decoding_unless_given():
    assert (XorConfig().epochs, XorConfig().example_ms) == (30, 8000.0)
    spikes = XorConfig(decoding="stp", epochs=7)
    assert (spikes.epochs, spikes.example_ms) == (7, 2000.0)
    with pytest.raises(InvalidInputError, match="decoding must be"):
        XorConfig(decoding="bursts")


def test_rates_halve_where_the_circuit_says():
    shifts = [STP.rate_shift(epoch) for epoch in (0, 59, 60, 79, 80, 299)]
    assert shifts == [0, 0, 1, 1, 2, 5]
    # Integers have no rate that small, which the run would only find out after 200 epochs.
    with pytest.raises(InvalidInputError, match="a rate of"):
        train(XorConfig(decoding="stp", neurons=4, precision="fixed", epochs=300, rate_scale=1e-6))


def test_the_ratio_takes_the_worst_of_either():
    assert xor_ratio(np.array([2.0, 6.0, 9.0, 3.0])) == pytest.approx(2.0)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_xor_is_learned_only_if_the_hidden_ensembles_learn():
    small = {"neurons": 100, "connection_probability": 1.0, "epochs": 40}
    learned, frozen = (train(XorConfig(**small, hidden_learns=hidden)) for hidden in (True, False))
    assert xor_ratio(learned.before[:, -1]) < 1.2
    assert learned.learned, f"ratio {learned.ratio:.2f}"
    assert not frozen.learned, f"ratio {frozen.ratio:.2f}"


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_spikes_and_short_term_plasticity_alone_learn_xor():
    small = {"neurons": 200, "connection_probability": 0.5, "decoding": "stp"}
    learned, frozen = (train(XorConfig(**small, hidden_learns=hidden)) for hidden in (True, False))
    assert learned.learned, f"ratio {learned.ratio:.2f}"
    assert frozen.ratio < 1.2, f"ratio {frozen.ratio:.2f}"
    # Without a teacher bursts stay near the baseline, wherever there are some to count.
    busy = learned.after > 1
    assert np.abs(learned.burst_prob_after[busy] - 0.25).max() < 0.06

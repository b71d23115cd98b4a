"""What silencing each type of interneuron does to a hidden ensemble."""

import numpy as np
import pytest

from lava_bccn.experiments.paper.dale import SILENCED, SilencingConfig, silence

SHORT = SilencingConfig(updates=6)


@pytest.fixture(scope="module")
def runs():
    return {name: silence(name, 0, SHORT) for name in SILENCED}


def test_nothing_silenced_learns_towards_the_target(runs):
    error = runs["none"]["error"]
    assert np.all(np.diff(error) < 0)
    assert np.all(np.array(runs["none"]["burst_prob"]) > 0.5)


def test_all_start_alike(runs):
    for name in SILENCED:
        for measure, values in runs[name].items():
            assert values[0] == runs["none"][measure][0]


def test_each_type_moves_bursts_and_weights_its_own_way(runs):
    after = {name: run["burst_prob"][1] for name, run in runs.items()}
    weights = {name: run["weight"][-1] for name, run in runs.items()}
    # Without SST or NDNF nothing inhibits the dendrite; without VIP nothing frees it of SST.
    assert after["SST"] > after["NDNF"] > after["none"] + 0.01
    assert after["VIP"] < after["none"] - 0.01
    assert weights["VIP"] < runs["none"]["weight"][0] < weights["none"]
    # Without PV the soma is more active, while bursts carry the same error.
    assert runs["PV"]["event_rate"][1] > runs["none"]["event_rate"][1] + 0.01
    assert abs(after["PV"] - after["none"]) < 0.01


def test_tonic_excitation_that_learns_brings_bursts_back(runs):
    for name in SILENCED:
        assert abs(runs[name]["burst_prob"][-1] - 0.5) < 0.02

"""XOR's network before it learns: its feedback is in balance, measured or learned."""

from __future__ import annotations

import numpy as np
import pytest

from lava_bccn.errors import InvalidInputError
from lava_bccn.experiments import xor_start
from lava_bccn.experiments.xor_circuit import STP, XorConfig
from lava_bccn.experiments.xor_shown import figure_of_merit, shown
from lava_bccn.experiments.xor_start import start
from lava_bccn.experiments.xor_stimulus import xor_stimulus
from lava_bccn.network.spiking.scales import weight_unit
from lava_bccn.sim.spiking import SpikingSimulator

SMALL = {"neurons": 40, "connection_probability": 1.0, "decoding": "stp"}


def shares(network):
    """Mean share of Y of each channel of Q."""
    excitation, *inhibition = network.connections[2:]
    units = [
        weight_unit(each, network.population(each.target), network.units)
        if network.units.is_fixed
        else 1.0
        for each in (excitation, *inhibition)
    ]
    excitatory = excitation.weight * units[0]
    return np.array(
        [
            np.mean(each.weight * unit / excitatory)
            for each, unit in zip(inhibition, units[1:], strict=True)
        ]
    )


def test_feedback_has_receptors_and_a_channel_for_each_kind_of_synapse():
    network, offset_hz = start(XorConfig(**SMALL))
    assert [each.name for each in network.connections] == [
        "weight_1",
        "weight_2",
        "feedback_burst_2",
        "feedback_depressing_2",
        "feedback_slow_facilitating_2",
    ]
    receptors = [each.receptor_time for each in network.connections]
    assert receptors == [STP.soma_receptor] * 2 + [STP.apical_receptor] * 3
    assert (shares(network) < 0).all() and abs(offset_hz) < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float", "fixed"])
def test_feedback_that_learns_from_nothing_arrives_at_the_measured_balance(precision):
    measured, _ = start(XorConfig(**SMALL))
    learning = XorConfig(**SMALL, feedback="learned", precision=precision)
    assert (shares(start(learning, warm=False)[0]) == 0).all()
    learned, offset_hz = start(learning)
    assert offset_hz == 0
    np.testing.assert_allclose(shares(learned), shares(measured), atol=0.04)


@pytest.mark.slow
def test_the_teacher_changes_hidden_bursts_more_than_patterns_do():
    config = XorConfig(**{**SMALL, "neurons": 200, "connection_probability": 0.5})
    network, offset_hz = start(config)
    simulator, stimulus = SpikingSimulator(network, 1), xor_stimulus(config, offset_hz)
    rest, taught = (shown(simulator, stimulus, taught=on) for on in (False, True))
    assert figure_of_merit(rest, taught) > 2
    # Feedback is silent at rest, and excites one hidden ensemble where it inhibits the other.
    assert np.abs(rest.currents).max() < 0.4 * np.abs(taught.currents).max()
    np.testing.assert_allclose(taught.currents[:, 0], -taught.currents[:, 1], rtol=0.1, atol=2)
    assert (taught.currents[1:3, 0] > 0).all()


def test_a_teacher_that_saturates_is_refused(monkeypatch):
    monkeypatch.setattr(
        xor_start, "check_teacher_gain", lambda *_: (_ for _ in ()).throw(InvalidInputError("no"))
    )
    with pytest.raises(InvalidInputError, match="no"):
        start(XorConfig(**SMALL))
    start(XorConfig(neurons=4))

"""Into Dale's law, and into integers: what is computed stays the same."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

import lava_bccn
from lava_bccn import nn
from lava_bccn.dynamics import dale as equations
from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.mapping import dale
from lava_bccn.sim.dale import settle
from tests import dale_networks

STATES = ("soma", "event_rate", "apical", "burst_prob", "burst_rate")


@pytest.mark.parametrize("gain", [1.0, 2.0])
def test_a_network_taken_apart_computes_the_same(gain):
    inputs, targets = dale_networks.samples()
    signed = dale_networks.signed()
    *hidden, readout = signed.layers
    layers = (*(replace(each, feedback_gain=gain) for each in hidden), readout)
    signed = replace(signed, layers=layers, error_scale=gain / 4)
    whole = lava_bccn.run(signed, inputs, targets, record=STATES)
    parts = lava_bccn.run(dale.from_signed(signed), inputs, targets, record=STATES)
    for a, b in zip(whole.states, parts.states, strict=True):
        for name in STATES:
            if getattr(a, name) is not None:
                assert_allclose(getattr(b, name), getattr(a, name), atol=1e-12)


def test_a_bottleneck_leaves_dendrites_silent_without_a_teacher():
    inputs, _ = dale_networks.samples()
    states = lava_bccn.run(dale_networks.one_signed(2), inputs, record=("apical",)).states
    assert max(np.abs(state.apical).max() for state in states[:-1]) < 1e-12


def test_integers_are_exactly_silent_without_a_teacher_and_no_bottleneck():
    network = dale_networks.fixed(dale_networks.one_signed())
    states = lava_bccn.run(network, dale_networks.samples()[0], record=("apical",)).states
    assert not any(state.apical.any() for state in states[:-1])


@pytest.mark.parametrize("bottleneck", [None, 3])
def test_integers_follow_the_floats(bottleneck):
    inputs, targets = dale_networks.samples(50)
    exact, rounded = dale_networks.one_signed(bottleneck), None
    rounded = dale_networks.fixed(exact)
    results = [lava_bccn.run(net, inputs, targets, record=STATES) for net in (exact, rounded)]
    assert not results[1].saturations.any()
    for layer in range(3):
        a, b = (result.values("event_rate", layer) for result in results)
        assert_allclose(a, b, atol=0.02)
    for layer in range(2):
        a, b = (result.values("apical", layer) for result in results)
        assert np.abs(a - b).max() < 0.05 * np.abs(a).max()


def test_one_signed_weights_have_half_the_rounding_error_of_signed_ones():
    network, inputs = dale_networks.one_signed(), dale_networks.samples(50)[0]

    def error(bits):
        errors = []
        rounded = dale.quantise(network, inputs, weight_bits=bits)
        for layer, exact in zip(rounded.layers, network.layers, strict=True):
            unit = 2.0**layer.weight_exponent
            errors.append(np.square(unit * layer.weight_exc - exact.weight_exc).mean())
        return np.sqrt(np.mean(errors))

    # A signed weight of 8 bits has 7 for its size.
    assert error(8) < 0.7 * error(7)


@pytest.mark.parametrize("bottleneck", [None, 3])
def test_a_trained_model_maps_with_its_normalize_gains_and_bottleneck(bottleneck):
    model = nn.mlp(
        "dale",
        (7, 6, 5, 4),
        normalize=(0.3, 0.5),
        gain=2.0,
        bottleneck=bottleneck,
        feedback_gains=(1.0, 2.0),
        error_scale=0.5,
    )
    inputs, targets = dale_networks.samples()
    network = dale.from_torch(model, precision="float")
    with torch.no_grad():
        wanted = model(torch.from_numpy(inputs).float())
    states, _ = settle(network, inputs, targets)
    assert_allclose(states[-1].event_rate, wanted, atol=1e-5)
    rates = model(torch.from_numpy(inputs).float())
    nn.burst_loss(rates, torch.from_numpy(targets).float()).backward()
    below = states[0].event_rate
    deviation = states[1].burst_rate - 0.5 * states[1].event_rate
    change = equations.part_change(deviation, below) / len(inputs)
    assert_allclose(-model[3].weight_exc.grad, change, atol=1e-6)


def test_what_has_no_form_under_the_law_is_refused(tmp_path):
    with pytest.raises(InvalidInputError, match="fixed point"):
        dale.from_signed(lava_bccn.mapping.quantise(dale_networks.signed(), np.ones((2, 7))))
    with pytest.raises(MappingError, match=r"one nn\.Sequential"):
        dale.from_torch(nn.burst_mlp((3, 2)), precision="float")
    with pytest.raises(MappingError, match=r"mapping\.dale\.from_torch"):
        lava_bccn.from_torch(nn.mlp("dale", (3, 2)), np.ones((2, 3)))
    mixed = torch.nn.Sequential(
        nn.DaleLinear(3, 4, feedback=None), nn.DaleReadout(4, 2, p_baseline=0.25)
    )
    with pytest.raises(MappingError, match=r"differ in p_baseline \(0.25, 0.5\)"):
        dale.from_torch(mixed, precision="float")
    with pytest.raises(InvalidInputError, match="calibrate"):
        dale.from_torch(nn.mlp("dale", (3, 2)))

"""What XOR's network is shown: ramps between patterns, and when it is taught."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lava_bccn.experiments.xor_circuit import PATTERNS, STP, XorConfig, pattern_targets
from lava_bccn.experiments.xor_stimulus import ramped, xor_stimulus

VALUES = arrays(np.float64, (4, 3), elements=st.floats(-1e3, 1e3))


@given(VALUES, st.integers(1, 50))
def test_without_a_ramp_each_pattern_is_held(patterns, samples):
    np.testing.assert_array_equal(ramped(patterns, samples, 0.0), np.repeat(patterns, samples, 0))


@given(VALUES, st.integers(2, 50), st.floats(0.05, 1.0))
def test_a_ramp_goes_from_the_pattern_before_to_this_one(patterns, samples, ramp):
    shown = ramped(patterns, samples, ramp).reshape(4, samples, 3)
    before = np.roll(patterns, 1, axis=0)[:, None]
    low, high = np.minimum(before, patterns[:, None]), np.maximum(before, patterns[:, None])
    assert (shown >= low - 1e-9).all() and (shown <= high + 1e-9).all()
    reached = (np.arange(samples) + 0.5) / samples >= ramp
    expected = np.broadcast_to(patterns[:, None], shown.shape)
    np.testing.assert_allclose(shown[:, reached], expected[:, reached], atol=1e-9)
    # Linear: symmetric about the middle of the ramp, so the mean is as if it had switched there.
    if (samples * ramp) % 1 == 0:
        mean = before[:, 0] * ramp / 2 + patterns * (1 - ramp / 2)
        np.testing.assert_allclose(shown.mean(axis=1), mean, atol=1e-6)


@pytest.mark.parametrize("example_ms", [2000.0, 100.0, 99.0, 370.0])
def test_ramps_fit_examples_of_any_length(example_ms):
    config = XorConfig(decoding="stp", example_ms=example_ms)
    stimulus = xor_stimulus(config)
    assert stimulus.steps == 4 * example_ms == 4 * stimulus.example_steps
    assert len(stimulus.currents[0]) == len(stimulus.targets) == len(stimulus.plastic)
    assert stimulus.plastic.all()
    if example_ms > STP.ramp_ms:  # it ends where it should
        last = stimulus.targets[:: -stimulus.example_steps // stimulus.sample_steps]
        np.testing.assert_allclose(last[::-1], pattern_targets(STP))


def test_ideal_decoding_needs_no_ramps():
    stimulus = xor_stimulus(XorConfig())
    assert stimulus.sample_steps == stimulus.example_steps == 8000
    assert len(stimulus.targets) == len(PATTERNS)


def test_two_phases_teach_with_ramps_too():
    stimulus = xor_stimulus(XorConfig(decoding="stp", phases=2))
    by_example = stimulus.plastic.reshape(4, -1)
    assert by_example[:, -4:].all() and not by_example[:, :-4].any()  # the last 200 of 2000 ms
    assert ((stimulus.targets[:, 0] >= 0) == stimulus.plastic).all()

"""Spikes as text: what it says, and that it is the same spikes again."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lava_bccn.dynamics.spiking.neuron import BURST, EVENT, SPIKE
from lava_bccn.experiments.spike_text import spikes_as_text, spikes_from_text

FLAGS = st.sampled_from([0, 0, 0, SPIKE, SPIKE | EVENT, SPIKE | BURST])


def test_a_spike_is_its_step_its_kind_and_its_neuron():
    flags = np.zeros((20, 9), dtype=np.uint8)
    flags[3, 7], flags[12, 7], flags[14, 7] = SPIKE | EVENT, SPIKE | BURST, SPIKE
    assert spikes_as_text(flags) == "3e7 12b7 14s7"
    assert spikes_as_text(0 * flags) == ""


@given(arrays(np.uint8, (3, 15, 12), elements=FLAGS))
def test_spikes_of_intervals_come_back(flags):
    texts = [spikes_as_text(interval) for interval in flags]
    np.testing.assert_array_equal(spikes_from_text(texts, 15, 12), flags.reshape(45, 12))

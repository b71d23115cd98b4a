"""Which sample a time step presents, and when what learns does so."""

import numpy as np
import pytest

from lava_bccn.errors import InvalidInputError
from lava_bccn.processes.presentation import PlasticityGate, Presentation, sample_at


def test_each_sample_is_presented_for_its_steps_and_none_beyond_the_last():
    samples = np.zeros((2, 4))
    assert [sample_at(step, samples, 3) for step in range(1, 7)] == [0, 0, 0, 1, 1, 1]
    with pytest.raises(InvalidInputError, match="time step 7 is beyond the 2 samples of 3 steps"):
        sample_at(7, samples, 3)


def test_a_presentation_ends_at_its_last_step_and_counts_what_was_learned():
    presentation = Presentation(steps=2, learned=10)
    steps = range(1, 6)
    assert [presentation.ends(step) for step in steps] == [False, True, False, True, False]
    assert [presentation.learned_before(step) for step in steps] == [10, 10, 11, 11, 12]


def test_the_gate_opens_and_closes_with_the_samples():
    gate = PlasticityGate(np.array([False, True]), sample_steps=2)
    assert [gate.is_open(step) for step in range(1, 5)] == [False, False, True, True]
    assert PlasticityGate().is_open(1000)
    with pytest.raises(InvalidInputError, match="beyond the 2 samples"):
        gate.is_open(5)

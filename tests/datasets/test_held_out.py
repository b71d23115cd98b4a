"""Choices are made on training samples that are held out."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from lava_bccn import datasets
from lava_bccn.datasets import Dataset, without_test_set

CLASSES = ("a", "b", "c")


def of(labels) -> Dataset:
    """Samples that are told apart by their only input."""
    labels = np.asarray(labels)
    inputs = np.arange(len(labels), dtype=np.float32)[:, None]
    return Dataset("made up", inputs, labels, inputs[:1] - 1, labels[:1], CLASSES)


@given(st.permutations([0, 1, 2] * 12))
def test_each_training_sample_is_on_one_side_and_no_test_sample_on_either(labels):
    whole = of(labels)
    part = without_test_set(whole)
    assert len(part.test_labels) == 6
    seen = np.concatenate([part.train_inputs, part.test_inputs]).ravel()
    assert np.array_equal(np.sort(seen), whole.train_inputs.ravel())
    for inputs, found in (
        (part.train_inputs, part.train_labels),
        (part.test_inputs, part.test_labels),
    ):
        assert np.array_equal(np.asarray(labels)[inputs.ravel().astype(int)], found)


def test_they_are_the_last_ones():
    digits = datasets.load("digits")
    count = len(without_test_set(digits).test_labels)
    assert count == round(len(digits.train_labels) / 6)
    assert np.array_equal(without_test_set(digits).test_inputs, digits.train_inputs[-count:])


def test_where_classes_come_one_after_the_other_they_are_of_each():
    part = without_test_set(of(np.repeat([0, 1, 2], 12)))
    assert np.array_equal(np.bincount(part.test_labels), [2, 2, 2])


@given(st.permutations([0, 1, 2] * 4), st.integers(1, 12))
def test_the_first_stand_for_all_where_classes_are_mixed(labels, count):
    assume(labels != sorted(labels))
    inputs, found = of(labels).some_training(count)
    assert inputs.ravel().tolist() == list(range(count))
    assert found.tolist() == labels[:count]


@given(st.integers(30, 90), st.permutations([0, 1, 2]))
def test_where_classes_come_one_after_the_other_any_number_is_of_each(count, order):
    whole = of(np.repeat(order, 100))
    inputs, labels = whole.some_training(count)
    assert np.array_equal(whole.train_labels[inputs.ravel().astype(int)], labels)
    assert len(set(inputs.ravel())) == count
    assert set(labels[:20]) == {0, 1, 2}


def test_of_no_labels_or_of_values_the_first_are_taken():
    for labels in (None, np.zeros((5, 2))):
        assert np.arange(5)[datasets.representative(labels, 3)].tolist() == [0, 1, 2]
    assert len(np.arange(5)[datasets.representative(np.arange(5), None)]) == 5

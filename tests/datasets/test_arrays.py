"""Labelled arrays: what a ``.npz`` may hold, and what is said of one that does not fit."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn import datasets
from lava_bccn.errors import DataWarning, FileFormatError, InvalidInputError

RANDOM = np.random.default_rng(0)
INPUTS = RANDOM.random((20, 6))
LABELS = np.arange(20) % 3
GOOD = {
    "inputs": INPUTS,
    "labels": LABELS,
    "test_inputs": INPUTS[:6],
    "test_labels": LABELS[:6],
}


@pytest.fixture
def load(tmp_path):
    """Loads a ``.npz`` of these arrays in place of the good ones; None: without it."""

    def load(**arrays):
        path = tmp_path / "data.npz"
        content = {name: value for name, value in {**GOOD, **arrays}.items() if value is not None}
        np.savez_compressed(path, **content)
        return datasets.load(path)

    return load


def test_arrays_are_taken_as_they_are(load):
    data = load()
    np.testing.assert_array_equal(data.train_inputs, INPUTS.astype(np.float32))
    np.testing.assert_array_equal(data.train_labels, LABELS)
    np.testing.assert_array_equal(data.test_inputs, INPUTS[:6].astype(np.float32))
    assert data.class_names == ("0", "1", "2") and data.train_labels.dtype == np.int64
    assert data.name == "data.npz" and not data.reading.notes()


def test_without_a_test_set_a_share_is_held_out_and_told(load):
    with pytest.warns(DataWarning, match="no test set: 4 of 20 samples"):
        data = load(test_inputs=None, test_labels=None)
    assert len(data.train_labels) == 16 and data.reading.notes() == {"test_share": 0.2}
    joined = np.concatenate([data.train_inputs, data.test_inputs])
    assert {*map(tuple, joined)} == {*map(tuple, INPUTS.astype(np.float32))}


@pytest.mark.parametrize(
    ("dtype", "largest"), [(np.uint8, 255), (np.uint16, 65535), (">u2", 65535)]
)
def test_levels_are_divided_by_the_largest(load, dtype, largest):
    levels = RANDOM.integers(0, largest, (20, 6), endpoint=True).astype(dtype)
    data = load(inputs=levels, test_inputs=levels[:6] % 2)  # which are no bits, as these are not
    np.testing.assert_array_equal(data.train_inputs, levels.astype(np.float32) / largest)
    np.testing.assert_array_equal(data.test_inputs, (levels[:6] % 2).astype(np.float32) / largest)


@pytest.mark.parametrize("dtype", [np.uint8, bool, np.int64, np.float16])
def test_0_and_1_are_0_and_1(load, dtype):
    bits = (INPUTS > 0.5).astype(dtype)
    np.testing.assert_array_equal(load(inputs=bits, test_inputs=bits[:6]).train_inputs, bits)


@pytest.mark.parametrize(
    ("shape", "becomes"),
    [
        ((4, 5), (1, 4, 5)),
        ((1, 4, 5), (1, 4, 5)),
        ((3, 4, 5), (3, 4, 5)),
        ((7, 4, 5), (7, 4, 5)),
        ((4, 5, 3), (3, 4, 5)),
        ((4, 5, 1), (1, 4, 5)),
        ((3, 5, 3), (3, 5, 3)),
        ((9, 9, 4), (4, 9, 9)),
        ((4, 9, 9), (4, 9, 9)),
    ],
)
def test_images_have_their_channels_first(load, shape, becomes):
    images = RANDOM.random((20, *shape)).astype(np.float32)
    data = load(inputs=images, test_inputs=images[:6])
    assert data.train_inputs.shape == (20, *becomes)
    if shape[-1] == 3 and shape[0] != 3:
        np.testing.assert_array_equal(data.train_inputs, images.transpose(0, 3, 1, 2))


@pytest.mark.parametrize(
    "labels",
    [
        LABELS.astype(np.uint8),
        LABELS[:, None],
        LABELS + 5,
        LABELS - 1,
        np.array(["ant", "bee", "cow"])[LABELS],
        np.array([b"ant", b"bee", b"cow"])[LABELS],
    ],
)
def test_labels_are_whole_numbers_or_words(load, labels):
    data = load(labels=labels, test_labels=labels[:6])
    np.testing.assert_array_equal(data.train_labels, LABELS)
    words = np.unique(labels).tolist()
    assert data.class_names == tuple(
        word.decode() if isinstance(word, bytes) else str(word) for word in words
    )


def test_numbers_are_in_the_order_of_numbers(load):
    labels = np.array([2, 10, 100])[LABELS]
    assert load(labels=labels, test_labels=labels[:6]).class_names == ("2", "10", "100")


def test_classes_can_be_named(load):
    data = load(class_names=np.array(["zebra", "ant", "cow", "none of these"]))
    assert data.class_names == ("zebra", "ant", "cow", "none of these")
    np.testing.assert_array_equal(data.train_labels, LABELS)


@pytest.mark.parametrize(
    "names", [("x_train", "y_train", "x_test", "y_test"), datasets.arrays.NAMES[2]]
)
def test_names_of_other_tools_are_known(tmp_path, names):
    np.savez(tmp_path / "a.npz", **dict(zip(names, GOOD.values(), strict=True)))
    np.testing.assert_array_equal(datasets.load(tmp_path / "a.npz").train_labels, LABELS)


ONE_HOT = np.eye(3)[LABELS]
WRONG = {
    "no inputs": ({"inputs": None}, "has the arrays labels, test_.*expected inputs and labels or"),
    "half a test set": ({"test_labels": None}, "no array 'test_labels' beside the other"),
    "out of range": ({"inputs": INPUTS * 255}, r"inputs of .* from .* to .*\[0, 1\].*scale them"),
    "integers": ({"inputs": (INPUTS * 9).astype(int)}, r"int64 from 0 to 8; .*\[0, 1\]"),
    "NaN": ({"inputs": np.where(INPUTS > 0.9, np.nan, INPUTS)}, "nan"),
    "infinity": ({"test_inputs": np.full((6, 6), np.inf)}, "test_inputs of .* from inf to inf"),
    "complex": ({"inputs": INPUTS + 0j}, "have the type complex128; expected numbers"),
    "text": ({"inputs": INPUTS.astype(str)}, "have the type <U"),
    "flat": ({"inputs": INPUTS.ravel()}, r"shape \(120,\); expected \(samples, values\)"),
    "too deep": ({"inputs": INPUTS[:, :, None, None, None]}, "expected .samples, values"),
    "none": ({"inputs": INPUTS[:0], "labels": LABELS[:0]}, "none of them 0"),
    "other shape": ({"test_inputs": INPUTS[:6, :5]}, r"\(6,\) in inputs and \(5,\) in test_inputs"),
    "fewer labels": ({"labels": LABELS[:-1]}, r"labels of .* shape \(19,\); expected \(20,\)"),
    "one-hot": ({"labels": ONE_HOT}, r"shape \(20, 3\); .* array\.argmax\(1\)"),
    "float labels": ({"labels": LABELS * 1.0}, r"type float64; .* array\.astype\(int\)"),
    "complex labels": ({"labels": LABELS + 0j}, "expected whole numbers or words"),
    "a new class": ({"test_labels": LABELS[:6] + 1}, "class '3', which its training set has not"),
    "one class": ({"labels": LABELS * 0, "test_labels": LABELS[:6] * 0}, "one class only"),
    "names too few": ({"class_names": np.array(["a", "b"])}, "numbers from 0 to 1.*got 0 to 2"),
    "names twice": ({"class_names": np.array(["a", "b", "a"])}, "must be different words"),
}


@pytest.mark.parametrize("case", WRONG)
def test_arrays_that_do_not_fit_are_named(load, case):
    arrays, message = WRONG[case]
    with pytest.raises(InvalidInputError, match=message) as refused:
        load(**arrays)
    assert "data.npz" in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["inputs", "test_labels"])
def test_python_objects_are_never_loaded(tmp_path, name):
    ragged = np.array([[1], [1, 2]], dtype=object)
    np.savez(tmp_path / "a.npz", **{**GOOD, name: ragged})
    with pytest.raises(FileFormatError, match=f"{name} of .*pickled Python objects"):
        datasets.load(tmp_path / "a.npz")


def test_inputs_that_use_little_of_their_range_are_told(load):
    with pytest.warns(DataWarning, match=r"no input of .*data\.npz exceeds 0\.0"):
        load(inputs=INPUTS / 255, test_inputs=INPUTS[:6] / 255)


def npy(shape: str, content: bytes) -> bytes:
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + content


@pytest.mark.parametrize("shape", ["(30000, 30000)", "(10**9,)", "(2, 2)", "(3,)", "(-1, 2)"])
def test_sizes_that_are_not_true_are_refused(tmp_path, shape):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("inputs.npy", npy(shape, bytes(16)))
        archive.writestr("labels.npy", npy("(2,)", bytes(16)))
    with pytest.raises(FileFormatError, match=r"a\.npz.* damaged"):
        datasets.load(tmp_path / "a.npz")


def test_an_archive_of_too_much_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("inputs.npy", "w") as file:
            file.write(npy("(36, 1000000)", b""))
            for _ in range(36):
                file.write(bytes(8_000_000))
        archive.writestr("labels.npy", npy("(2,)", bytes(16)))
    with pytest.raises(FileFormatError, match=r"inputs of .*a\.npz would unpack .* 288,000,128"):
        datasets.load(tmp_path / "a.npz")


@given(data=st.data())
def test_damaged_archives_are_read_or_refused_by_name(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("damaged") / "a.npz"
    np.savez_compressed(path, **GOOD)
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content)))]
    for _ in range(data.draw(st.integers(0, 5)) if content else 0):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        datasets.load(path)
    except (InvalidInputError, FileFormatError) as error:
        assert str(path) in str(error)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY", b"hello"])
def test_what_is_no_archive_is_named(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(FileFormatError, match=r"a\.npz is damaged or no \.npz file"):
        datasets.load(tmp_path / "a.npz")

"""Folders of pictures: layouts, what lies about in them, and what is said of it."""

from __future__ import annotations

import os
import shutil
import warnings

import numpy as np
import pytest
from PIL import Image

from lava_bccn import datasets
from lava_bccn.errors import DataWarning, InvalidInputError, MissingDataError
from tests.datasets.pictures import COLOUR, GREY, RAMP, folder, save_colour, save_grey


@pytest.fixture(autouse=True)
def _nothing_is_said_unasked():
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        yield


def test_grey_pictures_are_one_channel_and_sixteen_bits_stay(tmp_path):
    root = folder(tmp_path, lambda path, _: Image.fromarray(RAMP).save(f"{path}.png"))
    data = datasets.load(root)
    assert data.train_inputs.shape == (4, 1, 4, 5)
    expected = np.broadcast_to(RAMP.astype(np.float32) / 65535, (4, 1, 4, 5))
    np.testing.assert_array_equal(data.train_inputs, expected)


@pytest.mark.parametrize("grey_first", [True, False])
def test_grey_among_colour_becomes_colour_and_is_told(tmp_path, grey_first):
    def save(path, index):
        (save_grey if (index == 0) == grey_first else save_colour)(path, index)

    root = folder(tmp_path, save)
    with pytest.warns(DataWarning, match=r"4 of 8 files are grey.*colour.*first: .*\.png"):
        data = datasets.load(root)
    grey, colour = (0, 1) if grey_first else (1, 0)
    assert data.train_inputs.shape == (4, 3, 4, 5)
    expected = np.roll(GREY, grey) / np.float32(255)
    np.testing.assert_array_equal(data.train_inputs[grey], np.broadcast_to(expected, (3, 4, 5)))
    expected = np.roll(COLOUR, colour).transpose(2, 0, 1) / np.float32(255)
    np.testing.assert_array_equal(data.train_inputs[colour], expected)


def test_grey_in_one_part_and_colour_in_the_other_have_the_same_channels(tmp_path):
    folder(tmp_path, save_grey, parts=["train"])
    folder(tmp_path, save_colour, parts=["test"])
    with pytest.warns(DataWarning, match="4 of 8 files are grey"):
        data = datasets.load(tmp_path)
    assert data.train_inputs.shape == data.test_inputs.shape == (4, 3, 4, 5)


@pytest.mark.parametrize(
    ("train", "test"), [("train", "val"), ("Train", "TEST"), ("training", "validation")]
)
def test_parts_have_several_names(tmp_path, train, test):
    data = datasets.load(folder(tmp_path, save_colour, parts=[train, test]))
    assert len(data.train_labels) == len(data.test_labels) == 4
    assert data.reading == datasets.Reading()


def test_of_test_and_val_the_test_set_is_taken_and_told(tmp_path):
    folder(tmp_path, save_colour, parts=["train", "val"])
    folder(tmp_path, save_grey, parts=["test"])
    with pytest.warns(DataWarning) as told:
        data = datasets.load(tmp_path)
    assert any("val is left out; used are train/, test/" in str(each.message) for each in told)
    assert (data.test_inputs[:, 0] == data.test_inputs[:, 1]).all()


@pytest.mark.parametrize("within", ["", "train"])
def test_a_share_is_held_out_of_a_folder_without_a_test_set(tmp_path, within):
    root = folder(tmp_path, save_colour, parts=[within], classes=["a", "b", "c"], count=10)
    data = datasets.load(root, test_share=0.3)
    assert np.bincount(data.train_labels).tolist() == [7, 7, 7]
    assert np.bincount(data.test_labels).tolist() == [3, 3, 3]
    assert data.class_names == ("a", "b", "c") and data.reading.test_share == 0.3
    again = datasets.load(root, test_share=0.3)
    np.testing.assert_array_equal(data.test_inputs, again.test_inputs)
    assert datasets.load(root, like={"reading": data.reading.notes()}).reading == data.reading
    with pytest.warns(DataWarning, match="no test set: 6 of 30 samples, 20% of each class"):
        assert len(datasets.load(root).test_labels) == 6


def test_a_share_of_what_has_a_test_set_is_refused(tmp_path):
    root = folder(tmp_path, save_colour)
    with pytest.raises(InvalidInputError, match="test set of its own; leave --test-share out"):
        datasets.load(root, test_share=0.3)


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
def test_a_share_leaves_something_on_both_sides(tmp_path, share):
    with pytest.raises(InvalidInputError, match="between 0 and 1"):
        datasets.load(folder(tmp_path, save_colour, parts=[""]), test_share=share)


def test_classes_too_small_to_be_split_are_named(tmp_path):
    root = folder(tmp_path, save_colour, parts=[""], count=1)
    with pytest.raises(InvalidInputError, match=r"class 'cat' of .* has a single sample"):
        datasets.load(root, test_share=0.5)


def test_what_systems_leave_about_is_passed_over(tmp_path):
    root = folder(tmp_path, save_colour)
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "._0.png"):
        (root / "train" / "cat" / name).write_bytes(b"no picture")
        (root / "train" / name).write_bytes(b"no picture")
    for name in (".ipynb_checkpoints", "__MACOSX"):
        (root / "train" / name).mkdir()
    assert datasets.load(root).train_inputs.shape == (4, 3, 4, 5)


def test_what_is_no_picture_is_left_out_and_told(tmp_path):
    root = folder(tmp_path, save_colour)
    (root / "test" / "dog" / "notes.txt").write_text("hello")
    with pytest.warns(DataWarning, match=r"1 of 9 files are no pictures.*notes\.txt"):
        assert len(datasets.load(root).test_labels) == 4
    (root / "test" / "dog" / "notes.txt").rename(root / "test" / "notes.txt")
    with pytest.warns(DataWarning, match=r"1 files are in no class folder.*notes\.txt"):
        datasets.load(root)


def test_pictures_without_an_ending_are_pictures(tmp_path):
    root = folder(tmp_path, save_colour)
    for path in list(root.rglob("*.png")):
        path.rename(path.with_suffix(""))
    assert len(datasets.load(root).train_labels) == 4


def test_a_picture_that_cannot_be_read_is_named(tmp_path):
    root = folder(tmp_path, save_colour)
    path = root / "train" / "dog" / "1.png"
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(InvalidInputError, match=r"train/dog/1\.png cannot be read as a picture"):
        datasets.load(root)


def test_sizes_that_differ_are_told_with_both_files(tmp_path):
    root = folder(tmp_path, save_colour)
    Image.fromarray(np.tile(COLOUR, (2, 1, 1))).save(root / "test" / "dog" / "0.png")
    with pytest.raises(
        InvalidInputError, match=r"test/dog/0\.png has 5 x 8 pixels, .*train/cat/0\.png 5 x 4;"
    ):
        datasets.load(root)


def test_pictures_that_would_surprise_are_told_in_a_line_a_kind(tmp_path):
    image = Image.fromarray(COLOUR)
    image.putalpha(Image.fromarray(GREY))
    root = folder(tmp_path, lambda path, _: image.save(f"{path}.png"))
    Image.new("RGB", (5, 4), (9, 8, 7)).save(root / "train" / "cat" / "0.png")
    with pytest.warns(DataWarning) as told:
        datasets.load(root)
    lines = sorted(str(each.message) for each in told)
    assert len(lines) == 2
    assert lines[0].startswith("1 of 8 files come out as one value throughout")
    assert lines[1].startswith("7 of 8 files are transparent in places")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda root: shutil.rmtree(root / "train"), "has test/ and no train/"),
        (lambda root: shutil.rmtree(root / "test" / "dog"), "'dog'.* one of them only"),
        (lambda root: shutil.rmtree(root), "there is no data set"),
        (lambda root: [path.unlink() for path in root.glob("*/cat/*")], "cat has no pictures"),
        (lambda root: [shutil.rmtree(path) for path in root.glob("*/cat")], "one class only"),
        (lambda root: [shutil.rmtree(path) for path in root.glob("*/*")], "no class folders"),
    ],
)
def test_layouts_that_are_none_are_told(tmp_path, change, message):
    root = folder(tmp_path / "root", save_colour)
    change(root)
    with pytest.raises((InvalidInputError, MissingDataError), match=message):
        datasets.load(root)


def test_links_are_followed_but_not_in_circles(tmp_path):
    root = folder(tmp_path / "root", save_colour)
    elsewhere = (root / "train" / "dog").rename(tmp_path / "elsewhere")
    (root / "train" / "dog").symlink_to(elsewhere)
    assert datasets.load(root).train_labels.tolist() == [0, 0, 1, 1]
    (elsewhere / "again").symlink_to(elsewhere)
    with pytest.raises(InvalidInputError, match=r"elsewhere twice, so .*dog/again"):
        datasets.load(root)


def test_folders_within_a_class_are_of_it(tmp_path):
    root = folder(tmp_path, save_colour)
    (root / "train" / "cat" / "more").mkdir()
    save_colour(root / "train" / "cat" / "more" / "9", 9)
    assert datasets.load(root).train_labels.tolist() == [0, 0, 0, 1, 1]


def test_folders_that_cannot_be_opened_are_named(tmp_path, monkeypatch):
    root = folder(tmp_path, save_colour)

    scandir = os.scandir

    def refuse(place="."):
        if str(place).endswith("cat"):
            raise PermissionError(13, "Permission denied", str(place))
        return scandir(place)

    monkeypatch.setattr("os.scandir", refuse)  # no mode of a file keeps the superuser out
    with pytest.raises(InvalidInputError, match=r"train/cat cannot be read \(Permission denied\)"):
        datasets.load(root)


def test_classes_are_numbered_as_a_network_knows_them(tmp_path):
    root = folder(tmp_path, save_colour)
    data = datasets.load(root, like={"class_names": ["dog", "bird", "cat"]})
    assert data.train_labels.tolist() == [2, 2, 0, 0]
    assert data.class_names == ("dog", "bird", "cat")
    assert datasets.load(root, like={"class_names": ["a", "b"]}).class_names == ("cat", "dog")

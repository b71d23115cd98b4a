"""Data sets as event rates, and what is said when they are not there."""

import numpy as np
import pytest
from PIL import Image

from lava_bccn import datasets
from lava_bccn.errors import InvalidInputError, MissingDataError


def test_digits_come_with_the_installation():
    data = datasets.load("digits")
    assert data.train_inputs.shape == (1437, 1, 8, 8) and data.test_inputs.shape == (360, 1, 8, 8)
    assert data.train_inputs.dtype == np.float32
    assert data.train_inputs.min() == 0 and data.train_inputs.max() == 1
    assert np.bincount(data.test_labels).min() >= 34  # every class, about as often
    assert data.input_size == 64


def test_mnist(data_dir):
    data = datasets.load("mnist", data_dir)
    assert data.train_inputs.shape == (60000, 1, 28, 28)
    assert data.test_inputs.shape == (10000, 1, 28, 28)
    assert data.test_labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert data.train_inputs.max() == 1
    assert len(data.class_names) == 10


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "cifar10"])
def test_a_missing_data_set_says_how_to_get_it(tmp_path, name):
    with pytest.raises(MissingDataError, match="--download"):
        datasets.load(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_data_folder_can_be_named_in_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv(datasets.DATA_DIR_VARIABLE, str(tmp_path / "elsewhere"))
    with pytest.raises(MissingDataError, match="elsewhere"):
        datasets.load("mnist")


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(InvalidInputError, match="digits, mnist, fashion-mnist, cifar10"):
        datasets.load("imagenet")


@pytest.fixture
def image_folder(tmp_path):
    generator = np.random.default_rng(0)
    for part, count in (("train", 3), ("test", 2)):
        for label in ("cat", "dog"):
            folder = tmp_path / part / label
            folder.mkdir(parents=True)
            for index in range(count):
                pixels = generator.integers(0, 256, (4, 5, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / f"{index}.png")
    return tmp_path


def test_any_image_folder(image_folder):
    data = datasets.load(str(image_folder))
    assert data.train_inputs.shape == (6, 3, 4, 5) and data.test_inputs.shape == (4, 3, 4, 5)
    assert data.class_names == ("cat", "dog")
    assert data.train_labels.tolist() == [0, 0, 0, 1, 1, 1]
    pixels = np.asarray(Image.open(image_folder / "test" / "dog" / "1.png"))
    np.testing.assert_allclose(data.test_inputs[3].transpose(1, 2, 0), pixels / 255, atol=1e-6)


def test_images_of_different_sizes_are_refused(image_folder):
    Image.new("RGB", (9, 9)).save(image_folder / "train" / "cat" / "9.png")
    with pytest.raises(InvalidInputError, match="differ in size"):
        datasets.load(str(image_folder))


def test_files_that_are_no_images_are_named(image_folder):
    (image_folder / "train" / "cat" / "broken.png").write_bytes(b"no image")
    with pytest.raises(InvalidInputError, match=r"broken\.png"):
        datasets.load(str(image_folder))


def test_different_classes_are_named(image_folder):
    (image_folder / "test" / "cat").rename(image_folder / "test" / "fox")
    with pytest.raises(InvalidInputError, match="'cat', 'fox'"):
        datasets.load(str(image_folder))


def test_a_folder_without_images_is_refused(tmp_path):
    with pytest.raises(MissingDataError, match="train/CLASS"):
        datasets.load(str(tmp_path))

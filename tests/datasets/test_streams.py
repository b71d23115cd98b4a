"""Pictures that stay in their files: what is found, and what of each is shown."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from lava_bccn.datasets import stream
from lava_bccn.datasets.cropping import RATIOS, central_box, random_box
from lava_bccn.errors import DataWarning, InvalidInputError, MissingDataError


def save(path, levels, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(levels, dtype=np.uint8)).save(path, **options)


def noise(height, width, *channels, seed=0):
    return np.random.default_rng(seed).integers(256, size=(height, width, *channels))


@pytest.fixture
def folder(tmp_path):
    for part in ("train", "val"):
        for number, name in enumerate(("cat", "dog")):
            save(tmp_path / part / name / "0.JPEG", noise(30 + number, 50, 3), quality=100)
            save(tmp_path / part / name / "deep" / "1.png", noise(40, 28, 3, seed=1))
    return tmp_path


def test_files_are_found_in_the_layout_of_torchvision(folder):
    found = stream(folder, size=8)
    assert found.class_names == ("cat", "dog")
    assert found.training.labels.tolist() == [0, 0, 1, 1]
    names = ["cat/0.JPEG", "cat/deep/1.png", "dog/0.JPEG", "dog/deep/1.png"]
    assert [found.training.path(index) for index in range(4)] == [
        folder / "train" / name for name in names
    ]
    assert len(found.test) == 4 and found.test.path(0) == folder / "val/cat/0.JPEG"
    assert found.training.shape == (3, 8, 8)


def test_a_test_shows_the_middle_of_a_picture_after_it_was_resized(folder):
    """As torchvision's Resize(32) and CenterCrop(28) do, to what rounding of sizes changes."""
    smooth = np.add.outer(np.arange(96), 2 * np.arange(64))[..., None] * np.ones(3)
    save(folder / "val/cat/0.png", smooth.clip(0, 255))
    pictures = stream(folder, size=28, resize=32).test
    index = next(i for i in range(len(pictures)) if pictures.path(i).name == "0.png")
    resized = Image.open(pictures.path(index)).resize((32, 48), Image.Resampling.BILINEAR)
    expected = np.asarray(resized.crop((2, 10, 30, 38))).transpose(2, 0, 1)
    shown = pictures.read(index)
    assert shown.dtype == np.uint8 and shown.shape == (3, 28, 28)
    assert np.abs(shown.astype(int) - expected).max() <= 2


def test_a_random_piece_depends_on_its_generator_alone(folder):
    pictures = stream(folder, size=8).training

    def shown(seed, flip=False):
        return pictures.read_at_random(0, np.random.default_rng(seed), flip=flip)

    assert np.array_equal(shown(1), shown(1))
    assert not np.array_equal(shown(1), shown(2))
    is_mirrored = [not np.array_equal(shown(seed, True), shown(seed)) for seed in range(40)]
    assert 8 < sum(is_mirrored) < 32
    for seed in range(4):
        if is_mirrored[seed]:
            assert np.array_equal(shown(seed, True), shown(seed)[:, :, ::-1])


@given(st.integers(1, 400), st.integers(1, 400), st.floats(0.05, 1), st.integers(0, 2**32))
def test_random_boxes_lie_in_the_picture_and_show_enough_of_it(width, height, least, seed):
    left, upper, right, lower = random_box(width, height, least, np.random.default_rng(seed))
    assert 0 <= left < right <= width and 0 <= upper < lower <= height
    wide, high = right - left, lower - upper
    if min(width, height) > 40:  # else a pixel more or less matters
        assert RATIOS[0] * 0.9 < wide / high < RATIOS[1] * 1.1
        if RATIOS[0] < width / height < RATIOS[1]:
            assert wide * high >= 0.9 * least * width * height


@given(st.integers(1, 400), st.integers(1, 400), st.floats(0.1, 1))
def test_central_boxes_are_squares_in_the_middle(width, height, share):
    left, upper, right, lower = central_box(width, height, share)
    assert right - left == pytest.approx(share * min(width, height))
    assert lower - upper == pytest.approx(right - left)
    assert (left + right, upper + lower) == pytest.approx((width, height))


@pytest.mark.parametrize("kind", ["grey", "cmyk", "turned", "deep", "palette"])
def test_pictures_of_every_kind_are_shown_in_colour(folder, kind):
    levels, path = noise(32, 32, 3, seed=3), folder / "train/cat/0.JPEG"
    image = Image.fromarray(levels.astype(np.uint8)).resize((8, 8)).resize((32, 32))
    expected = image
    if kind == "grey":
        image = expected = image.convert("L")
    if kind == "cmyk":
        image = image.convert("CMYK")
    if kind == "turned":
        exif = Image.Exif()
        exif[0x0112] = 6
        image.save(path, quality=100, subsampling=0, exif=exif)
        expected = ImageOps.exif_transpose(Image.open(path))
    elif kind == "deep":  # named as what it is not, as one picture of ImageNet is
        grey = np.asarray(image.convert("L"))
        Image.fromarray(grey.astype(np.uint16) * 257).save(path, format="PNG")
        expected = image.convert("L")
    elif kind == "palette":
        image.quantize(8).save(path, format="PNG")
        expected = image.quantize(8)
    else:
        image.save(path, quality=100, **({"subsampling": 0} if kind == "cmyk" else {}))
    pictures = stream(folder, size=32, resize=32).training
    difference = pictures.read(0).astype(int) - np.asarray(expected.convert("RGB")).transpose(
        2, 0, 1
    )
    assert np.abs(difference).mean() < 4


def test_files_of_other_kinds_are_left_out_with_a_word(folder):
    (folder / "train/dog/notes.txt").write_text("woof")
    with pytest.warns(DataWarning, match=r"1 files in .*train are no pictures .*notes\.txt"):
        assert len(stream(folder, size=8).training) == 4


def test_a_part_keeps_its_files_and_classes(folder):
    part = stream(folder, size=8).training.part([3, 0])
    assert part.labels.tolist() == [1, 0]
    assert part.path(0) == folder / "train/dog/deep/1.png"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": 0}, "size must be"),
        ({"size": True}, "size must be"),
        ({"size": "8"}, "size must be"),
        ({"size": 8, "resize": 6}, "resize must be at least size"),
        ({"size": 8, "resize": 8.5}, "resize must be"),
        ({"size": 8, "least_area": 0}, "least_area must be"),
        ({"size": 8, "least_area": "all"}, "least_area must be"),
    ],
)
def test_sizes_that_are_none_are_refused(folder, options, message):
    with pytest.raises(InvalidInputError, match=message):
        stream(folder, **options)


def test_folders_that_cannot_be_streamed_say_what_is_missing(folder, tmp_path):
    with pytest.raises(MissingDataError, match="is no folder"):
        stream(tmp_path / "nothing")
    save(folder / "val/emu/0.png", noise(9, 9, 3))
    with pytest.raises(InvalidInputError, match=r"different classes: \['emu'\]"):
        stream(folder)
    (folder / "train/emu").mkdir()
    with pytest.raises(MissingDataError, match="emu has no pictures"):
        stream(folder)
    with pytest.raises(MissingDataError, match="has no test set"):
        stream(folder / "train")


def test_nothing_is_read_before_it_is_shown(folder):
    (folder / "train/cat/0.JPEG").write_bytes(b"no picture")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pictures = stream(folder, size=8).training
    with pytest.raises(InvalidInputError, match=r"0\.JPEG is no picture"):
        pictures.read(0)

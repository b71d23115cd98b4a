"""A picture keeps its values, or is refused by its name: every mode and format of Pillow."""

from __future__ import annotations

import os
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageMode

from lava_bccn.datasets.modes import MODES, layers_of
from lava_bccn.datasets.pictures import (
    DEEP,
    TRANSPARENT,
    UNIFORM,
    NoPictureError,
    read_picture,
)
from lava_bccn.errors import InvalidInputError
from tests.datasets.pictures import COLOUR, GREY, RAMP, saved

SHAPE = (4, 5)
HALF = np.full(SHAPE, 128, np.uint8)


def channels(picture) -> np.ndarray:
    """Values as (height, width) or (height, width, 3)."""
    assert picture.values.dtype == np.float32
    return picture.values[0] if len(picture.values) == 1 else picture.values.transpose(1, 2, 0)


@pytest.mark.parametrize("ending", ["png", "tif", "jp2", "im"])
def test_sixteen_bits_of_grey_stay(tmp_path, ending):
    options = {"irreversible": False} if ending == "jp2" else {}
    picture = saved(tmp_path / f"a.{ending}", RAMP, **options)
    np.testing.assert_array_equal(channels(picture), RAMP.astype(np.float32) / 65535)
    assert not picture.remarks


@given(arrays(np.uint16, SHAPE))
def test_any_sixteen_bits_stay(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("any") / "a.png"
    np.testing.assert_array_equal(channels(saved(path, values)), values.astype(np.float32) / 65535)


@pytest.mark.parametrize("packing", [None, "tiff_lzw", "tiff_adobe_deflate"])
@pytest.mark.parametrize("mode", ["I;16", "I;16B"])
def test_sixteen_bits_of_either_byte_order(tmp_path, mode, packing):
    order = {"I;16": "<u2", "I;16B": ">u2"}[mode]
    image = Image.frombytes(mode, SHAPE[::-1], RAMP.astype(order).tobytes())
    picture = saved(tmp_path / "a.tif", image, compression=packing)
    np.testing.assert_array_equal(channels(picture), RAMP.astype(np.float32) / 65535)


@pytest.mark.parametrize("ending", ["png", "tif", "bmp", "tga", "gif", "pgm", "pcx", "webp"])
def test_grey_is_one_channel(tmp_path, ending):
    options = {"lossless": True} if ending == "webp" else {}
    picture = saved(tmp_path / f"a.{ending}", GREY, **options)
    np.testing.assert_array_equal(channels(picture), GREY.astype(np.float32) / 255)


@pytest.mark.parametrize("ending", ["png", "tif", "bmp", "tga", "ppm", "webp", "qoi", "sgi"])
def test_colour_is_three_channels(tmp_path, ending):
    options = {"lossless": True} if ending == "webp" else {}
    picture = saved(tmp_path / f"a.{ending}", COLOUR, **options)
    np.testing.assert_array_equal(channels(picture), COLOUR.astype(np.float32) / 255)


@pytest.mark.parametrize("ending", ["png", "tif", "bmp", "pbm"])
def test_a_bit_is_0_or_1(tmp_path, ending):
    bits = GREY > 100
    np.testing.assert_array_equal(channels(saved(tmp_path / f"a.{ending}", bits)), bits)


def test_twelve_bits_are_a_share_of_4095(tmp_path):
    values = np.array([[0, 4095], [1024, 17]], np.uint16)
    rows = bytearray()
    for first, second in values.tolist():
        rows += bytes([first >> 4, (first & 15) << 4 | second >> 8, second & 255])
    write_tiff(tmp_path / "a.tif", bytes(rows), (2, 2), bits=12)
    np.testing.assert_allclose(channels(read_picture(tmp_path / "a.tif")), values / 4095, atol=1e-7)


def test_sixteen_bits_with_0_for_white_are_turned_round(tmp_path):
    write_tiff(tmp_path / "a.tif", RAMP.astype("<u2").tobytes(), SHAPE, bits=16, photometric=0)
    expected = 1 - RAMP.astype(np.float32) / 65535
    np.testing.assert_array_equal(channels(read_picture(tmp_path / "a.tif")), expected)


def write_tiff(
    path, content: bytes, shape, *, bits: int, photometric: int = 1, sample_format: int = 1
) -> None:
    """A TIFF of one strip that Pillow itself does not write."""
    height, width = shape
    tags = [
        (256, width),
        (257, height),
        (258, bits),
        (259, 1),
        (262, photometric),
        (273, 8),
        (277, 1),
        (278, height),
        (279, len(content)),
        (339, sample_format),
    ]
    directory = struct.pack("<H", len(tags))
    directory += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    start = struct.pack("<2sHI", b"II", 42, 8 + len(content))
    path.write_bytes(start + content + directory + bytes(4))


def test_sixteen_bits_of_a_pgm_stay(tmp_path):
    (tmp_path / "a.pgm").write_bytes(b"P5 5 4 65535\n" + RAMP.astype(">u2").tobytes())
    expected = RAMP.astype(np.float32) / 65535
    np.testing.assert_array_equal(channels(read_picture(tmp_path / "a.pgm")), expected)


@pytest.mark.parametrize("largest", [1023, 4095])
def test_odd_scales_of_a_pgm_are_shares_of_their_largest(tmp_path, largest):
    values = (RAMP.astype(np.int64) * largest // 65535).astype(">u2")
    (tmp_path / "a.pgm").write_bytes(f"P5 5 4 {largest}\n".encode() + values.tobytes())
    np.testing.assert_allclose(
        channels(read_picture(tmp_path / "a.pgm")), values / largest, atol=1e-4
    )


def png(
    path, pixels: np.ndarray, colour_type: int, *chunks: tuple[bytes, bytes], depth: int = 0
) -> None:
    """A PNG of big-endian pixels that Pillow itself does not write.

    Args:
        depth: bits of a value; bytes of ``pixels`` are packed from them. 0: as they are.
    """

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    height, width = pixels.shape[:2]
    if depth:
        width = width * 8 // depth
    depth = depth or 8 * pixels.dtype.itemsize
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts))


def test_sixteen_bits_of_colour_lose_half_and_say_so(tmp_path):
    deep = np.random.default_rng(1).integers(0, 65536, (*SHAPE, 3), dtype=np.uint16)
    png(tmp_path / "a.png", deep.astype(">u2"), 2)
    (tmp_path / "a.ppm").write_bytes(b"P6 5 4 65535\n" + deep.astype(">u2").tobytes())
    for name in ("a.png", "a.ppm"):
        picture = read_picture(tmp_path / name)
        np.testing.assert_allclose(channels(picture), deep / 65535, atol=1 / 255)
        assert picture.remarks == {DEEP}


@pytest.mark.parametrize("key", [int(RAMP[1, 1]), 7])
def test_a_grey_that_stands_for_nothing_is_black(tmp_path, key):
    png(tmp_path / "a.png", RAMP.astype(">u2"), 0, (b"tRNS", struct.pack(">H", key)))
    picture = read_picture(tmp_path / "a.png")
    expected = np.where(key == RAMP, 0, RAMP.astype(np.float32) / 65535)
    np.testing.assert_array_equal(channels(picture), expected)
    assert (TRANSPARENT in picture.remarks) == (key in RAMP)


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_a_level_of_few_bits_that_stands_for_nothing_is_black(tmp_path, depth):
    largest = 2**depth - 1
    key = largest // 2 + 1  # white, 2/3 and 8/15
    packed = np.arange(16, dtype=np.uint8).reshape(2, 8) * 17
    png(tmp_path / "a.png", packed, 0, depth=depth)
    bits = np.unpackbits(packed, axis=1).reshape(2, -1, depth)
    levels = bits @ (2 ** np.arange(depth)[::-1])
    expected = levels.astype(np.float32) / largest
    np.testing.assert_allclose(channels(read_picture(tmp_path / "a.png")), expected, atol=1e-6)
    png(tmp_path / "b.png", packed, 0, (b"tRNS", struct.pack(">H", key)), depth=depth)
    if depth == 1:  # black drawn on nothing
        with pytest.raises(InvalidInputError, match=r"b\.png.*transparent ground"):
            read_picture(tmp_path / "b.png")
        return
    picture = read_picture(tmp_path / "b.png")
    np.testing.assert_allclose(channels(picture), np.where(levels == key, 0, expected), atol=1e-6)
    assert picture.remarks == {TRANSPARENT}


def test_sixteen_bits_of_grey_with_opacity_are_one_channel(tmp_path):
    png(tmp_path / "a.png", np.stack([RAMP, np.full_like(RAMP, 65535)], -1).astype(">u2"), 4)
    picture = read_picture(tmp_path / "a.png")
    np.testing.assert_allclose(channels(picture), RAMP / 65535, atol=1 / 255)
    assert picture.remarks == {DEEP}


def test_a_bitmap_of_sixteen_bits_a_pixel_loses_nothing(tmp_path):
    pixels = np.random.default_rng(3).integers(0, 65536, (4, 4)).astype("<u2")
    masks = (0xF800, 0x7E0, 0x1F)
    header = struct.pack("<IiiHHIIiiII3I", 40, 4, 4, 1, 16, 3, 32, 0, 0, 0, 0, *masks)
    start = struct.pack("<2sIII", b"BM", 14 + len(header) + 32, 0, 14 + len(header))
    (tmp_path / "a.bmp").write_bytes(start + header + pixels.tobytes())
    picture = read_picture(tmp_path / "a.bmp")
    assert not picture.remarks
    shares = [((pixels & mask) / mask)[::-1] for mask in masks]  # rows from the bottom
    np.testing.assert_allclose(picture.values, shares, atol=1 / 255)


@pytest.mark.parametrize(
    ("bits", "dtype"), [(16, ">i2"), (32, ">i4"), (-32, ">f4"), (8, "u1")], ids=str
)
def test_fits_of_more_than_a_byte_is_refused_for_pillow_swaps_its_bytes(tmp_path, bits, dtype):
    cards = {"SIMPLE": "T", "BITPIX": bits, "NAXIS": 2, "NAXIS1": SHAPE[1], "NAXIS2": SHAPE[0]}
    lines = [f"{name:8}= {value:>20}".ljust(80) for name, value in cards.items()]
    head = ("".join(lines) + "END".ljust(80)).ljust(2880).encode()
    (tmp_path / "a.fits").write_bytes(head + GREY.astype(dtype).tobytes().ljust(2880, b"\0"))
    if bits == 8:
        values = channels(read_picture(tmp_path / "a.fits"))
        np.testing.assert_array_equal(values, GREY[::-1] / np.float32(255))
    else:
        with pytest.raises(InvalidInputError, match=r"a\.fits.*order"):
            read_picture(tmp_path / "a.fits")


def test_bytes_with_a_sign_are_refused(tmp_path):
    write_tiff(tmp_path / "a.tif", GREY.tobytes(), SHAPE, bits=8, sample_format=2)
    with pytest.raises(InvalidInputError, match=r"a\.tif.*sign"):
        read_picture(tmp_path / "a.tif")


def test_a_colour_that_stands_for_nothing_is_black(tmp_path):
    picture = saved(tmp_path / "a.png", COLOUR, transparency=tuple(COLOUR[2, 3].tolist()))
    expected = COLOUR / np.float32(255)
    expected[2, 3] = 0
    np.testing.assert_array_equal(channels(picture), expected)
    assert picture.remarks == {TRANSPARENT}
    png(tmp_path / "deep.png", np.ones((2, 2, 3), ">u2"), 2, (b"tRNS", bytes(6)))
    with pytest.raises(InvalidInputError, match=r"deep\.png.*alpha"):
        read_picture(tmp_path / "deep.png")


@pytest.mark.parametrize("ending", ["png", "tif", "webp", "tga"])
@pytest.mark.parametrize(("mode", "values"), [("RGBA", COLOUR), ("LA", GREY)])
def test_what_is_transparent_is_black(tmp_path, ending, mode, values):
    opacity = np.random.default_rng(2).integers(0, 256, SHAPE, dtype=np.uint8)
    image = Image.fromarray(values)
    image.putalpha(Image.fromarray(opacity))
    assert image.mode == mode
    options = {"lossless": True, "exact": True} if ending == "webp" else {}
    picture = saved(tmp_path / f"a.{ending}", image, **options)
    over = opacity if mode == "LA" else opacity[..., None]
    np.testing.assert_allclose(channels(picture), values / 255 * (over / 255), atol=1e-6)
    assert picture.remarks == {TRANSPARENT}
    image.putalpha(255)
    opaque = saved(tmp_path / f"b.{ending}", image, **options)
    np.testing.assert_array_equal(channels(opaque), values / np.float32(255))
    assert not opaque.remarks


def test_palettes_are_colours_or_greys(tmp_path):
    few = Image.fromarray(COLOUR).quantize(8)
    np.testing.assert_array_equal(
        channels(saved(tmp_path / "a.png", few)), np.asarray(few.convert("RGB")) / np.float32(255)
    )
    few.info["transparency"] = few.getpixel((0, 0))
    picture = saved(tmp_path / "b.gif", few)
    assert picture.remarks == {TRANSPARENT} and not picture.values[:, 0, 0].any()
    grey = Image.fromarray(GREY).quantize(20)
    assert grey.mode == "P" and len(saved(tmp_path / "c.png", grey).values) == 1


def test_other_ways_to_write_a_colour_are_colours(tmp_path):
    cmyk = Image.fromarray(COLOUR).convert("CMYK")
    for ending in ("tif", "jpg"):
        path = tmp_path / f"a.{ending}"
        cmyk.save(path)
        expected = np.asarray(Image.open(path).convert("RGB")) / np.float32(255)
        np.testing.assert_array_equal(channels(read_picture(path)), expected)


def test_floating_point_is_taken_as_it_is(tmp_path):
    values = np.linspace(0, 1, 20, dtype=np.float32).reshape(SHAPE)
    np.testing.assert_array_equal(channels(saved(tmp_path / "a.tif", values)), values)
    for wrong in (values * 255, values - 0.5, np.where(values == 1, np.nan, values)):
        with pytest.raises(InvalidInputError, match=r"b\.tif.*floating point.*\[0, 1\]"):
            saved(tmp_path / "b.tif", wrong.astype(np.float32))


REFUSED = {
    "I": lambda: Image.fromarray(RAMP.astype(np.int32)),
    "LAB": lambda: Image.new("LAB", SHAPE),
}


@pytest.mark.parametrize("mode", REFUSED)
def test_values_without_a_known_range_are_refused_by_name(tmp_path, mode):
    with pytest.raises(InvalidInputError, match=rf"a\.tif.*mode is {mode}\b"):
        saved(tmp_path / "a.tif", REFUSED[mode]())


def test_every_mode_of_pillow_is_read_or_refused():
    modes = {"1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr"}
    assert set(MODES) == {*modes, "HSV", "I", "I;16", "F"}
    assert ImageMode.getmode("LAB")  # the only other one


@pytest.mark.parametrize("mode", ["RGBX", "YCbCr", "HSV", "PA", "La", "RGBa"])
def test_modes_that_few_files_have(mode):
    source = Image.fromarray(COLOUR).convert("RGBA")
    source.putalpha(Image.fromarray(GREY))
    steps = {"PA": ["RGB", "P", "PA"], "La": ["LA", "La"], "RGBa": ["RGBa"]}
    image = source
    for step in steps.get(mode, ["RGB", mode]):
        image = image.convert(step)
    assert image.mode == mode
    colour, opacity = layers_of(image, None, mode)
    if mode in ("La", "RGBa"):  # multiplied by the opacity already
        held = np.asarray(image) / np.float32(255)
        np.testing.assert_array_equal(colour, held[..., 0] if mode == "La" else held[..., :3])
        np.testing.assert_array_equal(opacity, GREY / np.float32(255))
    else:
        np.testing.assert_array_equal(colour, np.asarray(image.convert("RGB")) / np.float32(255))


def test_pictures_stand_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    picture = saved(tmp_path / "a.png", COLOUR, exif=exif)
    np.testing.assert_array_equal(channels(picture), np.rot90(COLOUR, -1) / np.float32(255))


@pytest.mark.parametrize("ending", ["gif", "tif", "png", "webp"])
def test_several_pictures_in_a_file_are_refused(tmp_path, ending):
    images = [Image.fromarray(np.roll(COLOUR, shift)) for shift in range(3)]
    with pytest.raises(InvalidInputError, match=rf"a\.{ending}.*3 pictures.*one a file"):
        saved(tmp_path / f"a.{ending}", images[0], save_all=True, append_images=images[1:])


def test_a_picture_of_one_value_is_never_silent(tmp_path):
    assert saved(tmp_path / "a.png", HALF).remarks == {UNIFORM}
    dim = (np.arange(20).reshape(SHAPE) * 10).astype(np.uint16)  # 8 bits in a file of 16
    assert saved(tmp_path / "b.png", dim).remarks == {UNIFORM}


@pytest.mark.parametrize("colour", [(0, 0, 0), (0,)])
def test_black_on_transparent_is_refused_for_nothing_would_be_left(tmp_path, colour):
    image = Image.new("RGB" if len(colour) == 3 else "L", SHAPE[::-1], colour)
    image.putalpha(Image.fromarray(GREY))
    with pytest.raises(InvalidInputError, match=r"a\.png.*black on a transparent ground"):
        saved(tmp_path / "a.png", image)


def test_too_many_pixels_are_refused_before_they_are_read(tmp_path, monkeypatch):
    path = tmp_path / "bomb.png"
    Image.new("1", (9000, 8000)).save(path)
    for limit in (10_000_000, 50_000_000):  # Pillow refuses twice its limit, and warns of less
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        with pytest.raises(InvalidInputError, match=rf"bomb\.png has more than {limit:,} pixels"):
            read_picture(path)


@pytest.mark.parametrize("ending", ["png", "jpg", "gif", "bmp", "tif", "webp", "jp2", "ppm", "tga"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_truncated_pictures_are_refused_by_name(tmp_path, ending, kept):
    path = tmp_path / f"a.{ending}"
    Image.fromarray(np.tile(COLOUR, (30, 30, 1))).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(InvalidInputError, match=rf"a\.{ending}"):
        read_picture(path)


@given(st.data())
def test_damaged_pictures_are_read_or_refused_by_name(tmp_path_factory, data):
    ending = data.draw(st.sampled_from(["png", "gif", "bmp", "tif", "jpg", "webp", "pcx", "sgi"]))
    path = tmp_path_factory.mktemp("damaged") / f"a.{ending}"
    Image.fromarray(COLOUR).save(path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        picture = read_picture(path)
    except InvalidInputError as error:
        assert str(path) in str(error) and "\n" not in str(error)
    else:
        assert np.isfinite(picture.values).all()
        assert picture.values.min() >= 0 and picture.values.max() <= 1


def test_what_is_no_picture_is_refused_by_name(tmp_path):
    (tmp_path / "text.png").write_text("hello")
    with pytest.raises(NoPictureError, match=r"text\.png is no picture"):
        read_picture(tmp_path / "text.png")
    (tmp_path / "empty.png").touch()
    with pytest.raises(InvalidInputError, match=r"empty\.png is empty"):
        read_picture(tmp_path / "empty.png")
    (tmp_path / "link.png").symlink_to(tmp_path / "nothing")
    with pytest.raises(InvalidInputError, match=r"link\.png is a link to nothing"):
        read_picture(tmp_path / "link.png")
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(InvalidInputError, match=r"pipe\.png is not an ordinary file"):
        read_picture(tmp_path / "pipe.png")
    (tmp_path / "drawn.eps").write_text(
        "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 5 5\n%%EndComments\n"
    )
    with pytest.raises(InvalidInputError, match=r"drawn\.eps.*no pixels"):
        read_picture(tmp_path / "drawn.eps")

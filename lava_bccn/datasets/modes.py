"""The values of a picture, whatever mode Pillow opens it in: nothing is cut, clipped or guessed.

Grey is one channel and colour three. 8 bits are divided by 255, 16 by 65535, 12 by 4095; one bit
is 0 or 1; floating point must be in [0, 1] already. CMYK, YCbCr and HSV are other ways to write a
colour and become RGB.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.errors import InvalidInputError

if TYPE_CHECKING:
    from PIL.Image import Image

_KEYED = ("1", "L", "RGB", "I;16", "I")
"""Modes in which PNG has one value stand for nothing."""

_BYTE = np.float32(255)
_LEVEL = {"1": 1 / 255, "L;2": 85, "L;4": 17}
"""What a level of a grey PNG of few bits is in the pixels of its mode, where it is not 1."""

Layers = tuple[NDArray[np.float32], NDArray[np.float32] | None]
"""Values (height, width) or (height, width, 3), and how opaque each place is; None: all of it."""

_WITHOUT_GREY = ("WEBP", "AVIF", "QOI")
"""Formats that have no grey pictures, but colours in three equal channels."""


def layers_of(image: Image, kind: str | None, rawmode: str) -> Layers:
    """The values of a picture and its opacity.

    Args:
        image: loaded.
        kind: its file's format, as Pillow calls it.
        rawmode: how the file holds its pixels, as Pillow calls it.

    Raises:
        InvalidInputError: a mode without values in a known range, named.
    """
    mode = "I;16" if image.mode.startswith("I;16") else image.mode
    if mode not in MODES:
        raise InvalidInputError(
            f"its mode is {image.mode}, which is no grey and no RGB; save it as one of these first"
        )
    if kind == "FITS" and mode != "L":
        raise InvalidInputError(
            "it is FITS of more than 8 bits, whose bytes Pillow reads in the wrong order; save it "
            "as PNG or TIFF with 16 bits, without a sign"
        )
    colour, opacity = MODES[mode](image, kind, rawmode)
    if kind in _WITHOUT_GREY or rawmode.startswith("LA;16"):  # which Pillow opens as RGBA
        colour = _grey_if_equal(colour)
    keyed = _unkeyed(image, rawmode)
    return (colour, opacity) if keyed is None else (over_black(colour, keyed), keyed)


def _levels(image: Image, kind: str | None, rawmode: str) -> Layers:
    return np.asarray(image, dtype=np.float32) / _BYTE, None


def _bits(image: Image, kind: str | None, rawmode: str) -> Layers:
    return np.asarray(image).astype(np.float32), None


def _with_opacity(image: Image, kind: str | None, rawmode: str) -> Layers:
    values = np.asarray(image, dtype=np.float32) / _BYTE
    opacity = values[..., -1]
    colour = values[..., 0] if values.shape[-1] == 2 else values[..., :3]
    # Modes in small letters hold colours that are multiplied already.
    return (colour if image.mode in ("La", "RGBa") else over_black(colour, opacity)), opacity


def _palette(image: Image, kind: str | None, rawmode: str) -> Layers:
    colour, opacity = _with_opacity(image.convert("RGBA"), kind, rawmode)
    return _grey_if_equal(colour), opacity


def _colour(image: Image, kind: str | None, rawmode: str) -> Layers:
    return np.asarray(image.convert("RGB"), dtype=np.float32) / _BYTE, None


def _padded(image: Image, kind: str | None, rawmode: str) -> Layers:
    return np.asarray(image, dtype=np.float32)[..., :3] / _BYTE, None


def _sixteen_bits(image: Image, kind: str | None, rawmode: str) -> Layers:
    largest = np.float32(4095 if rawmode == "I;12" else 65535)
    return np.asarray(image).astype(np.float32) / largest, None


def _integers(image: Image, kind: str | None, rawmode: str) -> Layers:
    if kind not in ("PPM", "PNG"):  # whose integers Pillow brings to 16 bits
        raise InvalidInputError(
            f"its mode is I ({rawmode}: integers, and nothing says how large they may be); save it "
            "with 16 bits without a sign, which are divided by 65535"
        )
    return np.asarray(image).astype(np.float32) / np.float32(65535), None


def _floats(image: Image, kind: str | None, rawmode: str) -> Layers:
    values = np.asarray(image, dtype=np.float32)
    if not bool(((values >= 0) & (values <= 1)).all()):  # NaN neither
        raise InvalidInputError(
            f"its mode is F (floating point) with values from {values.min():g} to "
            f"{values.max():g}; expected [0, 1], so scale it first"
        )
    return values, None


Reader = Callable[[Any, str | None, str], Layers]

MODES: dict[str, Reader] = {
    "1": _bits,
    "L": _levels,
    "LA": _with_opacity,
    "La": _with_opacity,
    "P": _palette,
    "PA": _palette,
    "RGB": _levels,
    "RGBA": _with_opacity,
    "RGBa": _with_opacity,
    "RGBX": _padded,
    "CMYK": _colour,
    "YCbCr": _colour,
    "HSV": _colour,
    "I": _integers,
    "I;16": _sixteen_bits,
    "F": _floats,
}


def over_black(colour: NDArray[np.float32], opacity: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colours as they look on black: what is not there has no events."""
    return colour * (opacity if colour.ndim == 2 else opacity[..., None])


def _grey_if_equal(colour: NDArray[np.float32]) -> NDArray[np.float32]:
    is_grey = colour.ndim == 3 and bool((colour == colour[..., :1]).all())
    return colour[..., 0] if is_grey else colour


def _unkeyed(image: Image, rawmode: str) -> NDArray[np.float32] | None:
    """Opacity of a picture one of whose values stands for nothing; None where all is there."""
    key = image.info.get("transparency")
    if image.mode not in _KEYED or not isinstance(key, int | tuple):
        return None
    pixels = np.asarray(image)
    if ";16" in rawmode and pixels.dtype == np.uint8:
        raise InvalidInputError(
            "one of its 16-bit colours stands for nothing, and Pillow reads 8 bits of them, too "
            "few to tell which; save it with an alpha channel"
        )
    # PNG counts in levels of the file, of which Pillow makes 8 bits.
    is_there = pixels != np.asarray(key) * _LEVEL.get(rawmode, 1)
    return (is_there if pixels.ndim == 2 else is_there.any(-1)).astype(np.float32)

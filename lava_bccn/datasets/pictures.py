"""One picture file as event rates, by Pillow; what it cannot hold is refused by name."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.datasets.modes import layers_of
from lava_bccn.errors import InvalidInputError
from lava_bccn.extras import require

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

FLAT = 1 / 256
"""Values closer together than this are one event rate in 8 bits."""

DEEP, TRANSPARENT, UNIFORM = (
    "have colours of more than 8 bits, of which Pillow reads the upper 8",
    "are transparent in places, which are taken for black (0)",
    "come out as one value throughout (to 8 bits)",
)
"""What may surprise of a picture, after "N pictures"."""

_ONE_PICTURE = ("MPO", "PSD")
"""Formats whose further frames are previews or layers of the first."""

_DRAWN = ("EPS", "WMF", "EMF")
"""Formats of instructions for drawing; Pillow would have another program run them."""


class NoPictureError(InvalidInputError):
    """A file that no reader of pictures knows."""


@dataclass(frozen=True)
class Picture:
    """A picture.

    Attributes:
        values: float32 event rates, (channels, height, width): one channel of grey, or three.
        remarks: what may surprise of it: ``DEEP``, ``TRANSPARENT``, ``UNIFORM``.
    """

    values: NDArray[np.float32]
    remarks: frozenset[str]


def read_picture(path: Path) -> Picture:
    """A picture, upright as its EXIF data say.

    Raises:
        NoPictureError: nothing in the file looks like a picture.
        InvalidInputError: damaged, too large, of several pictures, or of a mode whose values have
            no known range; names the file.
    """
    with opened(path) as image:
        return picture_of(image, path)


@contextmanager
def opened(path: Path) -> Iterator[ImageFile]:
    """A picture file as Pillow opens it; what goes wrong with it is said with its name.

    Raises:
        NoPictureError: nothing in the file looks like a picture.
        InvalidInputError: damaged, too large, or refused by whoever looks at it.
    """
    require("PIL.Image", "data", f"reading {path} as a picture")
    from PIL import Image, UnidentifiedImageError

    if not path.is_file():
        broken = path.is_symlink() and not path.exists()
        what = "a link to nothing" if broken else "not an ordinary file"
        raise InvalidInputError(f"{path} is {what}; expected a picture")
    if path.stat().st_size == 0:
        raise InvalidInputError(f"{path} is empty; expected a picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged EXIF data, say
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                yield image
    except UnidentifiedImageError as error:
        raise NoPictureError(f"{path} is no picture that Pillow knows") from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise InvalidInputError(
            f"{path} has more than {Image.MAX_IMAGE_PIXELS:,} pixels; resize it first"
        ) from error
    except InvalidInputError as error:
        raise InvalidInputError(f"{path} cannot be used: {error}") from error
    except Exception as error:  # the readers fail in many ways on damaged files
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise InvalidInputError(f"{path} cannot be read as a picture ({reason})") from error


def picture_of(image: ImageFile, path: Path) -> Picture:
    """What an opened picture shows, within :func:`opened`."""
    from PIL import ImageOps

    kind, rawmode = image.format, _rawmode(image)
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and kind not in _ONE_PICTURE:
        raise InvalidInputError(f"it holds {frames} pictures; expected one a file, so save each")
    if kind in _DRAWN:
        raise InvalidInputError(f"{kind} files hold no pixels; save it as PNG")
    if kind == "TIFF" and image.mode == "L" and _is_signed(image):
        raise InvalidInputError("its 8 bits have a sign; save it without, divided by 255")
    remarks = {DEEP} if _is_cut(image, path, rawmode) else set()
    upright = ImageOps.exif_transpose(image)  # which reads the pixels
    colour, opacity = layers_of(upright, kind, rawmode)
    if kind == "TIFF" and _is_negative(image):
        colour = 1 - colour
    if opacity is not None and bool((opacity < 1).any()):
        remarks.add(TRANSPARENT)
    values = colour[None] if colour.ndim == 2 else colour.transpose(2, 0, 1)
    if _is_flat(values):
        remarks.add(UNIFORM)
        if opacity is not None and not _is_flat(opacity[None]):
            raise InvalidInputError(
                "it is drawn in black on a transparent ground, and nothing would be left of it "
                "where transparent is black (0); give it a ground of another colour first"
            )
    return Picture(np.ascontiguousarray(values), frozenset(remarks))


def _is_signed(image: Any) -> bool:
    """Whether a TIFF says that its integers may be below 0, which Pillow passes over in 8 bits."""
    return 2 in image.tag_v2.get(339, ())


def _is_negative(image: Any) -> bool:
    """Whether 0 is white, which Pillow turns round for 8 bits only."""
    photometric = image.tag_v2.get(262)
    return photometric == 0 and image.mode.startswith(("I;16", "F"))


def _is_flat(values: NDArray[np.float32]) -> bool:
    return values[0].size > 1 and bool((np.ptp(values, axis=(1, 2)) < FLAT).all())


def _rawmode(image: ImageFile) -> str:
    """How the file holds its pixels, before Pillow has made a mode of its own of them."""
    arguments: Any = image.tile[0][3] if image.tile else ""
    first = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
    return first if isinstance(first, str) else ""


def _is_cut(image: ImageFile, path: Path, rawmode: str) -> bool:
    """Whether the file has more bits a value than the 8 that Pillow makes of them."""
    if image.mode.startswith(("I", "F")):
        return False
    if image.format == "PPM":
        arguments: Any = image.tile[0][3]
        return isinstance(arguments, tuple) and len(arguments) == 2 and arguments[1] > 255
    if image.format not in ("SGI", "JPEG2000", "AVIF"):
        return ";16" in rawmode and rawmode != "BGR;16"  # which has 5 or 6 bits a colour
    with path.open("rb") as file:
        head = file.read(4096)
    if image.format == "SGI":
        return head[3] == 2  # bytes
    if image.format == "JPEG2000":
        start = head.find(b"\xff\x4f\xff\x51")  # the codestream, whose header has it at 42
        return start >= 0 and (head[start + 42] & 0x7F) >= 8  # one less than there are
    start = head.find(b"pixi")
    return start >= 0 and head[start + 9] > 8

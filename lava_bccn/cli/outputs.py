"""Files that commands write: named as what they are, in folders that are made if need be."""

from __future__ import annotations

from pathlib import Path

from lava_bccn.cli.printing import say
from lava_bccn.errors import InvalidInputError
from lava_bccn.files import check_new

NETWORK = (".safetensors",)
CHECKPOINT = (".pt", ".pth", ".ckpt")
ARRAYS = (".npz",)
PAGE = (".html", ".htm")

_OTHERS = frozenset(
    {
        *(*NETWORK, *CHECKPOINT, *ARRAYS, ".npy", ".nir", ".h5", ".hdf5", ".onnx", ".csv", ".json"),
        *(
            ".txt",
            ".md",
            ".html",
            ".htm",
            ".py",
            ".png",
            ".jpg",
            ".jpeg",
            ".pdf",
            ".svg",
            ".zip",
            ".gz",
            ".tar",
        ),
    }
)
"""Endings that say what a file is."""


def check_output(
    path: Path, endings: tuple[str, ...], *, overwrite: bool = True, needs_ending: bool = False
) -> None:
    """Refuse an output before long work; say so if its folder is yet to be made.

    Args:
        path: that the user named.
        endings: of names of such files; the first is proposed.
        overwrite: what is there may be replaced.
        needs_ending: a name without any of them is refused too, and not only one with that of
            another kind of file.

    Raises:
        InvalidInputError: the ending is that of another kind of file.
        OutputPathError: it exists and may not be replaced, or it cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in endings and (needs_ending or ending in _OTHERS):
        contradicts = ending in _OTHERS
        why = "would not be what its ending says" if contradicts else "needs an ending"
        stem = path.with_suffix("") if contradicts else path
        others = f" ({', '.join(endings[1:])} would do too)" if len(endings) > 1 else ""
        raise InvalidInputError(f"{path} {why}; name it {stem}{endings[0]}{others}")
    check_new(path, overwrite=overwrite)
    if not path.parent.exists():
        say(f"the folder {path.parent} is not there yet: making it")


def pictures() -> tuple[str, ...]:
    """Endings of the formats in which a figure can be written."""
    from matplotlib.backend_bases import FigureCanvasBase

    known = (f".{name}" for name in sorted(FigureCanvasBase.get_supported_filetypes()))
    return (".png", *(ending for ending in known if ending != ".png"))

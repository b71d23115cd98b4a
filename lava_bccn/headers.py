"""What a file says of itself, and descriptions as safetensors under such a header: no pickle."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save

from lava_bccn.errors import FileFormatError
from lava_bccn.files import content_of, existing_file, refuse_other_kinds, write_atomically

Description = TypeVar("Description")

_HEADER_KEY = "lava_bccn"
_SAME = "same"
"""In a header: the arrays that are left out, each with the one that it is the same as."""

_FOREIGN = "truncated or not a safetensors file"

SINCE = "since"
"""In the metadata of a dataclass's field: the version of files from which there is such a field.
At its default it is left out, so that earlier releases go on reading what they know."""


@dataclass(frozen=True)
class FileKind:
    """A kind of file that this package writes.

    Attributes:
        format: what its header calls it, ``"lava-bccn …"``.
        version: the newest that this release reads.
        plain: that of files of which every part was there by then; 0: the newest.
        made_by: what writes one, for errors.
        read_by: what reads one, for errors.
        converts: ``made_by`` makes one of a file of ``torch.save``.
        compact_since: version from which arrays that are the same may be written once; 0: none.
    """

    format: str
    version: int
    made_by: str
    read_by: str
    converts: bool = False
    compact_since: int = 0
    plain: int = 0

    @property
    def noun(self) -> str:
        """What it is, in a sentence."""
        return self.format.removeprefix("lava-bccn ")

    def check(self, header: object, path: str | Path, container: str) -> int:
        """The version of a file of this kind.

        Raises:
            FileFormatError: it is of another kind, does not say its version, or is newer than this
                release.
        """
        found = header if isinstance(header, Mapping) else {}
        if found.get("format") != self.format:
            for kind in KINDS:
                if found.get("format") == kind.format:
                    raise FileFormatError(
                        f"{path} is a {kind.noun}, and what was asked for takes a {self.noun}; "
                        f"read it with {kind.read_by}"
                    )
            raise FileFormatError(
                f"{path} is a {container} file but not a {self.noun} of lava-bccn; make one with "
                f"{self.made_by}"
            )
        version = found.get("version")
        if type(version) is not int or version < 1:
            raise FileFormatError(
                f"{path} is a damaged {self.noun}: its version must be an integer of at least 1, "
                f"not {version!r}"
            )
        if version > self.version:
            raise FileFormatError(
                f"{path} has {self.noun} version {version}, this release reads up to "
                f"{self.version}; upgrade lava-bccn"
            )
        return version

    def built(self, path: str | Path, build: Callable[[], Description]) -> Description:
        """What ``build`` makes of a file's content.

        Raises:
            FileFormatError: whatever it raises: that is the file's fault.
        """
        try:
            return build()
        except Exception as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise FileFormatError(f"{path} is a damaged {self.noun}: {reason}") from error

    def write(self, path: str | Path, description: Any, *, compact: bool = False) -> None:
        """Write a dataclass, with what it holds in dataclasses and tuples of them.

        Arrays are tensors named by where they are, such as ``layers.0.weight``; the rest is JSON in
        the header. Of arrays in one place that are the same, a compact file has the first, and in
        its header the names of the others. Where there are none, it is no other file.

        Raises:
            OutputPathError: the place cannot be written; an existing file stays as it was.
        """
        tensors: dict[str, NDArray[Any]] = {}
        plain = _plain(description, "", tensors)
        same = _taken_as_same(tensors) if compact else {}
        needed = (self.plain or self.version, self.compact_since if same else 0, since(description))
        content = {"format": self.format, "version": max(needed), **plain}
        if same:
            content[_SAME] = same
        metadata = {_HEADER_KEY: json.dumps(content)}
        write_atomically(path, lambda file: file.write(save(tensors, metadata)))

    def read(self, path: str | Path) -> tuple[dict[str, Any], int]:
        """The content of a file as :meth:`write` was given it, in dictionaries; and its version.

        Raises:
            MissingDataError: no such file.
            FileFormatError: truncated, foreign or of a newer version.
        """
        path = existing_file(path)
        refuse_other_kinds(path, self.noun)
        if zipfile.is_zipfile(path):
            raise FileFormatError(
                f"{path} is a file of torch.save, not a {self.noun}; make a {self.noun}"
                f"{' of it' if self.converts else ''} with {self.made_by}"
            )
        advice = f"expected a {self.noun} written by {self.made_by}"
        with content_of(path, _FOREIGN, advice), safe_open(path, "numpy") as file:
            header = json.loads((file.metadata() or {}).get(_HEADER_KEY, "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        version = self.check(header, path, "safetensors")
        if self.compact_since and _SAME in header:
            self.built(path, lambda: _add_same(tensors, header.pop(_SAME)))
        return self.built(path, lambda: _with_tensors(header, tensors)), version


MAPPED_NETWORK = FileKind(
    "lava-bccn mapped network",
    8,
    "bccn map",
    "lava_bccn.load",
    converts=True,
    compact_since=7,
    plain=6,
)
"""2: with units for the traces of plasticity. 3: with convolutions.
4: with activations of single layers, and what the output stands for.
5: with what Loihi's learning engine has of a layer.
6: with branches, gains, and what of it a homeostatic Y takes of its layer.
7: compact.
8: with boosts of biases alone."""

SPIKING_NETWORK = FileKind(
    "lava-bccn spiking network",
    2,
    "SpikingNetwork.save",
    "bccn inspect, or lava_bccn.network.spiking.load in Python, where lava_bccn.run_spikes runs it",
)
"""2: with receptors and homeostasis of connections."""

DALE_NETWORK = FileKind(
    "lava-bccn network under Dale's law",
    1,
    "bccn map",
    "bccn run or bccn inspect, or lava_bccn.load in Python, where lava_bccn.run teaches it",
    converts=True,
)

CHECKPOINT = FileKind(
    "lava-bccn checkpoint",
    1,
    "bccn train; to map other models see lava_bccn.mapping.from_torch",
    "lava_bccn.nn.load_checkpoint, or bccn map",
)
"""A file of ``torch.save`` (``nn.checkpoint``)."""


KINDS = (MAPPED_NETWORK, SPIKING_NETWORK, DALE_NETWORK, CHECKPOINT)


def kind_of(path: Path) -> FileKind | None:
    """The kind of a safetensors file by its header; None of any other file, and of damaged ones."""
    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {}).get(_HEADER_KEY, "null"))
        return next((kind for kind in KINDS if kind.format == header["format"]), None)
    except Exception:  # the reader fails in many ways on damaged files
        return None


def since(description: Any) -> int:
    """The newest ``SINCE`` of what a dataclass, and dataclasses in it, has not at its default."""
    if isinstance(description, tuple):
        return max(map(since, description), default=0)
    if not is_dataclass(description):
        return 0
    return max(
        max(0 if _is_left_out(each, held) else each.metadata.get(SINCE, 0), since(held))
        for each in fields(description)
        for held in (getattr(description, each.name),)
    )


def _is_left_out(field: Field[Any], held: Any) -> bool:
    return SINCE in field.metadata and bool(held == field.default)


def _plain(value: Any, name: str, tensors: dict[str, NDArray[Any]]) -> Any:
    """A value as JSON-like data; arrays go to the tensors."""
    if isinstance(value, tuple):
        return [_plain(each, f"{name}{index}.", tensors) for index, each in enumerate(value)]
    if isinstance(value, np.generic):
        return value.item()
    if not is_dataclass(value):
        return value
    content = {}
    for field in fields(value):
        held = getattr(value, field.name)
        if _is_left_out(field, held):
            continue
        if isinstance(held, np.ndarray):
            tensors[f"{name}{field.name}"] = np.asarray(held, order="C")
        # An array that is missing is left out. Annotations are strings in this package.
        elif held is not None or "NDArray" not in str(field.type):
            content[field.name] = _plain(held, f"{name}{field.name}.", tensors)
    return content


def _taken_as_same(tensors: dict[str, NDArray[Any]]) -> dict[str, str]:
    """Take out all arrays but the first of those in one place that are the same; which it is."""
    first: dict[tuple[str, str, tuple[int, ...], bytes], str] = {}
    same = {}
    for name, array in tensors.items():
        kind = (_place(name), array.dtype.str, array.shape, array.tobytes())
        of = first.setdefault(kind, name)
        if of != name:
            same[name] = of
    for name in same:
        del tensors[name]
    return same


def _add_same(tensors: dict[str, NDArray[Any]], same: Mapping[str, str]) -> None:
    """Put in what :func:`_taken_as_same` took out."""
    for name, of in same.items():
        if _place(name) != _place(of):  # else a small file could hold any number of arrays
            raise ValueError(f"{name} is said to be the same as {of}, which is elsewhere")
        tensors[name] = tensors[of]


def _place(name: str) -> str:
    """What an array is in, such as ``layers.0``."""
    return name.rpartition(".")[0]


def _with_tensors(header: dict[str, Any], tensors: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    content = {name: value for name, value in header.items() if name not in ("format", "version")}
    for name, array in tensors.items():
        *where, last = name.split(".")
        place: Any = content
        for step in where:
            place = place[int(step) if isinstance(place, list) else step]
        place[last] = array
    return content

"""The cards of the networks that come with the package, and their files by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lava_bccn.errors import MissingDataError
from lava_bccn.files import is_there
from lava_bccn.records import record

FOLDER = Path(__file__).parent

_MOST_SHOWN = 80
"""Characters of an unknown name that are worth repeating."""


@dataclass(frozen=True)
class NetworkCard:
    """What is known of one network.

    Attributes:
        name: by which it is loaded.
        summary: what it is, in a line.
        architecture: its layers, from the input to the output.
        dataset: that it was trained and tested on.
        accuracy: share of the test samples that the simulator gets right.
        samples: test samples that this was measured on.
        seed: of training.
        training: what it was trained on, and what its recipe was chosen on.
        commands: that make it, in this order.
        made_with: versions of what made it.
        bytes, sha256: of its file.
        licence: of the network, and where its data come from.
        limits: what it is not good for.
    """

    name: str
    summary: str
    architecture: str
    dataset: str
    accuracy: float
    samples: int
    seed: int
    training: str
    commands: tuple[str, ...]
    made_with: Mapping[str, str]
    bytes: int
    sha256: str
    licence: str
    limits: str

    @property
    def path(self) -> Path:
        """Its file."""
        return FOLDER / f"{self.name}.safetensors"

    def as_markdown(self) -> str:
        """A section of ``docs/networks.md``."""
        made = ", ".join(f"{name} {version}" for name, version in self.made_with.items())
        rows = {
            "layers": self.architecture,
            "data": f"{self.dataset}; trained on {self.training}",
            "accuracy": f"{self.accuracy:.2%} of {self.samples:,} test images, in the simulator",
            "seed": self.seed,
            "limits": self.limits,
            "file": f"{self.bytes:,} bytes, sha256 `{self.sha256}`",
            "made with": made,
            "licence": self.licence,
        }
        table = "\n".join(f"| {name} | {value} |" for name, value in rows.items())
        commands = "\n".join(f"    {command}" for command in self.commands)
        return (
            f"## {self.name}\n\n{self.summary}.\n\n| | |\n| --- | --- |\n{table}\n\n"
            f"Made by\n\n{commands}\n"
        )


@cache
def cards() -> tuple[NetworkCard, ...]:
    """The cards of all networks that come with the package, in the order of their names."""
    files = sorted(FOLDER.glob("*.json"), key=lambda file: file.stem)
    return tuple(record(NetworkCard, json.loads(file.read_text("utf-8"))) for file in files)


def find(network: str | Path) -> Path:
    """The file of a network: the path itself, or the file of a network of the package.

    A name is one word, without a folder or an ending. What a path names wins: a file of such a name
    in the working folder is that file.

    Args:
        network: a path, or a name.

    Raises:
        MissingDataError: a name of no network; lists those there are.
    """
    path = Path(network)
    is_file = is_there(path) and not path.is_dir()
    if path.suffix or path.name != str(network) or not path.name or is_file:
        return path
    known = {card.name: card.path for card in cards()}
    if path.name not in known and not is_there(path):
        raise MissingDataError(
            f"there is no file {path.name[:_MOST_SHOWN]!r}, and no network of that name comes with "
            f"lava-bccn; expected a file or one of {', '.join(known)}"
        )
    return known.get(path.name, path)

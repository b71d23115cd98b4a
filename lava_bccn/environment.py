"""What is there to run on: packages, Lava, Loihi 2 boards and data sets."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from lava_bccn.datasets import DATA_DIR_VARIABLE, DATA_SETS, place_of
from lava_bccn.extras import EXTRAS, lacking
from lava_bccn.lava_nc import INSTALL, why_not
from lava_bccn.loihi2.boards import FREE_STATES, HOST_VARIABLE, Board, boards

PACKAGES = ("lava-bccn", "lava-nc", "lava-loihi", "torch", "numba", "numpy", "nir")
"""Packages that decide what can be done here, by their names on the package index."""


@dataclass(frozen=True)
class Environment:
    """What is installed and visible.

    Attributes:
        python: its version.
        packages: version of each of ``PACKAGES``; None where it is missing.
        extras: modules that each extra of this package would still bring.
        lava: "ok", or why Lava cannot run here.
        lava_loihi: whether Intel's extension can be imported.
        boards: that are visible.
        variables: those that direct Lava to boards, where they are set.
        data_dir: where data sets are looked for.
        data_sets: where each is; None where it is missing.
    """

    python: str
    packages: dict[str, str | None]
    extras: dict[str, tuple[str, ...]]
    lava: str
    lava_loihi: bool
    boards: tuple[Board, ...]
    variables: dict[str, str]
    data_dir: str
    data_sets: dict[str, str | None]

    @property
    def next_steps(self) -> tuple[str, ...]:
        """What to do to come further, in order."""
        steps = []
        if self.lava != "ok":
            steps.append(
                f"Lava: {INSTALL}; until then use --backend sim, which gives the same bits"
            )
        if self.lava == "ok" and not self.lava_loihi:
            steps.append(
                "Loihi 2: join Intel's Neuromorphic Research Community (INRC), install lava-loihi "
                "from there into this environment, and see docs/loihi.md; until then use "
                "--backend lava or sim"
            )
        if self.lava == "ok" and self.lava_loihi:
            usable = [board.name for board in self.boards if board.state in FREE_STATES]
            steps.append(
                f"Loihi 2: bccn run NET.safetensors --backend loihi2 (free: {', '.join(usable)})"
                if usable
                else "Loihi 2: no board is free here; log in to a host with Slurm (sinfo), or name "
                f"an Ethernet host in {HOST_VARIABLE}"
            )
        unseen = [name for name, place in self.data_sets.items() if place is None]
        if unseen:
            steps.append(
                f"data: {', '.join(unseen)} not in {self.data_dir}; name their folder in "
                f"{DATA_DIR_VARIABLE} or --data-dir, or fetch one with bccn train --dataset NAME "
                "--download"
            )
        steps += [
            f"{EXTRAS[name].what}: pip install 'lava-bccn[{name}]'"
            for name, missing in self.extras.items()
            if missing
        ]
        steps.append("bccn demo: the whole path on handwritten digits, without a download")
        return tuple(steps)


_VARIABLES = ("SLURM", "NOSLURM", "PARTITION", "BOARD", "LOIHI_GEN", HOST_VARIABLE, "HOST_BINARY")


def examine(data_dir: str | Path | None = None) -> Environment:
    """Look at what is there, in a few seconds at most and without starting anything.

    Args:
        data_dir: of data sets; by default ``$LAVA_BCCN_DATA`` or ``data``.
    """
    lava = why_not() or "ok"
    root = Path(data_dir or os.environ.get(DATA_DIR_VARIABLE, "data"))
    return Environment(
        python=platform.python_version(),
        packages={name: _version(name) for name in PACKAGES},
        extras=lacking(),
        lava=lava,
        lava_loihi=lava == "ok" and _has_extension(),
        boards=boards() if lava == "ok" else (),
        variables={name: os.environ[name] for name in _VARIABLES if name in os.environ},
        data_dir=str(root),
        data_sets={name: _place(name, root) for name in DATA_SETS},
    )


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _has_extension() -> bool:
    from lava.utils import loihi

    return loihi.is_installed()


def _place(name: str, root: Path) -> str | None:
    if DATA_SETS[name].files is None:
        return "comes with scikit-learn"  # as an extra, which is named with the others
    folder = place_of(name, root)
    return None if folder is None else str(folder)

"""The rooms of the package, from the ground up, and who imports whom: read from source alone.

Nothing is imported or run, so any checkout can be read. An import counts wherever it stands: at the
top of a module, within a function, under ``TYPE_CHECKING``; and so does a string that is the name
of a module, by which lazy exports and ``import_module`` name what they import.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "lava_bccn"

ROOMS = {
    "errors": "what goes wrong, said with what to do about it",
    "extras": "libraries that the smallest installation lacks",
    "lazy": "exports that are imported when they are first used",
    "version": "what is installed",
    "children": "child processes, which end with their parent",
    "files": "paths that users name; written whole or not at all",
    "records": "what files hold, checked against the dataclasses it was written from",
    "headers": "what a file says of itself",
    "tables": "CSV",
    "validation": "checks of arrays that users hand in",
    "settings": "checks of single values that users hand in",
    "registry": "what is found by name, open to additions",
    "networks": "trained networks that come with the package",
    "notebook": "what a notebook shows while it is still coming",
    "bars": "progress bars, in terminals and notebooks",
    "lava_nc": "Lava itself, on every Python",
    "dynamics": "every equation, once",
    "network": "the description of a network, of rates and of spikes",
    "metrics": "measures of what came out",
    "datasets": "labelled samples as event rates",
    "sim": "the simulator: the same bits without Lava",
    "neurobench": "NeuroBench's metrics, counted on the integers",
    "nn": "training, in PyTorch",
    "mapping": "conversion into the description",
    "loihi2": "what a chip holds, what it costs there, which are here",
    "processes": "the description as Lava Processes",
    "backends": "one call for every executor",
    "environment": "what is installed and visible",
    "online": "learning from one sample after the other",
    "view": "a network at work, as a page",
    "plots": "figures of networks and of their learning",
    "experiments": "published experiments, and what they need",
    PACKAGE: "the public API",
    "cli": "the command bccn",
    "__main__": "python -m lava_bccn",
}
"""Each room (a folder or module right below the package), from the ground up, with a word.

A room imports from rooms that stand above it in this list, never from one below. The package's own
``__init__``, which exports what the rooms hold, is one of them.
"""

ASIDE = {
    "metrics": ("errors", "validation", "dynamics", "network"),
    "datasets": ("errors", "extras", "registry"),
}
"""Rooms that stand aside, which import nothing but these."""

LIBRARIES = {
    "torch": ("nn", "mapping.torch", "experiments", "cli"),
    "torchvision": ("datasets.downloads",),
    "PIL": ("datasets",),
    "tonic": ("datasets",),
    "neurobench": ("mapping.torch",),
    "lava": ("lava_nc", "processes", "backends", "loihi2.boards", "environment"),
    "matplotlib": ("plots", "experiments", "cli"),
    "rich": ("bars", "cli"),
}
"""Libraries that are slow to import or not everywhere, and all places that may import them."""


@dataclass(frozen=True)
class Import:
    """One import.

    Attributes:
        importer: the module that it stands in, by its full name.
        imported: the module that is imported: one of the package, or a library's.
        name: that is taken out of it, if one is.
        line: where it stands.
    """

    importer: str
    imported: str
    name: str | None
    line: int

    def __str__(self) -> str:
        name = f": {self.name}" if self.name else ""
        return f"{self.importer}, line {self.line}, imports {self.imported}{name}"


def modules(package: Path) -> dict[str, Path]:
    """The files of a package by their modules' full names."""
    found = {}
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports(package: Path) -> list[Import]:
    """Every import in a package, of its own modules and of others."""
    files = modules(package)
    return [
        found for module, file in files.items() for found in _imports_of(module, file, files.keys())
    ]


def _imports_of(module: str, file: Path, known: Iterable[str]) -> Iterator[Import]:
    within = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, alias.name, None, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            parents = within.split(".")[: 1 - node.level or None] if node.level else []
            source = ".".join([*parents, *filter(None, [node.module])])
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                if inner in known:
                    yield Import(module, inner, None, node.lineno)
                else:
                    yield Import(module, source, alias.name, node.lineno)
        elif isinstance(node, ast.Constant) and node.value in known and node.value != PACKAGE:
            yield Import(module, node.value, None, node.lineno)


def room(module: str) -> str:
    """The room of a module: the folder or module right below the package."""
    return module.split(".")[1] if "." in module else module


def inside(found: Iterable[Import]) -> list[Import]:
    """Imports of the package's own modules."""
    return [each for each in found if each.imported.split(".")[0] == PACKAGE]


def between_rooms(found: Iterable[Import]) -> list[Import]:
    """Imports of another room's modules."""
    return [each for each in inside(found) if room(each.importer) != room(each.imported)]


def upward(found: Iterable[Import]) -> list[Import]:
    """Imports of a room that does not stand lower, or that a room aside may not import."""
    floors = {name: floor for floor, name in enumerate(ROOMS)}

    def is_upward(each: Import) -> bool:
        importer, imported = room(each.importer), room(each.imported)
        if importer in ASIDE:
            return imported not in ASIDE[importer]
        return floors.get(importer, -1) < floors.get(imported, len(floors))

    return [each for each in between_rooms(found) if is_upward(each)]


def astray(found: Iterable[Import]) -> list[Import]:
    """Imports of a library where it may not be."""
    return [
        each
        for each in found
        if (places := LIBRARIES.get(each.imported.split(".")[0])) is not None
        and not any(f"{each.importer}.".startswith(f"{PACKAGE}.{place}.") for place in places)
    ]


def private(found: Iterable[Import]) -> list[Import]:
    """Imports of what another room keeps to itself, its name led by an underscore."""
    return [
        each
        for each in between_rooms(found)
        if any(
            name.startswith("_") and not name.endswith("__")
            for name in [*each.imported.split("."), each.name or ""]
        )
    ]


def module_circles(found: Iterable[Import]) -> list[set[str]]:
    """Groups of modules that import each other, by whatever detour."""
    return _circles((each.importer, each.imported) for each in inside(found))


def room_circles(found: Iterable[Import]) -> list[set[str]]:
    """Groups of rooms that import each other, by whatever detour."""
    return _circles((room(each.importer), room(each.imported)) for each in between_rooms(found))


def _circles(arrows: Iterable[tuple[str, str]]) -> list[set[str]]:
    ends: dict[str, set[str]] = {}
    for start, end in arrows:
        ends.setdefault(start, set()).add(end)
    reached = {start: _reached(ends, start) for start in ends}
    groups: list[set[str]] = []
    for start in ends:
        if start in reached[start] and not any(start in group for group in groups):
            groups.append({end for end in reached[start] if start in reached.get(end, ())})
    return groups


def _reached(ends: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    left = [start]
    while left:
        new = ends.get(left.pop(), set()) - found
        found |= new
        left += new
    return found

"""Sizes and arrows of the package, from its source alone: nothing is imported or run.

    uv run python -m benchmarks.house [CHECKOUT ...] [--json]

Lines by room, files and functions that are long, imports that go up or round; a column for each of
several checkouts. Where the rooms stand is said in tests/architecture.py, by which checkouts of
any age are judged, as far as they have those rooms.
"""

from __future__ import annotations

import argparse
import ast
import json
from pathlib import Path
from typing import Any

from tests import architecture

MAX_FILE = 300
MAX_FUNCTION = 60


def measure(checkout: Path) -> dict[str, Any]:
    """What is in a checkout's package, by name."""
    package = checkout / architecture.PACKAGE
    sources = {
        module: file.read_text(encoding="utf-8")
        for module, file in architecture.modules(package).items()
    }
    lines = {module: len(source.splitlines()) for module, source in sources.items()}
    rooms = dict.fromkeys(map(architecture.room, lines), 0)
    for module, count in lines.items():
        rooms[architecture.room(module)] += count
    unplaced = rooms.keys() - architecture.ROOMS.keys()
    imports = architecture.imports(package)
    upward = [
        each
        for each in architecture.upward(imports)
        if unplaced.isdisjoint(map(architecture.room, (each.importer, each.imported)))
    ]
    return {
        "lines by room": rooms,
        "lines": sum(lines.values()),
        "modules": len(lines),
        "rooms without a place": sorted(unplaced),
        f"files over {MAX_FILE} lines": _sizes(lines, MAX_FILE),
        f"functions over {MAX_FUNCTION} lines": _sizes(_functions(sources), MAX_FUNCTION),
        "arrows that go up": _arrows(upward),
        "libraries astray": _arrows(architecture.astray(imports)),
        "private names of other rooms": _arrows(architecture.private(imports)),
        "circles of modules": _circles(architecture.module_circles(imports)),
        "circles of rooms": _circles(architecture.room_circles(imports)),
    }


def _functions(sources: dict[str, str]) -> dict[str, int]:
    """Lines of every function and method, by its full name."""
    found: dict[str, int] = {}

    def visit(node: ast.AST, name: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                inner = f"{name}.{child.name}"
                if not isinstance(child, ast.ClassDef):
                    found[inner] = (child.end_lineno or child.lineno) - child.lineno + 1
                visit(child, inner)
            else:
                visit(child, name)

    for module, source in sources.items():
        visit(ast.parse(source), module)
    return found


def _sizes(lines: dict[str, int], most: int) -> list[str]:
    return [f"{name}: {count}" for name, count in lines.items() if count > most]


def _arrows(imports: list[architecture.Import]) -> list[str]:
    """Pairs of modules, each once."""
    return sorted({f"{each.importer} → {each.imported}" for each in imports})


def _circles(groups: list[set[str]]) -> list[str]:
    return [", ".join(sorted(group)) for group in groups]


def show(found: dict[Path, dict[str, Any]]) -> None:
    """Print a table, a column a checkout, then what is counted in it by name."""
    titles = [path.resolve().name for path in found]
    houses = list(found.values())
    known = list(architecture.ROOMS)
    rooms = {room: None for house in houses for room in house["lines by room"]}
    rows = {
        room: [house["lines by room"].get(room, 0) for house in houses]
        for room in sorted(rooms, key=lambda room: known.index(room) if room in known else -1)
    }
    for name, value in houses[0].items():
        if name != "lines by room":
            counts = (house[name] for house in houses)
            rows[f"{name}:"] = [n if isinstance(value, int) else len(n) for n in counts]
    width = max(map(len, rows)) + 2
    print(" " * width + "".join(f"{title:>12}" for title in titles))
    for name, row in rows.items():
        print(f"{name:{width}}" + "".join(f"{count:12,}" for count in row))
    for title, house in zip(titles, houses, strict=True):
        for name, entries in house.items():
            if isinstance(entries, list) and entries:
                print(f"\n{title}, {name}\n  " + "\n  ".join(entries))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    here = Path(__file__).parents[1]
    parser.add_argument("checkouts", type=Path, nargs="*", default=[here], metavar="CHECKOUT")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    found = {checkout: measure(checkout) for checkout in options.checkouts}
    if options.json:
        print(json.dumps({str(path): house for path, house in found.items()}, indent=2))
    else:
        show(found)


if __name__ == "__main__":
    main()

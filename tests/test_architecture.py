"""The floor plan: imports go down, never round or up, and libraries stay where they belong."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests import architecture
from tests.architecture import PACKAGE, ROOMS, Import

HOUSE = Path(__file__).parents[1] / PACKAGE
FOUND = architecture.imports(HOUSE)


def lines(found: Iterable[Import]) -> str:
    return "\n".join(map(str, found))


def test_every_room_has_its_place():
    assert {architecture.room(module) for module in architecture.modules(HOUSE)} == set(ROOMS)


def test_no_module_imports_itself_by_a_detour():
    for group in architecture.module_circles(FOUND):
        arrows = [each for each in FOUND if {each.importer, each.imported} <= group]
        raise AssertionError(lines(arrows))


def test_no_room_imports_itself_by_a_detour():
    for group in architecture.room_circles(FOUND):
        arrows = [
            each
            for each in architecture.between_rooms(FOUND)
            if {architecture.room(each.importer), architecture.room(each.imported)} <= group
        ]
        raise AssertionError(lines(arrows))


def test_imports_go_down():
    found = architecture.upward(FOUND)
    assert not found, lines(found)


def test_libraries_stay_where_they_belong():
    found = architecture.astray(FOUND)
    assert not found, lines(found)


def test_private_names_stay_in_their_rooms():
    found = architecture.private(FOUND)
    assert not found, lines(found)


@pytest.fixture
def imports(tmp_path):
    """The imports of a package with these modules."""

    def write(**sources: str) -> list[Import]:
        for module, source in {"__init__": "", **sources}.items():
            file = tmp_path / PACKAGE / f"{module.replace('.', '/')}.py"
            file.parent.mkdir(exist_ok=True, parents=True)
            file.write_text(source)
        return architecture.imports(tmp_path / PACKAGE)

    return write


IN_A_FUNCTION = "def f():\n    from lava_bccn.sim import settled"
FOR_TYPES = "if TYPE_CHECKING:\n    import lava_bccn.sim.settled"
BY_STRING = "x = {'run': 'lava_bccn.sim.settled'}"
RELATIVE = "from ..sim.settled import run"


@pytest.mark.parametrize("source", [IN_A_FUNCTION, FOR_TYPES, BY_STRING, RELATIVE])
def test_a_circle_is_found_however_it_is_hidden(imports, source):
    modules = {"network.layer": source, "sim.settled": "from lava_bccn.network import layer"}
    found = imports(**modules)
    assert architecture.module_circles(found) == [
        {"lava_bccn.network.layer", "lava_bccn.sim.settled"}
    ]
    assert architecture.room_circles(found) == [{"network", "sim"}]
    assert [each.importer for each in architecture.upward(found)] == ["lava_bccn.network.layer"]


def test_a_circle_of_rooms_without_one_of_modules_is_found(imports):
    found = imports(
        **{
            "network.layer": "import lava_bccn.sim.products",
            "sim.settled": "import lava_bccn.network.layer",
            "sim.products": "",
        }
    )
    assert not architecture.module_circles(found)
    assert architecture.room_circles(found) == [{"network", "sim"}]


def test_a_room_without_a_place_may_neither_import_nor_be_imported(imports):
    found = imports(cellar="import lava_bccn.errors", cli="import lava_bccn.cellar", errors="")
    assert [each.imported for each in architecture.upward(found)] == [
        "lava_bccn.errors",
        "lava_bccn.cellar",
    ]


def test_rooms_aside_import_only_what_they_may(imports):
    found = imports(metrics="from lava_bccn import errors, files", errors="", files="")
    assert [each.imported for each in architecture.upward(found)] == ["lava_bccn.files"]


def test_strays_are_found(imports):
    found = imports(
        sim="import torch.nn",
        network="from lava.proc.dense import process",
        **{"mapping.torch": "import torch", "mapping.torch_like": "import torch"},
    )
    assert [each.importer for each in architecture.astray(found)] == [
        "lava_bccn.mapping.torch_like",
        "lava_bccn.network",
        "lava_bccn.sim",
    ]


def test_private_names_are_found(imports):
    found = imports(
        **{
            "sim.settled": "from lava_bccn.network.layer import _shape, MappedLayer, __doc__",
            "nn.layers": "from lava_bccn.nn.models import _widths\nimport lava_bccn.sim._hidden",
        }
    )
    assert [each.name or each.imported for each in architecture.private(found)] == [
        "lava_bccn.sim._hidden",
        "_shape",
    ]

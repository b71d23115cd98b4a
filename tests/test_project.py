"""What the files around the package say of it agrees with the package."""

import re
from importlib import metadata
from pathlib import Path

import pytest

from lava_bccn.extras import EXTRAS

ROOT = Path(__file__).parents[1]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def found(pattern: str, name: str) -> str:
    match = re.search(pattern, text(name), re.MULTILINE)
    assert match, f"{name} has nothing like {pattern}"
    return match[1]


VERSION = found(r'^version = "(.+)"$', "pyproject.toml")


def test_the_version_is_that_of_the_changelog_and_the_citation():
    assert found(r"^## \[(\d.+?)\]", "CHANGELOG.md") == VERSION
    assert found(r"^version: (.+)$", "CITATION.cff") == VERSION
    released = found(rf"^## \[{re.escape(VERSION)}\] - (.+)$", "CHANGELOG.md")
    assert found(r"^date-released: (.+)$", "CITATION.cff") == released


def test_each_extra_that_is_advised_can_be_installed():
    if metadata.version("lava-bccn") != VERSION:
        pytest.skip("an older version is installed than that of the source")
    installable = set(metadata.metadata("lava-bccn").get_all("Provides-Extra") or ())
    assert {*EXTRAS, "lava", "all"} <= installable


@pytest.mark.parametrize("extra", [*EXTRAS, "lava", "docs", "all"])
def test_each_extra_has_its_line_on_the_installation_page(extra):
    assert found(rf"^\| `({extra})` \|", "docs/installation.md") == extra

"""What is chosen by name."""

from dataclasses import dataclass

import pytest

from lava_bccn.errors import InvalidInputError
from lava_bccn.registry import Registry


@dataclass(frozen=True)
class Thing:
    name: str
    summary: str = "a thing"
    value: int = 0


@pytest.fixture
def things() -> Registry[Thing]:
    return Registry("thing", (Thing("first"), Thing("second")))


def test_items_are_found_by_name_in_their_order(things):
    assert things.names == ("first", "second") == tuple(things)
    assert things["second"] is [*things.values()][1]
    assert things.help == "first: a thing; second: a thing"
    assert things.get("third") is None and "third" not in things and None not in things


def test_a_name_that_is_none_is_refused_with_those_there_are(things):
    with pytest.raises(InvalidInputError, match=r"thing must be one of .*first.*second.*'third'"):
        things["third"]


def test_one_name_is_one_item_unless_it_is_to_be_replaced(things):
    assert things.register(Thing("first")) == things["first"]
    with pytest.raises(InvalidInputError, match="replace=True"):
        things.register(Thing("first", value=1))
    things.register(Thing("first", value=1), replace=True)
    assert things["first"].value == 1 and things.names == ("first", "second")

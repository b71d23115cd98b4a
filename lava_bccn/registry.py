"""What can be chosen by name, open to additions from outside the package."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from lava_bccn.errors import InvalidInputError


class Named(Protocol):
    """Anything with a name and a line of help."""

    @property
    def name(self) -> str:
        """By which it is chosen."""

    @property
    def summary(self) -> str:
        """What it is, for help texts."""


Item = TypeVar("Item", bound=Named)


class Registry(Mapping[str, Item]):
    """Items by their names, in the order in which they were registered.

    Args:
        kind: what an item is called in errors, such as ``"activation"``.
        items: the first of them.
    """

    def __init__(self, kind: str, items: Iterable[Item] = ()) -> None:
        self.kind = kind
        self._items: dict[str, Item] = {}
        for item in items:
            self.register(item)

    def register(self, item: Item, *, replace: bool = False) -> Item:
        """Add an item, so that its name works wherever one of its kind can be chosen.

        Args:
            item: what is added.
            replace: take the place of another of that name, as where a notebook's cell runs again.

        Raises:
            InvalidInputError: another item has the name.
        """
        if not replace and self._items.get(item.name, item) != item:
            raise InvalidInputError(
                f"there is another {self.kind} {item.name!r}; register this one by another name, "
                "or with replace=True"
            )
        self._items[item.name] = item
        return item

    def __getitem__(self, name: str) -> Item:
        """The item of that name.

        Raises:
            InvalidInputError: there is none; the message lists the names.
        """
        if name not in self:
            raise InvalidInputError(f"{self.kind} must be one of {self.names}, not {name!r}")
        return self._items[name]

    def get(self, name: str, default: Any = None) -> Any:
        """The item of that name, or the default."""
        return self._items.get(name, default)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    @property
    def names(self) -> tuple[str, ...]:
        """All names."""
        return tuple(self._items)

    @property
    def help(self) -> str:
        """A line for ``--help``: every name with its summary."""
        return "; ".join(f"{item.name}: {item.summary}" for item in self._items.values())

"""What the event rates of an output stand for, where they are no rates in the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

from lava_bccn.errors import InvalidInputError
from lava_bccn.settings import check_fields, number, one_of


@dataclass(frozen=True)
class Output:
    """A model's output y = scale · e + offset, of event rates e in [0, 1].

    Attributes:
        kind: ``"values"``, that all count; ``"logits"``, of which the largest is the class: those
            far from the largest may be clipped.
        scale, offset: in the model's units.

    Raises:
        InvalidInputError: numbers that turn no rate into a value.
    """

    kind: Literal["values", "logits"] = "values"
    scale: float = 1.0
    offset: float = 0.0

    def __post_init__(self) -> None:
        check_fields(self, kind=one_of("values", "logits"), scale=number(), offset=number())
        if self.scale == 0:
            raise InvalidInputError("scale of an output is 0: all rates would stand for one value")

    def of(self, event_rate: NDArray[Any]) -> NDArray[Any]:
        """y of event rates, in any shape."""
        return self.scale * event_rate + self.offset

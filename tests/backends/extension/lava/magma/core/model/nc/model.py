"""Models of Processes on neuro cores."""

from __future__ import annotations

from typing import ClassVar

from lava.magma.core.model.model import AbstractProcessModel
from lava.magma.core.model.py.model import AbstractPyProcessModel


class AbstractNcProcessModel(AbstractProcessModel):
    """What Lava takes for a model on a neuro core: by its class, not by what it could compute."""

    computed_by: ClassVar[type[AbstractPyProcessModel]]
    """The CPU model that the stand-in of the subcompiler puts in its place."""

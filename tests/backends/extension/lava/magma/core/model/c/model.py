"""Models of Processes on the embedded processors."""

from __future__ import annotations

from typing import ClassVar

from lava.magma.core.model.model import AbstractProcessModel
from lava.magma.core.model.py.model import AbstractPyProcessModel


class AbstractCProcessModel(AbstractProcessModel):
    """What Lava takes for a model in C."""

    computed_by: ClassVar[type[AbstractPyProcessModel]]
    """The CPU model that the stand-in of the subcompiler puts in its place."""


class CLoihiProcessModel(AbstractCProcessModel):
    """What ``Loihi2HwCfg`` chooses where there is no model on a neuro core."""

"""Which Processes Loihi 2 has, and a check that a form is made of nothing else."""

from __future__ import annotations

from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.process.process import AbstractProcess
from lava.proc.conv.process import Conv
from lava.proc.dense.process import Dense, LearningDense
from lava.proc.graded.process import GradedReluVec, GradedVec
from lava.proc.lif.process import LIF
from lava.proc.prodneuron.process import ProdNeuron
from lava.proc.sparse.process import Sparse

LOIHI2_PROCESSES: frozenset[type[AbstractProcess]] = frozenset(
    {Conv, Dense, GradedReluVec, GradedVec, LIF, LearningDense, ProdNeuron, Sparse}
)
"""Processes of lava-nc for which Intel's lava-loihi extension has a model on the neuro cores of
Loihi 2, as its documentation and examples use them. The extension is not public, so this list could
not be compared with it here."""

LOIHI2_ADAPTERS = frozenset({"PyToNxAdapter", "NxToPyAdapter"})
"""Processes of the extension alone, by name: its embedded I/O, ``lava.proc.embedded_io.spike``."""


def foreign_processes(model: AbstractSubProcessModel) -> list[str]:
    """Parts of a composed Process that Loihi 2 does not have, as ``name: class``."""
    return [
        f"{name}: {type(part).__name__}"
        for name, part in model.find_sub_procs().items()
        if type(part) not in LOIHI2_PROCESSES and type(part).__name__ not in LOIHI2_ADAPTERS
    ]

"""Models on neuro cores, found by Lava beside its own ``lava.proc.graded``."""

from lava.magma.core.decorator import implements, requires
from lava.magma.core.model.nc.model import AbstractNcProcessModel
from lava.magma.core.resources import Loihi2NeuroCore
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from lava.proc.graded.models import PyGradedReluVecModelFixed, PyGradedVecModelFixed
from lava.proc.graded.process import GradedReluVec, GradedVec


@implements(proc=GradedVec, protocol=LoihiProtocol)
@requires(Loihi2NeuroCore)
class NcGradedVecModel(AbstractNcProcessModel):
    """Computed as ``fixed_pt`` does."""

    computed_by = PyGradedVecModelFixed


@implements(proc=GradedReluVec, protocol=LoihiProtocol)
@requires(Loihi2NeuroCore)
class NcGradedReluVecModel(AbstractNcProcessModel):
    """Computed as ``fixed_pt`` does."""

    computed_by = PyGradedReluVecModelFixed

"""Models on neuro cores, found by Lava beside its own ``lava.proc.lif``."""

from lava.magma.core.decorator import implements, requires
from lava.magma.core.model.nc.model import AbstractNcProcessModel
from lava.magma.core.resources import Loihi2NeuroCore
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from lava.proc.lif.models import PyLifModelBitAcc
from lava.proc.lif.process import LIF


@implements(proc=LIF, protocol=LoihiProtocol)
@requires(Loihi2NeuroCore)
class NcLIFModel(AbstractNcProcessModel):
    """Computed as ``fixed_pt`` does."""

    computed_by = PyLifModelBitAcc

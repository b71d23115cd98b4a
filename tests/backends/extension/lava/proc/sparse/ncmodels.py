"""Models on neuro cores, found by Lava beside its own ``lava.proc.sparse``."""

from lava.magma.core.decorator import implements, requires
from lava.magma.core.model.nc.model import AbstractNcProcessModel
from lava.magma.core.resources import Loihi2NeuroCore
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from lava.proc.sparse.models import PySparseModelBitAcc
from lava.proc.sparse.process import Sparse


@implements(proc=Sparse, protocol=LoihiProtocol)
@requires(Loihi2NeuroCore)
class NcSparseModel(AbstractNcProcessModel):
    """Computed as ``fixed_pt`` does."""

    computed_by = PySparseModelBitAcc

"""Models on neuro cores, found by Lava beside its own ``lava.proc.prodneuron``."""

from lava.magma.core.decorator import implements, requires
from lava.magma.core.model.nc.model import AbstractNcProcessModel
from lava.magma.core.resources import Loihi2NeuroCore
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol
from lava.proc.prodneuron.models import PyProdNeuronModelFixed
from lava.proc.prodneuron.process import ProdNeuron


@implements(proc=ProdNeuron, protocol=LoihiProtocol)
@requires(Loihi2NeuroCore)
class NcProdNeuronModel(AbstractNcProcessModel):
    """Computed as ``fixed_pt`` does."""

    computed_by = PyProdNeuronModelFixed

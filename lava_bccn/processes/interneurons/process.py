"""The four types of interneurons under Dale's law. All relay what they hear, in the same step."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from numpy.typing import NDArray

from lava_bccn.dynamics.ensembles import Precision


class Interneurons(AbstractProcess):
    """Linear interneurons: what excites them, less what inhibits them (``dynamics.dale``).

    Ports: ``excitation_in`` takes what excitatory synapses deliver, ``inhibition_in`` the strength
    of what inhibitory ones do, where there are any; ``rate_out`` sends their rates.

    Vars: ``rate``, (units,).

    Args:
        units: how many.
        excitation_places, inhibition_places: by which sums are shifted into the units of rates.
        precision: that of the selected model.
    """

    def __init__(
        self,
        *,
        units: int,
        excitation_places: int = 0,
        inhibition_places: int = 0,
        precision: Precision = "float",
        name: str | None = None,
    ) -> None:
        super().__init__(
            excitation_places=excitation_places,
            inhibition_places=inhibition_places,
            precision=precision,
            name=name,
        )
        self.excitation_in: InPort = InPort(shape=(units,))
        self.inhibition_in: InPort = InPort(shape=(units,))
        self.rate_out: OutPort = OutPort(shape=(units,))
        self.rate: Var = Var(shape=(units,), init=0)


class Pv(Interneurons):
    """Parvalbumin: π = P x of the events below a layer; they inhibit its somata."""


class Ndnf(Interneurons):
    """Neuron-derived neurotrophic factor: ν = Dᵀ e; they inhibit the dendrites below."""


class Vip(Interneurons):
    """Vasoactive intestinal peptide: w = Vᵀ b; they inhibit SST."""


class Sst(Interneurons):
    """Somatostatin: z = Sᵀ b − Tᵀ w, as deviations from their tonic rate; they inhibit the
    dendrites below."""


class TonicExcitation(AbstractProcess):
    """What dendrites always receive: their tonic excitation beyond the tonic inhibition by SST.

    Ports: ``current_out`` sends it at every step.

    Args:
        current: α − Σ Mᵀ β, (units,), in the units of the sums that bursts make at dendrites.
        precision: that of the selected model.
    """

    def __init__(
        self, *, current: NDArray[Any], precision: Precision = "float", name: str | None = None
    ) -> None:
        super().__init__(precision=precision, name=name)
        self.current_out: OutPort = OutPort(shape=np.shape(current))
        self.current: Var = Var(shape=np.shape(current), init=current)

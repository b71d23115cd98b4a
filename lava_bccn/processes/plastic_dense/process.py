"""A connection whose synapses learn from three factors."""

from __future__ import annotations

import numpy as np
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from numpy.typing import NDArray

from lava_bccn.dynamics.synapses import Synapses
from lava_bccn.processes.presentation import Presentation


class PlasticDense(AbstractProcess):
    """W, or the feedback Y or Q between the same two layers, with its plasticity.

    Like Lava's ``Dense`` it delivers what it received one time step later. At the last step of a
    presentation each synapse changes by the product of what its two ends tell it:

    ====================== ==================== =====================
    connection             ``presynaptic_in``   ``postsynaptic_in``
    ====================== ==================== =====================
    W                      e below              b − p^b e above
    Y (Kolen–Pollack)      b − p^b e above      e below
    Q, Y (homeostatic)     e (or b) above       u below
    ====================== ==================== =====================

    Ports: ``s_in`` takes the rates to deliver, ``a_out`` sends the sums.

    Vars: ``weights``, (units, units below) for all three; ``saturations``, (2,): changes that
    would have left the range of a weight, and traces that did not fit their bits.

    Args:
        weights: (units, units below), in the units of ``synapses``.
        synapses: the rule; its arithmetic must be that of the selected model.
        is_feedback: False for W, which goes up; True for Y and Q, which go down.
        presentation: how long a sample is held, and how many have been learned before.
        branches: of the dendrites that feedback is sent to. What each receives comes in a row after
            that of the one before; and so does u, where it is what the synapses learn from.
    """

    def __init__(
        self,
        *,
        weights: NDArray[np.generic],
        synapses: Synapses,
        is_feedback: bool = False,
        presentation: Presentation = Presentation(),
        branches: int = 1,
        name: str | None = None,
    ) -> None:
        super().__init__(
            synapses=synapses,
            is_feedback=is_feedback,
            presentation=presentation,
            branches=branches,
            name=name,
        )
        above, below = np.shape(weights)
        presynaptic, postsynaptic = (above, below) if is_feedback else (below, above)
        self.s_in: InPort = InPort(shape=(presynaptic,))
        self.presynaptic_in: InPort = InPort(shape=(presynaptic,))
        self.postsynaptic_in: InPort = InPort(shape=(synapses.branches * postsynaptic,))
        self.a_out: OutPort = OutPort(shape=(branches * postsynaptic,))
        self.weights: Var = Var(shape=(above, below), init=weights)
        self.saturations: Var = Var(shape=(2,), init=0)

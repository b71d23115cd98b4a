"""A connection with short-term plasticity, which may also learn from bursts."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from numpy.typing import NDArray

from lava_bccn.dynamics.spiking.homeostasis import HomeostasisConstants
from lava_bccn.dynamics.spiking.plasticity import AverageConstants, LearningConstants
from lava_bccn.dynamics.spiking.receptors import ReceptorConstants
from lava_bccn.dynamics.spiking.short_term_plasticity import StpConstants
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.spiking.connection import Message
from lava_bccn.network.spiking.constants import message_flag
from lava_bccn.network.spiking.stp import PRESETS, StpParameters
from lava_bccn.network.spiking.units import Precision, StepUnits
from lava_bccn.processes.presentation import PlasticityGate


class StpDense(AbstractProcess):
    """Synapses that transmit U x of a spike; equations in ``dynamics.spiking``.

    Short-term plasticity (``dynamics.spiking.short_term_plasticity``) is presynaptic: one U and one
    x per neuron, whatever the number of its synapses. Like Lava's ``Dense`` it delivers one
    time step later, or ``delays`` steps.

    Ports: ``s_in`` takes the flags of a ``BurstingNeuron``, or plain spikes of 0 and 1; ``a_out``
    sends what arrives. ``postsynaptic_in`` takes the flags of the postsynaptic neurons, where the
    synapses learn; ``apical_in`` their dendrites' synaptic currents, where there is homeostasis.

    Vars: ``release_probability`` (U) and ``resources`` (x) of each presynaptic neuron, in fixed
    point in units of 2^−15; ``weights`` (synapses,), sorted by presynaptic, then postsynaptic
    neuron; ``trace`` of presynaptic events; ``receptor``, what is bound at each postsynaptic
    neuron; ``released`` (1,), the sum of all that was released.

    Args:
        weights: (postsynaptic, presynaptic) matrix, dense or scipy.sparse. Zeros of a dense one are
            no synapses. In fixed point integers of 8 bits.
        stp: ``depressing``, ``facilitating``, parameters, or None: every message transmits 1.
        message: what synapses react to: ``spikes``, or detected ``events`` or ``bursts``.
        delays: steps from a spike to its effect, at least 1: one for all, or a matrix like
            ``weights``.
        scale: what a sum is multiplied by; in fixed point the exponent of a power of two.
        receptor: constants of receptors whose current decays on its own; None: none, what arrives
            is sent.
        time_step_ms: length of a time step.
        precision: that of the selected model.
        learning: constants of burst-dependent plasticity; None: the weights are fixed.
        homeostasis: constants of homeostasis, which reads ``apical_in``; None: there is none.
        average: Burstprop's moving average instead of the constant baseline.
        plastic: (samples,), whether weights change; None: always. Traces and averages go on.
        sample_steps: time steps for which each of those lasts.
        seed, connection: from which stochastic rounding draws.

    Raises:
        InvalidInputError: an unknown preset, a delay below 1, weights wider than 8 bits, a time
            constant below the time step.
    """

    def __init__(
        self,
        *,
        weights: NDArray[Any] | scipy.sparse.spmatrix,
        stp: str | StpParameters | None = "depressing",
        message: Message = "spikes",
        delays: int | NDArray[np.integer[Any]] | scipy.sparse.spmatrix = 1,
        scale: Any = None,
        receptor: ReceptorConstants | None = None,
        time_step_ms: float = 1.0,
        precision: Precision = "float",
        learning: LearningConstants | None = None,
        average: AverageConstants | None = None,
        homeostasis: HomeostasisConstants | None = None,
        plastic: NDArray[np.bool_] | None = None,
        sample_steps: int = 1,
        seed: int = 0,
        connection: int = 0,
        name: str | None = None,
    ) -> None:
        # Lava looks at it when the Process goes, also if its arguments are refused here.
        self._runtime = None
        units = StepUnits(time_step_ms, precision)
        matrix = scipy.sparse.csc_matrix(weights)
        matrix.sort_indices()
        postsynaptic, presynaptic = matrix.shape
        values = matrix.data
        if units.is_fixed and (np.abs(values).max(initial=0) > 127 or (values % 1).any()):
            raise InvalidInputError("fixed-point weights are integers from -127 to 127")
        if np.ndim(delays) or scipy.sparse.issparse(delays):
            rows = matrix.indices
            columns = np.repeat(np.arange(presynaptic), np.diff(matrix.indptr))
            steps = np.asarray(scipy.sparse.csc_matrix(delays)[rows, columns]).ravel()
        else:
            steps = np.full(len(values), delays)
        if steps.size and steps.min() < 1:
            raise InvalidInputError("a delay is at least 1 time step")
        super().__init__(
            stp=_constants(stp, units),
            message=message_flag(message),
            presynaptic=np.repeat(np.arange(presynaptic), np.diff(matrix.indptr)),
            postsynaptic=matrix.indices.astype(np.int64),
            delays=steps.astype(np.int64),
            scale=(0 if units.is_fixed else 1.0) if scale is None else scale,
            receptor=receptor,
            precision=precision,
            learning=learning,
            average=average,
            homeostasis=homeostasis,
            gate=PlasticityGate(plastic, sample_steps),
            seed=seed,
            connection=connection,
            name=name,
        )
        self.s_in: InPort = InPort(shape=(presynaptic,))
        self.postsynaptic_in: InPort = InPort(shape=(postsynaptic,))
        self.apical_in: InPort = InPort(shape=(postsynaptic,))
        self.a_out: OutPort = OutPort(shape=(postsynaptic,))
        self.weights: Var = Var(shape=(len(values),), init=values.astype(units.dtype))
        for state in ("utilisation", "depletion", "release_probability", "resources", "trace"):
            setattr(self, state, Var(shape=(presynaptic,), init=0))
        self.receptor: Var = Var(shape=(postsynaptic,), init=0)
        self.released: Var = Var(shape=(1,), init=0)


def _constants(stp: str | StpParameters | None, units: StepUnits) -> StpConstants | None:
    if stp is None:
        return None
    if isinstance(stp, str):
        if stp not in PRESETS:
            raise InvalidInputError(
                f"stp must be one of {', '.join(PRESETS)}, StpParameters or None, not {stp!r}"
            )
        stp = PRESETS[stp]
    return stp.constants(units)

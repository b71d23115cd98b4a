"""Lava's own Processes as networks use them, with what makes their arithmetic exact.

All but ``weighted`` and ``learning`` are for the hardware form. On the chip a neuron reaches
another through a synapse, so between two of them there is always a connection: the identity where
nothing is to be weighted. A connection takes a time step.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.learning.constants import GradedSpikeCfg
from lava.magma.core.learning.learning_rule import Loihi3FLearningRule
from lava.proc.dense.process import Dense, LearningDense
from lava.proc.graded.process import GradedReluVec, GradedVec
from lava.proc.lif.process import LIF
from lava.proc.prodneuron.process import ProdNeuron
from lava.proc.sparse.process import Sparse
from lava.utils.weightutils import SignMode
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, identity

from lava_bccn.dynamics.arithmetic import is_integer
from lava_bccn.dynamics.engine import EngineSynapses
from lava_bccn.dynamics.engine_rule import EngineRule
from lava_bccn.dynamics.fixed_point import GRADED_PAYLOAD_BITS
from lava_bccn.loihi2.hardware_form import CONSTANT_BASE_BITS, constant_digits
from lava_bccn.processes.resumed_dense.process import ResumedDense

NO_DECAY = 2**62
"""A time constant with which traces stay: exp(−1/2^62) is exactly 1."""

SILENT = 0
"""Threshold of graded neurons: Lava's own default of 1 drops payloads of ±1."""


def weighted(matrix: NDArray[np.generic], shift: int = 0) -> Dense:
    """A ``Dense`` that delivers ⌊(matrix @ payload) · 2^shift⌋ a step later, exactly.

    Lava's fixed-point ``Dense`` floors a matrix of both signs to even values; at twice the weight
    and half the scale nothing is lost. A matrix of floats is delivered as it is.
    """
    if not np.issubdtype(matrix.dtype, np.integer):
        return Dense(weights=matrix.astype(float), num_message_bits=GRADED_PAYLOAD_BITS)
    return Dense(
        weights=2 * matrix.astype(np.int32),
        weight_exp=shift - 1,
        sign_mode=SignMode.MIXED,
        num_message_bits=GRADED_PAYLOAD_BITS,
    )


def one_signed(strengths: NDArray[np.generic], sign: int = 1) -> Dense:
    """A ``Dense`` that delivers sign · (strengths @ payload) a step later, exactly.

    Of one sign Lava's fixed-point ``Dense`` has all 8 bits for strengths, 0 to 255.
    """
    if not np.issubdtype(strengths.dtype, np.integer):
        return Dense(weights=sign * strengths.astype(float), num_message_bits=GRADED_PAYLOAD_BITS)
    return Dense(
        weights=sign * strengths.astype(np.int32),
        sign_mode=SignMode.EXCITATORY if sign > 0 else SignMode.INHIBITORY,
        num_message_bits=GRADED_PAYLOAD_BITS,
    )


def learning(
    rule: EngineRule,
    synapses: EngineSynapses,
    epoch_steps: int,
    epochs: int = 0,
    shift: int = 0,
) -> LearningDense:
    """A ``LearningDense`` that takes x1 from its messages, and whose traces stay until the next.

    Args:
        rule: of weights and tags.
        synapses: at the start.
        epoch_steps: time steps of a learning epoch.
        epochs: that it has learned before.
        shift: weights are in units 2^shift as coarse.
    """
    stock = Loihi3FLearningRule(
        dw=rule.dw, dt=rule.dt, x1_tau=NO_DECAY, t_epoch=epoch_steps, rng_seed=0
    )
    for trace in ("x2", "y1", "y2", "y3"):  # which it takes for granted, and shorter
        setattr(stock, f"_{trace}_tau", NO_DECAY)
    integers = is_integer(synapses.weight)
    dtype = np.int32 if integers else np.float64
    connection: dict[str, Any] = {
        "weights": synapses.weight.astype(dtype),
        "tag_1": synapses.tag.astype(dtype),
        "learning_rule": stock,
        "weight_exp": shift,
        "num_message_bits": 8,
        "graded_spike_cfg": GradedSpikeCfg.OVERWRITE,
        "sign_mode": SignMode.MIXED,
    }
    if integers and (epochs or (synapses.weight % 2).any()):
        return ResumedDense(epochs=epochs, **connection)
    return LearningDense(**connection)


def passed_on(units: int, sign: int = 1, shift: int = 0) -> Sparse:
    """A ``Sparse`` that delivers ⌊sign · payload · 2^shift⌋ to the unit of the same number.

    Its buffer ``a_buff`` holds what it delivers next: where the host reads a state.
    """
    return Sparse(
        weights=csr_matrix(2 * sign * identity(units, dtype=np.int32, format="csr")),
        weight_exp=shift - 1,
        sign_mode=SignMode.MIXED,
        num_message_bits=GRADED_PAYLOAD_BITS,
    )


def clock() -> LIF:
    """One neuron that spikes at every step: what constants are weights from."""
    return LIF(shape=(1,), du=0, dv=0, bias_mant=127, bias_exp=0, vth=1)


def constants(values: NDArray[np.integer[Any]]) -> tuple[Dense, Dense]:
    """Connections from the clock that together deliver ``values``: their digits to base 128."""
    low, high = constant_digits(np.asarray(values, dtype=np.int64))
    return weighted(low[:, None]), weighted(high[:, None], shift=CONSTANT_BASE_BITS)


def constant(value: int, units: int) -> list[Dense]:
    """Connections from the clock that deliver the same to all: one where a digit is 0."""
    return [digit for digit in constants(np.full(units, value)) if digit.weights.init.any()]


def graded(units: int) -> GradedVec:
    """Neurons that send what they receive."""
    return GradedVec(shape=(units,), vth=SILENT)


def rectified(units: int) -> GradedReluVec:
    """Neurons that send what they receive, if it is positive."""
    return GradedReluVec(shape=(units,), vth=SILENT)


def product(units: int, shift: int) -> ProdNeuron:
    """Neurons that send ⌊a · b · 2^−shift⌋."""
    return ProdNeuron(shape=(units,), vth=SILENT, exp=shift)

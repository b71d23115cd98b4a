"""MappedLayer: one layer of a network as every executor reads it, and its sums."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.convolution import (
    ConvolutionGeometry,
    down,
    downward,
    up,
    upward,
)
from lava_bccn.dynamics.convolution_bounds import largest_down
from lava_bccn.dynamics.fixed_point import MAX_FRACTION_BITS
from lava_bccn.dynamics.learning_rules import Presynaptic
from lava_bccn.headers import SINCE
from lava_bccn.network.engine_state import EngineState
from lava_bccn.network.regimes import BURST_REGIMES, EVENT_REGIMES, FeedbackRegime


@dataclass(frozen=True, eq=False)
class MappedLayer:
    """One layer of ensembles with the connections that end (W) and start (Y, Q) at it.

    In floating point the arrays are what they stand for. In fixed point a real weight is
    ``weight · 2^weight_exponent``, a real burst feedback ``feedback_burst · 2^feedback_exponent``,
    a real event feedback ``feedback_event · 2^feedback_exponent · p_baseline``, and a real
    bias ``bias · 2^−soma_fraction_bits``.

    Attributes:
        weight: W, (units, units below), or of a convolution its kernel, (channels, channels below /
            groups, height, width); int8 or floating.
        bias: c, (units,); int32 or floating. Of a convolution too: with what ``Normalize`` adds, it
            depends on how much of a unit's window is padding.
        feedback_burst: Y, shaped as ``weight``, sent to the layer below; None sends nothing.
        feedback_event: Q, shaped as ``weight``; None exactly where ``feedback_burst`` is.
        weight_exponent, feedback_exponent: powers of two, one a connection.
        soma_fraction_bits, apical_fraction_bits: of this layer's 24-bit potentials.
        feedback: the regime of Y by its name in ``regimes``; None without feedback.
        feedback_event_regime: the regime of Q likewise.
        learn_feedback_burst, learn_feedback_event: homeostatic learning of Y and Q.
        branches: into which the dendrites below are cut, at most one a unit; each receives from a
            block of consecutive units, and what is homeostatic learns by its potential
            (``dynamics.branches``). What is computed is the same for any number of them.
        homeostatic_factor: what of this layer the homeostatic rule of Y multiplies with potentials
            below; that of Q always takes event rates.
        feedback_gain: k, by which the layer's own apical potentials are multiplied; in integers a
            power of two.
        rate_boost: W, what follows it, and biases learn 2^rate_boost times as fast as a
            configuration says: what mapping made of their scale.
        bias_boost: biases learn 2^bias_boost times as fast as that: the scale of the event rates
            below is one of W, and not of theirs.
        deviation_exponent: plasticity reads the burst deviations of this layer in 7 bits, in units
            2^deviation_exponent coarser than burst rates.
        apical_exponent: the same of its apical potentials.
        activation: its name in ``dynamics.activations.ACTIVATIONS``; None: that of the network.
        geometry: how the kernels lie on the images below; None where W is a matrix.
        engine: what Loihi's learning engine has of it beyond that; None if it never learned there.
    """

    weight: NDArray[Any]
    bias: NDArray[Any]
    feedback_burst: NDArray[Any] | None = None
    feedback_event: NDArray[Any] | None = None
    weight_exponent: int = 0
    feedback_exponent: int = 0
    soma_fraction_bits: int = MAX_FRACTION_BITS
    apical_fraction_bits: int = MAX_FRACTION_BITS
    feedback: str | None = None
    feedback_event_regime: str = "tied"
    learn_feedback_burst: bool = False
    learn_feedback_event: bool = False
    deviation_exponent: int = 0
    apical_exponent: int = 0
    geometry: ConvolutionGeometry | None = None
    activation: str | None = None
    engine: EngineState | None = None
    branches: int = 1
    homeostatic_factor: Presynaptic = "event_rate"
    feedback_gain: float = 1.0
    rate_boost: int = 0
    bias_boost: int = field(default=0, metadata={SINCE: 8})

    def __repr__(self) -> str:
        """Such as ``MappedLayer 14-12, int8, feedback random (Q tied)``."""
        shapes = ("x".join(map(str, shape)) for shape in (self.shape_below, self.shape))
        text = f"{type(self).__name__} {'-'.join(shapes)}, {self.weight.dtype}"
        if self.activation is not None:
            text += f", {self.activation}"
        if self.geometry is not None:
            text += f" kernels {'x'.join(map(str, self.weight.shape))}"
        if self.feedback_burst is None:
            return text
        learning = {"Y": self.learn_feedback_burst, "Q": self.learn_feedback_event}
        learns = "".join(f", {name} learns" for name, does in learning.items() if does)
        learns += f" on {self.branches} branches" if self.branches > 1 else ""
        return f"{text}, feedback {self.feedback} (Q {self.feedback_event_regime}){learns}"

    @property
    def shape(self) -> tuple[int, ...]:
        """(units,), or (channels, height, width)."""
        if self.geometry is None:
            return (int(self.weight.shape[0]),)
        return self.geometry.output_shape(self.weight.shape)

    @property
    def shape_below(self) -> tuple[int, ...]:
        """The same of the ensembles, or inputs, below."""
        if self.geometry is None:
            return (int(self.weight.shape[1]),)
        return self.geometry.input_shape

    @property
    def units(self) -> int:
        """Number of ensembles."""
        return math.prod(self.shape)

    @property
    def burst_regime(self) -> FeedbackRegime | None:
        """The regime of Y; None without feedback."""
        return None if self.feedback is None else BURST_REGIMES[self.feedback]

    @property
    def event_regime(self) -> FeedbackRegime:
        """The regime of Q."""
        return EVENT_REGIMES[self.feedback_event_regime]

    @property
    def feedback_matrices(self) -> tuple[NDArray[Any], NDArray[Any]] | None:
        """Y and Q; None where the layer sends nothing."""
        if self.feedback_burst is None or self.feedback_event is None:
            return None
        return self.feedback_burst, self.feedback_event

    @property
    def units_below(self) -> int:
        """Number of ensembles, or inputs, below."""
        return math.prod(self.shape_below)

    @property
    def places(self) -> int:
        """Units of each channel, which share its kernel; 1 where W is a matrix."""
        return self.units // len(self.weight)

    @property
    def senders(self) -> int:
        """Most ensembles that send to one dendrite below."""
        if self.geometry is None:
            return self.units
        return largest_down(np.ones_like(self.weight, dtype=np.int8), self.geometry)

    @property
    def products(self) -> int:
        """How many products of weights and rates a sample takes on its way up."""
        return self.weight.size * self.units // len(self.weight)

    def unchangeable(self, *, own_dtypes: bool) -> MappedLayer:
        """The layer with arrays that nobody can change; itself, if they are that already.

        Args:
            own_dtypes: integers, which fit, become int8 (biases int32): room for all that they can
                learn to be.
        """
        others: dict[str, Any] = {}
        for name, array in self.arrays.items():
            dtype = (np.int32 if name == "bias" else np.int8) if own_dtypes else array.dtype
            if array.dtype != dtype or not _is_unchangeable(array):
                others[name] = array.astype(dtype)
                others[name].flags.writeable = False
        return replace(self, **others) if others else self

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """Its weight, bias and feedback by name, as far as it has them."""
        names = ("weight", "bias", "feedback_burst", "feedback_event")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


def _is_unchangeable(array: NDArray[Any]) -> bool:
    """Whether an array, and what it may be a view of, is read-only."""
    memory: Any = array
    while isinstance(memory, np.ndarray):
        if memory.flags.writeable:
            return False
        memory = memory.base
    return memory is None or isinstance(memory, bytes)


def forward(layer: MappedLayer, rates: NDArray[Any]) -> NDArray[Any]:
    """W e of one sample, (units,), from (units below,)."""
    if layer.geometry is None:
        return layer.weight @ rates
    matrices = upward(layer.weight, layer.geometry.groups)
    return up(rates[None], lambda rows: rows @ matrices, layer.weight.shape, layer.geometry)[0]


def backward(layer: MappedLayer, matrix: NDArray[Any], rates: NDArray[Any]) -> NDArray[Any]:
    """Yᵀ b of one sample, (units below,), from (units,)."""
    if layer.geometry is None:
        return rates @ matrix
    matrices = downward(matrix, layer.geometry.groups)
    return down(rates[None], lambda rows: rows @ matrices, matrix.shape, layer.geometry)[0]

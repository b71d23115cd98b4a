"""Ensembles of spiking neurons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.convolution import MAX_VALUES
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.spiking.neuron import NeuronParameters
from lava_bccn.settings import TEXT, check_fields, instance, integer, number
from lava_bccn.validation import finite, plain_array


@dataclass(frozen=True, repr=False)
class Population:
    """Ensembles of like neurons: a layer.

    Attributes:
        name: by which connections, stimuli and results refer to it.
        ensembles: number of ensembles.
        neurons: neurons in each.
        neuron: their parameters.
        bias: (ensembles · neurons,) somatic bias currents in pA; None: 0.
        bias_rate: η_c, pA by which a bias rises when a burst starts; 0: biases do not learn.
        p_baseline: p^b of that rule.
    """

    name: str
    ensembles: int
    neurons: int
    neuron: NeuronParameters = NeuronParameters()
    bias: NDArray[np.float64] | None = None
    bias_rate: float = 0.0
    p_baseline: float = 0.5

    def __post_init__(self) -> None:
        check_fields(
            self,
            f"of population {self.name!r}",
            name=TEXT,
            ensembles=integer(1),
            neurons=integer(1),
            neuron=instance(NeuronParameters),
            bias_rate=number(),
            p_baseline=number("(0, 1)"),
        )
        if self.size > MAX_VALUES:
            raise InvalidInputError(
                f"population {self.name!r} has {self.size:,} neurons, more than {MAX_VALUES:,}"
            )
        if self.bias is None:
            return
        name = f"bias of population {self.name!r}"
        object.__setattr__(self, "bias", finite(plain_array(self.bias, name), name))
        if np.shape(self.bias) != (self.size,):
            raise InvalidInputError(
                f"bias of population {self.name!r} has shape {np.shape(self.bias)}; expected "
                f"({self.size},), one for each neuron"
            )

    def __repr__(self) -> str:
        """Such as ``Population hidden: 2 x 500``."""
        return f"{type(self).__name__} {self.name}: {self.ensembles} x {self.neurons}"

    @property
    def size(self) -> int:
        """Number of neurons."""
        return self.ensembles * self.neurons

    def rate_noise(self, rate_hz: float, window_ms: float) -> float:
        """Standard deviation of an ensemble's event rate in Hz, counted in a window.

        √(r / (N T)), as if its neurons were independent Poisson processes.
        """
        return float(np.sqrt(rate_hz / (self.neurons * window_ms / 1000)))

"""Synapses from one population of spiking neurons to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lava_bccn.errors import InvalidInputError
from lava_bccn.network.spiking.homeostasis import HomeostaticLearning
from lava_bccn.network.spiking.plasticity import SpikeLearning
from lava_bccn.network.spiking.stp import StpParameters
from lava_bccn.settings import POSITIVE, TEXT, check_fields, instance, integer
from lava_bccn.validation import finite, plain_array

Compartment = Literal["soma", "apical"]
Message = Literal["events", "bursts", "spikes"]
COMPARTMENTS = ("soma", "apical")
MESSAGES = ("events", "bursts", "spikes")

MAX_EXPONENT = 1100
"""Of integer weights, either way: what the exponent of a double can be."""


MAX_DELAY = 1 << 16
"""Steps; what is on its way is held for as many."""


@dataclass(frozen=True, repr=False)
class Connection:
    """Synapses from one population to a compartment of another.

    Attributes:
        name: by which results refer to it.
        source, target: names of populations.
        compartment: ``soma`` or ``apical``.
        message: what its synapses react to. ``events`` and ``bursts``: detected ones, transmitted
            as such (ideal decoding); ``spikes``: every spike, through ``stp`` if that is given.
        presynaptic, postsynaptic: (synapses,) neurons that each synapse joins, sorted by
            ``presynaptic``, then ``postsynaptic``.
        weight: (synapses,) in pA: by how much a transmitted 1 raises the synaptic current. In fixed
            point integers of 8 bits, times ``2^exponent`` of the target's unit of current.
        delay: steps from a spike to its effect, one for all or (synapses,); at least 1.
        stp: short-term plasticity; None: every message transmits 1.
        learning: burst-dependent plasticity; None: fixed weights.
        exponent: of integer weights.
        receptor_time: τ in ms of a current of the receptors' own, which is filtered before it joins
            the synaptic current of the compartment (``dynamics.spiking.receptors``), such as 50 ms
            of NMDA receptors; None: what arrives joins it at once.
        homeostasis: of a connection to dendrites: it learns to keep their synaptic current at 0;
            None: it does not. A connection has this or ``learning``.
    """

    name: str
    source: str
    target: str
    compartment: Compartment
    message: Message
    presynaptic: NDArray[np.int32]
    postsynaptic: NDArray[np.int32]
    weight: NDArray[Any]
    delay: int | NDArray[np.integer[Any]] = 1
    stp: StpParameters | None = None
    learning: SpikeLearning | None = None
    exponent: int = 0
    receptor_time: float | None = None
    homeostasis: HomeostaticLearning | None = None

    def __post_init__(self) -> None:
        self._check_fields()
        if self.compartment not in COMPARTMENTS or self.message not in MESSAGES:
            raise InvalidInputError(
                f"connection {self.name!r}: compartment must be one of {', '.join(COMPARTMENTS)} "
                f"and message one of {', '.join(MESSAGES)}, not {self.compartment!r} and "
                f"{self.message!r}"
            )
        if self.stp is not None and self.message != "spikes":
            raise InvalidInputError(
                f"connection {self.name!r}: short-term plasticity reads spikes; give it "
                "message='spikes', or drop stp"
            )
        if self.homeostasis is not None and self.compartment != "apical":
            raise InvalidInputError(
                f"connection {self.name!r}: homeostasis reads the current of dendrites; give it "
                "compartment='apical', or drop homeostasis"
            )
        if self.homeostasis is not None and self.learning is not None:
            raise InvalidInputError(
                f"connection {self.name!r} has both learning and homeostasis; give it one of them"
            )
        sizes = {np.size(a) for a in (self.presynaptic, self.postsynaptic, self.weight)}
        if len(sizes) != 1 or (np.ndim(self.delay) and np.size(self.delay) not in sizes):
            raise InvalidInputError(
                f"connection {self.name!r}: presynaptic, postsynaptic, weight (and delay) need the "
                "same number of entries, one for each synapse"
            )
        if np.size(self.delay) and not 1 <= np.min(self.delay) <= np.max(self.delay) <= MAX_DELAY:
            raise InvalidInputError(
                f"connection {self.name!r}: a delay is at least 1 step, at most {MAX_DELAY}"
            )
        before, after = self.presynaptic, self.postsynaptic
        is_same = before[1:] == before[:-1]
        if not np.all((before[1:] > before[:-1]) | (is_same & (after[1:] >= after[:-1]))):
            raise InvalidInputError(
                f"connection {self.name!r}: sort the synapses by presynaptic, then postsynaptic "
                "neuron"
            )

    def _check_fields(self) -> None:
        """Refuse what is of another kind than the fields are."""
        of = f"of connection {self.name!r}"
        check_fields(
            self,
            of,
            name=TEXT,
            source=TEXT,
            target=TEXT,
            compartment=TEXT,
            message=TEXT,
            stp=instance(StpParameters).or_none(),
            learning=instance(SpikeLearning).or_none(),
            exponent=integer(-MAX_EXPONENT, MAX_EXPONENT),
            receptor_time=POSITIVE.or_none(),
            homeostasis=instance(HomeostaticLearning).or_none(),
        )
        for name in ("presynaptic", "postsynaptic", "weight", "delay"):
            array = finite(plain_array(getattr(self, name), f"{name} {of}"), f"{name} {of}")
            is_of_neurons = name != "weight" and array.size > 0
            if (is_of_neurons and array.dtype.kind not in "iu") or array.ndim > 1:
                raise InvalidInputError(
                    f"{name} {of} has dtype {array.dtype} and shape {array.shape}; expected one "
                    "value for each synapse, and integers but for the weights"
                )
            if name != "delay" or array.ndim:
                object.__setattr__(self, name, array)

    def __repr__(self) -> str:
        """Such as ``Connection burst2: output -> hidden (apical), 5,000 synapses for bursts``."""
        plasticity = "" if self.stp is None else ", with short-term plasticity"
        learns = "" if self.limits is None else ", learns"
        return (
            f"{type(self).__name__} {self.name}: {self.source} -> {self.target} "
            f"({self.compartment}), {len(self.weight):,} synapses for {self.message}"
            f"{plasticity}{learns}"
        )

    @property
    def limits(self) -> tuple[float, float] | None:
        """Range in pA in which the weights learn; None: they are fixed."""
        rule = self.learning or self.homeostasis
        return None if rule is None else (rule.low, rule.high)

    @property
    def max_delay(self) -> int:
        """Longest delay in steps."""
        return int(np.max(self.delay)) if np.size(self.delay) else 1

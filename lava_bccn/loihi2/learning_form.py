"""What a network that learns inside Loihi's learning engine is made of on the chip.

An ensemble is one neuron, and what learns is Lava's stock ``LearningDense``
(``processes.engine_burst_ccn``); this is the part of it that needs no Lava. There are no neurons of
that kind among the stock ones: those that give a synapse its postsynaptic traces are integrate-and-
fire models. So the neurons need programs (``learning_neurons``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from lava_bccn.loihi2.form import Form, Population
from lava_bccn.loihi2.learning_neurons import neuron_programs
from lava_bccn.loihi2.limits import TAG_BITS
from lava_bccn.loihi2.neuron_program import NeuronProgram
from lava_bccn.network.engine_learning import engine_layers
from lava_bccn.network.learning import LearningConfig
from lava_bccn.network.network import MappedNetwork

STOCK_PROCESSES = frozenset(
    {
        *("Conv", "Dense", "GradedReluVec", "GradedVec", "LIF", "LearningDense", "ProdNeuron"),
        "Sparse",
    }
)
"""Processes of lava-nc that the chip has models of, by name:
``processes.hardware_burst_ccn.available``, which says where the list is from."""

PROGRAMMED_PROCESSES = frozenset({"EngineEnsemble", "EngineOutput"})
"""Processes of this package that become neuron programs."""

Kind = Literal["stock", "neuron program", "missing"]


@dataclass(frozen=True)
class Part:
    """Neurons or synapses of one kind.

    Attributes:
        name: what they are, with the number of their layer.
        process: the Lava Process.
        count: neurons, or synapses.
    """

    name: str
    process: str
    count: int

    @property
    def kind(self) -> Kind:
        """Whether the chip has it, or has it with a program of this package."""
        if self.process in STOCK_PROCESSES:
            return "stock"
        return "neuron program" if self.process in PROGRAMMED_PROCESSES else "missing"

    def __str__(self) -> str:
        told = {
            "stock": "which Loihi 2 has",
            "neuron program": "which needs a neuron program (lava_bccn.loihi2.neuron_programs)",
            "missing": "which Loihi 2 has not, and for which there is no neuron program here; it "
            f"has {', '.join(sorted(STOCK_PROCESSES))}",
        }
        return f"{self.name} is {self.process}, {told[self.kind]}"


def missing(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Those that the chip does not have."""
    return tuple(part for part in parts if part.kind == "missing")


def engine_form(network: MappedNetwork, config: LearningConfig) -> Form:
    """How a network that learns by itself is laid out.

    Args:
        network: in integers.
        config: with ``rule="engine"``.

    Raises:
        InvalidInputError: a network that the engine does not teach, or that has no neuron program.
    """
    *hidden, output = neuron_programs(network, config)
    return Form(
        hidden=(_population("EngineEnsemble", hidden),) if hidden else (),
        output=(_population("EngineOutput", [output]),),
        up_steps=1,
        down_steps=1,
        input_steps=1,
        feedback_matrices=1,
        constants=config.engine.constants,
        tag_bits=0 if config.engine.engine == "direct" else TAG_BITS,
        learns=True,
    )


def _population(process: str, programs: list[NeuronProgram]) -> Population:
    words = max(program.state_words for program in programs)
    return Population("soma and dendrite", process, 1, words, 0)


def engine_parts(network: MappedNetwork, config: LearningConfig) -> tuple[Part, ...]:
    """Of which Processes a network that learns by itself consists.

    Args:
        network: in integers, which the engine teaches.
        config: with ``rule="engine"``.

    Raises:
        InvalidInputError: a network that the engine does not teach.
    """
    engine_layers(network, config)
    parts, constants = [], config.engine.constants
    for number, layer in enumerate(network.layers, start=1):
        is_output = number == len(network.layers)
        process = "EngineOutput" if is_output else "EngineEnsemble"
        units = layer.units + (0 if is_output else constants)
        synapses = layer.units * (layer.units_below + constants)
        parts.append(Part(f"neurons {number}", process, units))
        parts.append(Part(f"W {number}", "LearningDense", synapses))
        if layer.feedback_burst is not None:
            follows = layer.feedback == "kolen_pollack"
            connection = "LearningDense" if follows else "Dense"
            parts.append(Part(f"Y {number}", connection, layer.units * layer.units_below))
    return tuple(parts)

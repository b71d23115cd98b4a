"""The programs of the neurons that learn in Loihi's learning engine, one a layer.

A neuron has two accumulators: W e of the layer below (``a_in``), and Y δ of the layer above
(``a_third_factor_in``) or its target (``target_in``: 1 more than the target, so that silence is no
teacher). It sends e up (``s_out``), its burst deviation δ = b − p^b e down (``s_out_deviation``),
and gives the engine y1, y2 and y3, of which those of the last step of a sample count: then the
engine learns. A clock tells two things. A hidden neuron is silent until the sample has come up to
it, for a synapse keeps the last message other than 0 as its x1 and would learn from one that was
sent before. And where Y follows W, what is sent down in the last step is 128 + 2y. The learning
rate is in the program, as the places by which δ is shifted into y: each halving rewrites it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import FunctionType
from typing import Any

from lava_bccn.dynamics import rate
from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.arithmetic import held
from lava_bccn.dynamics.constants import Constants
from lava_bccn.dynamics.engine import clipped, payload_trace
from lava_bccn.dynamics.engine_plasticity import rectified, sent_trace
from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.fixed_point import SIGMOID_TABLES, sigmoid_segment, sigmoid_within
from lava_bccn.dynamics.integer_plasticity import signed_trace
from lava_bccn.errors import InvalidInputError
from lava_bccn.loihi2.neuron_program import OPERATIONS, NeuronProgram
from lava_bccn.loihi2.program_writer import Word, Writer
from lava_bccn.network.engine_learning import EngineLayer, engine_layers
from lava_bccn.network.engine_network import engine_ensembles
from lava_bccn.network.learning import LearningConfig
from lava_bccn.network.network import MappedNetwork

_INPUTS = ("a_in", "a_third_factor_in", "target_in", "random")
_STATES = ("clock", "bias")


def neuron_programs(
    network: MappedNetwork,
    config: LearningConfig,
    *,
    sample: int = 0,
) -> tuple[NeuronProgram, ...]:
    """What the neurons of every layer do in a step, in the integers of the simulator.

    Args:
        network: in integers.
        config: with ``rule="engine"``.
        sample: that is being learned, from 0, which decides the learning rate.

    Raises:
        InvalidInputError: a network that the engine does not teach, or an activation that is not
            made of the operations of a neuron program.
    """
    layers, ensembles = engine_layers(network, config), engine_ensembles(network)
    return tuple(
        _program(index, own, layers[index:], len(layers), sample)
        for index, own in enumerate(ensembles)
    )


def _program(
    index: int, ensembles: Ensembles, layers: Sequence[EngineLayer], count: int, sample: int
) -> NeuronProgram:
    """Of a layer, the first of ``layers``, of so many that there are."""
    layer, *above = layers
    constants, activation = ensembles.constants, _traceable(ensembles.activation)
    writer, is_output = Writer(), not above
    named, word = writer.named, writer.word
    soma = named("soma", held(rate.soma(word("a_in"), word("bias"), constants)))
    event_rate = named("event_rate", activation.event_rate(soma, constants))
    if is_output:
        modulation = rate.teacher_modulation(word("target_in") - 1, event_rate, constants)
    else:
        apical = named("apical", held(rate.apical(word("a_third_factor_in"), 0, constants)))
        gated = rate.gated_apical(apical, event_rate, constants)
        modulation = activation.hidden_modulation(gated, constants)
    burst_prob = named("burst_prob", rate.burst_prob(modulation, constants))
    burst_rate = named("burst_rate", rate.burst_rate(burst_prob, event_rate, constants))
    deviation = named("deviation", rate.burst_deviation(burst_rate, event_rate, constants))
    trace = named("trace", _trace(deviation, layer, sample))
    y2, y3 = rectified(trace)
    outputs = {"s_out": event_rate, "y2": named("y2", y2), "y3": named("y3", y3)}
    now = word("clock") + 1
    learns = named("learns", 2 * count - 1 < now)
    if not is_output:
        outputs["s_out"] = writer.select(index + 1 < now, event_rate, 0)
        if above[0].follows:
            outputs["y1"] = named("y1", payload_trace(event_rate))
    if index:
        sent = writer.select(learns, sent_trace(trace), deviation) if layer.follows else deviation
        outputs["s_out_deviation"] = sent
    if not is_output or layer.follows:
        outputs["clock"] = writer.select(learns, 0, now)
    kind = "output" if is_output else "hidden"
    return writer.program(f"{kind} neuron, {activation.name}", _INPUTS, _STATES, outputs)


def _trace(deviation: Word, layer: EngineLayer, sample: int) -> Word:
    """y of the burst deviation, as ``deviation_trace`` rounds and limits it."""
    places = layer.at(sample).trace_exponent
    if layer.options.rounds_traces == "synapse" and places:
        random = deviation.writer.word("random") & ((1 << places) - 1)
        exact = (deviation + random) >> places
    else:
        exact = signed_trace(deviation, places)
    return clipped(exact, -layer.trace_limit, layer.trace_limit)


def _traceable(activation: Activation) -> Activation:
    """An activation whose functions take words: of integers, with the tables of the sigmoid."""

    def traceable(function: Any) -> Callable[..., Any]:
        form = getattr(function, "forms", (function,))[0]
        if isinstance(form, FunctionType):
            names = {**form.__globals__, "integer_sigmoid": _sigmoid}
            form = FunctionType(
                form.__code__, names, form.__name__, form.__defaults__, form.__closure__
            )

        def traced(value: Word, constants: Constants) -> Any:
            try:
                return form(value, constants)
            except (IndexError, TypeError) as error:
                raise InvalidInputError(
                    f"activation {activation.name!r} is not made of the operations that a neuron "
                    f"program has: {', '.join(OPERATIONS)}"
                ) from error

        return traced

    return replace(
        activation,
        event_rate=traceable(activation.event_rate),
        hidden_modulation=traceable(activation.hidden_modulation),
    )


def _sigmoid(x: Word) -> Any:
    """``integer_sigmoid`` of a word."""
    segment, offset = sigmoid_segment(x)
    coefficients = (x.writer.looked_up(table, segment) for table in SIGMOID_TABLES)
    return sigmoid_within(x, offset, *coefficients)

"""From the graph of a model to layers: affine maps between activations."""

from __future__ import annotations

import math
import operator
from typing import Any, Literal

import torch
from numpy.typing import NDArray
from torch import Tensor

from lava_bccn.dynamics.activations import ACTIVATIONS as OF_ENSEMBLES
from lava_bccn.dynamics.constants import FLOATING
from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.mapping.torch.copies import precision_of
from lava_bccn.mapping.torch.graph.affine import (
    MAX_ENTRIES,
    Affine,
    Matrix,
    applied,
    bounds,
    identity,
    is_input,
    through,
)
from lava_bccn.mapping.torch.graph.capture import Graph, followed, module_of, place
from lava_bccn.mapping.torch.graph.kernels import Kernel
from lava_bccn.mapping.torch.graph.layers import layer_of
from lava_bccn.mapping.torch.graph.nodes import (
    as_function,
    cut_off,
    is_random,
    origin_of,
    products_in,
)
from lava_bccn.mapping.torch.graph.nonlinear import (
    ACTIVATIONS,
    LAST,
    MODULES,
    REASONS,
    Nonlinearity,
    is_within,
    upper_end,
)
from lava_bccn.mapping.torch.graph.operations import (
    OPERATIONS,
    Values,
    arguments_of,
    check_one_source,
    is_linear,
    name_of,
)
from lava_bccn.mapping.torch.graph.reading import OutputKind, Reading
from lava_bccn.mapping.torch.samples import for_reading
from lava_bccn.network.layer import MappedLayer

HEADROOM = 4.0
"""How far beyond the calibration inputs a ReLU goes on before it is clipped, in floating point,
where that costs nothing; integers choose for themselves (``mapping.rescale``)."""


def read_graph(
    model: torch.nn.Module,
    shape: tuple[int, ...],
    samples: NDArray[Any] | None,
    output: OutputKind = "auto",
) -> Reading:
    """The layers of a model.

    Args:
        model: any module of one input and one output.
        shape: of one sample.
        samples: event rates to calibrate on, (samples, …); only ReLU and bare outputs need any.
        output: what the model gives if it ends in no activation.

    Raises:
        MappingError: an operation that has no mapping, with its place in the model's code.
    """
    dtype = precision_of(model)
    graph, shape = followed(model, shape, dtype)
    rates = None
    if samples is not None:
        seen = for_reading(samples, shape, products_in(graph))
        rates = torch.from_numpy(seen).to(dtype).flatten(1)
    return _Reader(graph, shape, rates, output).read()


class _Reader:
    """Walks through a graph once; layers come out as their activations are reached."""

    def __init__(
        self, graph: Graph, shape: tuple[int, ...], rates: Tensor | None, output: OutputKind
    ) -> None:
        self._graph = graph
        self._output = output
        self._shape = shape
        self._rates = rates
        self._layers: list[MappedLayer] = []
        self._origins: list[str] = []
        self._since: list[str] = []
        self._adds_sigmoid = False
        self._values: dict[torch.fx.Node, Any] = {}
        self._numbers: tuple[Affine, Tensor] | None = None

    def read(self) -> Reading:
        """All layers."""
        last = None
        last_reader = {each: node for node in self._graph.nodes for each in node.all_input_nodes}
        for node in self._graph.nodes:
            if node.op == "placeholder":
                self._values[node] = self._placeholder(node)
            elif node.op == "call_function":
                if self._is_last(node):
                    last = name_of(node).lstrip("_")
                    self._values[node] = self._arguments(node)[0][0]
                else:
                    self._values[node] = self._called(node)
            for each in (each for each in node.all_input_nodes if last_reader[each] is node):
                del self._values[each]  # which may be large
        result = self._values.get(self._graph.nodes[-1]) if self._graph.nodes else None
        if not isinstance(result, Affine):
            raise MappingError("the model's output does not depend on its input")
        if is_input(result):
            raise MappingError("the model has no layer: it gives back its input")
        scale, offset = self._end(result)
        is_logits = self._output == "logits" or (self._output == "auto" and last is not None)
        kind: Literal["values", "logits"] = "logits" if is_logits else "values"
        layers, origins = tuple(self._layers), tuple(self._origins)
        return Reading(layers, scale, offset, origins, kind, last, self._adds_sigmoid)

    def _placeholder(self, node: torch.fx.Node) -> Any:
        if node.name == self._graph.input:
            return identity(-1, self._shape)
        return self._graph.constants[node.name]

    def _is_last(self, node: torch.fx.Node) -> bool:
        """Whether a softmax of all outputs ends the model."""
        if name_of(node) not in LAST or node.name != self._graph.output:
            return False
        value, axis = self._arguments(node)[0][:2]
        return isinstance(value, Affine) and len(value.shape) == 1 and axis in (1, -1)

    def _arguments(self, node: torch.fx.Node) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return torch.fx.node.map_arg((node.args, node.kwargs), lambda each: self._values[each])

    def _called(self, node: torch.fx.Node) -> Any:
        args, kwargs = self._arguments(node)
        if node.target is operator.getitem:
            return args[0] if isinstance(args[0], Affine) else args[0][args[1]]
        places: list[Affine] = []
        torch.utils._pytree.tree_map_only(Affine, places.append, (args, kwargs))
        name, kind, arguments = name_of(node), module_of(node)[1], arguments_of(node, args, kwargs)
        if is_random(node, arguments) and name not in REASONS:
            raise _refusal(node, "it draws anew in each call, in evaluation mode too; take it out")
        if not places:
            return node.target(*args, **kwargs)  # type: ignore[operator]
        if math.prod(getattr(node.meta.get("val"), "shape", ())) > MAX_ENTRIES:
            raise _refusal(node, f"it gives more than {MAX_ENTRIES} values for a sample")
        if kind in MODULES:
            raise _refusal(node, MODULES[kind], kind)
        if name in ACTIVATIONS:
            nonlinearity = ACTIVATIONS[name](arguments)
            if nonlinearity is not None and nonlinearity.changes_nothing(bounds(places[0])):
                return places[0]
            if nonlinearity is not None:
                return self._layer(places[0], cut_off(nonlinearity, node, self._values), node)
        if is_within(bounds(places[0]), -math.inf, upper_end(name, arguments)):
            return places[0]
        if name not in REASONS:
            try:
                value = self._linear(node, name, arguments, places)
            except (MappingError, RuntimeError) as error:
                raise _refusal(node, str(error).partition("\n")[0]) from error
            if value is not None:
                self._since.append(origin_of(node))
                return value
        reason = REASONS.get(name, "it is no linear map and no activation of ensembles")
        raise _refusal(node, reason)

    def _linear(
        self, node: torch.fx.Node, name: str, arguments: dict[str, Any], places: list[Affine]
    ) -> Values | None:
        """The value after an operation that is linear; None where it is not."""
        apply = as_function(node, *self._arguments(node))
        handle = OPERATIONS.get(name)
        value = None if handle is None else handle(arguments, apply)
        if value is not None:
            return value
        check_one_source(places)
        if not is_linear(apply, [each.shape for each in places]):
            return None
        return through(places, apply)

    def _layer(self, value: Affine, chosen: Nonlinearity, node: torch.fx.Node) -> Affine:
        """A layer whose event rates are an activation of a value; what it sends."""
        if value.source != len(self._layers) - 1:
            raise _refusal(
                node,
                "it reads what an earlier layer sends, and a layer here has synapses from the one "
                "right below only",
            )
        scale = chosen.scale
        gain = chosen.gain
        if chosen.is_unbounded:
            scale = HEADROOM * self._largest(value, chosen.start)
            gain = 1 / scale
        self._add(value, chosen.activation, gain, chosen.start, name_of(node))
        return identity(len(self._layers) - 1, value.shape, scale, chosen.offset)

    def _end(self, value: Affine) -> tuple[float, float]:
        """Scale and offset of the output; a last layer that is a line, where it ends in none."""
        scale = value.operator.scale if not isinstance(value.operator, Matrix | Kernel) else None
        is_activation = (
            scale is not None
            and value.source >= 0
            and value.source == len(self._layers) - 1
            and getattr(value.operator, "index", None) is None
            and bool((scale == scale[0]).all() and (value.offset == value.offset[0]).all())
        )
        if is_activation and scale is not None:
            return float(scale[0]), float(value.offset[0])
        if value.source != len(self._layers) - 1:
            raise MappingError("the output reads what an earlier layer sends, past the last one")
        if self._output == "sigmoid":
            self._add(value, "sigmoid", 1.0, 0.0, "sigmoid")
            self._adds_sigmoid = True
            return 1.0, 0.0
        low, high = self._range(value)
        margin = (HEADROOM - 1) / 2 * (high - low)
        start, width = low - margin, high - low + 2 * margin
        self._add(value, "relu", 1 / width, start, "output")
        return width, start

    def _largest(self, value: Affine, start: float) -> float:
        largest = float(self._values_of(value).max() - start)
        return largest if largest > 0 else 1.0

    def _range(self, value: Affine) -> tuple[float, float]:
        values = self._values_of(value)
        low, high = float(values.min()), float(values.max())
        return (low, high) if high > low else (low - 0.5, low + 0.5)

    def _values_of(self, value: Affine) -> Tensor:
        if self._rates is None:
            raise InvalidInputError(
                "a model with ReLU, or that ends in no activation, needs a few inputs to calibrate "
                "on, which say how large its values become: from_torch(model, inputs)"
            )
        if self._numbers is None or self._numbers[0] is not value:
            numbers = applied(value, self._rates).add_(value.offset.to(self._rates.dtype))
            self._numbers = value, numbers
        return self._numbers[1]

    def _add(self, value: Affine, activation: str, gain: float, start: float, name: str) -> None:
        if self._rates is not None:
            argument = (self._values_of(value) - start) * gain
            self._rates = OF_ENSEMBLES[activation].event_rate(argument, FLOATING)
            self._numbers = None
        below = self._layers[-1].shape if self._layers else None
        layer = layer_of(value, activation, gain, start, below)
        self._layers.append(layer)
        self._origins.append(", ".join([*self._since, name]))
        self._since = []


def _refusal(node: torch.fx.Node, reason: str, name: str | None = None) -> MappingError:
    """The error of an operation that has no mapping."""
    return MappingError(f"{name or name_of(node)}{place(node)} has no mapping: {reason}")

"""Writes neuron programs from the equations themselves.

An equation of ``dynamics`` is called with a :class:`Word` in place of an integer array, and what it
does is written down, so that no program has equations of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.errors import InvalidInputError
from lava_bccn.loihi2.neuron_program import OPERATIONS, Instruction, NeuronProgram, Operand

_LEFT_BY_ZERO = ("add", "subtract", "shift left", "shift right")
"""Operations with 0 that leave their first operand."""


class Word(np.lib.mixins.NDArrayOperatorsMixin):
    """A word of a program that is being written; equations take it for an integer array."""

    dtype = np.dtype(np.int64)

    def __init__(self, writer: Writer, name: str) -> None:
        self.writer, self.name = writer, name

    def __array_ufunc__(self, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
        if method == "__call__" and not options:
            if ufunc in _WRITTEN_AS:
                return self.writer.write(_WRITTEN_AS[ufunc], *operands)
            if ufunc in _WRITTEN_BY:
                return _WRITTEN_BY[ufunc](self.writer, *operands)
        raise InvalidInputError(
            f"a neuron program has no operation for {ufunc.__name__}; it has "
            f"{', '.join(OPERATIONS)} and table"
        )


class Writer:
    """Writes instructions; what has been computed before is not computed again."""

    def __init__(self) -> None:
        self._written: dict[tuple[str, tuple[Operand, ...], tuple[int, ...]], str] = {}
        self._names: dict[str, str] = {}

    def word(self, name: str) -> Word:
        """An input or a state."""
        return Word(self, name)

    def named(self, name: str, word: Word) -> Word:
        """Give a result, if it is one, a name to read."""
        if word.name in self._written.values():
            self._names.setdefault(word.name, name)
        return word

    def write(self, operation: str, *operands: Any) -> Any:
        """The result of an operation, which is left out where it changes nothing."""
        if operation in _LEFT_BY_ZERO and isinstance(operands[1], int) and operands[1] == 0:
            return operands[0]
        return self._result(operation, operands)

    def select(self, condition: Word, if_true: Any, if_false: Any) -> Word:
        """``if_true`` where the condition is not 0, else ``if_false``."""
        return self._result("select", (condition, if_true, if_false))

    def looked_up(self, table: NDArray[np.int64], index: Word) -> Word:
        """An entry of a table."""
        return self._result("table", (index,), tuple(map(int, table)))

    def _result(
        self, operation: str, operands: tuple[Any, ...], table: tuple[int, ...] = ()
    ) -> Word:
        plain = tuple(each.name if isinstance(each, Word) else int(each) for each in operands)
        key = (operation, plain, table)
        name = self._written.setdefault(key, f"r{len(self._written) + 1}")
        return Word(self, name)

    def program(
        self,
        name: str,
        inputs: tuple[str, ...],
        states: tuple[str, ...],
        outputs: Mapping[str, Word],
    ) -> NeuronProgram:
        """All that is written and needed for the outputs."""
        needed, kept = {word.name for word in outputs.values()}, []
        for (operation, operands, table), result in reversed(self._written.items()):
            if result in needed:
                needed.update(each for each in operands if isinstance(each, str))
                kept.append((result, operation, operands, table))

        def called(operand: Operand) -> Operand:
            return self._names.get(operand, operand) if isinstance(operand, str) else operand

        instructions = tuple(
            Instruction(str(called(result)), operation, tuple(map(called, operands)), table)
            for result, operation, operands, table in reversed(kept)
        )
        ends = {key: self._names.get(word.name, word.name) for key, word in outputs.items()}
        return NeuronProgram(
            name,
            tuple(each for each in inputs if each in needed),
            tuple(each for each in states if each in needed),
            instructions,
            ends,
        )


def _minimum(writer: Writer, first: Any, second: Any) -> Word:
    return writer.select(writer.write("less", first, second), first, second)


def _maximum(writer: Writer, first: Any, second: Any) -> Word:
    return writer.select(writer.write("less", first, second), second, first)


def _absolute(writer: Writer, value: Word) -> Word:
    return writer.select(writer.write("less", value, 0), writer.write("subtract", 0, value), value)


_WRITTEN_AS = {
    np.add: "add",
    np.subtract: "subtract",
    np.multiply: "multiply",
    np.left_shift: "shift left",
    np.right_shift: "shift right",
    np.bitwise_and: "and",
    np.less: "less",
}
"""Operations of arrays that are one of programs."""

_WRITTEN_BY: dict[Any, Callable[..., Any]] = {
    np.greater: lambda writer, first, second: writer.write("less", second, first),
    np.greater_equal: lambda writer, first, second: writer.write("less", second - 1, first),
    np.minimum: _minimum,
    np.maximum: _maximum,
    np.absolute: _absolute,
    np.negative: lambda writer, value: writer.write("subtract", 0, value),
}
"""Those that are several, or have other operands."""

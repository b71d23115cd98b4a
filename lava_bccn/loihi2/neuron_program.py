"""Programs of a Loihi 2 neuron, as tables of integer operations.

What is published of them: a neuron of Loihi 2 runs a program of arithmetic, comparisons and control
flow over state variables of its own (Intel, "Taking Neuromorphic Computing to the Next Level with
Loihi 2", technology brief, 2021; Orchard et al., IEEE SiPS 2021), written in microcode (Uludağ et
al., arXiv 2307.11844, for one). Neurons add pseudo-random numbers (lava-optimization, pull request
155), and no neuron reads the traces y1 to y3 of another (lava, pull request 400). Not published
are the instructions, how many of them a program may have, its registers, the width of its
multiplier, whether it has tables, and whether it may send two different messages in a step. Nor is
it certain how much state a neuron has: the brief is quoted with 4,096 bytes and with 4,096 words.

So operations here are the least that such a language could have; ``program_writer`` writes programs
in them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.fixed_point import IntArray

OPERATIONS: dict[str, Callable[..., IntArray]] = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "shift left": np.left_shift,
    "shift right": np.right_shift,
    "and": np.bitwise_and,
    "less": lambda first, second: np.less(first, second).astype(np.int64),
    "select": lambda condition, if_true, if_false: np.where(condition, if_true, if_false),
}
"""What instructions do, but for ``"table"``. A shift to the right is toward −∞; ``less`` is 0 or 1;
``select`` is its second operand where the first is not 0, else its third."""

Operand = str | int


@dataclass(frozen=True)
class Instruction:
    """One line of a program.

    Attributes:
        result: name of the word that it makes.
        operation: of :data:`OPERATIONS`, or ``"table"``: the entry of which the operand is the
            number.
        operands: names of words, and constants.
        table: its entries.
    """

    result: str
    operation: str
    operands: tuple[Operand, ...]
    table: tuple[int, ...] = ()

    def __str__(self) -> str:
        of = f" of {' '.join(map(str, self.table))}" if self.table else ""
        return f"{self.result} = {self.operation} {', '.join(map(str, self.operands))}{of}"


@dataclass(frozen=True)
class NeuronProgram:
    """What a neuron does in every step.

    Attributes:
        name: of the neuron.
        inputs: what its accumulators hold, and random bits.
        states: words that it keeps from one step to the next.
        instructions: in this order; no branches, so a step always takes all of them.
        outputs: what it sends, writes for the learning engine or keeps, and the words that hold it.
    """

    name: str
    inputs: tuple[str, ...]
    states: tuple[str, ...]
    instructions: tuple[Instruction, ...]
    outputs: Mapping[str, str]

    @property
    def state_words(self) -> int:
        """Words that it keeps, and traces that the learning engine reads."""
        return len(self.states) + sum(name in ("y1", "y2", "y3") for name in self.outputs)

    @property
    def registers(self) -> int:
        """Most results that wait to be used at the same time."""
        last: dict[Operand, int] = {}
        for place, each in enumerate(self.instructions):
            last.update(dict.fromkeys((each.result, *each.operands), place))
        places = {each.result: place for place, each in enumerate(self.instructions)}
        last.update(dict.fromkeys(self.outputs.values(), len(places)))
        living = [
            sum(made <= place < last[name] for name, made in places.items())
            for place in range(len(places))
        ]
        return max(living, default=0)

    @property
    def without_tables(self) -> int:
        """Instructions where there are no tables: comparisons, of which tables with the same
        operand share theirs, select among the entries instead."""
        tables = [each for each in self.instructions if each.table]
        compared = {each.operands: len(each.table) - 1 for each in tables}
        selected = sum(len(each.table) - 1 for each in tables)
        return len(self.instructions) - len(tables) + selected + sum(compared.values())

    def run(self, words: Mapping[str, NDArray[np.int64]]) -> dict[str, NDArray[np.int64]]:
        """One step of many such neurons.

        Args:
            words: inputs and states, by their names.

        Returns:
            All words that there are then, outputs by their names too.
        """
        known: dict[Operand, Any] = {name: np.asarray(value) for name, value in words.items()}

        def value(operand: Operand) -> Any:
            return known[operand] if isinstance(operand, str) else operand

        for each in self.instructions:
            operands = map(value, each.operands)
            if each.table:
                known[each.result] = np.array(each.table)[next(operands)]
            else:
                known[each.result] = OPERATIONS[each.operation](*operands)
        ends = {name: np.asarray(value(word)) for name, word in self.outputs.items()}
        return {str(name): array for name, array in known.items()} | ends

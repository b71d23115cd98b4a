"""Two checkouts timed in turn, in processes that live as long as the comparison.

A benchmark that can be compared so has ``rounds()``: a generator that first gets everything ready,
and then yields what one more round took, by name. Both checkouts run *this* benchmark's code, with
their own package, turn by turn, so that what else the machine does falls on both alike.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

Times = Mapping[str, float]
"""CPU time of what was done, by its name."""


def serve(rounds: Iterator[Times]) -> None:
    """In a child: answer each line on standard input with the times of one more round."""
    for _ in sys.stdin:
        print(json.dumps(next(rounds)), flush=True)


def compare(
    module: str, checkouts: list[Path], count: int, arguments: list[str]
) -> list[list[Times]]:
    """The times of so many rounds in every checkout.

    Args:
        module: of this folder, whose ``--serve`` calls :func:`serve`.
        checkouts: roots of their repositories.
        count: of rounds that count; one before them is not counted.
        arguments: of the module.
    """
    here = Path(__file__).parents[1]
    with ExitStack() as stack:
        children = [
            stack.enter_context(
                subprocess.Popen(
                    [
                        sys.executable,
                        str(here / "benchmarks" / f"{module}.py"),
                        "--serve",
                        *arguments,
                    ],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    env={**os.environ, "PYTHONPATH": str(checkout.resolve())},
                )
            )
            for checkout in checkouts
        ]
        found: list[list[Times]] = [[] for _ in children]
        for _ in range(count + 1):
            for child, times in zip(children, found, strict=True):
                assert child.stdin is not None and child.stdout is not None
                child.stdin.write("\n")
                child.stdin.flush()
                times.append(json.loads(child.stdout.readline()))
        for child in children:
            assert child.stdin is not None
            child.stdin.close()
    return [times[1:] for times in found]


def ratios(before: list[Times], after: list[Times], name: str) -> tuple[float, float, float]:
    """Median, least and largest of before / after, round by round."""
    each = [one[name] / other[name] for one, other in zip(before, after, strict=True)]
    return statistics.median(each), min(each), max(each)

"""Burst-dependent plasticity in Loihi's own learning language, and what Lava's engine makes of it.

    uv run python benchmarks/learning_dense.py [--updates 200] [--seeds 3]

One stock ``LearningDense`` with the three-factor rule

    dw = 2^-n x0 x1 y2 - 2^-(n+1) x0 x1 y3        (x1: e below, y2: b, y3: e, p^b = 1/2)

gets random 7-bit traces through its ports, an update a step, on Lava's fixed-point CPU model (not a
chip). Its weights are compared with the same sum in exact arithmetic:

    rest          b = e / 2 exactly: the two products are equal and opposite, nothing should change
    rest, high    the same, of weights that start at 240: does the first product fit before the
                  second one takes it away?
    rest, low     the same from -240
    taught        b differs from e / 2 at random, by as much to either side
    constant      every unit bursts more than at baseline: the size of the changes

``gain`` is the slope of the changes over the exact sum, ``corr.`` their correlation, ``drift``
their mean per update, in steps of a weight, beyond the exact one at the gain of 1/8, ``common`` how
much of the variance of what is not explained is the same for all synapses at an update.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from lava.magma.core.learning.constants import GradedSpikeCfg
from lava.magma.core.learning.learning_rule import Loihi3FLearningRule
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import LearningDense
from lava.proc.io.source import RingBuffer
from numpy.typing import NDArray

from lava_bccn.dynamics.integer_plasticity import MAX_TRACE
from lava_bccn.processes.runtime import running

POSTSYNAPTIC, PRESYNAPTIC = 12, 16
EXPONENTS = (3, 4, 5, 6)
"""n of the rule; Lava takes scaling factors from 2^-7, and the second product needs 2^-(n+1)."""

HELD_TAU = 65535
"""Inputs overwrite x1; a time constant of 0 would make it NaN."""

GAIN = 2.0**-3
"""Of Lava's changes over the formula's, where nothing is floored or saturates."""

HIGH = 240
"""A weight near the end of its range, which is -256 to 255."""


@dataclass(frozen=True)
class Traces:
    """What the synapses see, 7-bit integers, a row an update.

    Attributes:
        below: presynaptic event rates, (updates, presynaptic).
        burst: burst rates, (updates, postsynaptic).
        event: event rates, likewise.
    """

    below: NDArray[np.int64]
    burst: NDArray[np.int64]
    event: NDArray[np.int64]


def traces(setting: str, updates: int, random: np.random.Generator) -> Traces:
    """Random traces of a setting; events are even, so that e / 2 is a whole number."""
    below = random.integers(0, MAX_TRACE + 1, (updates, PRESYNAPTIC))
    event = 2 * random.integers(8, MAX_TRACE // 2, (updates, POSTSYNAPTIC))
    deviation = np.zeros_like(event)
    if setting == "taught":
        deviation = random.integers(-8, 9, event.shape)
    elif setting == "constant":
        deviation += 6
    return Traces(below, event // 2 + deviation, event)


def exact_change(seen: Traces, exponent: int) -> NDArray[np.float64]:
    """Sum over the updates of 2^-n (b - e / 2) e_below, (postsynaptic, presynaptic)."""
    return (seen.burst - seen.event / 2).T @ seen.below * 2.0**-exponent


def learned_weights(seen: Traces, exponent: int, start: int) -> NDArray[np.int64]:
    """Weights, which all begin at ``start``, after every update, (updates, post, pre)."""
    rule = Loihi3FLearningRule(
        dw=f"2^-{exponent} * x0 * x1 * y2 - 2^-{exponent + 1} * x0 * x1 * y3",
        x1_tau=HELD_TAU,
        t_epoch=1,
        rng_seed=0,
    )
    synapses = LearningDense(
        weights=np.full((POSTSYNAPTIC, PRESYNAPTIC), start, dtype=np.int32),
        learning_rule=rule,
        num_message_bits=8,
        graded_spike_cfg=GradedSpikeCfg.OVERWRITE,
    )
    silence = np.zeros_like(seen.event)
    for data, port in (
        (2 * seen.below, synapses.s_in),  # x1 is half of the payload
        (silence, synapses.s_in_bap),
        (silence, synapses.s_in_y1),
        (seen.burst, synapses.s_in_y2),
        (seen.event, synapses.s_in_y3),
    ):
        source = RingBuffer(data=data.T)
        source.s_out.connect(port)
    weights = []
    with running(synapses, Loihi2SimCfg(select_tag="fixed_pt")) as lava:
        for _ in seen.below:
            lava.steps(1)
            weights.append(synapses.weights.get())
    return np.stack(weights).astype(np.int64)


def report(setting: str, exponent: int, updates: int, seed: int) -> tuple[float, ...]:
    """Gain, correlation, drift, common part of the rest, smallest and largest final weight."""
    seen = traces(setting, updates, np.random.default_rng(seed))
    start = {"rest, high": HIGH, "rest, low": -HIGH}.get(setting, 0)
    weights = learned_weights(seen, exponent, start)
    final, exact = (weights[-1] - start).astype(float), exact_change(seen, exponent)
    gain = corr = float("nan")
    if exact.any():
        gain = float((final * exact).sum() / np.square(exact).sum())
        corr = float(np.corrcoef(final.ravel(), exact.ravel())[0, 1])
    drift = float((final - GAIN * exact).mean() / updates)
    each = [
        exact_change(Traces(below[None], burst[None], event[None]), exponent)
        for below, burst, event in zip(seen.below, seen.burst, seen.event, strict=True)
    ]
    rest = np.diff(weights, axis=0, prepend=start) - GAIN * np.stack(each)
    rest -= rest.mean()
    variance = float(np.square(rest).mean())
    common = float(np.square(rest.mean(axis=(1, 2))).mean()) / variance if variance else 0.0
    return gain, corr, drift, common, float(weights[-1].min()), float(weights[-1].max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--updates", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    print("setting     n    gain   corr.  drift/update  common   final weights")
    for setting in ("rest", "rest, high", "rest, low", "taught", "constant"):
        for exponent in EXPONENTS:
            rows = [report(setting, exponent, options.updates, s) for s in range(options.seeds)]
            gain, corr, drift, common, *_ = np.mean(rows, axis=0)
            low, high = min(row[4] for row in rows), max(row[5] for row in rows)
            print(
                f"{setting:10} {exponent:2} {gain:7.4f} {corr:7.3f} {drift:13.4f} {common:7.2f} "
                f"  {low:.0f} to {high:.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()

"""Burst-dependent plasticity in Loihi's own learning language, written in three ways.

    uv run python benchmarks/learning_dense.py [--updates 60] [--seeds 2]

A stock ``LearningDense`` gets random 7-bit traces through its ports, an update a step, on Lava's
fixed-point CPU model (not a chip). x1 is e of the unit below; p^b = 1/2.

    b and e       dw = 2^-n x0 x1 y2 - 2^-(n+1) x0 x1 y3    y2: b, y3: e
    deviation     dw = 2^-n x0 x1 y2 - 2^-n x0 x1 y3        y2, y3: both signs of b - e / 2
    integer tag   dt = x0 x1 y2 - x0 x1 y3 and transfers    the same; changes are whole units of the
                                                            tag, 64 to a unit of the weight: n = 6

    rest          b = e / 2 exactly: nothing should change
    rest, high    the same, of weights that start at 240: does the first product fit before the
                  second one takes it away?
    rest, low     the same from -240
    taught        b differs from e / 2 at random, by as much to either side
    constant      every unit bursts more than at baseline: the size of the changes

``gain`` is the slope of the changes over the exact sum, ``corr.`` their correlation, ``drift``
their mean per update, in units of a weight of 9 bits, beyond the exact one at the gain of 1/8.
``differ`` counts weights and tags, over all updates, of which ``dynamics.engine`` has others than
Lava.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from lava.magma.core.learning.constants import GradedSpikeCfg
from lava.magma.core.learning.learning_rule import Loihi3FLearningRule
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import LearningDense
from lava.proc.io.source import RingBuffer
from lava.utils.weightutils import SignMode
from numpy.typing import NDArray

from lava_bccn.dynamics.engine import (
    EngineSynapses,
    EngineTraces,
    lava_chance,
    learned,
    payload_trace,
)
from lava_bccn.dynamics.engine_plasticity import EnginePlasticity, rectified
from lava_bccn.dynamics.engine_rule import EngineRule
from lava_bccn.dynamics.integer_plasticity import MAX_TRACE
from lava_bccn.processes.runtime import running

POSTSYNAPTIC, PRESYNAPTIC = 12, 16
EXPONENTS = (3, 4, 5, 6)
"""n of the rules; Lava takes scaling factors from 2^-7, and b and e need 2^-(n+1)."""

NO_DECAY = 2**62
"""A time constant with which traces stay. With Lava's own, 65535 and less, they drop by one at
random now and then, all of a kind together."""

GAIN = 2.0**-3
"""Of the engine's changes over the formula's, where nothing is cut off or saturates."""

STARTS = {"rest": 0, "rest, high": 240, "rest, low": -240, "taught": 0, "constant": 0}
"""Weights, which go from -256 to 255, in each setting."""


@dataclass(frozen=True)
class Rates:
    """What units do, 7-bit integers, a row an update.

    Attributes:
        below: presynaptic event rates, (updates, presynaptic).
        event: postsynaptic event rates, (updates, postsynaptic), even.
        deviation: burst rates less half of these, likewise.
    """

    below: NDArray[np.int64]
    event: NDArray[np.int64]
    deviation: NDArray[np.int64]


@dataclass(frozen=True)
class Formulation:
    """A way to write the rule.

    Attributes:
        name: of it.
        n: of the learning rate 2^-n.
        rule: of the engine.
    """

    name: str
    n: int
    rule: EngineRule

    def traces(self, rates: Rates) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """y2 and y3."""
        if self.name == "b and e":
            return rates.event // 2 + rates.deviation, rates.event
        return rectified(rates.deviation)


def formulations() -> Iterator[Formulation]:
    """All of them."""
    for n in EXPONENTS:
        rule = EngineRule(dw=f"2^-{n}*x0*x1*y2 - 2^-{n + 1}*x0*x1*y3")
        yield Formulation("b and e", n, rule)
    for n in EXPONENTS:
        rule = EnginePlasticity("direct", exponent=-n).weight_rule
        yield Formulation("deviation", n, rule)
    yield Formulation("integer tag", 6, EnginePlasticity("integer_tag").weight_rule)


def random_rates(setting: str, updates: int, random: np.random.Generator) -> Rates:
    """Rates of a setting."""
    below = random.integers(0, MAX_TRACE + 1, (updates, PRESYNAPTIC))
    event = 2 * random.integers(8, MAX_TRACE // 2, (updates, POSTSYNAPTIC))
    deviation = np.zeros_like(event)
    if setting == "taught":
        deviation = random.integers(-8, 9, event.shape)
    elif setting == "constant":
        deviation += 6
    return Rates(below, event, deviation)


def in_lava(how: Formulation, rates: Rates, start: int) -> list[EngineSynapses]:
    """Synapses, whose weights all begin at ``start``, after every update."""
    rule = Loihi3FLearningRule(dw=how.rule.dw, dt=how.rule.dt, x1_tau=NO_DECAY, t_epoch=1)
    for trace in ("x2", "y1", "y2", "y3"):  # which Lava fixes, and shorter
        setattr(rule, f"_{trace}_tau", NO_DECAY)
    synapses = LearningDense(
        weights=np.full((POSTSYNAPTIC, PRESYNAPTIC), start, dtype=np.int32),
        learning_rule=rule,
        num_message_bits=8,
        graded_spike_cfg=GradedSpikeCfg.OVERWRITE,
        sign_mode=SignMode.MIXED,
    )
    silence = np.zeros_like(rates.event)
    y2, y3 = how.traces(rates)
    for data, port in (
        (2 * rates.below, synapses.s_in),  # x1 is half of the payload
        (silence, synapses.s_in_bap),
        (silence, synapses.s_in_y1),
        (y2, synapses.s_in_y2),
        (y3, synapses.s_in_y3),
    ):
        source = RingBuffer(data=data.T)
        source.s_out.connect(port)
    found = []
    with running(synapses, Loihi2SimCfg(select_tag="fixed_pt")) as lava:
        for _ in rates.below:
            lava.steps(1)
            found.append(EngineSynapses(synapses.weights.get(), synapses.tag_1.get()))
    return found


def here(how: Formulation, rates: Rates, start: int) -> list[EngineSynapses]:
    """The same by ``dynamics.engine``."""
    shape = (POSTSYNAPTIC, PRESYNAPTIC)
    synapses = EngineSynapses(np.full(shape, start), np.zeros(shape, dtype=np.int64))
    found = []
    for update, (below, y2, y3) in enumerate(zip(rates.below, *how.traces(rates), strict=True)):
        traces = EngineTraces(below, payload_trace(2 * below), y2=y2, y3=y3)
        synapses, _ = learned(how.rule, synapses, traces, update + 1, lava_chance(update + 1))
        found.append(synapses)
    return found


def report(how: Formulation, setting: str, updates: int, seed: int) -> tuple[float, ...]:
    """Gain, correlation, drift, smallest and largest final weight, and how many values differ."""
    rates = random_rates(setting, updates, np.random.default_rng(seed))
    theirs = in_lava(how, rates, STARTS[setting])
    ours = here(how, rates, STARTS[setting])
    differ = sum(
        np.count_nonzero(one != other)
        for both in zip(ours, theirs, strict=True)
        for one, other in zip(*both, strict=True)
    )
    weight, tag = (array.astype(np.int64) for array in theirs[-1])
    final = weight + tag / 64 - STARTS[setting]
    exact = rates.deviation.T @ rates.below * 2.0**-how.n
    gain = corr = float("nan")
    if exact.any():
        gain = float((final * exact).sum() / np.square(exact).sum())
    if exact.any() and np.ptp(final):
        corr = float(np.corrcoef(final.ravel(), exact.ravel())[0, 1])
    drift = float((final - GAIN * exact).mean() / updates)
    return gain, corr, drift, float(weight.min()), float(weight.max()), float(differ)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--updates", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    print("rule         n  setting        gain   corr.  drift/update  differ   final weights")
    for how in formulations():
        for setting in STARTS:
            rows = [report(how, setting, options.updates, s) for s in range(options.seeds)]
            gain, corr, drift, *_ = np.mean(rows, axis=0)
            low, high = min(row[3] for row in rows), max(row[4] for row in rows)
            differ = sum(row[5] for row in rows)
            print(
                f"{how.name:12} {how.n}  {setting:10} {gain:8.4f} {corr:7.4f} {drift:13.5f} "
                f"{differ:7.0f}   {low:.0f} to {high:.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()

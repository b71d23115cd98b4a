"""Why ``bccn xor --rule burstprop`` learns in a single phase, which Burstprop is published not to.

    uv run python benchmarks/burstprop_baseline.py
    uv run python benchmarks/burstprop_baseline.py --epochs 80 --biases moving [--phases 2]

Shows the four patterns, teacher on all the time, to spiking ensembles that do not learn, and sums
up what plasticity would see of the output: its bursts minus baseline × events, in Hz, by pattern.
The constant p^b sees the error of the pattern. A moving average with τ much below the length of an
example has adapted to the pattern after some τ, and sees the step from the pattern before.

With ``--epochs`` networks learn and are tested with the teacher off, the patterns in an order that
``--order`` may change. ``bccn xor`` gives the moving average to weights alone (``--biases
constant``): its biases go on as BurstCCN's. With ``--biases moving`` they compare with the average
of their neuron too, which is set right after every 100 ms.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lava_bccn.dynamics.spiking.neuron import BURST, EVENT
from lava_bccn.experiments.xor_circuit import PATTERNS, XorConfig, xor_ratio
from lava_bccn.experiments.xor_start import start
from lava_bccn.experiments.xor_stimulus import Stimulus, xor_stimulus
from lava_bccn.network.spiking import SpikingNetwork
from lava_bccn.network.spiking.constants import bias_constants
from lava_bccn.sim.spiking import SpikingSimulator
from lava_bccn.sim.spiking.result import SpikingResult

OBSERVED_EPOCHS = 4
"""Of which the first, in which averages settle, is left out."""

INTERVAL_STEPS = 100
"""After which biases that compare with the average are corrected; short beside it."""

TIMES_MS = (250.0, 1000.0, 2000.0, 4000.0, 8000.0, 32_000.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--order", default="0123", help="of the patterns 00, 01, 10, 11")
    parser.add_argument("--example-ms", type=float, default=8000.0)
    parser.add_argument("--epochs", type=int, default=0, help="for which networks learn")
    parser.add_argument("--average-ms", type=float, default=2000.0, help="0: the constant baseline")
    parser.add_argument(
        "--biases",
        choices=("constant", "moving", "fixed"),
        default="constant",
        help="what biases compare with: p^b as in the package, or the average too; or they stay",
    )
    parser.add_argument("--phases", type=int, choices=(1, 2), default=1)
    parser.add_argument("--rate-scale", type=float, default=1.0, help="of all learning rates")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    options = parser.parse_args()
    if sorted(options.order) != ["0", "1", "2", "3"]:
        parser.error("--order takes each of 0, 1, 2, 3 once")
    order = [int(digit) for digit in options.order]
    config = XorConfig(
        neurons=100,
        connection_probability=1.0,
        example_ms=options.example_ms,
        phases=options.phases,
        rate_scale=options.rate_scale,
    )
    if not options.epochs:
        observe(replace(config, phases=1), order)
    for seed in options.seeds * bool(options.epochs):
        network = described(replace(config, seed=seed), options.average_ms)
        if options.biases == "fixed":
            fixed = tuple(replace(each, bias_rate=0.0) for each in network.populations)
            network = replace(network, populations=fixed)
        simulator = SpikingSimulator(network, seed)
        average_ms = options.average_ms if options.biases == "moving" else None
        learn(simulator, xor_stimulus(config), order, options.epochs, average_ms)


def observe(config: XorConfig, order: list[int]) -> None:
    """Print what plasticity would see, by baseline."""
    stimulus, shown = xor_stimulus(config), np.tile(order, OBSERVED_EPOCHS)
    soma, apical, targets = (each[shown] for each in (*stimulus.currents, stimulus.targets))
    steps = stimulus.example_steps
    result = SpikingSimulator(described(config), config.seed).run(
        soma, apical, targets, sample_steps=steps, record_flags=True
    )
    flags = result.flags_of("output")
    events, bursts = (flags & EVENT) != 0, (flags & BURST) != 0

    def by_pattern(values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Means (patterns as they are shown,), without the first epoch."""
        return values.mean(axis=1).reshape(OBSERVED_EPOCHS, len(order), steps)[1:].mean(axis=(0, 2))

    names = ["".join(map(str, PATTERNS[index])) for index in order]
    print("output, Hz          " + "".join(f"{name:>8}" for name in names))
    rows = {"events": events.astype(float), "bursts": bursts.astype(float)}
    p_baseline = config.circuit.p_baseline
    rows["b - p^b e"] = bursts - p_baseline * events
    for time in TIMES_MS:
        average = moving_baseline(events, bursts, time, p_baseline)
        rows[f"b - P e, {time:g} ms"] = bursts - average * events
    for name, values in rows.items():
        print(f"{name:20}" + "".join(f"{1000 * mean:8.3f}" for mean in by_pattern(values)))


def moving_baseline(
    events: NDArray[np.bool_], bursts: NDArray[np.bool_], time_ms: float, start: float
) -> NDArray[np.float64]:
    """P̄ of each neuron before each step (steps, neurons), as the simulator keeps it."""
    kept = np.exp(-1 / time_ms)
    of_events, of_bursts = np.ones(events.shape[1]), np.full(events.shape[1], start)
    baseline = np.empty(events.shape)
    for step in range(len(events)):
        baseline[step] = of_bursts / of_events
        of_events = of_events * kept + events[step] * (1 - kept)
        of_bursts = of_bursts * kept + bursts[step] * (1 - kept)
    return baseline


def learn(
    simulator: SpikingSimulator,
    stimulus: Stimulus,
    order: list[int],
    epochs: int,
    average_ms: float | None,
) -> None:
    """Print the output's rates and their ratio, teacher off, now and then.

    Args:
        simulator: of the network.
        stimulus: the four patterns.
        order: in which they are shown.
        epochs: of four.
        average_ms: what biases compare with; None: p^b.
    """
    steps = stimulus.sample_steps if average_ms is None else INTERVAL_STEPS
    arrays = (*stimulus.currents, stimulus.targets, stimulus.plastic)
    per_sample = stimulus.sample_steps // steps
    soma, apical, targets, plastic = (
        np.repeat(np.concatenate([np.split(each, 4)[index] for index in order]), per_sample, axis=0)
        for each in arrays
    )
    # Parts that end with the only interval in them in which plasticity is on.
    ends = np.flatnonzero(plastic)[:-1] + 1
    parts = np.split(np.arange(len(plastic)), [] if average_ms is None else ends)
    for epoch in range(1, epochs + 1):
        for part in parts:
            result = simulator.run(
                *(soma[part], apical[part], targets[part]),
                sample_steps=steps,
                learn=plastic[part],
                record_flags=average_ms is not None,
            )
            if average_ms is not None:
                correct_biases(simulator, result, average_ms)
        if epoch % 20 == 0 or epoch == epochs:
            tested = simulator.run(
                *stimulus.currents,
                sample_steps=stimulus.sample_steps,
                interval_steps=stimulus.example_steps,
            )
            rates = tested.event_rate("output")[:, 0]
            told = " ".join(f"{rate:6.2f}" for rate in rates)
            print(
                f"seed {simulator.seed} epoch {epoch:3}: {told} Hz, ratio {xor_ratio(rates):.2f}",
                flush=True,
            )


def correct_biases(simulator: SpikingSimulator, result: SpikingResult, average_ms: float) -> None:
    """What biases fell too little, or too much, at each event of the last interval: p^b − P̄.

    P̄ is that of the start of the interval, from the averages at its end and what happened in it.
    """
    arrays = dict(simulator.arrays())
    kept = np.exp(-1 / average_ms)
    since = (1 - kept) * kept ** np.arange(INTERVAL_STEPS)[::-1]
    for name, weights in (("hidden", "weight_1"), ("output", "weight_2")):
        flags = result.flags_of(name)[-INTERVAL_STEPS:]
        bursts, events = (
            arrays[f"{weights}/{what}_average"] - since @ ((flags & flag) != 0)
            for what, flag in (("burst", BURST), ("event", EVENT))
        )
        population = simulator.network.population(name)
        _, rise, _ = bias_constants(simulator.network, population)
        happened = ((flags & EVENT) != 0).sum(axis=0)
        change = rise * (population.p_baseline - bursts / events) * happened
        arrays[f"{name}/bias"] = arrays[f"{name}/bias"] + change
    simulator.restore(arrays)


def described(config: XorConfig, average_ms: float = 0.0) -> SpikingNetwork:
    """The network before learning."""
    network, _ = start(config)
    if average_ms:
        connections = (
            each
            if each.learning is None
            else replace(each, learning=replace(each.learning, average_time=average_ms))
            for each in network.connections
        )
        network = replace(network, connections=tuple(connections))
    return network


if __name__ == "__main__":
    main()

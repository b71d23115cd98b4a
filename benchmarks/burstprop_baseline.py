"""Why Burstprop's moving average learns XOR in a single phase: what its plasticity sees.

    uv run python benchmarks/burstprop_baseline.py [--order 1203] [--epochs 40]

Shows the four patterns, teacher on all the time, to spiking ensembles that do not learn, and sums
up what plasticity would see of the output: its bursts minus baseline × events, in Hz, by pattern.
The constant p^b sees the error of the pattern. A moving average with τ much below the length of an
example has adapted to the pattern after some τ, and sees the *step* from the pattern before; so
the order of the patterns decides what is learned. With ``--epochs`` networks learn with the moving
average of ``--average-ms``, the patterns in that order, and are tested with the teacher off.
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
from lava_bccn.sim.spiking import SpikingSimulator

OBSERVED_EPOCHS = 4
"""Of which the first, in which averages settle, is left out."""

TIMES_MS = (250.0, 1000.0, 2000.0, 4000.0, 8000.0, 32_000.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--order", default="0123", help="of the patterns 00, 01, 10, 11")
    parser.add_argument("--example-ms", type=float, default=8000.0)
    parser.add_argument("--epochs", type=int, default=0, help="for which networks learn")
    parser.add_argument("--average-ms", type=float, default=2000.0, help="0: the constant baseline")
    parser.add_argument("--fixed-biases", action="store_true", help="they compare with p^b else")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    options = parser.parse_args()
    if sorted(options.order) != ["0", "1", "2", "3"]:
        parser.error("--order takes each of 0, 1, 2, 3 once")
    order = [int(digit) for digit in options.order]
    config = XorConfig(neurons=100, connection_probability=1.0, example_ms=options.example_ms)
    if not options.epochs:
        observe(config, order)
    for seed in options.seeds * bool(options.epochs):
        network = described(replace(config, seed=seed), options.average_ms)
        if options.fixed_biases:
            fixed = tuple(replace(each, bias_rate=0.0) for each in network.populations)
            network = replace(network, populations=fixed)
        learn(SpikingSimulator(network, seed), xor_stimulus(config), order, options.epochs)


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


def learn(simulator: SpikingSimulator, stimulus: Stimulus, order: list[int], epochs: int) -> None:
    """Print the output's rates and their ratio, teacher off, now and then."""
    shown = [each[order] for each in (*stimulus.currents, stimulus.targets)]
    steps = stimulus.example_steps
    for epoch in range(1, epochs + 1):
        simulator.run(*shown, sample_steps=steps, learn=True)
        if epoch % 20 == 0 or epoch == epochs:
            tested = simulator.run(*stimulus.currents, sample_steps=steps)
            rates = tested.event_rate("output")[:, 0]
            told = " ".join(f"{rate:6.2f}" for rate in rates)
            print(
                f"seed {simulator.seed} epoch {epoch:3}: {told} Hz, ratio {xor_ratio(rates):.2f}",
                flush=True,
            )


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

"""Q learns from random values to silence the apical dendrites: mean |u| and angles to backprop.

    uv run python benchmarks/silencing.py [--dataset mnist --data-dir DIR] [--plot silencing.png]

Y = W, Q starts random and is all that learns, without a teacher, online, in floating point and in
8-bit integers. On held-out images: mean |apical| without a teacher, over all hidden ensembles, as a
share of its start; and the angle between the update that a teacher would cause and backprop of
½‖e − target‖², over the whole network and over its hidden layers alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import lava_bccn
from lava_bccn import LearningConfig, MappedNetwork, datasets, mapping, metrics
from lava_bccn.dynamics import rate
from lava_bccn.plots import COLOURS, panels, style

OBSERVED = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="mnist")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--hidden", type=int, nargs="+", default=[200, 100])
    parser.add_argument("--samples", type=int, default=60_000)
    parser.add_argument("--rates", type=int, nargs=2, default=(-2, 0), help="first and last n")
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    data = datasets.load(options.dataset, options.data_dir)
    sizes = (data.input_size, *options.hidden, len(data.class_names))
    order = np.random.default_rng(0).permutation(len(data.train_inputs))
    order = np.resize(order, options.samples)
    halve_at = LearningConfig.evenly(*options.rates, options.samples)
    config = LearningConfig(
        learns=("feedback_event",), feedback_event_rate=options.rates[0], halve_at=halve_at
    )
    curves = {}
    for precision in ("float", "fixed"):
        network = mapping.new_network(
            sizes,
            data.train_inputs[: mapping.CALIBRATION_SAMPLES],
            feedback="symmetric",
            feedback_event="random",
            learn_feedback_event=True,
            gain=1.0,
            precision=precision,
        )
        print(f"{precision}: {'-'.join(map(str, sizes))}")
        print("samples  mean |u|  of start  angle: network  hidden layers")
        curve = [(0, *observe(network, data))]
        show(curve)
        learned = 0
        for part in np.split(order, np.unique(np.geomspace(50, options.samples, 12).astype(int))):
            if len(part) == 0:
                continue
            result = lava_bccn.run(network, data.train_inputs[part], learn=config, learned=learned)
            network, learned = result.network, result.learned
            curve.append((learned, *observe(network, data)))
            show(curve)
        curves[precision] = np.array(curve)
    if options.plot is not None:
        draw(curves).savefig(options.plot, dpi=150)


def show(curve: list[tuple[float, ...]]) -> None:
    learned, apical, whole, hidden = curve[-1]
    share = apical / curve[0][1]
    print(f"{learned:7d} {apical:9.5f} {share:9.2%} {whole:15.1f} {hidden:14.1f}", flush=True)


def observe(network: MappedNetwork, data: datasets.Dataset) -> tuple[float, float, float]:
    """Mean |u| without a teacher, and angles of the taught update to backprop, in degrees."""
    inputs, labels = data.test_inputs[:OBSERVED], data.test_labels[:OBSERVED]
    targets = np.eye(network.output_size)[labels]
    silent = lava_bccn.run(network, inputs, record=("apical",))
    apical = [silent.values("apical", layer) for layer in range(len(network.layers) - 1)]
    taught = lava_bccn.run(network, inputs, targets, record=("event_rate", "burst_rate"))
    rates = [inputs.reshape(len(inputs), -1)]
    rates += [taught.values("event_rate", layer) for layer in range(len(network.layers))]
    updates, gradients = [], []
    error = rates[-1] - targets
    for index in reversed(range(len(network.layers))):
        event, below = rates[index + 1], rates[index]
        bursts = taught.values("burst_rate", index)
        deviation = rate.deviation_of_rates(bursts, event, network.p_baseline)
        error = error * event * (1 - event)
        updates.append((deviation.T @ below).ravel())
        gradients.append((-error.T @ below).ravel())
        layer = network.layers[index]
        unit = 1.0 if network.number_format is None else 2.0**layer.weight_exponent
        error = error @ (layer.weight * unit)
    whole = metrics.angle_degrees(np.concatenate(updates), np.concatenate(gradients))
    hidden = metrics.angle_degrees(np.concatenate(updates[1:]), np.concatenate(gradients[1:]))
    return float(np.mean(np.abs(np.concatenate(apical, axis=1)))), whole, hidden


@style()
def draw(curves: dict[str, np.ndarray]) -> Figure:
    figure, (left, right) = panels((8, 3.2), columns=2)
    for (precision, curve), colour in zip(curves.items(), COLOURS[:2], strict=True):
        name = "floating point" if precision == "float" else "8-bit integers"
        left.plot(curve[:, 0] + 10, 100 * curve[:, 1] / curve[0, 1], color=colour, label=name)
        right.plot(curve[:, 0] + 10, curve[:, 2], color=colour, label=f"network, {name}")
        right.plot(curve[:, 0] + 10, curve[:, 3], ":", color=colour, label="hidden layers")
    left.axhline(2, color="0.8", lw=0.8)
    right.axhline(25, color="0.8", lw=0.8)
    left.set(xscale="log", yscale="log", ylabel="mean |apical|, % of its start")
    right.set(xscale="log", ylabel="angle to backprop (°)", ylim=(0, 100))
    for axes in (left, right):
        axes.set_xlabel("samples learned without a teacher (+10)")
        axes.legend()
    return figure


if __name__ == "__main__":
    main()

"""What makes spikes alone learn XOR: an ablation, and how much of feedback is error.

    uv run python benchmarks/spiking_xor.py [--seeds 0] [--epochs 60] [--only receptors ramps]

Figure of merit: by how much the teacher changes the hidden burst probabilities, over how much the
patterns change them without a teacher (root mean squares, before learning). Ratio: the lower of the
output's high event rates over the higher of its low ones, teacher off, after learning.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from lava_bccn.experiments.xor import train
from lava_bccn.experiments.xor_circuit import STP, XorCircuit, XorConfig
from lava_bccn.experiments.xor_shown import figure_of_merit, shown
from lava_bccn.experiments.xor_start import start
from lava_bccn.experiments.xor_stimulus import xor_stimulus
from lava_bccn.sim.spiking import SpikingSimulator

EXAMPLES = """examples:
  python benchmarks/spiking_xor.py
  python benchmarks/spiking_xor.py --neurons 200 --connection-probability 0.5 --seeds 0 1
  python benchmarks/spiking_xor.py --epochs 200 --only rates"""

MERIT_MS = 8000.0
"""Length of an example where the figure of merit is measured."""


def _one_channel(circuit: XorCircuit) -> XorCircuit:
    """Balanced up to the target only: further up one channel cannot."""
    return replace(circuit, channels=circuit.channels[:1], highest_hz=circuit.target_high)


def _earlier(circuit: XorCircuit) -> XorCircuit:
    """As it was in version 0.1: one channel, no receptors, no ramps, tight limits."""
    return replace(
        _one_channel(circuit),
        neuron=replace(circuit.neuron, dendrite_background=100.0, gain_rate=14.0),
        limit_1=250.0,
        limit_2=60.0,
        rate_1=1.0,
        rate_2=2.0,
        bias_rate_1=4.0,
        soma_receptor=None,
        apical_receptor=None,
        ramp_ms=0.0,
        halvings=(),
    )


ABLATIONS: dict[str, Callable[[XorCircuit], XorCircuit]] = {
    "none": lambda circuit: circuit,
    "receptors": lambda circuit: replace(circuit, soma_receptor=None, apical_receptor=None),
    "apical receptors": lambda circuit: replace(circuit, apical_receptor=None),
    "ramps": lambda circuit: replace(circuit, ramp_ms=0.0),
    "second channel": _one_channel,
    "gains doubled": lambda circuit: replace(
        circuit, feedback=2 * circuit.feedback, teacher_gain=2 * circuit.teacher_gain
    ),
    "rates": lambda circuit: replace(circuit, halvings=()),
    "rest at p^b": lambda circuit: replace(
        circuit, neuron=replace(circuit.neuron, dendrite_background=100.0)
    ),
    "earlier": _earlier,
}
"""Each without what it is named after; rates: constant ones; rest: dendrites that rest at a burst
probability of 0.27 instead of 0.24, with p^b = 0.25."""


@dataclass(frozen=True)
class Ablated(XorConfig):
    """A run without something."""

    without: str = "none"

    @property
    def circuit(self) -> XorCircuit:
        """That of the decoding, without it."""
        return ABLATIONS[self.without](super().circuit)


def merit(config: XorConfig) -> float:
    """The figure of merit before learning."""
    config = replace(config, example_ms=MERIT_MS)
    network, offset_hz = start(config)
    simulator, stimulus = SpikingSimulator(network, config.seed), xor_stimulus(config, offset_hz)
    rest, taught = (shown(simulator, stimulus, taught=on) for on in (False, True))
    return figure_of_merit(rest, taught)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--epochs", type=int, default=STP.epochs)
    parser.add_argument("--neurons", type=int, default=500, help="of each ensemble")
    parser.add_argument("--connection-probability", type=float, default=0.2)
    parser.add_argument("--only", nargs="+", choices=list(ABLATIONS), default=list(ABLATIONS))
    options = parser.parse_args()
    print("| without | figure of merit | ratio |\n| --- | --- | --- |")
    for without in options.only:
        configs = [
            Ablated(
                seed=seed,
                epochs=options.epochs,
                neurons=options.neurons,
                connection_probability=options.connection_probability,
                decoding="stp",
                without=without,
            )
            for seed in options.seeds
        ]
        merits = np.mean([merit(config) for config in configs])
        ratios = [train(config).ratio for config in configs] if options.epochs else []
        print(f"| {without} | {merits:.2f} | {', '.join(f'{each:.2f}' for each in ratios)} |")


if __name__ == "__main__":
    main()

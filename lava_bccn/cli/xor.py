"""``bccn xor``.

examples:
  bccn xor                                     one seed, BurstCCN in a single phase
  bccn xor --seeds 0 1 2 3 4 --plot xor.png    five seeds, side by side over the cores
  bccn xor --precision fixed --seeds 0 1 2     in Loihi 2 integers
  bccn xor --decoding stp                      spikes only: full neuron, short-term plasticity
  bccn xor --decoding stp --feedback learned   inhibitory feedback that learns from nothing
  bccn xor --rule burstprop --phases 2         Burstprop's moving average, two phases
  bccn xor --freeze-hidden                     what the output learns on its own

A killed run goes on where it was when the same command is given again.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.cli.fields import add_fields, given
from lava_bccn.cli.parsing import count
from lava_bccn.cli.printing import counted, print_json, print_table, progress_bar
from lava_bccn.cli.resuming import goes_on, settings_are_options
from lava_bccn.cli.seeds import add_run_options, add_seeds, by_seed, check_run_options
from lava_bccn.experiments.xor_circuit import CIRCUITS, LEARNED_RATIO, XorConfig
from lava_bccn.extras import require
from lava_bccn.files import check_writable

if TYPE_CHECKING:
    from lava_bccn.experiments.xor import XorResult


_OPTIONS = {"seed": "seeds", "example_ms": "example_seconds", "hidden_learns": "freeze_hidden"}
"""That give settings of other names than theirs."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command: the fields of ``XorConfig``, of each seed."""
    add, field = parser.add_argument, partial(add_fields, parser, XorConfig)
    add_seeds(parser)
    field("epochs", type=count, help=f"of four examples ({_defaults('epochs')})")
    add(
        "--example-seconds",
        type=float,
        metavar="S",
        help=f"length of an example ({_defaults('example_ms', 1e-3)})",
    )
    field("neurons", type=count, help="of each of the five ensembles")
    field("connection_probability")
    field(
        "decoding",
        help="ideal: burst-Poisson neurons, connections transmit detected events or bursts; stp: "
        "full neurons, depressing and facilitating synapses read both from the spikes",
    )
    field(
        "feedback",
        help="how inhibitory feedback comes to balance the excitatory one; fit: measured "
        "beforehand; learned: by homeostasis, from nothing, and it goes on learning",
    )
    field("precision", help="fixed: Loihi 2 integers")
    field("rule", help="constant baseline, or moving average of a neuron's own burst probability")
    field(
        "phases",
        help="1: teacher and plasticity are always on; 2: only in the last tenth of each example",
    )
    add("--freeze-hidden", action="store_true", help="only the output ensemble learns")
    field("rate_scale")
    add_run_options(parser, "bccn-xor", "the learning curves and final rates")


def _defaults(name: str, unit: float = 1.0) -> str:
    """Such as ``default: ideal 30, stp 60``."""
    values = (f"{key} {unit * getattr(circuit, name):g}" for key, circuit in CIRCUITS.items())
    return f"default: {', '.join(values)}"


def execute(options: argparse.Namespace) -> None:
    """Train all seeds, test them, print what they learned."""
    from lava_bccn.experiments.paper.xor import xor_figure

    require("scipy.optimize", "data", "a network of spiking ensembles")
    check_run_options(options)
    seconds = options.example_seconds
    config = XorConfig(
        example_ms=None if seconds is None else 1000 * seconds,  # type: ignore[arg-type]
        hidden_learns=not options.freeze_hidden,
        **given(XorConfig, options),
    )
    results = _train(options, [replace(config, seed=seed) for seed in options.seeds])
    if options.plot is not None:
        from lava_bccn.plots import save_figure

        figure = xor_figure(results)
        save_figure(figure, options.plot, dpi=130)
    if options.json:
        print_json({"needed_ratio": LEARNED_RATIO, "runs": [_facts(each) for each in results]})
        return
    _print(config, results)
    print(f"Checkpoints, and trained networks (.safetensors): {options.output_dir}")


def _train(options: argparse.Namespace, configs: Sequence[XorConfig]) -> list[XorResult]:
    # Not for --help: it takes long.
    from lava_bccn.experiments.xor import compile_for, train_side_by_side

    check_writable(options.output_dir / "seed.npz")
    runs = [(config, options.output_dir / f"{_name(config)}.npz") for config in configs]
    goes_on(options, *(path for _, path in runs))
    epochs = sum(config.epochs for config in configs)
    if len(runs) > 1 and options.workers != 1:
        compile_for(configs[0])  # once, and not in every process at the same time
    with progress_bar("xor", epochs, unit="epochs") as bar:
        tell = by_seed(bar, options.seeds, "ratio")

        def on_epoch(config: XorConfig, epoch: int, ratio: float) -> None:
            tell(config.seed, epoch, f"{ratio:.2f}")

        with settings_are_options(_OPTIONS):
            results = train_side_by_side(runs, options.workers, on_epoch)
    for result, (_, path) in zip(results, runs, strict=True):
        result.network.save(path.with_suffix(".safetensors"))
    return results


def _facts(result: XorResult) -> dict[str, Any]:
    return {
        "seed": result.config.seed,
        "ratio": result.ratio,
        "learned": result.learned,
        "before_hz": result.before[:, -1].tolist(),
        "after_hz": result.after[:, -1].tolist(),
        "hidden_hz": result.after[:, 2:4].tolist(),
        "burst_prob_before": _finite(result.burst_prob_before[:, 2:]),
        "burst_prob_after": _finite(result.burst_prob_after[:, 2:]),
        "simulator_seconds": result.seconds,
    }


def _print(config: XorConfig, results: Sequence[XorResult]) -> None:
    print_table(
        f"{config.rule}, {config.decoding} decoding, {config.precision}, "
        f"{counted(config.phases, 'phase')}, {counted(config.epochs, 'epoch')} of "
        f"4 x {config.example_ms / 1000:g} s, {5 * config.neurons} neurons",
        [
            {
                "seed": str(result.config.seed),
                "before: 00 01 10 11 (Hz)": " ".join(
                    f"{rate:.1f}" for rate in result.before[:, -1]
                ),
                "after (Hz)": " ".join(f"{rate:.1f}" for rate in result.after[:, -1]),
                "ratio": f"{result.ratio:.2f}",
                "learned": "yes" if result.learned else "no",
                "seconds": f"{result.seconds:.1f}",
            }
            for result in results
        ],
    )
    if config.decoding == "stp":
        _print_burst_probs(results)
    print(
        "Output event rates with the teacher off. Ratio: lower of (0,1), (1,0) over the higher\n"
        f"of (0,0), (1,1); learned: at least {LEARNED_RATIO}. Seconds: of simulation (all epochs,\n"
        "both tests), without compiling."
    )


def _print_burst_probs(results: Sequence[XorResult]) -> None:
    """Whether burst probabilities stay at the baseline without a teacher, as they must."""
    print_table(
        f"burst probabilities without a teacher (baseline {results[0].config.circuit.p_baseline})",
        [
            {
                "seed": str(result.config.seed),
                "ensemble": name,
                "before: 00 01 10 11": _probabilities(result.burst_prob_before[:, 2 + index]),
                "after": _probabilities(result.burst_prob_after[:, 2 + index]),
            }
            for result in results
            for index, name in enumerate(("hidden 1", "hidden 2", "output"))
        ],
    )


def _probabilities(values: NDArray[np.float64]) -> str:
    return " ".join(f"{value:.2f}" for value in values)


def _finite(values: NDArray[np.float64]) -> list[list[float | None]]:
    """JSON has no NaN."""
    return [[None if np.isnan(value) else float(value) for value in row] for row in values]


def _name(config: XorConfig) -> str:
    """A checkpoint's name tells runs apart that may share a folder."""
    frozen = "" if config.hidden_learns else "_frozen"
    learned = "_learned" if config.feedback == "learned" else ""
    return (
        f"{config.rule}_{config.phases}_{config.decoding}_{config.precision}{learned}{frozen}"
        f"_seed{config.seed}"
    )

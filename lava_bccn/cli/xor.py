"""``bccn xor``: spiking ensembles learn XOR."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.cli.common import (
    add_json_option,
    add_parser,
    check_picture,
    print_json,
    print_table,
    progress_bar,
)
from lava_bccn.errors import InvalidInputError
from lava_bccn.files import check_writable, write_atomically

if TYPE_CHECKING:
    from lava_bccn.experiments.xor import XorResult

_EXAMPLES = """\
  bccn xor                                     one seed, BurstCCN in a single phase
  bccn xor --seeds 0 1 2 3 4 --plot xor.png    five seeds, side by side over the cores
  bccn xor --precision fixed --seeds 0 1 2     in Loihi 2 integers
  bccn xor --decoding stp                      spikes only: full neuron, short-term plasticity
  bccn xor --rule burstprop --phases 2         Burstprop's moving average, two phases
  bccn xor --freeze-hidden                     what the output learns on its own

A killed run goes on where it was when the same command is given again."""


def add_command(commands: Any) -> None:
    """Add the command to ``bccn``."""
    summary = "let spiking ensembles learn XOR, in a single phase"
    parser = add_parser(commands, "xor", summary, _EXAMPLES)
    parser.set_defaults(execute=execute)
    add = parser.add_argument
    add("--seeds", type=int, nargs="+", default=[0], metavar="SEED", help="one run each")
    add("--epochs", type=int, default=30, help="of four examples")
    add("--example-seconds", type=float, default=8.0, metavar="S", help="length of an example")
    add("--neurons", type=int, default=500, help="of each of the five ensembles")
    add(
        "--connection-probability",
        type=float,
        default=0.2,
        metavar="P",
        help="of two neurons of connected ensembles",
    )
    add(
        "--decoding",
        choices=("ideal", "stp"),
        default="ideal",
        help="ideal: burst-Poisson neurons, connections transmit detected events or bursts; stp: "
        "full neurons, depressing and facilitating synapses read both from the spikes",
    )
    add("--precision", choices=("float", "fixed"), default="float", help="fixed: Loihi 2 integers")
    add(
        "--rule",
        choices=("burstccn", "burstprop"),
        default="burstccn",
        help="constant baseline, or moving average of a neuron's own burst probability",
    )
    add(
        "--phases",
        type=int,
        choices=(1, 2),
        default=1,
        help="1: teacher and plasticity are always on; 2: only in the last tenth of each example",
    )
    add("--freeze-hidden", action="store_true", help="only the output ensemble learns")
    add("--rate-scale", type=float, default=1.0, metavar="F", help="multiplies all learning rates")
    add("--workers", type=int, metavar="N", help="runs at a time (default: one for each core)")
    add(
        "--output-dir",
        type=Path,
        default=Path("bccn-xor"),
        metavar="DIR",
        help="where checkpoints go",
    )
    add("--plot", type=Path, metavar="FILE.png", help="draw the learning curves and final rates")
    add_json_option(parser)


def execute(options: argparse.Namespace) -> None:
    """Train all seeds, test them, print what they learned."""
    from lava_bccn.experiments.paper.xor import xor_figure
    from lava_bccn.experiments.xor import train_side_by_side
    from lava_bccn.experiments.xor_circuit import LEARNED_RATIO, XorConfig

    for name in ("epochs", "neurons"):
        if getattr(options, name) < 1:
            raise InvalidInputError(f"--{name} must be at least 1")
    if options.workers is not None and options.workers < 1:
        raise InvalidInputError("--workers must be at least 1")
    if len(set(options.seeds)) != len(options.seeds):
        raise InvalidInputError("a seed is given twice")
    if options.plot is not None:
        check_picture(options.plot)
        check_writable(options.plot)
    configs = [
        XorConfig(
            seed=seed,
            epochs=options.epochs,
            example_ms=1000 * options.example_seconds,
            neurons=options.neurons,
            connection_probability=options.connection_probability,
            decoding=options.decoding,
            precision=options.precision,
            rule=options.rule,
            phases=options.phases,
            hidden_learns=not options.freeze_hidden,
            rate_scale=options.rate_scale,
        )
        for seed in options.seeds
    ]
    check_writable(options.output_dir / "seed.npz")
    runs = [(config, options.output_dir / f"{_name(config)}.npz") for config in configs]
    latest: dict[int, str] = {}
    with progress_bar("xor", len(runs) * options.epochs, unit="epochs") as bar:
        done = dict.fromkeys(options.seeds, 0)

        def on_epoch(config: XorConfig, epoch: int, ratio: float) -> None:
            latest[config.seed] = f"{ratio:.2f}"
            note = "ratio " + ", ".join(f"{seed}: {value}" for seed, value in latest.items())
            bar(epoch - done[config.seed], note=note)
            done[config.seed] = epoch

        results = train_side_by_side(runs, options.workers, on_epoch)
    if options.plot is not None:
        figure = xor_figure(results)
        write_atomically(options.plot, lambda path: figure.savefig(path, dpi=130))
    if options.json:
        print_json(
            {
                "needed_ratio": LEARNED_RATIO,
                "runs": [
                    {
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
                    for result in results
                ],
            }
        )
        return
    print_table(
        f"{options.rule}, {options.decoding} decoding, {options.precision}, "
        f"{options.phases} phase{'s' if options.phases == 2 else ''}, {options.epochs} epochs of "
        f"4 x {options.example_seconds:g} s, {5 * options.neurons} neurons",
        ("seed", "before: 00 01 10 11 (Hz)", "after (Hz)", "ratio", "learned", "seconds"),
        [
            (
                str(result.config.seed),
                " ".join(f"{rate:.1f}" for rate in result.before[:, -1]),
                " ".join(f"{rate:.1f}" for rate in result.after[:, -1]),
                f"{result.ratio:.2f}",
                "yes" if result.learned else "no",
                f"{result.seconds:.0f}",
            )
            for result in results
        ],
    )
    if options.decoding == "stp":
        _print_burst_probs(results)
    print(
        "Output event rates with the teacher off. Ratio: lower of (0,1), (1,0) over the higher\n"
        f"of (0,0), (1,1); learned: at least {LEARNED_RATIO}. Seconds: of simulation, all epochs.\n"
        f"Checkpoints: {options.output_dir}"
    )


def _print_burst_probs(results: Sequence[XorResult]) -> None:
    """Whether burst probabilities stay at the baseline without a teacher, as they must."""
    print_table(
        f"burst probabilities without a teacher (baseline {results[0].config.circuit.p_baseline})",
        ("seed", "ensemble", "before: 00 01 10 11", "after"),
        [
            (
                str(result.config.seed),
                name,
                *(
                    " ".join(f"{value:.2f}" for value in probabilities[:, 2 + index])
                    for probabilities in (result.burst_prob_before, result.burst_prob_after)
                ),
            )
            for result in results
            for index, name in enumerate(("hidden 1", "hidden 2", "output"))
        ],
    )


def _finite(values: NDArray[np.float64]) -> list[list[float | None]]:
    """JSON has no NaN."""
    return [[None if np.isnan(value) else float(value) for value in row] for row in values]


def _name(config: Any) -> str:
    """A checkpoint's name tells runs apart that may share a folder."""
    frozen = "" if config.hidden_learns else "_frozen"
    return (
        f"{config.rule}_{config.phases}_{config.decoding}_{config.precision}{frozen}"
        f"_seed{config.seed}"
    )

"""``bccn reproduce xor``: spiking ensembles learn XOR, in a single phase.

Sources: Greedy et al., NeurIPS 2022 (arXiv 2206.11769), after Payeur et al., Nature Neuroscience
24:1010, 2021, whose Burstprop needs two phases.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lava_bccn.experiments.paper.experiment import Comparison, Experiment, Part, Row, Setting, Tell
from lava_bccn.experiments.paper.summary import column, curves, last_rows, mean_and_each
from lava_bccn.experiments.xor_circuit import LEARNED_RATIO, PATTERNS, XorConfig, xor_ratio

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lava_bccn.experiments.xor import XorResult

VARIANTS: dict[str, dict[str, Any]] = {
    "burstccn": {},
    "burstccn-fixed": {"precision": "fixed"},
    "burstccn-frozen": {"hidden_learns": False},
    "burstccn-stp": {"decoding": "stp"},
    "burstccn-stp-fixed": {"decoding": "stp", "precision": "fixed"},
    "burstccn-stp-frozen": {"decoding": "stp", "hidden_learns": False},
    "burstccn-stp-learned": {"decoding": "stp", "feedback": "learned"},
    "burstprop": {"rule": "burstprop", "phases": 2, "rate_scale": 0.6, "epochs": 120},
    "burstprop-one-phase": {"rule": "burstprop", "rate_scale": 0.6, "epochs": 120},
}
"""Options of each: in a single phase, the same in Loihi 2 integers, the same while only the output
learns; the three by spikes and short-term plasticity alone, and with inhibitory feedback that
learns from nothing; and Burstprop's moving average, of the weights' rule alone, in two phases and
in one. (Biases compare with the constant baseline in either rule; without that one phase fails, see
``benchmarks/burstprop_baseline.py``.)"""

PUBLISHED = {"burstccn": "learned", "burstprop": "learned", "burstprop-one-phase": "not learned"}

QUICK: dict[str, Any] = {"neurons": 100, "connection_probability": 1.0, "epochs": 40}
"""Epochs where a variant has no number of its own."""


def _run(part: Part, tell: Tell) -> list[Row]:
    from lava_bccn.experiments.xor import train

    options = (QUICK if part.quick else {}) | VARIANTS[part.variant]
    config = XorConfig(seed=part.seed, **options)
    result = train(
        config,
        part.checkpoint.with_suffix(".npz"),
        lambda epoch, ratio: tell(epoch / config.epochs, f"ratio {ratio:.2f}"),
    )
    return [
        {
            "epoch": epoch,
            **{f"hz_{a}{b}": float(rate) for (a, b), rate in zip(PATTERNS, rates, strict=True)},
            "ratio": xor_ratio(rates),
            "ratio_before": xor_ratio(result.before[:, -1]),
            "ratio_after": result.ratio,
        }
        for epoch, rates in enumerate(result.history, start=1)
    ]


def _compare(rows: Sequence[Row]) -> list[Comparison]:
    comparisons = []
    for variant, last in last_rows(rows).items():
        before, after = column(last, "ratio_before"), column(last, "ratio_after")
        learned = f"{(after >= LEARNED_RATIO).sum()} of {len(after)} learned"
        comparisons.append(
            Comparison(
                f"{variant}: ratio, teacher off",
                PUBLISHED.get(variant, "—"),
                f"{before.mean():.2f} → {mean_and_each(after, unit='')}; {learned}",
            )
        )
    return comparisons


def _colours() -> tuple[str, ...]:
    """A colour a pattern."""
    from lava_bccn.plots import COLOURS, FAINT

    return FAINT, COLOURS[0], COLOURS[2], COLOURS[1]


def xor_figure(results: Sequence[XorResult]) -> Figure:
    """The output's event rates while it learns, their ratio, all ensembles before and after; and by
    pattern, with and without the teacher: burst probabilities, messages, dendritic currents.

    Args:
        results: runs of one configuration with different seeds; the first is drawn in detail.
    """
    from lava_bccn.plots import panels, style

    with style():
        figure, axes = panels((12.5, 7.2), rows=2, columns=4, width_ratios=[1.5, 1.2, 1, 1])
        _draw(axes, results)
    return figure


def _draw(panels: Sequence[Axes], results: Sequence[XorResult]) -> None:
    first = results[0]
    learning, ratios, before, after, *feedback = panels
    epochs = np.arange(1, len(first.history) + 1)
    for index, (pattern, colour) in enumerate(zip(PATTERNS, _colours(), strict=True)):
        learning.plot(epochs, first.history[:, index], color=colour, label=_name(pattern))
    learning.set_title(f"output while learning (seed {first.config.seed})")
    learning.set(xlabel="epoch of four examples", ylabel="event rate (Hz), teacher on")
    learning.legend(title="inputs")
    for result in results:
        values = [xor_ratio(rates) for rates in result.history]
        ratios.plot(np.arange(1, len(values) + 1), values, label=str(result.config.seed))
    ratios.axhline(LEARNED_RATIO, color="0.6", linestyle=":")
    ratios.set_title("min high / max low")
    ratios.set(xlabel="epoch of four examples", ylabel="ratio of event rates")
    ratios.legend(title="seed")
    highest = max(first.before[:, 2:].max(), first.after[:, 2:].max()) * 1.1
    for axes, rates, title in ((before, first.before, "before"), (after, first.after, "after")):
        _bars(axes, rates[:, 2:], ["hidden 1", "hidden 2", "output"])
        axes.set_ylim(0, highest)
        axes.set_title(f"{title}, teacher off")
        axes.set_ylabel("event rate (Hz)")
    _draw_feedback(feedback, first)


def _draw_feedback(panels: Sequence[Axes], result: XorResult) -> None:
    messages, currents, without, taught = panels
    names = [
        name.removeprefix("feedback_").removesuffix("_2").replace("_", "\n")
        for name in result.taught.messages
    ]
    _bars(messages, np.stack(list(result.taught.messages.values()), axis=1), names, "connection")
    messages.set_title("messages of the output, teacher on")
    messages.set_ylabel("release (Hz)")
    both = np.hstack([result.rest.currents, result.taught.currents])
    _bars(currents, both, ["1", "2", "1, taught", "2, taught"], "hidden ensemble")
    currents.axhline(0, color="0.6", linewidth=0.8)
    currents.set_title("feedback to hidden 1 and 2")
    currents.set_ylabel("apical current (pA)")
    for axes, shown, title in ((without, result.rest, "off"), (taught, result.taught, "on")):
        _bars(axes, shown.burst_prob[:, 2:], ["hidden 1", "hidden 2", "output"])
        axes.axhline(result.config.circuit.p_baseline, color="0.6", linestyle=":")
        axes.set_ylim(0, 1.1 * np.nanmax(result.taught.burst_prob[:, 2:], initial=0.5))
        axes.set_title(f"teacher {title}")
        axes.set_ylabel("burst probability")


def _bars(
    axes: Axes, values: NDArray[np.float64], names: Sequence[str], of: str = "ensemble"
) -> None:
    """One group of bars for each column of values (patterns, columns), which are of one each."""
    for index, (pattern, colour) in enumerate(zip(PATTERNS, _colours(), strict=True)):
        places = np.arange(len(names)) + 0.2 * (index - 1.5)
        axes.bar(places, values[index], 0.2, color=colour, label=_name(pattern))
    axes.set_xticks(range(len(names)), names, fontsize=8)
    axes.set_xlabel(of)


def _name(pattern: tuple[int, int]) -> str:
    return f"{pattern[0]}, {pattern[1]}"


EXPERIMENT = Experiment(
    name="xor",
    shows="XOR by spiking ensembles; ratio: lower rate of (0,1), (1,0) over higher of (0,0), (1,1)",
    quick=Setting((0,), tuple(VARIANTS), "minutes on two cores, 0.5 GB a worker (100 neurons)"),
    full=Setting((0, 1, 2), tuple(VARIANTS), "3 min a part on a core, burstprop 15, 1 GB a worker"),
    run=_run,
    compare=_compare,
    draw=curves(
        "epoch",
        "epoch of four examples, teacher on",
        {
            "ratio": "min high / max low",
            "hz_01": "output for (0, 1) (Hz)",
            "hz_11": "output for (1, 1) (Hz)",
        },
    ),
)

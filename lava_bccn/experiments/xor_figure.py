"""A picture of XOR learned by spikes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from lava_bccn.experiments.xor import LEARNED_RATIO, XorResult, xor_ratio
from lava_bccn.experiments.xor_network import PATTERNS

_COLOURS = ("0.6", "C0", "C2", "C3")


def xor_figure(results: Sequence[XorResult]) -> Figure:
    """The output's event rates while it learns, their ratio, and all ensembles before and after.

    Args:
        results: runs of one configuration with different seeds; the first is drawn in detail.
    """
    first = results[0]
    figure = Figure(figsize=(11, 3.4), layout="constrained")
    learning, ratios, before, after = figure.subplots(1, 4, width_ratios=[1.5, 1.2, 1, 1])
    epochs = np.arange(1, len(first.history) + 1)
    for index, (pattern, colour) in enumerate(zip(PATTERNS, _COLOURS, strict=True)):
        learning.plot(epochs, first.history[:, index], color=colour, label=_name(pattern))
    learning.set_title(f"output while learning (seed {first.config.seed})", fontsize=10)
    learning.set_xlabel("epoch of four examples")
    learning.set_ylabel("event rate (Hz), teacher on")
    learning.legend(fontsize=7, title="inputs", title_fontsize=7)
    for result in results:
        values = [xor_ratio(rates) for rates in result.history]
        ratios.plot(np.arange(1, len(values) + 1), values, label=str(result.config.seed))
    ratios.axhline(LEARNED_RATIO, color="0.6", linestyle=":")
    ratios.set_title("min high / max low", fontsize=10)
    ratios.set_xlabel("epoch of four examples")
    ratios.legend(fontsize=7, title="seed", title_fontsize=7)
    highest = max(first.before[:, 2:].max(), first.after[:, 2:].max()) * 1.1
    for axes, rates, title in ((before, first.before, "before"), (after, first.after, "after")):
        for index, (pattern, colour) in enumerate(zip(PATTERNS, _COLOURS, strict=True)):
            places = np.arange(3) + 0.2 * (index - 1.5)
            axes.bar(places, rates[index, 2:], 0.2, color=colour, label=_name(pattern))
        axes.set_xticks(range(3), ["hidden 1", "hidden 2", "output"], fontsize=8)
        axes.set_ylim(0, highest)
        axes.set_title(f"{title}, teacher off", fontsize=10)
    before.set_ylabel("event rate (Hz)")
    return figure


def _name(pattern: tuple[int, int]) -> str:
    return f"{pattern[0]}, {pattern[1]}"

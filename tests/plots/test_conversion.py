"""Figures of what a network became in integers."""

import numpy as np
import pytest

from lava_bccn.mapping.report import ConversionReport, Histogram, LayerReport, Outcome
from lava_bccn.plots import conversion
from tests.plots.figures import unlabelled

OUTCOME = Outcome(accuracy=None, agreement=1.0, error=0.0, loss=0.0, distance=None)


def report(shares):
    """Of one layer whose histograms all hold these."""
    histogram = Histogram(0.0, 1.0, shares, shares)
    numbers = dict.fromkeys(
        ("rounded_to_zero", "event_rate_error", "event_rate_loss", "at_top", "at_limit"), 0.0
    )
    layer = LayerReport(
        origin="linear",
        shape=(2, 2),
        units=(2,),
        weight_exponent=-7,
        clipped=0,
        weights=histogram,
        event_rates=histogram,
        **numbers,
    )
    return ConversionReport("2-2", "values", 1, OUTCOME, OUTCOME, (layer,), ())


@pytest.mark.parametrize("shares", [(0.4, 0.6), (1.0,), (0.001, 0.999), (0.0, 0.5), (0.1, 0.9)])
def test_every_axis_shows_a_power_of_ten_and_all_shares(shares):
    figure = conversion(report(shares))
    assert not unlabelled(figure)
    for axes in figure.axes:
        low, high = axes.get_ylim()
        named = [
            tick
            for tick, label in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
            if label.get_text() and 0.999 * low <= tick <= high
        ]
        assert named and all(
            np.log10(tick) == pytest.approx(round(np.log10(tick))) for tick in named
        )
        assert all(low < share <= high for share in shares if share)

"""Curves show means, and all that they are means of."""

import numpy as np

from lava_bccn import plots
from tests.plots.figures import unlabelled


def test_a_line_is_the_mean_and_the_shade_reaches_all_seeds():
    rows = [
        {"variant": variant, "seed": seed, "epoch": epoch, "error": scale * (seed + epoch)}
        for variant, scale in (("a", 1.0), ("b", 2.0))
        for seed in (0, 1, 5)
        for epoch in (2, 1)
    ]
    figure = plots.curves(rows, "epoch", {"error": "test error"}, "epoch")
    assert not unlabelled(figure)
    (axes,) = figure.axes
    for line, shade, scale in zip(axes.lines, axes.collections, (1, 2), strict=True):
        np.testing.assert_allclose(line.get_xydata(), [[1, 3 * scale], [2, 4 * scale]])
        reached = shade.get_paths()[0].vertices
        assert (reached[:, 1].min(), reached[:, 1].max()) == (scale, 7 * scale)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "test error")

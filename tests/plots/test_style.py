"""All figures have one style, which is theirs alone."""

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex

from lava_bccn import plots
from lava_bccn.plots import COLOURS, style
from tests.plots.figures import unlabelled

SIZES = ("font.size", "axes.titlesize", "axes.labelsize", "xtick.labelsize", "legend.fontsize")


def test_it_leaves_the_settings_of_matplotlib_as_they_were():
    before = dict(matplotlib.rcParams)
    with style():
        assert matplotlib.rcParams["axes.prop_cycle"].by_key()["color"] == list(COLOURS)
        assert min(matplotlib.rcParams[name] for name in SIZES) >= 9
    assert dict(matplotlib.rcParams) == before


def test_panels_and_what_is_drawn_later_have_it():
    _, (axes,) = plots.panels((3, 3))
    lines = [axes.plot([0, 1])[0] for _ in COLOURS]
    assert [to_hex(line.get_color()).upper() for line in lines] == list(COLOURS)
    assert not axes.spines["top"].get_visible()


def test_colours_are_told_apart_by_the_colour_blind():
    """By how light they are: red and green alone tell nothing."""
    channels = np.array([matplotlib.colors.to_rgb(colour) for colour in COLOURS[:4]])
    lightness = np.sort(channels @ (0.2126, 0.7152, 0.0722))
    assert (np.diff(lightness) > 0.02).all()


@pytest.mark.parametrize("hidden", [0, 2])
def test_training_curves_say_what_they_show(hidden):
    angles = {f"angle_to_backprop_{layer}": 20.0 for layer in range(1, hidden + 2)}
    history = [
        {"epoch": epoch, "training_loss": 1 / epoch, "held_out_error": 0.1, **angles}
        for epoch in (1, 2)
    ]
    assert not unlabelled(plots.training(history))

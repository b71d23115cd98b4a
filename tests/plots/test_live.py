"""Curves that grow in a notebook, and only there."""

import base64

import numpy as np
import torch

from lava_bccn import nn, plots
from lava_bccn.online import Progression
from tests.jupyter import Notebook

HISTORY = [
    {
        "epoch": epoch,
        "training_loss": 1 / epoch,
        "held_out_error": 0.5 / epoch,
        "angle_to_backprop_1": 80.0 - epoch,
        "angle_to_backprop_2": 60.0 - epoch,
        "angle_to_backprop_3": 0.0,
    }
    for epoch in (1, 2, 3)
]


def drawn(shown):
    return base64.b64decode(shown["image/png"]).startswith(b"\x89PNG")


def test_the_panels_are_loss_error_and_angles_of_hidden_layers():
    loss, error, angles = plots.training(HISTORY).axes
    np.testing.assert_allclose(loss.lines[0].get_xydata(), [[1, 1], [2, 1 / 2], [3, 1 / 3]])
    np.testing.assert_allclose(error.lines[0].get_ydata(), [50, 25, 50 / 3])
    assert [list(line.get_ydata()) for line in angles.lines] == [[79, 78, 77], [59, 58, 57]]
    assert {axes.get_xlabel() for axes in (loss, error, angles)} == {"epoch"}
    assert (error.get_ylabel(), angles.get_ylabel()) == ("error (%)", "update to backprop (°)")


def test_a_notebook_has_one_picture_which_ends_with_the_last_epoch(monkeypatch):
    notebook, live = Notebook().install(monkeypatch), plots.LiveCurves()
    for record in HISTORY:
        live(record)
    (shown,) = notebook.outputs
    assert len(shown) == 1  # they came too fast to be drawn one by one
    notebook.end_cell()
    notebook.end_cell()
    assert len(shown) == 2 and all(map(drawn, shown))


def test_elsewhere_curves_are_kept_and_not_drawn(monkeypatch):
    monkeypatch.setattr(plots.LiveCurves, "figure", None)
    live = plots.LiveCurves()
    for record in HISTORY:
        live(record)
    assert live.points == HISTORY


def test_training_draws_what_its_history_has(monkeypatch):
    notebook, live = Notebook().install(monkeypatch), plots.LiveCurves()
    samples = torch.rand(20, 6), torch.arange(20) % 3
    config = nn.TrainingConfig(epochs=3)
    model = nn.burst_mlp((6, 5, 3))
    result = nn.train(model, samples, samples, config, on_epoch=live, progress=True)
    assert live.points == result.history
    assert repr(result).startswith("TrainingResult of 3 epochs\n  training loss")
    bar, _ = sorted(notebook.outputs, key=lambda shown: "image/png" in shown[0])
    assert "6/6 batches" in bar[-1]["text/plain"] and "error" in bar[-1]["text/plain"]


def test_points_of_learning_online_are_drawn_as_accuracies(monkeypatch):
    notebook, live = Notebook().install(monkeypatch), plots.LiveCurves()
    for learned, accuracy in ((10, 0.5), (20, 0.75)):
        live(Progression(learned, accuracy / 2, accuracy, (accuracy,), 0.0, ((1, 2),)))
    (axes,) = live.figure().axes
    test, seen = axes.lines
    np.testing.assert_allclose(test.get_xydata(), [[10, 50], [20, 75]])
    np.testing.assert_allclose(seen.get_ydata()[-1], 37.5)
    assert len(notebook.outputs) == 1 and drawn(notebook.outputs[0][0])

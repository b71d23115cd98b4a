"""The depth experiment: a row for every run, the same again for the same seeds."""

from dataclasses import replace

import pytest

from lava_bccn import datasets
from lava_bccn.errors import InvalidInputError
from lava_bccn.experiments.paper.depth import QUICK, DepthConfig, run_depth
from lava_bccn.nn.training_config import TrainingConfig


@pytest.mark.slow
def test_every_model_depth_and_seed_gets_a_row():
    config = replace(
        QUICK,
        depths=(1, 2),
        seeds=(0, 1),
        hidden_units=16,
        samples=200,
        training=TrainingConfig(epochs=2),
    )
    seen = []
    rows = run_depth(datasets.load("digits"), config, seen.append)
    assert rows == seen == run_depth(datasets.load("digits"), config)
    found = [(row.hidden_layers, row.model, row.seed) for row in rows]
    assert found == [(d, m, s) for d in (1, 2) for m in config.models for s in (0, 1)]
    assert all(0 <= row.test_error <= 1 and 0 <= row.first_angle <= 180 for row in rows)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"models": ("hebb",)}, "hebb"),
        ({"depths": (0, 1)}, "depths"),
        ({"hidden_units": 0}, "hidden_units"),
        ({"samples": 0}, "samples"),
    ],
)
def test_impossible_configurations_are_refused(options, message):
    with pytest.raises(InvalidInputError, match=message):
        DepthConfig(**options)

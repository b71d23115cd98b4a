"""The depth experiment: a row for every run, the same again for the same seeds."""

import pytest

from lava_bccn.errors import InvalidInputError
from lava_bccn.experiments.paper import depth
from lava_bccn.experiments.paper.harness import find, parts_of, run_part, run_parts
from lava_bccn.nn.training_config import TrainingConfig

VARIANTS = [f"{model}-{layers}" for layers in (1, 2) for model in depth.PUBLISHED]


@pytest.mark.slow
def test_every_model_depth_and_seed_gets_a_row(tmp_path, monkeypatch):
    monkeypatch.setattr(depth, "QUICK", TrainingConfig(epochs=2))
    monkeypatch.setattr(depth, "QUICK_UNITS", 16)
    options = {"quick": True, "seeds": [0, 1], "variants": VARIANTS}
    runs = []
    for folder in ("once", "again"):
        parts = parts_of(find("depth"), tmp_path / folder, **options)
        for part in parts:  # in this process, where the settings are changed
            run_part(part, lambda *_: None)
        runs.append(run_parts(parts))
    rows, again = runs
    assert rows == again
    found = [(row["seed"], row["hidden_layers"], row["model"]) for row in rows]
    assert found == [(s, d, m) for s in (0, 1) for d in (1, 2) for m in depth.PUBLISHED]
    assert all(0 <= row["test_error"] <= 1 and 0 <= row["first_angle"] <= 180 for row in rows)


@pytest.mark.parametrize("variant", ["hebb-1", "burstccn-0", "burstccn-9", "burstccn"])
def test_models_and_depths_that_are_not_there_are_refused(variant, tmp_path):
    with pytest.raises(InvalidInputError, match=f"got {variant}"):
        parts_of(find("depth"), tmp_path, variants=[variant])

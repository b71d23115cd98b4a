"""``benchmarks/online_learning.py`` on files laid out as Fashion-MNIST's."""

import sys

import numpy as np
import pytest

from benchmarks import online_learning
from lava_bccn.tables import read_table
from tests.datasets.test_mnist import idx


@pytest.fixture
def made_up(tmp_path):
    """A folder of four files: bright and dark images of two classes."""
    folder = tmp_path / "FashionMNIST" / "raw"
    folder.mkdir(parents=True)
    labels = (np.arange(200) % 2).astype(np.uint8)
    images = np.random.default_rng(0).integers(0, 60, (200, 28, 28)).astype(np.uint8)
    images[labels == 1, :14] += 120
    for part in ("train", "t10k"):
        (folder / f"{part}-images-idx3-ubyte").write_bytes(idx(images))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(idx(labels))
    return tmp_path


def test_fashion_mnist_is_read_where_its_files_are(made_up, monkeypatch, capsys):
    table = made_up / "results.csv"
    given = ["--dataset", "fashion-mnist", "--data-dir", str(made_up), "--epochs", "2"]
    given += ["--networks", "kolen_pollack", "--seeds", "0", "-o", str(table)]
    monkeypatch.setattr(sys, "argv", ["online_learning.py", *given])
    found = {name: "" for name in online_learning.COLUMNS if name not in online_learning.CASE}

    def learn(data, case):
        assert (data.name, case["epochs"], len(data.train_labels)) == ("fashion-mnist", "2", 200)
        return {**found, "accuracy": "0.5"}

    monkeypatch.setattr(online_learning, "learn", learn)
    online_learning.main()
    (row,) = read_table(table, online_learning.COLUMNS)
    assert row["tested_on"] == "test set of fashion-mnist"
    assert "test set of fashion-mnist: 50.00" in capsys.readouterr().out

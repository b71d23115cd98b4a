"""The handwritten digits that come with scikit-learn."""

from __future__ import annotations

import numpy as np

from lava_bccn.datasets.dataset import Dataset
from lava_bccn.datasets.splits import TEST_SHARE, held_out
from lava_bccn.extras import require


def read() -> Dataset:
    """1,797 images of 8 x 8 pixels."""
    require("sklearn.datasets", "data", "the data set digits")
    from sklearn.datasets import load_digits

    digits = load_digits()
    inputs = (digits.images[:, None] / 16).astype(np.float32)
    labels = digits.target.astype(np.int64)
    names = tuple(str(digit) for digit in range(10))
    train, test = held_out(labels, TEST_SHARE, names, "digits")
    return Dataset("digits", inputs[train], labels[train], inputs[test], labels[test], names)

"""σ without SciPy: to the bit what it is with it."""

import numpy as np
import pytest

from lava_bccn.dynamics import logistic
from lava_bccn.dynamics.logistic import plain_expit, plain_logit

special = pytest.importorskip("scipy.special", reason="SciPy is not installed")

REST = [-np.inf, -709.79, -709.7827, -0.0, 0.0, 709.79, 745.2, np.inf, np.nan]
EDGES = [0.0, 1e-300, 0.3, 0.5, 0.65, 1 - 2**-53, 1.0, 2.0, np.nan]


def test_sigma_is_scipys_to_the_bit():
    rng = np.random.default_rng(0)
    x = np.concatenate([*(rng.normal(0, scale, 20_000) for scale in (1e-3, 1, 30, 500)), REST])
    np.testing.assert_array_equal(plain_expit(x), special.expit(x), strict=True)


def test_its_inverse_is_scipys_to_the_bit():
    x = np.concatenate([np.random.default_rng(0).uniform(0, 1, 50_000), EDGES])
    np.testing.assert_array_equal(plain_logit(x), special.logit(x), strict=True)


@pytest.mark.parametrize("plain", [plain_expit, plain_logit])
def test_shapes_are_kept(plain):
    for x in (np.zeros((2, 0)), np.full((2, 3), 0.5), np.float64(0.25)):
        assert plain(x).shape == x.shape
    assert isinstance(plain(np.float64(0.5)), np.float64)


def test_without_scipy_it_is_the_other(monkeypatch):
    monkeypatch.setattr(logistic, "_scipy_special", lambda: None)
    assert logistic.expit(np.float64(0)) == 0.5 and logistic.logit(np.float64(0.5)) == 0

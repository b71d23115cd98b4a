"""σ and its inverse, of NumPy arrays: SciPy's, or the same bits where SciPy is not installed.

NumPy's own exponentials and logarithms round some results otherwise, and not everywhere the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_OVERFLOWS = -709.782712893384
"""Below it exp(−x) is more than the largest double."""


def expit(x: Any) -> Any:
    """σ(x) = 1 / (1 + exp(−x)), of an array or number of NumPy's."""
    special = _scipy_special()
    return plain_expit(x) if special is None else special.expit(x)


def logit(x: Any) -> Any:
    """The inverse of σ, for x in [0, 1]."""
    special = _scipy_special()
    return plain_logit(x) if special is None else special.logit(x)


@cache
def _scipy_special() -> Any:
    try:
        import scipy.special  # takes as long to import as all the rest
    except ModuleNotFoundError:
        return None
    return scipy.special


def plain_expit(x: Any) -> Any:
    """σ(x) in double precision, to the bits of SciPy."""
    values = np.asarray(x, dtype=np.float64)
    exponentials = _each(math.exp, -np.maximum(values, _OVERFLOWS))
    return np.where(values < _OVERFLOWS, 0.0, 1 / (1 + exponentials))[()]


def plain_logit(x: Any) -> Any:
    """The inverse of σ in double precision, to the bits of SciPy (from 1.14 on)."""
    values = np.asarray(x, dtype=np.float64)
    with np.errstate(divide="ignore"):
        logarithms = _each(_log, values / (1 - values))
    is_near = (values >= 0.3) & (values <= 0.65)  # where the ratio's logarithm loses digits
    twice = np.where(is_near, 2 * (values - 0.5), 0)
    return np.where(is_near, _each(math.log1p, twice) - _each(math.log1p, -twice), logarithms)[()]


def _log(x: float) -> float:
    if x > 0:
        return math.log(x)
    return -math.inf if x == 0 else math.nan


def _each(function: Callable[[float], float], values: NDArray[np.float64]) -> NDArray[np.float64]:
    results = map(function, values.ravel().tolist())
    return np.fromiter(results, np.float64, values.size).reshape(values.shape)

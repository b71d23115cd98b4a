"""Measures of what a network computes and of how well its updates follow backprop."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lava_bccn.dynamics.rate import Array
from lava_bccn.errors import InvalidInputError
from lava_bccn.validation import class_labels, finite, is_plain, is_tensor, plain_array


def accuracy(event_rate: ArrayLike, labels: ArrayLike) -> float:
    """Share of samples whose most active output unit is the label, in [0, 1].

    Args:
        event_rate: (samples, classes).
        labels: (samples,) integers from 0 to classes − 1.

    Raises:
        InvalidInputError: they are not, or there is no sample.
    """
    rates = finite(plain_array(event_rate, "event_rate"), "event_rate")
    if rates.ndim != 2 or rates.size == 0:
        raise InvalidInputError(
            f"event_rate has shape {rates.shape}; expected (samples, classes), at least one"
        )
    known = class_labels(labels, len(rates), rates.shape[1])
    return float(np.mean(np.argmax(rates, axis=1) == known))


def angle_degrees(first: Array, second: Array) -> float:
    """Angle between two arrays taken as vectors, in degrees; 90 if one of them is zero.

    Computed as 2 atan2(|a/|a| − b/|b||, |a/|a| + b/|b||), which is accurate near 0 and 180 degrees
    (Kahan, "How futile are mindless assessments of roundoff", 2006).

    Args:
        first, second: arrays or tensors of as many numbers.

    Returns:
        From 0 to 180; NaN if one of the numbers is not finite.

    Raises:
        InvalidInputError: they are no numbers, or not as many.
    """
    a, b = _vector(first, "first"), _vector(second, "second")
    if a.shape != b.shape or 0 in a.shape:
        raise InvalidInputError(
            f"first has {a.shape[0]} numbers and second {b.shape[0]}; expected as many, at least "
            "one"
        )
    norm_a, norm_b = float((a * a).sum() ** 0.5), float((b * b).sum() ** 0.5)
    if norm_a == 0 or norm_b == 0:
        return 90.0
    difference, total = a / norm_a - b / norm_b, a / norm_a + b / norm_b
    half = np.arctan2(float((difference * difference).sum() ** 0.5), float((total**2).sum() ** 0.5))
    return float(np.degrees(2 * half))


def _vector(values: Array, name: str) -> Array:
    """As a vector of floating point; tensors of that as they are, on their device."""
    if is_tensor(values) and values.is_floating_point() and is_plain(values):
        return values.detach().reshape(-1)
    vector = plain_array(values, name).reshape(-1)
    return vector if vector.dtype.kind == "f" else vector.astype(np.float64)

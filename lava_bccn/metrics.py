"""Measures of what a network computes and of how well its updates follow backprop."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lava_bccn.dynamics.rate import Array


def accuracy(event_rate: ArrayLike, labels: ArrayLike) -> float:
    """Share of samples whose most active output unit is the label, in [0, 1].

    ``event_rate`` has shape (samples, classes), ``labels`` (samples,).
    """
    return float(np.mean(np.argmax(np.asarray(event_rate), axis=1) == np.asarray(labels)))


def angle_degrees(first: Array, second: Array) -> float:
    """Angle between two arrays taken as vectors, in degrees; 90 if one of them is zero.

    Computed as 2 atan2(|a/|a| − b/|b||, |a/|a| + b/|b||), which is accurate near 0 and 180 degrees
    (Kahan, "How futile are mindless assessments of roundoff", 2006).
    """
    a, b = first.reshape(-1), second.reshape(-1)
    norm_a, norm_b = float((a * a).sum() ** 0.5), float((b * b).sum() ** 0.5)
    if norm_a == 0 or norm_b == 0:
        return 90.0
    difference, total = a / norm_a - b / norm_b, a / norm_a + b / norm_b
    half = np.arctan2(float((difference * difference).sum() ** 0.5), float((total**2).sum() ** 0.5))
    return float(np.degrees(2 * half))

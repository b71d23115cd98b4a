"""Checks of arrays that users hand in, shared by mapping and every executor."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_bccn.errors import InvalidInputError


def event_rates(
    inputs: ArrayLike, shape: int | tuple[int, ...], name: str = "inputs"
) -> NDArray[np.floating[Any]]:
    """Samples as a (samples, values) array of event rates.

    Args:
        inputs: (samples, ...), floating (or bool), in [0, 1]; images are flattened.
        shape: values a sample must have; or, where images must be those, (channels, height, width).
        name: what to call them in an error.

    Raises:
        InvalidInputError: wrong shape or dtype, NaN or infinity, or values outside [0, 1].
    """
    array = np.asarray(inputs)
    expected = (shape,) if isinstance(shape, int) else shape
    size = math.prod(expected)
    # Flat samples may have been images; images of another shape would be read in another order.
    is_other = len(expected) > 1 and array.ndim > 2 and array.shape[1:] != expected
    if array.ndim < 2 or len(array) == 0 or is_other or array[0:1].size != size:
        images = f"images with {size} values each" if len(expected) == 1 else f"images {expected}"
        raise InvalidInputError(
            f"{name} have shape {array.shape}; expected (samples, {size}) or {images}, at least one"
        )
    array = _numbers(array, name).reshape(len(array), -1)
    if array.min() < 0 or array.max() > 1:
        raise InvalidInputError(
            f"{name} must be event rates in [0, 1]; got values from {array.min():g} to "
            f"{array.max():g}; scale them, and standardise with a first Normalize module"
        )
    return array


def teacher(targets: ArrayLike, samples: int, output_size: int) -> NDArray[np.floating[Any]]:
    """Targets as a (samples, output_size) array.

    Args:
        targets: values in [0, 1]; negative where there is no teacher.
        samples: number of samples they belong to.
        output_size: units of the output layer.

    Raises:
        InvalidInputError: wrong shape or dtype, NaN or infinity, or values above 1.
    """
    array = np.asarray(targets)
    if array.shape != (samples, output_size):
        raise InvalidInputError(
            f"targets have shape {array.shape}; expected ({samples}, {output_size}), one value a "
            "unit; make one-hot rows from labels with numpy.eye(classes)[labels]"
        )
    array = _numbers(array, "targets")
    if array.max() > 1:
        raise InvalidInputError(
            f"targets must be at most 1 (negative: no teacher); got {array.max():g}"
        )
    return array


def _numbers(array: NDArray[Any], name: str) -> NDArray[np.floating[Any]]:
    if not np.issubdtype(array.dtype, np.floating):
        is_binary = array.dtype.kind in "biu" and np.isin(array, (-1, 0, 1)).all()
        if not is_binary:
            raise InvalidInputError(
                f"{name} have dtype {array.dtype}; expected floating point numbers in [0, 1] "
                "(divide 8-bit images by 255)"
            )
        array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise InvalidInputError(
            f"{name} hold {int((~np.isfinite(array)).sum())} values that are NaN or infinite"
        )
    return array

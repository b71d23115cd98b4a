"""Checks of arrays that users hand in, shared by every public function that takes one.

Single values are checked in :mod:`lava_bccn.settings`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lava_bccn.errors import InvalidInputError


def event_rates(
    inputs: ArrayLike, shape: int | tuple[int, ...], name: str = "inputs"
) -> NDArray[np.floating[Any]]:
    """Samples as a (samples, values) array of event rates.

    Args:
        inputs: (samples, ...), floating (or bool), in [0, 1]; images are flattened. All that
            :func:`plain_array` takes.
        shape: values a sample must have; or, where images must be those, (channels, height, width).
        name: what to call them in an error.

    Raises:
        InvalidInputError: wrong shape or dtype, NaN or infinity, or values outside [0, 1].
    """
    array = plain_array(inputs, name)
    expected = (shape,) if isinstance(shape, int) else shape
    size = math.prod(expected)
    # Flat samples may have been images; images of another shape would be read in another order,
    # but for axes of size 1.
    given, wanted = ([n for n in each if n != 1] for each in (array.shape[1:], expected))
    is_other = len(expected) > 1 and array.ndim > 2 and given != wanted
    if array.ndim < 2 or len(array) == 0 or is_other or array[0:1].size != size:
        images = f"images with {size} values each" if len(expected) == 1 else f"images {expected}"
        raise InvalidInputError(
            f"{name} have shape {array.shape}; expected (samples, {size}) or {images}, at least one"
        )
    return unit_interval(array, name).reshape(len(array), -1)


def unit_interval(array: NDArray[Any], name: str) -> NDArray[np.floating[Any]]:
    """Event rates of any shape.

    Raises:
        InvalidInputError: wrong dtype, NaN or infinity, or values outside [0, 1].
    """
    rates = _floating(array, name)
    lowest, highest = (rates.min(), rates.max()) if rates.size else (0.0, 0.0)
    if not (lowest >= 0 and highest <= 1):
        finite(rates, name)
        raise InvalidInputError(
            f"{name} must be event rates in [0, 1]; got values from {lowest:g} to {highest:g}; "
            "scale them, and standardise with a first Normalize module"
        )
    return rates


def teacher(targets: ArrayLike, samples: int, output_size: int) -> NDArray[np.floating[Any]]:
    """Targets as a (samples, output_size) array.

    Args:
        targets: values in [0, 1]; negative where there is no teacher.
        samples: number of samples they belong to.
        output_size: units of the output layer.

    Raises:
        InvalidInputError: wrong shape or dtype, NaN or infinity, or values above 1.
    """
    array = plain_array(targets, "targets")
    if array.shape != (samples, output_size):
        raise InvalidInputError(
            f"targets have shape {array.shape}; expected ({samples}, {output_size}), one value a "
            "unit; make one-hot rows from labels with numpy.eye(classes)[labels]"
        )
    array = finite(_floating(array, "targets"), "targets")
    if array.max() > 1:
        raise InvalidInputError(
            f"targets must be at most 1 (negative: no teacher); got {array.max():g}"
        )
    return array


def class_labels(
    labels: ArrayLike, samples: int, classes: int, name: str = "labels"
) -> NDArray[np.int64]:
    """Class labels as an array (samples,).

    Args:
        labels: integers from 0 to ``classes`` − 1.
        samples: number of samples they belong to.
        classes: units of the output layer.
        name: what to call them in an error.

    Raises:
        InvalidInputError: not one integer for each sample, or one that is no class.
    """
    array = plain_array(labels, name)
    if array.shape != (samples,) or array.dtype.kind not in "iu":
        raise InvalidInputError(
            f"{name} have shape {array.shape} and dtype {array.dtype}; expected ({samples},) "
            "integers, the class of each sample; make them of one-hot rows with rows.argmax(1)"
        )
    if array.min() < 0 or array.max() >= classes:
        raise InvalidInputError(
            f"{name} run from {array.min()} to {array.max()}, but the output layer has {classes} "
            f"units (0 to {classes - 1})"
        )
    return array.astype(np.int64)


def finite(array: NDArray[Any], name: str) -> NDArray[Any]:
    """The array, if it has no NaN or infinity.

    Raises:
        InvalidInputError: says how many it has, and where the first is.
    """
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        places = np.argwhere(~np.isfinite(array))
        raise InvalidInputError(
            f"{name} hold {len(places)} values that are NaN or infinite, the first at "
            f"{places[0].tolist()}"
        )
    return array


def plain_array(values: Any, name: str, *, copy: bool = True) -> NDArray[Any]:
    """Real numbers, or booleans, as an array in this machine's byte order.

    Args:
        values: a number, an array, nested lists of them, or a tensor of PyTorch: on any device,
            with or without gradient, sparse and quantised ones as the numbers they stand for, half
            precision as float32. Masked arrays only if nothing is masked.
        name: what to call them in an error.
        copy: False: a plain tensor's array may be its own memory, for who only reads it.

    Raises:
        InvalidInputError: what holds no such numbers.
    """
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise InvalidInputError(
            f"{name} are a masked array with {int(np.ma.count_masked(values))} masked values; "
            "fill them first, as with .filled(0)"
        )
    if isinstance(values, str | bytes | Mapping) or values is None:
        shown = repr(values) if isinstance(values, str | bytes) else type(values).__name__
        raise InvalidInputError(f"{name} must be numbers, as an array or a tensor, not {shown}")
    if is_tensor(values):
        return _of_tensor(values, name, copy=copy)
    try:
        array = np.asarray(_without_tensors(values, name))
    except InvalidInputError:
        raise
    except Exception as error:  # whatever the object's own conversion raises
        raise InvalidInputError(
            f"{name} cannot be read as an array of numbers ({_first_line(error)})"
        ) from error
    if array.dtype.kind not in "biuf":
        what = f"a {type(values).__name__}" if array.dtype.kind == "O" else f"dtype {array.dtype}"
        raise InvalidInputError(
            f"{name} must be real numbers, as an array or a tensor of one shape, not {what}"
        )
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def is_tensor(value: object) -> bool:
    """Whether something is a tensor of PyTorch, without importing it."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def is_plain(tensor: Any) -> bool:
    """Whether a tensor of PyTorch is real memory: not lazy, sparse, nested or of a subclass."""
    torch = sys.modules["torch"]
    if type(tensor) not in (torch.Tensor, torch.nn.Parameter) or tensor.layout is not torch.strided:
        return False
    return not (tensor.is_meta or tensor.is_nested or tensor.is_quantized)


def _without_tensors(values: Any, name: str) -> Any:
    """Lists with arrays where they have tensors."""
    if isinstance(values, list | tuple):
        return [_without_tensors(value, name) for value in values]
    return _of_tensor(values, name) if is_tensor(values) else values


def _of_tensor(tensor: Any, name: str, *, copy: bool = True) -> NDArray[Any]:
    """The numbers that a tensor of any kind stands for.

    Raises:
        InvalidInputError: it has none, or none that are real, or not of one shape.
    """
    torch = sys.modules["torch"]
    kind = type(tensor).__name__
    if torch.nn.parameter.is_lazy(tensor):
        raise InvalidInputError(
            f"{name} is a lazy parameter without values; call the model once on an input first"
        )
    if tensor.is_meta:
        raise InvalidInputError(
            f"{name} is on the meta device and has no values; load them first, as with "
            "model.load_state_dict(state, assign=True)"
        )
    if tensor.is_complex():
        raise InvalidInputError(f"{name} is complex ({tensor.dtype}); expected real numbers")
    if tensor.is_nested:
        raise InvalidInputError(
            f"{name} is a nested tensor, whose rows may differ in length; expected one shape: "
            "torch.nested.to_padded_tensor makes one"
        )
    try:
        with torch.no_grad():
            if hasattr(tensor, "full_tensor"):  # distributed over devices
                tensor = tensor.full_tensor()
            if _is_quantised(tensor):
                tensor = tensor.dequantize()
            if tensor.layout is not torch.strided:
                tensor = tensor.to_dense()
            if tensor.is_floating_point() and tensor.dtype not in (torch.float32, torch.float64):
                tensor = tensor.to(torch.float32)
            array: NDArray[Any] = tensor.detach().cpu().resolve_neg().numpy()
            return array.copy() if copy else array
    except Exception as error:  # of the many that tensors of other kinds raise
        raise InvalidInputError(
            f"{name} is a {kind} that cannot be read as a plain tensor ({_first_line(error)})"
        ) from error


def _is_quantised(tensor: Any) -> bool:
    """Whether its values are integers with a scale, PyTorch's own or those of a subclass."""
    torch = sys.modules["torch"]
    return bool(tensor.is_quantized) or type(tensor).dequantize is not torch.Tensor.dequantize


def _floating(array: NDArray[Any], name: str) -> NDArray[np.floating[Any]]:
    if not np.issubdtype(array.dtype, np.floating):
        is_binary = array.dtype.kind in "biu" and np.isin(array, (-1, 0, 1)).all()
        if not is_binary:
            raise InvalidInputError(
                f"{name} have dtype {array.dtype}; expected floating point numbers in [0, 1] "
                "(divide 8-bit images by 255)"
            )
        array = array.astype(np.float64)
    return array


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)

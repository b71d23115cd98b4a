"""Matrices that follow others: they can be read, and what is written into them would be lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lava_bccn.errors import InvalidInputError

Y_IS_W = (
    "Y is W (feedback={!r}), so what is written into it would change W: write into weight, or "
    "build the layer with feedback='random'"
)
Q_IS_Y = (
    "Q is p^b Y (feedback_event={!r}), so what is written into it would be lost: write into what "
    "it follows (feedback_burst, or weight where Y is W), or build the layer with "
    "feedback_event='symmetric' or 'random'"
)


class TiedMatrix(Tensor):
    """What a matrix is now that follows another; it refuses to be written into, as do its views.

    Whatever is computed of it is a plain tensor.
    """

    advice: str

    @staticmethod
    def of(values: Tensor, advice: str) -> TiedMatrix:
        """A matrix with these values.

        Args:
            values: kept, not copied, and without their gradient.
            advice: what it follows and what to write into instead, for errors.
        """
        tied = values.detach().as_subclass(TiedMatrix)
        tied.advice = advice
        return tied

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call a function of PyTorch on plain tensors, unless it writes."""
        kwargs = kwargs or {}
        written = [kwargs.get("out")]
        if _writes_into_first(func):
            written += [*args, *kwargs.values()][:1]
        lost = _tied_in(written)
        if lost is not None:
            raise InvalidInputError(lost.advice)
        with torch._C.DisableTorchFunctionSubclass():
            return _protected(func(*args, **kwargs), _tied_in(args))

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        """A copy follows nothing."""
        return self.clone()

    def __reduce_ex__(self, protocol: Any) -> Any:
        """As a plain tensor is pickled."""
        return self.clone().__reduce_ex__(protocol)


def _writes_into_first(func: Callable[..., Any]) -> bool:
    """Whether it changes its first argument, as ``copy_``, ``+=``, ``[0] =`` and ``.data =`` do."""
    name = getattr(func, "__name__", "")
    if name.startswith("__"):
        in_place = name.startswith("__i") and name not in ("__index__", "__int__", "__invert__")
        return in_place or name in ("__setitem__", "__set__", "__delete__")
    return name.endswith("_")


def _tied_in(values: Iterable[Any]) -> TiedMatrix | None:
    """The first that is tied, also within lists."""
    for value in values:
        if isinstance(value, TiedMatrix):
            return value
        if isinstance(value, list | tuple) and (found := _tied_in(value)) is not None:
            return found
    return None


def _protected(result: Any, source: TiedMatrix | None) -> Any:
    """What came of a tied matrix: where it is the same memory, as little to be written into."""
    if isinstance(result, list | tuple) and type(result) in (list, tuple):
        return type(result)(_protected(each, source) for each in result)
    if source is None or not isinstance(result, Tensor | np.ndarray):
        return result
    if isinstance(result, np.ndarray):
        result.flags.writeable = False
        return result
    memory = source.untyped_storage().data_ptr()
    has_memory = result.layout is torch.strided and not result.is_meta
    if has_memory and result.untyped_storage().data_ptr() == memory:
        return TiedMatrix.of(result, source.advice)
    return result.as_subclass(Tensor)

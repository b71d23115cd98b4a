"""What users hand in that no argument of a kind can be.

What an argument must be is told by a value that fits: an integer, a number, an array, a name, a
flag, a tuple or an object of this package.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

NOTHING = (object(), {}, 1j)
MISFITS: dict[str, tuple[Any, ...]] = {
    "flag": ("yes", 2, np.nan, *NOTHING),
    "integer": (
        "3",
        1.5,
        np.nan,
        np.inf,
        -(10**30),
        True,
        [1],
        np.ones(2),
        torch.ones(2),
        *NOTHING,
    ),
    "number": ("0.5", np.nan, True, [0.5], np.ones(2), torch.ones(2, requires_grad=True), *NOTHING),
    "name": (3, "no such name", b"random", ["random"], np.ones(2), *NOTHING),
    "tuple": ("no tuple", 3.5, np.nan, (np.nan,), ("a", "b"), (), *NOTHING),
    "object": ("no object", 3, np.nan, [3], np.ones(2), torch.ones(2), *NOTHING),
}


def array_misfits(fitting: np.ndarray) -> tuple[Any, ...]:
    """What is no array of this kind."""
    holed = np.array(fitting, dtype=float)
    holed.flat[-1] = np.nan
    return (
        "no array",
        Path("array.npy"),
        holed,
        np.full(fitting.shape, np.inf),
        np.zeros((0, *fitting.shape[1:])),
        np.zeros(0),
        fitting[:-1] if fitting.ndim == 1 else fitting[:, :-1],
        np.ones((2, *fitting.shape)),
        fitting.astype(complex),
        np.full(fitting.shape, None),
        fitting.astype(str),
        [[0.5], [0.5, 0.5]],
        torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        torch.ones(fitting.shape, device="meta"),
        *NOTHING,
    )


def misfits(value: Any) -> tuple[Any, ...]:
    """What an argument cannot be for which this value fits."""
    if isinstance(value, bool | np.bool_):
        return MISFITS["flag"]
    if isinstance(value, int):
        return MISFITS["integer"]
    if isinstance(value, float):
        return MISFITS["number"]
    if isinstance(value, np.ndarray | torch.Tensor):
        return array_misfits(
            np.asarray(value.detach() if isinstance(value, torch.Tensor) else value)
        )
    if isinstance(value, str):
        return MISFITS["name"]
    return MISFITS["tuple"] if isinstance(value, tuple) else MISFITS["object"]

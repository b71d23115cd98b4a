"""The two ProcessModels of a Process, in floating point and in Loihi 2 integers, from one step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from lava_bccn.dynamics.ensembles import Precision
from lava_bccn.errors import InvalidInputError

TAGS: dict[Precision, str] = {"float": "floating_pt", "fixed": "fixed_pt"}
"""Tag of the ProcessModels of each precision."""

_SUFFIXES: dict[Precision, str] = {"float": "Float", "fixed": "Fixed"}
_DTYPES: dict[Precision, type[np.generic]] = {"float": np.float64, "fixed": np.int64}


class Step(PyLoihiProcessModel):
    """One time step of a Process, in either arithmetic.

    A subclass declares its ports and Vars with :func:`in_port`, :func:`out_port` and :func:`var`,
    or as a ``LavaPyType`` what has the same numbers in both; :func:`cpu_model` makes its models.

    Attributes:
        precision: of the model.
        dtype: what the model calculates in: float64 or int64.
    """

    precision: Precision
    dtype: type[np.generic]


@dataclass(frozen=True)
class _Declared:
    """A port or Var by its type in Lava, its dtype in each precision, and its bits in integers."""

    kind: type
    dtypes: dict[Precision, type]
    bits: int | None

    def in_precision(self, precision: Precision) -> LavaPyType:
        bits = self.bits if precision == "fixed" else None
        return LavaPyType(self.kind, self.dtypes[precision], precision=bits)


def in_port(bits: int, fixed: type = np.int32) -> Any:
    """Takes floats, or integers of so many bits in arrays of dtype ``fixed``."""
    return _Declared(PyInPort.VEC_DENSE, {"float": float, "fixed": fixed}, bits)


def out_port(bits: int) -> Any:
    """Sends floats, or integers of so many bits."""
    return _Declared(PyOutPort.VEC_DENSE, {"float": float, "fixed": np.int32}, bits)


def var(bits: int | None, fixed: type = np.int64, floating: type = float) -> Any:
    """Holds floats (or what else ``floating`` says), or integers of so many bits; None: any."""
    return _Declared(np.ndarray, {"float": floating, "fixed": fixed}, bits)


def cpu_model(process: type[AbstractProcess], step: type[Step], precision: Precision) -> type[Step]:
    """The CPU model of a Process in one precision, with its tag.

    Lava finds a model as an attribute, by its own name, of a module in the Process's folder::

        PySomaModelFloat: type[Step] = cpu_model(Soma, SomaStep, "float")
        PySomaModelFixed: type[Step] = cpu_model(Soma, SomaStep, "fixed")
    """
    declared = {name: getattr(step, name) for name in dir(step)}
    attributes = {
        name: value.in_precision(precision)
        for name, value in declared.items()
        if isinstance(value, _Declared)
    }
    model = type(
        f"Py{process.__name__}Model{_SUFFIXES[precision]}",
        (step,),
        {
            "__module__": step.__module__,
            "__doc__": step.__doc__,
            "precision": precision,
            "dtype": _DTYPES[precision],
            **attributes,
        },
    )
    model = implements(proc=process, protocol=LoihiProtocol)(model)
    return tag(TAGS[precision])(requires(CPU)(model))


def check_precision(given: Precision, model: Step) -> None:
    """Check that a Process's constants are in the arithmetic of the model that Lava selected.

    Raises:
        InvalidInputError: names the tag to select instead.
    """
    if given != model.precision:
        raise InvalidInputError(
            f"{type(model).__name__} calculates in {model.precision} precision, but the Process "
            f"was made for {given}; run it with Loihi2SimCfg(select_tag={TAGS[given]!r})"
        )

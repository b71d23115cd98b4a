"""Neurons to start from, and what reaches them, in either arithmetic."""

import numpy as np

from lava_bccn.dynamics.spiking.neuron import LONG_AGO, NeuronInput, NeuronState
from lava_bccn.network.spiking.units import StepUnits

FLOAT, FIXED = StepUnits(1.0, "float"), StepUnits(1.0, "fixed")


def at_rest(count: int, units: StepUnits) -> NeuronState:
    zeros = [np.zeros(count, dtype=units.dtype) for _ in NeuronState._fields]
    state = NeuronState(*zeros)
    integers = {name: np.zeros(count, np.int64) for name in ("bursting", "until_second")}
    return state._replace(since_crossing=np.full(count, LONG_AGO), **integers)


def given_input(count: int, units: StepUnits, **values: np.ndarray) -> NeuronInput:
    """Potentials and currents in mV, draws as they are."""
    zero = np.zeros(count, dtype=units.dtype)
    scaled = {
        name: value if name == "burst_draw" else np.asarray(value) * units.potential(1.0)
        for name, value in values.items()
    }
    cast = {name: np.rint(v).astype(int) if units.is_fixed else v for name, v in scaled.items()}
    return NeuronInput(zero, zero, zero, zero, zero, np.zeros(count, np.int64))._replace(**cast)

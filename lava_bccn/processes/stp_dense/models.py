"""CPU models of ``StpDense``."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.process import ProcessParameters
from numpy.typing import NDArray

from lava_bccn.dynamics.spiking.arithmetic import delivered
from lava_bccn.dynamics.spiking.neuron import EVENT
from lava_bccn.dynamics.spiking.plasticity import event_trace
from lava_bccn.dynamics.spiking.receptors import bound_receptors, receptor_current
from lava_bccn.dynamics.spiking.short_term_plasticity import (
    StpState,
    release_probability,
    resources,
    transmit,
)
from lava_bccn.dynamics.spiking.synapses import (
    arriving_sums,
    balanced_weights,
    burstprop_baseline,
    learned_weights,
)
from lava_bccn.dynamics.stochastic_rounding import connection_key
from lava_bccn.processes.arithmetic import (
    Step,
    check_precision,
    cpu_model,
    in_port,
    out_port,
    var,
)
from lava_bccn.processes.stp_dense.process import StpDense


class StpDenseStep(Step):
    """One step, in either arithmetic.

    Integers have 12-bit decays, and fractions of 15 bits with 8 guard bits while they decay.
    """

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=3)
    postsynaptic_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=3)
    apical_in: PyInPort = in_port(24)
    a_out: PyOutPort = out_port(32)
    weights: NDArray[Any] = var(8)
    utilisation: NDArray[Any] = var(24)
    depletion: NDArray[Any] = var(24)
    release_probability: NDArray[Any] = var(16)
    resources: NDArray[Any] = var(16)
    trace: NDArray[Any] = var(24)
    receptor: NDArray[Any] = var(24)
    released: NDArray[Any] = var(None)

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        check_precision(proc_params["precision"], self)
        self.params: ProcessParameters = proc_params
        self.arriving: NDArray[Any] | None = None
        self.burst_average: NDArray[Any] | None = None
        self.event_average: NDArray[Any] | None = None

    def run_spk(self) -> None:
        """Send what arrives now, receive spikes, release, and learn."""
        if self.arriving is None:
            slots = int(self.params["delays"].max(initial=1)) + 1
            self.arriving = np.zeros((slots, self.a_out.shape[0]), dtype=self.dtype)
        slot = self.time_step % len(self.arriving)
        self.a_out.send(self._received(delivered(self.arriving[slot], self.params["scale"])))
        self.arriving[slot] = 0
        # Other sources may send their spikes in floating point.
        before = self.s_in.recv().astype(np.int32)
        after = self.postsynaptic_in.recv()
        released = self._released((before & self.params["message"]) != 0)
        self.released = self.released + released.sum()
        delays = self.params["delays"]
        for delay in np.unique(delays):
            chosen = np.flatnonzero(delays == delay) if len(self.arriving) > 2 else slice(None)
            self.arriving[(self.time_step + delay) % len(self.arriving)] += arriving_sums(
                self.weights[chosen],
                released,
                self.params["presynaptic"][chosen],
                self.params["postsynaptic"][chosen],
                self.arriving.shape[1],
            )
        if self.params["learning"] is not None:
            self._learn(before, after)
        if self.params["homeostasis"] is not None:
            self._balance(released, self.apical_in.recv())

    def _received(self, arriving: NDArray[Any]) -> NDArray[Any]:
        constants = self.params["receptor"]
        if constants is None:
            return arriving
        self.receptor = bound_receptors(self.receptor, arriving, constants)
        return receptor_current(self.receptor, constants)

    def _released(self, fired: NDArray[Any]) -> NDArray[Any]:
        if self.params["stp"] is None:
            return fired.astype(self.dtype)
        state = StpState(self.utilisation, self.depletion)
        state, released = transmit(state, fired, self.params["stp"])
        self.utilisation, self.depletion = state
        self.release_probability = release_probability(state, self.params["stp"])
        self.resources = resources(state)
        return released

    def _balance(self, released: NDArray[Any], current: NDArray[Any]) -> None:
        if not self.params["gate"].is_open(self.time_step):
            return
        self.weights = balanced_weights(
            self.weights,
            released,
            current.astype(self.dtype),
            self.params["presynaptic"],
            self.params["postsynaptic"],
            self.params["homeostasis"],
            self._key(),
        )

    def _key(self) -> NDArray[np.uint32]:
        """Of this step's draws."""
        return connection_key(
            # An array: the products of the hash wrap, and NumPy warns where single numbers do.
            np.array([self.params["seed"]], np.uint32),
            np.uint32((self.time_step - 1) & 0xFFFFFFFF),
            np.uint32(self.params["connection"]),
        )

    def _learn(self, before: NDArray[Any], after: NDArray[Any]) -> None:
        constants, average, baseline = self.params["learning"], self.params["average"], None
        if average is not None and average.active:
            if self.burst_average is None:
                self.burst_average = np.full(len(after), constants.baseline)
                self.event_average = np.ones(len(after))
            self.burst_average, self.event_average, baseline = burstprop_baseline(
                self.burst_average, self.event_average, after, average
            )
        if self.params["gate"].is_open(self.time_step):
            self.weights = learned_weights(
                self.weights,
                self.trace,
                after,
                baseline,
                self.params["presynaptic"],
                self.params["postsynaptic"],
                constants,
                self._key(),
            )
        self.trace = event_trace(self.trace, (before & EVENT) != 0, constants)


PyStpDenseModelFloat: type[Step] = cpu_model(StpDense, StpDenseStep, "float")
PyStpDenseModelFixed: type[Step] = cpu_model(StpDense, StpDenseStep, "fixed")

"""CPU models of ``BurstingNeuron``."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.process import ProcessParameters
from numpy.typing import NDArray

from lava_bccn.dynamics.spiking.background import (
    background_key,
    bias_key,
    gaussian,
    neuron_draw,
)
from lava_bccn.dynamics.spiking.firing import advance
from lava_bccn.dynamics.spiking.neuron import (
    BURST,
    COUNTED,
    EVENT,
    STATES,
    NeuronConstants,
    NeuronInput,
    NeuronState,
)
from lava_bccn.dynamics.spiking.plasticity import bias_after, slowed
from lava_bccn.dynamics.stochastic_rounding import draw
from lava_bccn.processes.arithmetic import (
    Step,
    check_precision,
    cpu_model,
    in_port,
    out_port,
    var,
)
from lava_bccn.processes.bursting_neuron.process import BurstingNeuron
from lava_bccn.processes.presentation import PlasticityGate


class BurstingNeuronStep(Step):
    """One step, in either arithmetic: mV, and mV a step; or integers of 2^−12 mV.

    Besides the Vars declared here it has those of the neuron's state, below.
    """

    soma_in: PyInPort = in_port(32)
    apical_in: PyInPort = in_port(32)
    apical_out: PyOutPort = out_port(24)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=3)
    bias: NDArray[Any] = var(24)

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        check_precision(proc_params["precision"], self)
        self.constants: NeuronConstants = proc_params["constants"]
        self.bias_change: tuple[Any, Any] = proc_params["bias_change"]
        self.bias_places: int = proc_params["bias_places"]
        self.gate: PlasticityGate = proc_params["gate"]
        # An array: the products of the hash wrap, and NumPy warns where single numbers do.
        self.seed: NDArray[np.int64] = np.array([proc_params["seed"]])
        self.population: int = proc_params["population"]

    def run_spk(self) -> None:
        """Receive currents, advance, send flags."""
        soma, apical = self.soma_in.recv(), self.apical_in.recv()
        neurons = np.arange(len(self.bias), dtype=np.uint32)
        key = background_key(self.seed, self.time_step - 1, self.population)
        given = NeuronInput(
            soma,
            apical,
            self.bias,
            gaussian(neuron_draw(key, neurons, 0)),
            gaussian(neuron_draw(key, neurons, 1)),
            neuron_draw(key, neurons, 2).astype(np.int64),
        )
        old = NeuronState(*(getattr(self, name) for name in STATES))
        new, flags = advance(old, given, self.constants)
        for name, state in zip(STATES, new, strict=True):
            setattr(self, name, state)
        event, burst = (flags & EVENT) != 0, (flags & BURST) != 0
        if self.gate.is_open(self.time_step):
            random = draw(bias_key(self.seed, self.time_step - 1, self.population), neurons)
            changes = (slowed(each, self.bias_places, random) for each in self.bias_change)
            self.bias = bias_after(self.bias, event, burst, *changes)
        self.s_out.send(flags)
        self.apical_out.send(self.apical_current)


for _state in STATES:
    _floating = np.int64 if _state in COUNTED else float
    setattr(BurstingNeuronStep, _state, var(COUNTED.get(_state, 24), floating=_floating))

PyBurstingNeuronModelFloat: type[Step] = cpu_model(BurstingNeuron, BurstingNeuronStep, "float")
PyBurstingNeuronModelFixed: type[Step] = cpu_model(BurstingNeuron, BurstingNeuronStep, "fixed")

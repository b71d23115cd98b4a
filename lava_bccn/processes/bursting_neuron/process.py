"""The two-compartment neuron that bursts."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from numpy.typing import NDArray

from lava_bccn.dynamics.spiking.neuron import INITIAL, STATES
from lava_bccn.network.spiking.neuron import NeuronParameters
from lava_bccn.network.spiking.units import Precision, StepUnits
from lava_bccn.processes.presentation import PlasticityGate


class BurstingNeuron(AbstractProcess):
    """A population of bursting neurons; equations in ``dynamics.spiking.neuron``.

    Ports: ``soma_in`` and ``apical_in`` take synaptic currents, as the change of potential (mV, or
    integers of 2^−12 mV) that each makes in a step; they decay with the neuron's ``synapse_time``.
    ``s_out`` sends flags, once a step for the whole population: 1 for a spike, + 2 if it is an
    event, + 4 if it starts a burst. ``apical_out`` sends the synaptic currents of the dendrites,
    for synapses that keep them in balance.

    Vars: the states by their names in ``dynamics.spiking.neuron.NeuronState`` (``soma``,
    ``dendrite``, ``threshold`` ...), potentials relative to rest; ``bias``.

    Args:
        shape: (neurons,).
        neuron: parameters, in ms, mV, pA, pF and nS.
        time_step_ms: length of a time step.
        precision: that of the selected model: ``float`` for ``floating_pt``, ``fixed`` for
            ``fixed_pt``.
        bias: (neurons,) constant somatic currents, in the units of ``soma_in``.
        bias_rise, bias_fall: by how much a burst raises and an event lowers a bias; 0: not at all.
        bias_places: halvings of both.
        plastic: (samples,), whether biases change; None: always.
        sample_steps: time steps for which each of those lasts.
        seed: of the background noise.
        population: number of this population; another one has other noise.

    Raises:
        InvalidInputError: a time constant is below the time step.
    """

    def __init__(
        self,
        *,
        shape: tuple[int],
        neuron: NeuronParameters | None = None,
        time_step_ms: float = 1.0,
        precision: Precision = "float",
        bias: NDArray[Any] | None = None,
        bias_rise: Any = 0,
        bias_fall: Any = 0,
        bias_places: int = 0,
        plastic: NDArray[np.bool_] | None = None,
        sample_steps: int = 1,
        seed: int = 0,
        population: int = 0,
        name: str | None = None,
    ) -> None:
        # Lava looks at it when the Process goes, also if its arguments are refused here.
        self._runtime = None
        units = StepUnits(time_step_ms, precision)
        super().__init__(
            constants=(neuron or NeuronParameters()).constants(units),
            precision=precision,
            bias_change=(bias_rise, bias_fall),
            bias_places=bias_places,
            gate=PlasticityGate(plastic, sample_steps),
            seed=seed,
            population=population,
            name=name,
        )
        self.soma_in: InPort = InPort(shape=shape)
        self.apical_in: InPort = InPort(shape=shape)
        self.apical_out: OutPort = OutPort(shape=shape)
        self.s_out: OutPort = OutPort(shape=shape)
        for state in STATES:
            setattr(self, state, Var(shape=shape, init=INITIAL.get(state, 0)))
        self.bias: Var = Var(shape=shape, init=np.zeros(shape) if bias is None else bias)

"""A whole spiking network as one Process."""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from numpy.typing import NDArray

from lava_bccn.dynamics.spiking.neuron import STATES
from lava_bccn.network.spiking.constants import (
    check_rate_shift,
    plastic_samples,
    stimulus_currents,
    target_traces,
)
from lava_bccn.network.spiking.network import SpikingNetwork
from lava_bccn.processes.arithmetic import TAGS


class SpikingBurstCCN(AbstractProcess):
    """Populations of ``BurstingNeuron``, ``StpDense`` between them, and a ``RateTeacher``.

    Every population passes one message per time step, whatever its size: the flags of its neurons.

    Vars, with P and C the names of populations and connections: the states of neurons as
    ``P_soma``, ``P_dendrite`` ..., ``P_bias``, ``P_counts`` and ``P_flags`` (see ``SpikeCounter``);
    ``C_weights``, ``C_release_probability``, ``C_resources``, ``C_released``; ``teacher_trace``.

    Args:
        network: run it with ``select_tag=process.tag``.
        soma, apical: (samples, ensembles) currents in pA.
        targets: (samples, taught ensembles) in Hz, negative for no teacher; None: no teacher.
        sample_steps: time steps for which a sample is held.
        learn: whether plasticity is on, for all samples or (samples,).
        rate_shift: burst-dependent plasticity goes at ``2^−rate_shift`` of its rates.
        kept_steps: of how many steps flags are kept.
        seed: of background noise and stochastic rounding.

    Raises:
        InvalidInputError: currents or targets have the wrong shape.
    """

    def __init__(
        self,
        network: SpikingNetwork,
        soma: NDArray[np.float64],
        apical: NDArray[np.float64] | None = None,
        targets: NDArray[np.float64] | None = None,
        *,
        sample_steps: int,
        learn: bool | NDArray[np.bool_] = False,
        rate_shift: int = 0,
        kept_steps: int = 1,
        seed: int = 0,
        name: str | None = None,
    ) -> None:
        # Lava looks at it when the Process goes, also if its arguments are refused here.
        self._runtime = None
        traces, taught = target_traces(network, targets, len(soma))
        super().__init__(
            network=network,
            soma=stimulus_currents(network, soma, "soma"),
            apical=stimulus_currents(
                network, np.zeros_like(soma) if apical is None else apical, "apical"
            ),
            targets=traces,
            taught=taught,
            sample_steps=sample_steps,
            plastic=plastic_samples(learn, len(soma)),
            rate_shift=check_rate_shift(rate_shift),
            kept_steps=kept_steps,
            seed=seed,
            name=name,
        )
        for population in network.populations:
            shapes: dict[str, Any] = {state: (population.size,) for state in (*STATES, "bias")}
            shapes["counts"] = (population.ensembles, 3)
            shapes["flags"] = (kept_steps, population.size)
            for var, shape in shapes.items():
                setattr(self, f"{population.name}_{var}", Var(shape=shape, init=0))
        for connection in network.connections:
            presynaptic = network.population(connection.source).size
            shapes = {"weights": (len(connection.weight),), "released": (1,)}
            shapes |= {"release_probability": (presynaptic,), "resources": (presynaptic,)}
            for var, shape in shapes.items():
                setattr(self, f"{connection.name}_{var}", Var(shape=shape, init=0))
        if network.teacher is not None:
            ensembles = network.population(network.teacher.population).ensembles
            self.teacher_trace: Var = Var(shape=(ensembles,), init=0)

    @property
    def tag(self) -> str:
        """Tag of the ProcessModels that can run this network."""
        return TAGS[self.proc_params["network"].precision]

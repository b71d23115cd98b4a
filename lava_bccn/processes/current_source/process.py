"""Currents into the compartments of a population."""

from __future__ import annotations

from typing import Any

from lava.magma.core.process.ports.ports import OutPort
from lava.magma.core.process.process import AbstractProcess
from numpy.typing import NDArray


class CurrentSource(AbstractProcess):
    """Sends each ensemble's currents to all of its neurons, a sample for ``sample_steps`` steps.

    Ports: ``soma_out`` and ``apical_out`` send to the ports of a ``BurstingNeuron``.

    Args:
        soma, apical: (samples, ensembles), as what arrives in a step.
        sample_steps: time steps for which a sample is held.
        ensemble_size: neurons of an ensemble.
    """

    def __init__(
        self,
        *,
        soma: NDArray[Any],
        apical: NDArray[Any],
        sample_steps: int,
        ensemble_size: int,
        name: str | None = None,
    ) -> None:
        super().__init__(
            soma=soma,
            apical=apical,
            sample_steps=sample_steps,
            ensemble_size=ensemble_size,
            name=name,
        )
        neurons = soma.shape[1] * ensemble_size
        self.soma_out: OutPort = OutPort(shape=(neurons,))
        self.apical_out: OutPort = OutPort(shape=(neurons,))

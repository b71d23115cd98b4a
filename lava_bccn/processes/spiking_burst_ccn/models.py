"""How ``SpikingBurstCCN`` is composed, in either arithmetic."""

import numpy as np
import scipy.sparse
from lava.magma.core.decorator import implements
from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.process.process import AbstractProcess

from lava_bccn.dynamics.spiking.neuron import STATES
from lava_bccn.network.spiking.connection import Connection
from lava_bccn.network.spiking.constants import (
    bias_constants,
    delivery_scale,
    homeostasis_constants,
    learning_constants,
    receptor_constants,
)
from lava_bccn.network.spiking.network import SpikingNetwork
from lava_bccn.network.spiking.population import Population
from lava_bccn.processes.bursting_neuron.process import BurstingNeuron
from lava_bccn.processes.current_source.process import CurrentSource
from lava_bccn.processes.rate_teacher.process import RateTeacher
from lava_bccn.processes.spike_counter.process import SpikeCounter
from lava_bccn.processes.spiking_burst_ccn.process import SpikingBurstCCN
from lava_bccn.processes.stp_dense.process import StpDense


@implements(proc=SpikingBurstCCN)
class SpikingBurstCCNModel(AbstractSubProcessModel):
    """A source, a counter and neurons per population, ``StpDense`` per connection, a teacher."""

    def __init__(self, proc: AbstractProcess) -> None:
        self._params = proc.proc_params
        network: SpikingNetwork = self._params["network"]
        neurons, first = {}, 0
        for number, population in enumerate(network.populations):
            parts = self._population(network, population, number, first)
            first += population.ensembles
            neurons[population.name] = parts["neuron"]
            self._keep(population.name, parts)
            for var in (*STATES, "bias"):
                getattr(proc.vars, f"{population.name}_{var}").alias(
                    getattr(parts["neuron"].vars, var)
                )
            for var in ("counts", "flags"):
                getattr(proc.vars, f"{population.name}_{var}").alias(
                    getattr(parts["counter"].vars, var)
                )
        for number, connection in enumerate(network.connections):
            source, target = neurons[connection.source], neurons[connection.target]
            synapses = self._connection(network, connection, number)
            source.s_out.connect(synapses.s_in)
            synapses.a_out.connect(
                target.soma_in if connection.compartment == "soma" else target.apical_in
            )
            if synapses.proc_params["learning"] is not None:
                target.s_out.connect(synapses.postsynaptic_in)
            if synapses.proc_params["homeostasis"] is not None:
                target.apical_out.connect(synapses.apical_in)
            self._keep(connection.name, {"synapses": synapses})
            for var in ("weights", "released", "release_probability", "resources"):
                getattr(proc.vars, f"{connection.name}_{var}").alias(getattr(synapses.vars, var))
        if network.teacher is not None:
            teacher = self._teacher(network)
            taught = neurons[network.teacher.population]
            taught.s_out.connect(teacher.s_in)
            teacher.a_out.connect(taught.apical_in)
            self._keep("teacher", {"process": teacher})
            proc.vars.teacher_trace.alias(teacher.vars.trace)

    def _keep(self, name: str, parts: dict[str, AbstractProcess]) -> None:
        """Lava takes for sub-processes what is an attribute of its own, not what is in a list."""
        for part, process in parts.items():
            setattr(self, f"{name}_{part}", process)

    def _population(
        self, network: SpikingNetwork, population: Population, number: int, first: int
    ) -> dict[str, AbstractProcess]:
        bias, rise, fall = bias_constants(network, population)
        learns = self._params["plastic"].any() and population.bias_rate > 0
        neuron = BurstingNeuron(
            shape=(population.size,),
            neuron=population.neuron,
            time_step_ms=network.time_step_ms,
            precision=network.precision,
            bias=bias,
            bias_rise=rise if learns else 0 * rise,
            bias_fall=fall if learns else 0 * fall,
            bias_places=self._params["rate_shift"],
            plastic=self._params["plastic"],
            sample_steps=self._params["sample_steps"],
            seed=self._params["seed"],
            population=number,
        )
        columns = slice(first, first + population.ensembles)
        source = CurrentSource(
            soma=self._params["soma"][:, columns],
            apical=self._params["apical"][:, columns],
            sample_steps=self._params["sample_steps"],
            ensemble_size=population.neurons,
        )
        counter = SpikeCounter(
            ensembles=population.ensembles,
            ensemble_size=population.neurons,
            kept_steps=self._params["kept_steps"],
        )
        source.soma_out.connect(neuron.soma_in)
        source.apical_out.connect(neuron.apical_in)
        neuron.s_out.connect(counter.s_in)
        return {"neuron": neuron, "source": source, "counter": counter}

    def _connection(self, network: SpikingNetwork, connection: Connection, number: int) -> StpDense:
        shape = (
            network.population(connection.target).size,
            network.population(connection.source).size,
        )
        where = (connection.postsynaptic, connection.presynaptic)
        learning = average = homeostasis = None
        if self._params["plastic"].any() and connection.learning is not None:
            learning = learning_constants(network, connection, self._params["rate_shift"])
            average = connection.learning.average_constants(network.time_step_ms)
        if self._params["plastic"].any() and connection.homeostasis is not None:
            homeostasis = homeostasis_constants(network, connection)
        weights = connection.weight.astype(network.units.dtype)
        delays = connection.delay
        if np.ndim(delays):
            delays = scipy.sparse.csc_matrix((delays, where), shape=shape)
        return StpDense(
            weights=scipy.sparse.csc_matrix((weights, where), shape=shape),
            stp=connection.stp,
            message=connection.message,
            delays=delays,
            scale=delivery_scale(network, connection),
            receptor=receptor_constants(network, connection),
            time_step_ms=network.time_step_ms,
            precision=network.precision,
            learning=learning,
            average=average,
            homeostasis=homeostasis,
            plastic=self._params["plastic"],
            sample_steps=self._params["sample_steps"],
            seed=self._params["seed"],
            connection=number,
        )

    def _teacher(self, network: SpikingNetwork) -> RateTeacher:
        assert network.teacher is not None
        population = network.population(network.teacher.population)
        return RateTeacher(
            targets=self._params["targets"],
            taught=self._params["taught"],
            sample_steps=self._params["sample_steps"],
            ensemble_size=population.neurons,
            constants=network.teacher.constants(population, network.units),
            precision=network.precision,
        )

"""The hardware form that learns inside the learning engine, in simulation.

Stock neurons have no traces of their own to send. Here others compute y2 and y3 and send them to
Lava's ``LearningDense``, which on the CPU takes them from anywhere; on the chip they must come from
the neuron at which a synapse ends, and that takes ``EngineEnsemble`` as a program of its own.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from lava.magma.core.decorator import implements
from lava.magma.core.process.ports.ports import OutPort
from lava.magma.core.process.process import AbstractProcess

from lava_bccn.dynamics.constants import Constants
from lava_bccn.dynamics.integer_plasticity import MAX_TRACE
from lava_bccn.loihi2.hardware_form import engine_presentation_steps
from lava_bccn.network.engine_network import CONSTANT_PAYLOAD
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.processes import stock
from lava_bccn.processes.engine_burst_ccn.process import PLASTIC_VARS, EngineBurstCCN
from lava_bccn.processes.hardware_burst_ccn.models import HardwareBurstCCNModel
from lava_bccn.sim.engine_learner import EngineLearner


@implements(proc=EngineBurstCCN)
class HardwareEngineBurstCCNModel(HardwareBurstCCNModel):
    """``EngineBurstCCN`` of stock Processes, with Y that stays; traces round to the nearest.

    Besides the parts of its parent there are ``weight_I``, which learn, and what sends to them:
    ``positive_trace_I`` and ``negative_trace_I``.
    """

    implements_process = None  # not what it inherits from

    def __init__(self, proc: EngineBurstCCN) -> None:
        network: MappedNetwork = proc.proc_params["network"]
        self._learner: EngineLearner = proc.learner
        self._constant_inputs: int = proc.proc_params["constants"]
        self._steps = engine_presentation_steps(network)
        self._rules = [
            proc.rules(index, self._learner.learned)["weight"]
            for index in range(len(network.layers))
        ]
        layers = [
            replace(layer, bias=bias.astype(np.int32))
            for layer, bias in zip(network.layers, self._learner.bias, strict=True)
        ]
        self._compose(proc, replace(network, layers=tuple(layers)))
        for number in range(1, len(layers) + 1):
            for of_lava, name in PLASTIC_VARS["weight"].items():
                var = getattr(getattr(self, f"weight_{number}").vars, of_lava)
                getattr(proc.vars, f"{name}_{number}").alias(var)

    def _weight(self, number: int, layer: MappedLayer, constants: Constants) -> AbstractProcess:
        _, ensembles, (synapses, _) = self._learner.layer(number - 1)
        return stock.learning(
            self._rules[number - 1],
            synapses,
            self._steps,
            self._learner.learned,
            ensembles.constants.soma_places,
        )

    def _sent_up(self, number: int, event: AbstractProcess) -> OutPort:
        """Events, and after them those of units that are always on."""
        if not self._constant_inputs:
            return super()._sent_up(number, event)
        units = event.proc_params["shape"][0]
        everything = units + self._constant_inputs
        passed = stock.weighted(np.eye(everything, units, dtype=np.int32))
        sent = stock.graded(everything)
        self._keep(**{self._unnamed(): passed, f"sent_{number}": sent})
        event.out_ports.s_out.connect(passed.in_ports.s_in)
        passed.out_ports.a_out.connect(sent.in_ports.a_in)
        always = np.where(np.arange(everything) < units, 0, CONSTANT_PAYLOAD)
        self._from_clock(stock.constants(always), sent.in_ports.a_in)
        return sent.out_ports.s_out

    def _bursts(
        self, number: int, burst_prob: AbstractProcess, event: AbstractProcess
    ) -> AbstractProcess:
        """Also the neurons that send the traces of a layer to its W: ±δ, rounded and rectified."""
        burst = super()._bursts(number, burst_prob, event)
        units = burst_prob.proc_params["shape"][0]
        plasticity = self._learner.layer(number - 1)[0].at(self._learner.learned)
        deviation, positive, negative = (stock.graded(units) for _ in range(3))
        self._keep(
            **{
                f"deviation_{number}": deviation,
                f"rounded_{number}": positive,
                f"negated_{number}": negative,
            }
        )
        self._to(burst, deviation.in_ports.a_in)
        places = self._constants.balance_places
        self._to(event, deviation.in_ports.a_in, sign=-1, shift=places)
        exponent = plasticity.trace_exponent
        self._constant((1 << exponent) >> 1, deviation.in_ports.a_in)
        self._to(deviation, positive.in_ports.a_in, shift=-exponent)
        self._to(positive, negative.in_ports.a_in, sign=-1)
        weight = getattr(self, f"weight_{number}")
        for name, sender, port in (
            ("positive", positive, weight.in_ports.s_in_y2),
            ("negative", negative, weight.in_ports.s_in_y3),
        ):
            trace = stock.graded(units)
            self._keep(**{f"{name}_trace_{number}": trace})
            self._clipped(sender, trace, 0, MAX_TRACE)
            trace.out_ports.s_out.connect(port)
        return burst

"""What hidden and output ensembles that learn inside the learning engine have in common.

Each is one neuron: its synapses read y1, y2 and y3 of the neuron that they end at, so soma and
dendrite cannot be two. It computes its states at every step. Events it sends once they have
settled, since a synapse whose input falls silent would learn from what it had sent before; and
traces in the last step.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess, ProcessParameters
from lava.magma.core.process.variable import Var
from numpy.typing import NDArray

from lava_bccn.dynamics.engine import payload_trace
from lava_bccn.dynamics.engine_plasticity import rectified, sent_trace
from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.network.engine_learning import EngineLayer
from lava_bccn.processes.arithmetic import Step, check_precision, in_port, out_port, var
from lava_bccn.processes.presentation import Presentation


class EngineNeuron(AbstractProcess):
    """Ports and Vars of both; the postsynaptic ones have the names of Lava's plastic neurons.

    Ports: ``a_in`` takes W e_below; ``s_out_deviation`` sends δ = b − p^b e down as one signed
    graded message and, to a Y that learns, 128 + 2y at the last step of a sample; ``s_out_y1``,
    ``s_out_y2``, ``s_out_y3`` send the traces then, and 0 before: half of e, and the two signs of
    y; ``s_out_bap`` never spikes.

    Vars: ``soma`` v, ``event_rate`` e, ``burst_prob`` p, ``burst_rate`` b, each (units,), and (1,),
    summed over samples: ``soma_saturations``, and ``trace_saturations`` of y.

    Args:
        bias: c, (units,), in the units of ``ensembles``.
        ensembles: the layer's equations, of weights as the engine has them.
        plasticity: of the layer.
        presentation: a sample is held until the whole network has settled.
    """

    def __init__(
        self,
        *,
        bias: NDArray[np.generic],
        ensembles: Ensembles,
        plasticity: EngineLayer,
        presentation: Presentation,
        name: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(
            bias=bias,
            ensembles=ensembles,
            plasticity=plasticity,
            presentation=presentation,
            name=name,
            **more,
        )
        shape = np.shape(bias)
        self.a_in: InPort = InPort(shape=shape)
        self.s_out_deviation: OutPort = OutPort(shape=shape)
        self.s_out_bap: OutPort = OutPort(shape=shape)
        self.s_out_y1: OutPort = OutPort(shape=shape)
        self.s_out_y2: OutPort = OutPort(shape=shape)
        self.s_out_y3: OutPort = OutPort(shape=shape)
        self.soma: Var = Var(shape=shape, init=0)
        self.event_rate: Var = Var(shape=shape, init=0)
        self.burst_prob: Var = Var(shape=shape, init=0)
        self.burst_rate: Var = Var(shape=shape, init=0)
        self.soma_saturations: Var = Var(shape=(1,), init=0)
        self.trace_saturations: Var = Var(shape=(1,), init=0)


class EngineNeuronStep(Step):
    """The somatic half of a step, and what is sent after the dendritic one."""

    a_in: PyInPort = in_port(32, np.int64)
    s_out_deviation: PyOutPort = out_port(16)
    s_out_bap: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, bool, precision=1)
    s_out_y1: PyOutPort = out_port(7)
    s_out_y2: PyOutPort = out_port(7)
    s_out_y3: PyOutPort = out_port(7)
    soma: NDArray[Any] = var(24)
    event_rate: NDArray[Any] = var(24)
    burst_prob: NDArray[Any] = var(24)
    burst_rate: NDArray[Any] = var(24)
    soma_saturations: NDArray[Any] = LavaPyType(np.ndarray, np.int64)
    trace_saturations: NDArray[Any] = LavaPyType(np.ndarray, np.int64)

    def __init__(self, proc_params: ProcessParameters) -> None:
        super().__init__(proc_params)
        self.bias: NDArray[Any] = proc_params["bias"]
        self.ensembles: Ensembles = proc_params["ensembles"]
        check_precision(self.ensembles.precision, self)
        self.plasticity: EngineLayer = proc_params["plasticity"]
        self.presentation: Presentation = proc_params["presentation"]

    @property
    def sends_events(self) -> bool:
        """Whether what was shown has come up to this layer: a step a connection, and one to get to
        the first."""
        return self.presentation.step(self.time_step) >= self.plasticity.number + 2

    def receive_events(self) -> None:
        """Update potential and event rate."""
        self.soma, saturated = self.ensembles.soma(self.a_in.recv(), self.bias)
        self.event_rate = self.ensembles.event_rate(self.soma)
        if self.presentation.ends(self.time_step):
            self.soma_saturations += saturated

    def send_bursts(self, burst_prob: NDArray[Any]) -> None:
        """Send the deviation of the burst rate, and the traces when it is time to learn."""
        self.burst_prob = burst_prob
        self.burst_rate = self.ensembles.burst_rate(burst_prob, self.event_rate)
        deviation = self.ensembles.burst_deviation(self.burst_rate, self.event_rate)
        silence = np.zeros_like(deviation)
        sent, events, trace = deviation, silence, silence
        if self.presentation.ends(self.time_step):
            learned = self.presentation.learned_before(self.time_step)
            trace, exact = self.plasticity.trace(deviation, learned)
            self.trace_saturations += np.count_nonzero(trace != exact)
            events = payload_trace(self.event_rate)
            if self.plasticity.follows:
                sent = sent_trace(trace)
        self.s_out_deviation.send(sent)
        self.s_out_bap.send(silence != 0)
        positive, negative = rectified(trace)
        for port, values in (
            (self.s_out_y1, events),
            (self.s_out_y2, positive),
            (self.s_out_y3, negative),
        ):
            port.send(values)

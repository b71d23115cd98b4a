"""How the hardware form is composed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from lava.magma.core.decorator import implements
from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from numpy.typing import NDArray

from lava_bccn.dynamics.constants import Constants, Line
from lava_bccn.loihi2.hardware_form import check_hardware_form
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.processes import stock
from lava_bccn.processes.burst_ccn.process import BurstCCN


@implements(proc=BurstCCN)
class HardwareBurstCCNModel(AbstractSubProcessModel):
    """``BurstCCN`` of stock Processes: chosen with a run configuration's
    ``exception_proc_model_map``.

    A layer's parts are named after what they send: ``soma_I``, ``event_I``, ``apical_I``,
    ``burst_prob_I``, ``burst_I``. Nothing in it learns by itself; the host may change the weights
    between presentations (``held_weight_I`` and so on).
    """

    def __init__(self, proc: AbstractProcess) -> None:
        self._compose(proc, proc.proc_params["network"], proc.proc_params["host_learns"])

    def _compose(
        self, proc: AbstractProcess, network: MappedNetwork, host_learns: bool = False
    ) -> None:
        check_hardware_form(network)
        assert network.number_format is not None
        # Not the Process itself: Lava takes every Process among the attributes for a part.
        self._vars, self._target_in = proc.vars, proc.in_ports.target_in
        self._format = network.number_format
        # Of these, what is not of one layer alone.
        self._constants = network.ensembles(0).constants
        self._host_learns = host_learns
        self._names = 0
        self.clock: AbstractProcess = stock.clock()
        last = len(network.layers) - 1
        events: list[AbstractProcess] = []
        below: OutPort = proc.in_ports.sample_in
        for index, layer in enumerate(network.layers):
            constants, stock_form = (
                network.ensembles(index).constants,
                network.integer_form(index).stock,
            )
            assert stock_form is not None
            line = stock_form.line(self._format.event_bits)
            event = self._forward(index + 1, layer, constants, line, below)
            events.append(event)
            if index < last:
                below = self._sent_up(index + 1, event)
        events[last].out_ports.s_out.connect(proc.out_ports.event_out)
        burst_prob = self._taught(last + 1, network.output_size, events[last])
        burst = self._bursts(last + 1, burst_prob, events[last])
        for index in reversed(range(last)):
            burst_prob = self._dendrite(network, index, events[index], events[index + 1], burst)
            burst = self._bursts(index + 1, burst_prob, events[index])

    def _forward(
        self, number: int, layer: MappedLayer, constants: Constants, line: Line, below: OutPort
    ) -> AbstractProcess:
        """Somata of a layer, and the neurons that send its event rates."""
        units = layer.units
        weight = self._weight(number, layer, constants)
        soma = stock.graded(units)
        self._keep(**{f"weight_{number}": weight, f"soma_{number}": soma})
        below.connect(weight.in_ports.s_in)
        weight.out_ports.a_out.connect(soma.in_ports.a_in)
        low, high = stock.constants(layer.bias)
        self._from_clock((low, high), soma.in_ports.a_in)
        self._hold(number, "weight", weight)
        self._hold(number, "bias_low", low)
        self._hold(number, "bias_high", high)
        event = stock.graded(units)
        self._keep(**{f"event_{number}": event})
        offset, range_ = line.offset - line.lowest, line.highest - line.lowest
        self._clipped(soma, event, offset, range_, f"soma_{number}")
        if line.lowest:
            self._constant(line.lowest, event.in_ports.a_in)
        return event

    def _weight(self, number: int, layer: MappedLayer, constants: Constants) -> AbstractProcess:
        """The connection that ends at the somata of a layer."""
        return stock.weighted(layer.weight, constants.soma_places)

    def _sent_up(self, number: int, event: AbstractProcess) -> OutPort:
        """What a layer sends to the W above, if there is one."""
        return event.out_ports.s_out

    def _dendrite(
        self,
        network: MappedNetwork,
        index: int,
        event: AbstractProcess,
        event_above: AbstractProcess,
        burst_above: AbstractProcess,
    ) -> AbstractProcess:
        """Apical potentials of hidden layer ``index``, and what holds its burst probability."""
        number, sender = index + 1, network.layers[index + 1]
        constants = network.ensembles(index).constants
        units = sender.units_below
        burst_matrix, event_matrix = self._matrices(sender)
        feedback_burst = stock.weighted(burst_matrix.T)
        feedback_event = stock.weighted(-event_matrix.T, constants.balance_places)
        apical = stock.graded(units)
        self._keep(
            **{
                f"feedback_burst_{number + 1}": feedback_burst,
                f"feedback_event_{number + 1}": feedback_event,
                f"apical_{number}": apical,
            }
        )
        burst_above.out_ports.s_out.connect(feedback_burst.in_ports.s_in)
        event_above.out_ports.s_out.connect(feedback_event.in_ports.s_in)
        for connection in (feedback_burst, feedback_event):
            connection.out_ports.a_out.connect(apical.in_ports.a_in)
        self._hold(number + 1, "feedback_burst", feedback_burst)
        self._hold(number + 1, "feedback_event", feedback_event)
        gated = stock.product(units, -constants.gate_places)
        self._keep(**{f"gated_{number}": gated})
        self._to(
            apical, gated.in_ports.a_in1, shift=constants.apical_places, name=f"apical_{number}"
        )
        self._gain(event, gated.in_ports.a_in2)
        burst_prob = stock.graded(units)
        self._keep(**{f"burst_prob_{number}": burst_prob})
        self._clipped(gated, burst_prob, self._baseline, 2 * self._baseline)
        return burst_prob

    def _taught(self, number: int, units: int, event: AbstractProcess) -> AbstractProcess:
        """The neurons that hold the burst probability of the output: p^b (1 + (t − e) h(e)).

        A target of −1 means no teacher: the teacher is on where ⌊t + 1⌋₊ − ⌊t⌋₊ = 1.
        """
        target = stock.graded(units)
        entry = stock.passed_on(units)
        error = stock.product(units, -self._constants.teacher_places)
        taught = stock.product(units, 0)
        is_on, burst_prob = stock.graded(units), stock.graded(units)
        self._keep(
            target_entry=entry,
            target=target,
            error=error,
            is_on=is_on,
            taught=taught,
            **{f"burst_prob_{number}": burst_prob},
        )
        self._target_in.connect(entry.in_ports.s_in)
        entry.out_ports.a_out.connect(target.in_ports.a_in)
        self._to(target, error.in_ports.a_in1)
        self._to(event, error.in_ports.a_in1, sign=-1)
        self._gain(event, error.in_ports.a_in2)
        self._to(error, taught.in_ports.a_in1)
        self._clipped(target, is_on, 1, 1)
        self._to(is_on, taught.in_ports.a_in2)
        self._to(taught, burst_prob.in_ports.a_in)
        self._constant(self._baseline, burst_prob.in_ports.a_in)
        return burst_prob

    def _bursts(
        self, number: int, burst_prob: AbstractProcess, event: AbstractProcess
    ) -> AbstractProcess:
        """The neurons that send the burst rates of a layer: p e."""
        units = burst_prob.proc_params["shape"][0]
        burst = stock.product(units, -self._constants.burst_places)
        self._keep(**{f"burst_{number}": burst})
        self._to(burst_prob, burst.in_ports.a_in1, name=f"burst_prob_{number}")
        self._to(event, burst.in_ports.a_in2, name=f"event_rate_{number}")
        self._readable(f"burst_rate_{number}", burst)
        return burst

    @property
    def _baseline(self) -> int:
        """p^b in units of burst probabilities."""
        return int(self._constants.p_baseline)

    def _clipped(
        self,
        sender: AbstractProcess,
        receiver: AbstractProcess,
        offset: int,
        largest: int,
        name: str = "",
    ) -> None:
        """Deliver sender + offset within [0, largest]: two rectified neurons, subtracted."""
        units = sender.proc_params["shape"][0]
        for sign, constant in ((1, offset), (-1, offset - largest)):
            rectified = stock.rectified(units)
            self._keep(**{self._unnamed(): rectified})
            self._to(sender, rectified.in_ports.a_in, name=name if sign == 1 else "")
            self._constant(constant, rectified.in_ports.a_in)
            self._to(rectified, receiver.in_ports.a_in, sign=sign)

    def _gain(self, event: AbstractProcess, port: InPort) -> None:
        """Deliver h(e) = 1 − e."""
        self._to(event, port, sign=-1)
        self._constant(1 << self._format.event_bits, port)

    def _to(
        self, sender: AbstractProcess, port: InPort, sign: int = 1, shift: int = 0, name: str = ""
    ) -> None:
        """Deliver ⌊sign · payload · 2^shift⌋ a step later; with a name the host reads it there."""
        connection = stock.passed_on(sender.proc_params["shape"][0], sign, shift)
        self._keep(**{self._unnamed(): connection})
        sender.out_ports.s_out.connect(connection.in_ports.s_in)
        connection.out_ports.a_out.connect(port)
        if name:
            getattr(self._vars, name).alias(connection.vars.a_buff)

    def _readable(self, name: str, sender: AbstractProcess) -> None:
        """Let the host read what a neuron sends."""
        tap = stock.passed_on(sender.proc_params["shape"][0])
        self._keep(**{self._unnamed(): tap})
        sender.out_ports.s_out.connect(tap.in_ports.s_in)
        getattr(self._vars, name).alias(tap.vars.a_buff)

    def _constant(self, value: int, port: InPort) -> None:
        """Deliver a constant at every step."""
        self._from_clock(stock.constant(value, port.shape[0]), port)

    def _from_clock(self, connections: Iterable[AbstractProcess], port: InPort) -> None:
        for connection in connections:
            self._keep(**{self._unnamed(): connection})
            self.clock.out_ports.s_out.connect(connection.in_ports.s_in)
            connection.out_ports.a_out.connect(port)

    def _hold(self, number: int, pathway: str, connection: AbstractProcess) -> None:
        """Let the host change the weights of a connection, where it is to learn."""
        if self._host_learns:
            getattr(self._vars, f"held_{pathway}_{number}").alias(connection.vars.weights)

    def _matrices(
        self, sender: MappedLayer
    ) -> tuple[NDArray[np.integer[Any]], NDArray[np.integer[Any]]]:
        if sender.feedback_matrices is None:
            silence = np.zeros(sender.weight.shape, dtype=np.int32)
            return silence, silence
        burst, event = sender.feedback_matrices
        return burst.astype(np.int32), event.astype(np.int32)

    def _keep(self, **processes: AbstractProcess) -> None:
        # Lava takes for sub-processes what is an attribute of its own, not what is in a list.
        for name, process in processes.items():
            setattr(self, name, process)

    def _unnamed(self) -> str:
        self._names += 1
        return f"part_{self._names}"

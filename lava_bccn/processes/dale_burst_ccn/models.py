"""How ``DaleBurstCCN`` is composed, in either arithmetic."""

from typing import Any

import numpy as np
from lava.magma.core.decorator import implements
from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.process.process import AbstractProcess
from numpy.typing import NDArray

from lava_bccn.dynamics.dale import KINDS
from lava_bccn.network.dale.layer import DaleFeedback, DaleLayer
from lava_bccn.network.dale.network import DaleNetwork
from lava_bccn.network.dale.plasticity import DalePlasticity, held
from lava_bccn.processes.dale_burst_ccn.process import DaleBurstCCN
from lava_bccn.processes.interneurons.process import (
    Interneurons,
    Ndnf,
    Pv,
    Sst,
    TonicExcitation,
    Vip,
)
from lava_bccn.processes.plastic_dense.process import PlasticDense
from lava_bccn.processes.presentation import Presentation
from lava_bccn.processes.pyramidal_ensemble.process import PyramidalEnsemble
from lava_bccn.processes.stock import one_signed

_NOTHING_LEARNS = DalePlasticity(None, None, None)

Parts = dict[str, AbstractProcess]


@implements(proc=DaleBurstCCN)
class DaleBurstCCNModel(AbstractSubProcessModel):
    """Ensembles, and interneurons on every way up and down."""

    def __init__(self, proc: AbstractProcess) -> None:
        network: DaleNetwork = proc.proc_params["network"]
        self._network = network
        rules = proc.proc_params["rules"] or (_NOTHING_LEARNS,) * len(network.layers)
        self._presentation = Presentation(network.presentation_steps, proc.proc_params["learned"])
        last = len(network.layers) - 1
        ensembles = [
            PyramidalEnsemble(
                bias=layer.bias.astype(network.compute_dtype),
                ensembles=network.ensembles(index),
                is_output=index == last,
                presentation=self._presentation,
                plasticity=rules[index].bias,
            )
            for index, layer in enumerate(network.layers)
        ]
        senders = [proc.in_ports.sample_in, *(e.out_ports.event_out for e in ensembles[:-1])]
        for index, layer in enumerate(network.layers):
            parts = self._upward(layer, rules[index], senders[index], ensembles[index])
            if layer.feedback is not None:
                parts |= self._events_down(layer.feedback, ensembles[index], ensembles[index - 1])
                for kind in KINDS:
                    ends = ensembles[index], ensembles[index - 1]
                    parts |= self._bursts_down(layer.feedback, kind, *ends)
                parts |= self._tonic(layer.feedback, ensembles[index - 1])
            # Lava takes for sub-processes what is an attribute of its own, not what is in a list.
            for name, part in {**parts, "ensemble": ensembles[index]}.items():
                setattr(self, f"{name}_{index + 1}", part)
            self._expose(proc, index, {**parts, "bias": ensembles[index]}, is_output=index == last)
        proc.in_ports.target_in.connect(ensembles[last].in_ports.target_in)
        ensembles[last].out_ports.event_out.connect(proc.out_ports.event_out)

    def _relay(self, kind: type[Interneurons], units: int, *places: int) -> Interneurons:
        names = ("excitation_places", "inhibition_places")
        shifts: Any = dict(zip(names, places, strict=False))
        return kind(units=units, precision=self._network.precision, **shifts)

    def _sent(
        self, sender: Any, matrix: NDArray[Any] | None, receiver: Any, units: int, sign: int = 1
    ) -> AbstractProcess:
        """A connection between two ports; of its matrix (received, sent), or one to one."""
        if matrix is None:
            dtype = float if self._network.precision == "float" else np.uint8
            matrix = np.eye(units, dtype=dtype)
        part = one_signed(matrix, sign)
        sender.connect(part.in_ports.s_in)
        part.out_ports.a_out.connect(receiver)
        return part

    def _upward(
        self, layer: DaleLayer, rules: DalePlasticity, sender: Any, ensemble: PyramidalEnsemble
    ) -> Parts:
        pv = self._relay(Pv, layer.weight_from_pv.shape[1], layer.pv_exponent)
        to_pv = self._sent(sender, layer.weight_to_pv, pv.in_ports.excitation_in, layer.units_below)
        parts: Parts = {"pv": pv, "to_pv": to_pv}
        soma = ensemble.in_ports.synaptic_in
        signed = held(layer, self._network.compute_dtype)
        for name, sign, heard in (
            ("weight_exc", 1, sender),
            ("weight_from_pv", -1, pv.out_ports.rate_out),
        ):
            rule = getattr(rules, name)
            if rule is None:
                parts[name] = self._sent(heard, getattr(layer, name), soma, layer.units, sign)
                continue
            is_float = self._network.precision == "float"
            plastic = PlasticDense(
                weights=signed[name].astype(float if is_float else np.int32),
                synapses=rule,
                presentation=self._presentation,
            )
            heard.connect(plastic.in_ports.s_in)
            heard.connect(plastic.in_ports.presynaptic_in)
            ensemble.out_ports.deviation_out.connect(plastic.in_ports.postsynaptic_in)
            plastic.out_ports.a_out.connect(soma)
            parts[name] = plastic
        return parts

    def _events_down(
        self, fed: DaleFeedback, above: PyramidalEnsemble, below: PyramidalEnsemble
    ) -> Parts:
        """A⁺, and A⁻ through NDNF: what a dendrite subtracts has the opposite sign."""
        events, dendrite = above.out_ports.event_out, below.in_ports.feedback_event_in
        units = len(fed.event_exc)
        ndnf = self._relay(Ndnf, len(fed.event_from_ndnf), fed.ndnf_exponent)
        to_ndnf = None if fed.event_to_ndnf is None else fed.event_to_ndnf.T
        return {
            "ndnf": ndnf,
            "to_ndnf": self._sent(events, to_ndnf, ndnf.in_ports.excitation_in, units),
            "event_exc": self._sent(events, fed.event_exc.T, dendrite, units, -1),
            "from_ndnf": self._sent(
                ndnf.out_ports.rate_out, fed.event_from_ndnf.T, dendrite, units
            ),
        }

    def _bursts_down(
        self, fed: DaleFeedback, kind: str, above: PyramidalEnsemble, below: PyramidalEnsemble
    ) -> Parts:
        """VIP and SST of a kind."""
        bursts, units = above.out_ports.burst_out, len(fed.event_exc)
        to_sst, to_vip, vip_to_sst, from_sst = fed.of_kind(kind)
        vips = units if to_vip is None else to_vip.shape[1]
        vip = self._relay(Vip, vips, fed.burst_exponent if to_vip is not None else 0)
        shifts = (fed.burst_exponent, to_sst), (fed.vip_exponent, vip_to_sst)
        places = (0 if matrix is None else exponent for exponent, matrix in shifts)
        sst = self._relay(Sst, len(from_sst), *places)
        ways = (
            ("to_sst", bursts, to_sst, sst.in_ports.excitation_in, units, 1),
            ("to_vip", bursts, to_vip, vip.in_ports.excitation_in, units, 1),
            # An SST knows which of its synapses inhibit, and subtracts.
            ("vip_to_sst", vip.out_ports.rate_out, vip_to_sst, sst.in_ports.inhibition_in, vips, 1),
            ("from_sst", sst.out_ports.rate_out, from_sst, below.in_ports.feedback_burst_in, 0, -1),
        )
        parts: Parts = {f"vip_{kind}": vip, f"sst_{kind}": sst}
        for name, sender, matrix, receiver, size, sign in ways:
            turned = None if matrix is None else matrix.T
            parts[f"{name}_{kind}"] = self._sent(sender, turned, receiver, size, sign)
        return parts

    def _tonic(self, fed: DaleFeedback, below: PyramidalEnsemble) -> Parts:
        """Tonic excitation of dendrites, where it is not in balance."""
        if not fed.apical_bias.any():
            return {}
        tonic = TonicExcitation(current=fed.apical_bias, precision=self._network.precision)
        tonic.out_ports.current_out.connect(below.in_ports.feedback_burst_in)
        return {"tonic": tonic}

    @staticmethod
    def _expose(proc: DaleBurstCCN, index: int, parts: Parts, is_output: bool) -> None:
        """Let the Vars of the parts be seen as those of the network."""
        ensemble, number = parts["bias"], index + 1
        for name in proc.state_names(is_output=is_output):
            getattr(proc.vars, f"{name}_{number}").alias(getattr(ensemble.vars, name))
        for name in proc.learning_parts(index):
            values, counts = (
                getattr(proc.vars, f"{kind}_{number}") for kind in (name, f"{name}_saturations")
            )
            if name == "bias":
                values.alias(ensemble.vars.bias)
                counts.alias(ensemble.vars.bias_saturations)
            else:
                values.alias(parts[name].vars.weights)
                counts.alias(parts[name].vars.saturations)

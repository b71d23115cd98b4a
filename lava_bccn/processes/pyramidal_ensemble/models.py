"""How ``PyramidalEnsemble`` is composed, in either arithmetic."""

from lava.magma.core.decorator import implements
from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.process.process import AbstractProcess

from lava_bccn.processes.apical_dendrite.process import ApicalDendrite
from lava_bccn.processes.output_dendrite.process import OutputDendrite
from lava_bccn.processes.pyramidal_ensemble.process import PyramidalEnsemble
from lava_bccn.processes.soma.process import Soma


@implements(proc=PyramidalEnsemble)
class PyramidalEnsembleModel(AbstractSubProcessModel):
    """A soma that reaches its dendrite in the same step."""

    def __init__(self, proc: AbstractProcess) -> None:
        parameters = proc.proc_params
        bias, ensembles = parameters["bias"], parameters["ensembles"]
        presentation = parameters["presentation"]
        self.soma: Soma = Soma(
            bias=bias,
            ensembles=ensembles,
            presentation=presentation,
            plasticity=parameters["plasticity"],
        )
        proc.in_ports.synaptic_in.connect(self.soma.in_ports.synaptic_in)
        self.soma.out_ports.event_out.connect(proc.out_ports.event_out)
        for name in ("bias", "soma", "event_rate", "bias_saturations"):
            getattr(proc.vars, name).alias(getattr(self.soma.vars, name))
        proc.vars.soma_saturations.alias(self.soma.vars.saturations)

        units = len(bias)
        self.dendrite: ApicalDendrite | OutputDendrite
        if parameters["is_output"]:
            self.dendrite = OutputDendrite(
                units=units, ensembles=ensembles, presentation=presentation
            )
            proc.in_ports.target_in.connect(self.dendrite.in_ports.target_in)
        else:
            self.dendrite = ApicalDendrite(
                units=units,
                ensembles=ensembles,
                presentation=presentation,
                branches=parameters["branches"],
            )
            if not ensembles.activation.is_elementwise:
                self.soma.out_ports.soma_out.connect(self.dendrite.in_ports.soma_in)
            for name in ("feedback_burst_in", "feedback_event_in"):
                getattr(proc.in_ports, name).connect(getattr(self.dendrite.in_ports, name))
            self.dendrite.out_ports.apical_out.connect(proc.out_ports.apical_out)
            proc.vars.apical.alias(self.dendrite.vars.apical)
            proc.vars.apical_saturations.alias(self.dendrite.vars.saturations)
        self.soma.out_ports.event_out.connect(self.dendrite.in_ports.event_in)
        self.dendrite.out_ports.burst_out.connect(proc.out_ports.burst_out)
        self.dendrite.out_ports.deviation_out.connect(proc.out_ports.deviation_out)
        if parameters["plasticity"] is not None:
            self.dendrite.out_ports.deviation_out.connect(self.soma.in_ports.deviation_in)
        for name in ("burst_prob", "burst_rate"):
            getattr(proc.vars, name).alias(getattr(self.dendrite.vars, name))

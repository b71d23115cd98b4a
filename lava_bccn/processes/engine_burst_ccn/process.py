"""A whole mapped network that learns inside the learning engine, as one Process."""

from __future__ import annotations

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var

from lava_bccn.dynamics.engine import LAVA, EngineSynapses
from lava_bccn.dynamics.engine_rule import EngineRule
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.engine_options import EngineOptions
from lava_bccn.network.learning import LearningConfig
from lava_bccn.network.network import MappedNetwork
from lava_bccn.processes.arithmetic import TAGS
from lava_bccn.processes.burst_ccn.process import BurstCCN
from lava_bccn.sim.engine_learner import EngineLearner

PLASTIC_VARS = {
    "weight": {"weights": "weight", "tag_1": "tag", "dw": "dw", "dt": "dt"},
    "feedback": {
        "weights": "feedback",
        "tag_1": "feedback_tag",
        "dw": "feedback_dw",
        "dt": "feedback_dt",
    },
}
"""Of each connection that learns, the Vars of ``LearningDense`` and their names here."""

TEXT = (256,)
"""Shape of the Vars in which Lava keeps the text of a rule."""


class EngineBurstCCN(AbstractProcess):
    """A network of ``EngineEnsemble``, ``EngineOutput`` and stock connections, which has no host.

    W, and a Y that follows it, are ``LearningDense``; a Y that stays is a ``Dense``. With L layers
    a sample is held for 2L time steps, and all synapses learn in the last of them.

    Ports: ``sample_in`` takes event rates, and after them the constant inputs of the first layer
    (``network.engine_network.with_constants``); ``target_in`` targets; ``event_out`` sends the
    output layer's event rates.

    Vars: of every layer I (from 1) the states that ``BurstCCN`` has, ``trace_saturations_I``,
    ``weight_I`` (units, units below + constants) and ``tag_I``, in units of the engine, and the
    texts of their rules, ``dw_I`` and ``dt_I``; where Y follows, ``feedback_I`` (units below,
    units), ``feedback_tag_I``, ``feedback_dw_I`` and ``feedback_dt_I``.

    Args:
        network: in integers; run it with ``select_tag=process.tag``.
        learning: how it learns, with ``rule="engine"``.
        learned: samples learned before, from which rates and random numbers go on.

    Raises:
        InvalidInputError: the engine cannot learn so, or Lava's model of it cannot.
    """

    def __init__(
        self,
        network: MappedNetwork,
        learning: LearningConfig,
        learned: int = 0,
        name: str | None = None,
    ) -> None:
        learner = EngineLearner(network, learning, learned)
        _check_lava(learning.engine)
        constants = learning.engine.constants
        super().__init__(network=network, learner=learner, constants=constants, name=name)
        self.sample_in: InPort = InPort(shape=(network.input_size + constants,))
        self.target_in: InPort = InPort(shape=(network.output_size,))
        self.event_out: OutPort = OutPort(shape=(network.output_size,))
        for index, layer in enumerate(network.layers):
            for state in self.state_names(is_output=index == len(network.layers) - 1):
                units = 1 if state.endswith("saturations") else layer.units
                setattr(self, f"{state}_{index + 1}", Var(shape=(units,), init=0))
            for connection, synapses in self.plastic(index).items():
                shape = synapses.weight.shape
                shapes = {"weights": shape, "tag_1": shape, "dw": TEXT, "dt": TEXT}
                for of_lava, name_of_var in PLASTIC_VARS[connection].items():
                    var = Var(shape=shapes[of_lava], init=0)
                    setattr(self, f"{name_of_var}_{index + 1}", var)

    @property
    def learner(self) -> EngineLearner:
        """The network as it starts, with its rules; it stays as it is."""
        learner: EngineLearner = self.proc_params["learner"]
        return learner

    def plastic(self, index: int) -> dict[str, EngineSynapses]:
        """What of layer ``index`` (0-based) learns, as it starts: of :data:`PLASTIC_VARS`."""
        rule, _, (weight, feedback) = self.learner.layer(index)
        if feedback is None or not rule.follows:
            return {"weight": weight}
        return {"weight": weight, "feedback": feedback}

    def rules(self, index: int, sample: int) -> dict[str, EngineRule]:
        """The rules of the same when sample ``sample`` is learned, from 0 on."""
        rule = self.learner.layer(index)[0]
        plasticity = rule.at(sample)
        rules = {"weight": plasticity.weight_rule, "feedback": plasticity.following_rule}
        return rules if rule.follows else {"weight": plasticity.weight_rule}

    def follow_schedule(self, samples: int) -> None:
        """Set the rules that change with the next sample; call it after each, while it runs.

        Args:
            samples: that were presented in this run before the last one.
        """
        last = self.learner.learned + samples
        for index in range(len(self.proc_params["network"].layers)):
            before = self.rules(index, last)
            for connection, rule in self.rules(index, last + 1).items():
                for text in ("dw", "dt"):
                    if getattr(rule, text) != getattr(before[connection], text):
                        name = PLASTIC_VARS[connection][text]
                        getattr(self, f"{name}_{index + 1}").set(getattr(rule, text))

    @staticmethod
    def state_names(*, is_output: bool) -> tuple[str, ...]:
        """Vars of one layer's ensembles."""
        return (*BurstCCN.state_names(is_output=is_output), "trace_saturations")

    @property
    def tag(self) -> str:
        """Tag of the ProcessModels that can run this network."""
        return TAGS[self.proc_params["network"].precision]


def _check_lava(options: EngineOptions) -> None:
    """Check that Lava's model of the engine computes so.

    Raises:
        InvalidInputError: says which option does.
    """
    if options.arithmetic != LAVA:
        raise InvalidInputError(
            "Lava's model of the learning engine has its own arithmetic only; take that of 'lava' "
            "(dynamics.engine.LAVA), or backend 'sim'"
        )
    if options.rounding != "shared":
        raise InvalidInputError(
            "Lava's model of the learning engine rounds by one random number for all synapses, not "
            f"{options.rounding!r}; take rounding 'shared', or backend 'sim'"
        )

"""Options of ``bccn run --learn``, and the configuration that they choose."""

from __future__ import annotations

import argparse
from dataclasses import fields
from functools import partial
from pathlib import Path

from lava_bccn.cli.fields import add_fields, given
from lava_bccn.cli.log_dir import add_log_dir
from lava_bccn.cli.parsing import count
from lava_bccn.dynamics.engine import ARITHMETICS
from lava_bccn.dynamics.engine_plasticity import HALVES
from lava_bccn.errors import InvalidInputError
from lava_bccn.network import MappedNetwork
from lava_bccn.network.engine_options import EngineOptions
from lava_bccn.network.learning import MAX_RATE, PATHWAYS, LearningConfig
from lava_bccn.online import Lesson

DEFAULT_RATES = {"hash": (LearningConfig.weight_rate, 7), "engine": (2, 6)}
"""Exponents of the first and the last learning rate, by rule."""

_FLAGS = (
    *("output", "resume", "plot", "rate", "final_rate", "feedback_rate", "no_teacher"),
    *("engine_decay", "seeds", "workers", "log_dir"),
)
"""Options of learning that are no field of ``Lesson`` or ``LearningConfig``."""

OPTIONS_OF_SETTINGS = {
    **dict.fromkeys(("weight_rate", "bias_rate"), "rate"),
    **dict.fromkeys(("feedback_burst_rate", "feedback_event_rate"), "feedback_rate"),
    "halve_at": "final_rate",
    "teacher": "no_teacher",
    **{f"engine.{field.name}": field.name for field in fields(EngineOptions)},
    "engine.decay": "engine_decay",
}
"""Options that give settings of other names than theirs."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """``--learn`` and what goes with it: the fields of ``Lesson`` and ``LearningConfig``."""
    group = parser.add_argument_group(
        "learning online (--learn)",
        "every sample of the training set is taught and learned from, one after the other;\n"
        "the test set measures, with plasticity off",
        argument_default=argparse.SUPPRESS,
    )
    add, lesson = group.add_argument, partial(add_fields, group, Lesson)
    config = partial(add_fields, group, LearningConfig)
    add("--learn", action="store_true", default=False, help="learn while running")
    add("-o", "--output", type=Path, metavar="FILE.safetensors", help="the network that learns")
    add("--resume", action="store_true", help="continue the run that wrote the output")
    add("--plot", type=Path, metavar="FILE.png", help="draw the learning curve")
    add_log_dir(add)
    lesson("epochs")
    config("rule", help="hash: of this package; engine: of Loihi's own learning engine")
    (first, last), (engine_first, engine_last) = DEFAULT_RATES.values()
    add(
        "--rate",
        type=int,
        metavar="n",
        help=f"first learning rate, 2^-n (default: {first}; in the engine {engine_first})",
    )
    add(
        "--final-rate",
        type=int,
        metavar="n",
        help="last learning rate, reached by halving in equal parts (default: "
        f"{last}, in the engine {engine_last}, or --rate)",
    )
    config(
        "hidden_boost",
        nargs="*",
        metavar="n",
        help="the first, second, ... hidden layer learns 2^n times as fast",
    )
    config(
        "decay",
        metavar="d",
        help="weights decay by 2^-d times the rate, or with -1 not at all; of rule hash",
    )
    config(
        "learns",
        metavar="PATHWAY",
        help=f"what learns: {', '.join(PATHWAYS)} (default: all that the network was made for)",
    )
    lesson("classes", metavar="CLASS", help="teach only these")
    lesson("replay")
    add(
        "--feedback-rate",
        type=int,
        metavar="n",
        help="learning rate of homeostatic Y and Q, 2^-n over the ensembles that send (default: "
        f"{LearningConfig.feedback_burst_rate})",
    )
    add("--no-teacher", action="store_true", help="for homeostatic Y and Q; use with --learns")
    config("forward_noise", metavar="S", help="standard deviation of noise in what W receives")
    config(
        "realign_every",
        metavar="N",
        help="after N samples come some without a teacher, for homeostatic Y and Q",
    )
    config("realign_samples", metavar="N", help="how many these are")
    lesson("recruit", help="wake output units of --classes that never fire")
    config("seed", help="of the order and of the rounding")
    add(
        "--seeds",
        type=int,
        nargs="+",
        metavar="SEED",
        help="a run each, side by side; the output is FILE_seed0.safetensors and so on",
    )
    add(
        "--workers",
        type=count,
        metavar="N",
        help="of --seeds, runs at a time (default: one for each core)",
    )
    engine = parser.add_argument_group(
        "the learning engine (--learn --rule engine)",
        "Loihi's own: nothing outside the chip takes part in it",
        argument_default=argparse.SUPPRESS,
    )
    add_fields(
        engine,
        EngineOptions,
        "engine",
        help="what changes: whole units of a weight's tag, fractions of them too, or the weight",
    )
    add_fields(engine, EngineOptions, "half", choices=HALVES, metavar="{16,32,64}")
    add_fields(engine, EngineOptions, "rounding", "rounds_traces", "constants")
    engine.add_argument(
        "--arithmetic",
        choices=tuple(ARITHMETICS),
        help="of the engine: that of Lava's model, or of nengo-loihi's (default: lava)",
    )
    engine.add_argument(
        "--engine-decay",
        type=int,
        metavar="k",
        help="weights decay once in 2^k samples (default: not at all)",
    )


def check_unused(options: argparse.Namespace) -> None:
    """Refuse options that mean nothing without ``--learn``."""
    owners = (Lesson, LearningConfig, EngineOptions)
    names = {field.name for owner in owners for field in fields(owner)}
    for name in vars(options):
        if name in {*_FLAGS, *names} - {"samples", "teacher"}:  # which run itself has too
            raise InvalidInputError(f"--{name.replace('_', '-')} needs --learn")


def check_boosts(options: argparse.Namespace, network: MappedNetwork) -> None:
    """Refuse more boosts than a network has hidden layers."""
    boosts, hidden = len(getattr(options, "hidden_boost", ())), len(network.layers) - 1
    if boosts > hidden:
        raise InvalidInputError(
            f"--hidden-boost has {boosts} numbers, the network {hidden} hidden layers"
        )


def chosen_config(options: argparse.Namespace, total: int) -> LearningConfig:
    """How the network learns so many samples.

    Raises:
        InvalidInputError: rates that none are, or settings that the rule does not read.
    """
    for name in ("rate", "final_rate", "feedback_rate"):
        if abs(getattr(options, name, 0)) > MAX_RATE:
            raise InvalidInputError(
                f"--{name.replace('_', '-')} is the n of a learning rate 2^-n, from -{MAX_RATE} to "
                f"{MAX_RATE}, not {getattr(options, name)}"
            )
    rule = getattr(options, "rule", LearningConfig.rule)
    first, last = DEFAULT_RATES[rule]
    first = getattr(options, "rate", first)
    last = getattr(options, "final_rate", max(first, last))
    if last < first:
        raise InvalidInputError(
            f"--final-rate {last} (2^-{last}) is a higher learning rate than --rate {first}"
        )
    fields = {**given(LearningConfig, options), "engine": _engine(options)}
    if fields.get("decay", 0) < -1:
        raise InvalidInputError(f"--decay must be 0 to 31, or -1 for none, not {options.decay}")
    if fields.get("decay") == -1:
        fields["decay"] = None
    if hasattr(options, "feedback_rate"):
        fields["feedback_burst_rate"] = fields["feedback_event_rate"] = options.feedback_rate
    if rule == "hash":
        fields["bias_rate"] = first
    return LearningConfig(
        weight_rate=first,
        halve_at=LearningConfig.evenly(first, last, total),
        **fields,
    )


def _engine(options: argparse.Namespace) -> EngineOptions:
    chosen = {**given(EngineOptions, options), "decay": getattr(options, "engine_decay", None)}
    if "arithmetic" in chosen:
        chosen["arithmetic"] = ARITHMETICS[chosen["arithmetic"]]
    return EngineOptions(**chosen)

"""``bccn reproduce depth``: which rules still teach the first layer of a deep network.

Source: Greedy et al., NeurIPS 2022 (arXiv 2206.11769): from 1 to 8 hidden layers BurstCCN and
Burstprop stay low while the errors of EDN decay on their way down.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Literal

from lava_bccn import datasets
from lava_bccn.errors import InvalidInputError
from lava_bccn.experiments.paper.experiment import Comparison, Experiment, Part, Row, Setting, Tell
from lava_bccn.experiments.paper.summary import ERRORS, column, curves
from lava_bccn.nn.model_options import MODEL_OPTIONS
from lava_bccn.nn.training_config import TrainingConfig

PUBLISHED = {
    "burstccn": "stays low",
    "burstprop": "stays low",
    "edn": "rises with depth",
}
MODELS = tuple(PUBLISHED)
DEPTHS = (1, 2, 3, 4, 5, 6, 7, 8)


@dataclass(frozen=True)
class DepthConfig:
    """What decides the experiment.

    Attributes:
        models: names in ``MODEL_OPTIONS``.
        depths: numbers of hidden layers.
        hidden_units: of each hidden layer.
        gain: of the Xavier start of W. At 1 sigmoid layers hand on too little of either activity or
            errors for any rule to learn more than a few; the published code starts at 3.6.
        readout_gain: that of the output, which a wide layer would else silence or saturate.
        feedback: regime of Y.
        feedback_std: of a random Y.
        seeds: of the start and of the order of samples, a run each.
        training: of every run; its seed is replaced.
        samples: take the first so many training images; None takes all.
    """

    models: tuple[str, ...] = MODELS
    depths: tuple[int, ...] = DEPTHS
    hidden_units: int = 500
    gain: float = 3.6
    readout_gain: float = 1.0
    feedback: Literal["random", "symmetric", "tied"] = "tied"
    feedback_std: float = 0.3
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    training: TrainingConfig = TrainingConfig(epochs=20, batch_size=64, learning_rate=1e-3)
    samples: int | None = None

    def __post_init__(self) -> None:
        unknown = sorted(set(self.models) - set(MODEL_OPTIONS))
        if unknown:
            raise InvalidInputError(
                f"models must be among {', '.join(MODEL_OPTIONS)}, not {', '.join(unknown)}"
            )
        if not self.depths or min(self.depths) < 1 or self.hidden_units < 1:
            raise InvalidInputError(
                "depths need at least one number of hidden layers, all 1 or more, and "
                f"hidden_units at least 1; got {self.depths!r} and {self.hidden_units!r}"
            )
        if self.samples is not None and self.samples < 1:
            raise InvalidInputError(f"samples must be at least 1, not {self.samples!r}")


CENTRED_ON = 500
"""Training images whose mean potentials the biases centre at the start."""

QUICK = DepthConfig(
    hidden_units=64,
    seeds=(0,),
    training=TrainingConfig(epochs=15, batch_size=16),
)
"""For digits: a few minutes on one core."""


@dataclass(frozen=True)
class DepthRow:
    """One run: its model, hidden layers and seed, and what it reached.

    Attributes:
        test_error: share of test images, in [0, 1].
        first_angle: of the first layer's update to backprop, degrees.
    """

    model: str
    hidden_layers: int
    seed: int
    test_error: float
    first_angle: float


def run_depth(
    data: datasets.Dataset,
    config: DepthConfig = QUICK,
    on_run: Callable[[DepthRow], None] = lambda _: None,
    *,
    checkpoints: Path | None = None,
) -> list[DepthRow]:
    """Train every model at every depth from every seed; the table of what they reach.

    Args:
        data: inputs are standardised by their mean and deviation.
        config: see :class:`DepthConfig`.
        on_run: called with each row when its run ends.
        checkpoints: folder in which every run keeps one, to go on from after it was killed.
    """
    rows = []
    for depth, name, seed in product(config.depths, config.models, config.seeds):
        file = checkpoints and checkpoints / f"depth_{name}_{depth}_seed{seed}.pt"
        rows.append(_run_one(data, config, name, depth, seed, file))
        on_run(rows[-1])
    return rows


def _run_one(
    data: datasets.Dataset,
    config: DepthConfig,
    name: str,
    depth: int,
    seed: int,
    checkpoint: Path | None,
) -> DepthRow:
    import torch

    from lava_bccn.experiments.paper.classifier import samples
    from lava_bccn.nn import centre, mlp, train

    training, test = samples(data, slice(config.samples))
    inputs = training[0]
    given = {
        option: getattr(config, option)
        for option in ("gain", "feedback", "feedback_std")
        if option in MODEL_OPTIONS[name]
    }
    model = mlp(
        name,
        (data.input_size, *[config.hidden_units] * depth, len(data.class_names)),
        normalize=(float(inputs.mean()), float(inputs.std())),
        generator=torch.Generator().manual_seed(seed),
        readout_gain=config.readout_gain,
        **given,
    )
    centre(model, inputs[:CENTRED_ON], readout_rate=1 / len(data.class_names))
    how = replace(config.training, seed=seed)
    last = train(model, training, test, how, checkpoint=checkpoint, resume=True).history[-1]
    return DepthRow(name, depth, seed, last["held_out_error"], last["angle_to_backprop_1"])


def _run(part: Part, tell: Tell) -> list[Row]:
    model, depth = part.variant.split("-")
    config = QUICK if part.quick else DepthConfig()
    config = replace(config, models=(model,), depths=(int(depth),), seeds=(part.seed,))
    data = datasets.load("digits" if part.quick else "mnist", part.data_dir)
    rows = run_depth(data, config, checkpoints=part.checkpoint.parent)
    return [asdict(row) for row in rows]


def _compare(rows: Sequence[Row]) -> list[Comparison]:
    runs: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        runs.setdefault((str(row["model"]), int(row["hidden_layers"])), []).append(row)
    return [
        Comparison(
            f"{model}, test error with {depth} hidden layer{'s' if depth > 1 else ''}",
            PUBLISHED[model],
            f"{column(same, 'test_error').mean():.2%}",
        )
        for (model, depth), same in sorted(runs.items())
    ]


VARIANTS = tuple(f"{model}-{depth}" for depth in DEPTHS for model in MODELS)

EXPERIMENT = Experiment(
    name="depth",
    shows="Test error by number of hidden layers: BurstCCN, Burstprop, EDN",
    quick=Setting((0,), VARIANTS, "minutes on two cores, 0.5 GB a worker (digits)"),
    full=Setting(
        (0, 1, 2, 3, 4), VARIANTS, "hours a seed on a core, 1.5 GB a worker (MNIST); use --jobs"
    ),
    run=_run,
    compare=_compare,
    draw=curves("hidden_layers", "hidden layers", ERRORS, group="model"),
)

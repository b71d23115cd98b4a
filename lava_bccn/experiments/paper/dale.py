"""``bccn reproduce dale``: MNIST under Dale's law, and what each type of interneuron is for.

Source: "Cell-type-specific cortical feedback coordinates hierarchical credit assignment", 2026
(doi 10.64898/2026.06.16.732595). Its tests are of four to five hidden layers with plain gradient
steps; here the recipe is that of ``mnist``, so that both can be compared.

*Silencing*: one input, one hidden and one output ensemble, whose first connection learns to raise
the output to a target. From the first update on one type of interneuron is silenced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lava_bccn import datasets
from lava_bccn.dynamics import rate
from lava_bccn.dynamics.sigmoid import SIGMOID
from lava_bccn.experiments.paper.experiment import Comparison, Experiment, Part, Row, Setting, Tell
from lava_bccn.experiments.paper.mnist import FULL, HIDDEN, QUICK, QUICK_SAMPLES
from lava_bccn.experiments.paper.summary import mean_and_each

if TYPE_CHECKING:
    from matplotlib.figure import Figure

VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "signed": ("burstccn", {"feedback": "random"}),
    "dale": ("dale", {"feedback": "random"}),
    **{
        f"dale-{count}": ("dale", {"feedback": "random", "bottleneck": count})
        for count in (50, 30, 15, 10, 7, 5)
    },
}
"""Model and options of each: weights of both signs; one-signed ones, and through so many SST."""

SILENCED = ("none", "SST", "NDNF", "VIP", "PV")
SILENCING = tuple(f"silence-{name}" for name in SILENCED)

QUICK_VARIANTS = ("signed", "dale", "dale-10", *SILENCING)


@dataclass(frozen=True)
class SilencingConfig:
    """The small task. Ranges are of uniform draws, one a seed.

    Attributes:
        seeds: so many networks, of which rows are means.
        updates: of one sample each.
        input: its rate.
        weight_exc: range of W⁺ of the first connection.
        inhibited: W⁻ of it, as a share of W⁺: published starting weights are not known.
        second_weight: W⁺ of the second connection; its W⁻ is 0.
        feedback: range of Y.
        target: range of what the target is above the first output.
        learning_rate: of W⁺ and W⁻, for updates divided by p^b.
        apical_rate: of α, as a comment of the published code has it.
    """

    seeds: int = 6
    updates: int = 150
    input: float = 2.0
    weight_exc: tuple[float, float] = (0.3, 0.5)
    inhibited: float = 0.5
    second_weight: float = 1.0
    feedback: tuple[float, float] = (0.5, 1.5)
    target: tuple[float, float] = (0.1, 0.2)
    learning_rate: float = 1.0
    apical_rate: float = 0.65


def silence(
    silenced: str, seed: int, config: SilencingConfig = SilencingConfig()
) -> dict[str, list[float]]:
    """W, e and p of the hidden ensemble, and the error of the output, before each update.

    Args:
        silenced: a type of interneuron, or ``"none"``.
        seed: of the start.
        config: the task.
    """
    import torch

    from lava_bccn.nn import DaleLinear, DaleReadout, burst_loss, keep_signs

    random = np.random.default_rng(seed)
    exc, feedback, rise = (
        random.uniform(*each) for each in (config.weight_exc, config.feedback, config.target)
    )
    hidden = DaleLinear(1, 1, feedback=None, dtype=torch.float64)
    readout = DaleReadout(1, 1, learn_apical_bias=True, dtype=torch.float64)
    with torch.no_grad():
        hidden.weight_exc.fill_(exc)
        hidden.weight_from_pv.fill_(config.inhibited * exc)
        readout.weight_exc.fill_(config.second_weight)
        readout.weight_from_pv.zero_()
    readout.set_feedback(torch.full((1, 1), feedback, dtype=torch.float64))
    down = readout.interneurons
    assert down is not None
    weights = torch.optim.SGD(hidden.one_signed(), lr=config.learning_rate / hidden.p_baseline)
    apical = torch.optim.SGD([down.apical_bias], lr=config.apical_rate)
    inputs = torch.full((1, 1), config.input, dtype=torch.float64)
    target = readout(hidden(inputs)).detach() + rise
    found: dict[str, list[float]] = {name: [] for name in MEASURES}
    for _ in range(config.updates + 1):
        weights.zero_grad()
        apical.zero_grad()
        event_rate = hidden(inputs)
        event_rate.retain_grad()
        output = readout(event_rate)
        burst_loss(output, target).backward()
        found["weight"].append(hidden.weight.item())
        found["event_rate"].append(event_rate.item())
        found["burst_prob"].append(_burst_prob(hidden, event_rate))
        found["error"].append((target - output).abs().item())
        weights.step()
        apical.step()
        keep_signs(hidden)
        _silence(silenced, hidden, down)
    return found


def _burst_prob(hidden: Any, event_rate: Any) -> float:
    """Of the hidden ensemble, of the drive −(F + E) that came down to it."""
    constants, apical = hidden.rule.constants, -event_rate.grad
    gated = rate.gated_apical(apical, event_rate.detach())
    modulation = SIGMOID.hidden_modulation(gated, constants)
    return float(rate.burst_prob(modulation, constants))


MEASURES = {
    "weight": "W of the hidden ensemble",
    "event_rate": "its event rate e",
    "burst_prob": "its burst probability p",
    "error": "error of the output",
}
"""What silencing shows."""


def _silence(name: str, hidden: Any, down: Any) -> None:
    """Set to 0 what a type of interneuron sends."""
    sent = {
        "none": (),
        "SST": (down.from_sst_n, down.from_sst_p),
        "NDNF": (down.event_from_ndnf,),
        "VIP": (down.vip_to_sst_n, down.vip_to_sst_p),
        "PV": (hidden.weight_from_pv,),
    }
    for matrix in sent[name]:
        matrix.detach().zero_()


def _run(part: Part, tell: Tell) -> list[Row]:
    if part.variant in SILENCING:
        return _silencing(part)
    from lava_bccn.experiments.paper.classifier import train_mlp

    model_name, options = VARIANTS[part.variant]
    data = part.data("mnist")
    used = slice(QUICK_SAMPLES if part.quick else None)
    config = QUICK if part.quick else FULL
    trained = train_mlp(part, tell, model_name, HIDDEN, data, config, used, **options)
    rows: list[Row] = [
        {"step": row["epoch"], "measure": "test_error", "value": row["test_error"]}
        for row in trained
    ]
    step = trained[-1]["epoch"]
    in_bits = _error_in_integers(part, model_name, data)
    return [*rows, {"step": step, "measure": "test_error_8_bits", "value": in_bits}]


def _error_in_integers(part: Part, model_name: str, data: datasets.Dataset) -> float:
    """The test error in 8 bits: unsigned of one sign, signed of both."""
    from lava_bccn.backends import run
    from lava_bccn.mapping import CALIBRATION_SAMPLES, dale, from_torch

    path, calibration = part.checkpoint, data.train_inputs[:CALIBRATION_SAMPLES]
    inputs, labels = data.test_inputs, data.test_labels
    if model_name == "dale":
        predicted = run(dale.from_torch(path, calibration), inputs).predictions
    else:
        predicted = run(from_torch(path, calibration), inputs).predictions
    return float((predicted != labels).mean())


def _silencing(part: Part) -> list[Row]:
    name = part.variant.removeprefix("silence-")
    config = SilencingConfig()
    runs = [silence(name, config.seeds * part.seed + each) for each in range(config.seeds)]
    return [
        {
            "step": step,
            "measure": measure,
            "value": float(np.mean([r[measure][step] for r in runs])),
        }
        for measure in MEASURES
        for step in range(config.updates + 1)
    ]


def _of(rows: Sequence[Row], variant: str, measure: str) -> list[list[float]]:
    """Values of a variant over steps, a list a seed."""
    seeds = sorted({int(row["seed"]) for row in rows})
    found = [
        [float(r["value"]) for r in rows if _is(r, variant, measure) and int(r["seed"]) == seed]
        for seed in seeds
    ]
    return [each for each in found if each]


def _is(row: Row, variant: str, measure: str) -> bool:
    return (row["variant"], row["measure"]) == (variant, measure)


def _compare(rows: Sequence[Row]) -> list[Comparison]:
    comparisons = []
    for variant in dict.fromkeys(str(row["variant"]) for row in rows):
        if variant in SILENCING:
            for measure, what in MEASURES.items():
                runs = np.array(_of(rows, variant, measure))
                curve = runs.mean(axis=0)
                farthest = curve[np.abs(curve - curve[0]).argmax()]
                change = f"{curve[0]:.3f} → {curve[-1]:.3f} (at most to {farthest:.3f})"
                comparisons.append(Comparison(f"{variant}: {what}", "—", change))
            continue
        for measure, what in (("test_error", ""), ("test_error_8_bits", " in 8 bits")):
            last = np.array([each[-1] for each in _of(rows, variant, measure)])
            comparisons.append(
                Comparison(f"{variant}: test error{what}", "—", mean_and_each(100 * last))
            )
    return comparisons


def _draw(rows: Sequence[Row]) -> Figure:
    """MNIST by epoch; then each measure of silencing by update."""
    from lava_bccn.plots import panels, style

    with style():
        figure, axes = panels((16, 3.4), columns=1 + len(MEASURES))
        names = {"test_error": "MNIST test error", **MEASURES}
        for panel, (measure, title) in zip(axes, names.items(), strict=True):
            for variant in dict.fromkeys(str(row["variant"]) for row in rows):
                runs = _of(rows, variant, measure)
                if runs:
                    panel.plot(np.mean(runs, axis=0), label=variant.removeprefix("silence-"))
            panel.set(xlabel="epoch" if measure == "test_error" else "update", ylabel=title)
            if panel.lines:
                panel.legend(fontsize=8)
    return figure


EXPERIMENT = Experiment(
    name="dale",
    shows="Dale's law: MNIST with and without it, and what silencing each interneuron type does",
    quick=Setting((0,), QUICK_VARIANTS, "minutes on two cores, 1.5 GB a worker (10,000 images)"),
    full=Setting(
        (0, 1, 2), (*VARIANTS, *SILENCING), "3 to 6 min a part on a core, 1.5 GB a worker"
    ),
    run=_run,
    compare=_compare,
    draw=_draw,
    holds_out=True,
)

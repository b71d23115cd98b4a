"""What the rectified networks of the 2026 follow-up have in common: their start and their rates.

Source: "Cell-type-specific cortical feedback coordinates hierarchical credit assignment", 2026
(doi 10.64898/2026.06.16.732595).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lava_bccn.nn.training_config import TrainingConfig

if TYPE_CHECKING:
    import torch

FEEDBACK = {"symmetric": "tied", "kolen_pollack": "kolen_pollack", "random": "random"}
"""The regime of Y of each variant but ``"backprop"``, which has none."""

P_BASELINE = 0.5


def recipe(variant: str, config: TrainingConfig) -> TrainingConfig:
    """The recipe of a variant, whose published rates are those of updates divided by p^b."""
    if variant == "backprop":
        return config
    return replace(
        config,
        learning_rate=config.learning_rate / P_BASELINE,
        weight_decay=config.weight_decay * P_BASELINE,
    )


def options_of(
    variant: str, error_scale: float, feedback_gains: Sequence[float]
) -> tuple[str, dict[str, Any]]:
    """Name and options of a variant's model."""
    options: dict[str, Any] = {"activation": "relu_rms", "readout_activation": "softmax"}
    if variant == "backprop":
        return "backprop", options
    return "burstccn", {
        **options,
        "p_baseline": P_BASELINE,
        "feedback": FEEDBACK[variant],
        "error_scale": error_scale,
        "feedback_gains": tuple(feedback_gains),
    }


def start(
    model: torch.nn.Sequential,
    variant: str,
    seed: int,
    gain: float = 1.0,
    readout_gain: float = 1.0,
) -> None:
    """Draw W, and a random Y: Kaiming normal in hidden layers, Xavier normal in the readout.

    Args:
        model: of the variant, changed in place; one seed gives all variants the same W.
        variant: its name.
        seed: of the draws.
        gain, readout_gain: that both are multiplied by.
    """
    import torch

    from lava_bccn.nn import burst_layers
    from lava_bccn.nn.connections import sent_through
    from lava_bccn.nn.models import learning_layers

    generator = torch.Generator().manual_seed(seed)
    drawn: list[list[torch.Tensor]] = [[layer.weight for layer in learning_layers(model)]]
    if variant in ("kolen_pollack", "random"):
        drawn.append([sent_through(layer.feedback_burst) for layer in burst_layers(model)[1:]])
    with torch.no_grad():
        for *hidden, readout in drawn:
            for matrix in hidden:
                torch.nn.init.kaiming_normal_(matrix, generator=generator).mul_(gain)
            torch.nn.init.xavier_normal_(readout, readout_gain, generator=generator)

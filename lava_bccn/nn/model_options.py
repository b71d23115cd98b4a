"""The models that train under one loop and command line, without importing PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lava_bccn.errors import InvalidInputError

MODEL_OPTIONS: Mapping[str, frozenset[str]] = {
    "burstccn": frozenset(
        {
            "p_baseline",
            "feedback",
            "feedback_event",
            "learn_feedback_burst",
            "learn_feedback_event",
            "feedback_std",
            "gain",
            "activation",
        }
    ),
    "backprop": frozenset({"gain"}),
    "feedback_alignment": frozenset({"feedback", "feedback_std", "gain"}),
    "burstprop": frozenset({"p_baseline", "feedback", "feedback_std", "gain"}),
    "edn": frozenset({"nudging", "feedback", "feedback_std", "gain"}),
}
"""Names of the models, and the options by which their layers can differ."""

CONVOLUTIONAL_MODELS = frozenset({"burstccn", "backprop", "feedback_alignment", "burstprop"})
"""The models that have convolutional layers."""


def check_convolutional(model: str) -> None:
    """Refuse convolutions of a model that has none.

    Raises:
        InvalidInputError: names the models that have some.
    """
    if model not in CONVOLUTIONAL_MODELS:
        raise InvalidInputError(
            f"{model} has fully connected layers only; for convolutions take one of "
            f"{', '.join(sorted(CONVOLUTIONAL_MODELS))}"
        )


def check_model_options(model: str, options: Mapping[str, Any]) -> None:
    """Refuse options that a model does not have.

    Raises:
        InvalidInputError: names the options, and those that the model has.
    """
    if not isinstance(model, str) or model not in MODEL_OPTIONS:
        raise InvalidInputError(f"model must be one of {', '.join(MODEL_OPTIONS)}, not {model!r}")
    foreign = sorted(set(options) - MODEL_OPTIONS[model])
    if foreign:
        raise InvalidInputError(
            f"{', '.join(foreign)} does not apply to {model}, which has "
            f"{', '.join(sorted(MODEL_OPTIONS[model]))}"
        )

"""The models that train under one loop and command line, without importing PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lava_bccn.errors import InvalidInputError
from lava_bccn.network.regimes import BURST_REGIMES
from lava_bccn.settings import POSITIVE, check, check_fields, integer, tuple_of

MODEL_OPTIONS: Mapping[str, frozenset[str]] = {
    "burstccn": frozenset(
        {
            "p_baseline",
            "feedback",
            "feedback_event",
            "learn_feedback_burst",
            "learn_feedback_event",
            "branches",
            "homeostatic_factor",
            "forward_noise",
            "feedback_std",
            "gain",
            "activation",
            "readout_activation",
            "feedback_gains",
            "error_scale",
            "activity_shift",
        }
    ),
    "backprop": frozenset({"gain", "activation", "readout_activation"}),
    "feedback_alignment": frozenset({"feedback", "feedback_std", "gain"}),
    "burstprop": frozenset({"p_baseline", "feedback", "feedback_std", "gain"}),
    "edn": frozenset({"nudging", "feedback", "feedback_std", "gain"}),
    "dale": frozenset(
        {
            "p_baseline",
            "feedback",
            "feedback_std",
            "gain",
            "bottleneck",
            "learn_from_sst",
            "learn_apical_bias",
            "feedback_gains",
            "error_scale",
        }
    ),
}
"""Names of the models, and the options by which their layers can differ."""

OF_READOUT = frozenset({"error_scale", "activity_shift"})
"""Options of layers that a network hands on to its readout alone."""

OF_NETWORK = frozenset({"readout_activation", "feedback_gains"}) | OF_READOUT
"""Options of networks that not every layer gets: the readout's, its activation if not that of the
others, and ``feedback_gain`` of each hidden layer."""

CONVOLUTIONAL_MODELS = frozenset({"burstccn", "backprop", "feedback_alignment", "burstprop"})
"""The models that have convolutional layers."""


@dataclass(frozen=True)
class ConvolutionSpec:
    """One convolutional layer of :func:`burst_cnn`: square kernels, the same along both axes.

    Attributes:
        channels: of this layer.
        kernel_size, stride, padding: in units below.
    """

    channels: int
    kernel_size: int
    stride: int = 1
    padding: int = 0

    def __post_init__(self) -> None:
        at_least_1, of = integer(1), "of a convolution"
        check_fields(self, of, channels=at_least_1, kernel_size=at_least_1, stride=at_least_1)
        check_fields(self, of, padding=integer(0))

    def output_size(self, size: int) -> int:
        """Height or width of this layer over images of that height or width."""
        return (size + 2 * self.padding - self.kernel_size) // self.stride + 1


CIFAR10_CONVOLUTIONS = (
    ConvolutionSpec(64, 5, stride=2),
    ConvolutionSpec(128, 5, stride=2),
    ConvolutionSpec(256, 3),
)
CIFAR10_HIDDEN = (1480,)
"""The published CIFAR-10 network (Greedy et al., NeurIPS 2022): 32 x 32 images, 2304-1480-10."""


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


def check_model_options(
    model: str, options: Mapping[str, Any], spelled: Callable[[str], str] = str
) -> None:
    """Refuse options that a model does not have, and feedback that its layers have no form of.

    Args:
        model: its name.
        options: by name.
        spelled: how the caller writes the name of an option.

    Raises:
        InvalidInputError: names the options, and those that the model has.
    """
    if not isinstance(model, str) or model not in MODEL_OPTIONS:
        raise InvalidInputError(f"model must be one of {', '.join(MODEL_OPTIONS)}, not {model!r}")
    foreign = sorted(set(options) - MODEL_OPTIONS[model])
    if foreign:
        raise InvalidInputError(
            f"{', '.join(map(spelled, foreign))} does not apply to {model}, which has "
            f"{', '.join(map(spelled, sorted(MODEL_OPTIONS[model])))}"
        )
    feedback = options.get("feedback")
    if model != "burstccn" and feedback is not None:
        allowed = comparator_feedback()
        if BURST_REGIMES[feedback].name not in allowed:
            raise InvalidInputError(
                f"{spelled('feedback')} of {model} must be one of {', '.join(allowed)}, not "
                f"{feedback!r}, which only burstccn has"
            )


def comparator_feedback() -> list[str]:
    """The regimes of Y that models other than BurstCCN have: those in which it does not learn."""
    return [name for name, regime in BURST_REGIMES.items() if regime.follows != "updates"]


def options_of_layers(options: Mapping[str, Any], widths: Sequence[int]) -> list[Mapping[str, Any]]:
    """The options of each layer of a network with so many units or channels, the readout's last.

    The first layer sends no feedback, and of one that has fewer units than there are branches each
    sends to a branch of its own.

    Raises:
        InvalidInputError: gains for another number of layers, or options that are no numbers.
    """
    common = {name: options[name] for name in options if name not in OF_NETWORK}
    gains = check("feedback_gains", options.get("feedback_gains"), tuple_of(POSITIVE).or_none())
    hidden = len(widths) - 1
    if gains is not None and len(gains) != hidden:
        raise InvalidInputError(
            f"feedback_gains are {len(gains)} numbers for {hidden} hidden layers: give one a layer"
        )
    layers: list[Mapping[str, Any]] = [dict(common) for _ in widths]
    for index, gain in enumerate(gains or ()):
        layers[index] = {**layers[index], "feedback_gain": gain}
    branches = check("branches", options.get("branches", 1), integer(1))
    for index, width in enumerate(widths):  # a branch from each unit of narrow ones
        if width < branches <= max(widths[1:], default=0):
            layers[index] = {**layers[index], "branches": width}
    activation = options.get("readout_activation")
    of_readout = {name: options[name] for name in OF_READOUT if name in options}
    if activation is not None:
        of_readout["activation"] = activation
    layers[-1] = {**layers[-1], **of_readout}
    return [_without_feedback(layers[0]), *layers[1:]]


def _without_feedback(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options of a first layer."""
    of_feedback = (
        *("feedback_event", "learn_feedback_burst", "learn_feedback_event"),
        *("bottleneck", "learn_from_sst", "learn_apical_bias"),
        *("branches", "homeostatic_factor"),
    )
    return {name: options[name] for name in options if name not in of_feedback} | {"feedback": None}

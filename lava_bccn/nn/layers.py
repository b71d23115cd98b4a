"""Trainable BurstCCN layers: ordinary PyTorch modules whose gradients are local plasticity."""

from __future__ import annotations

import math
from typing import Any, Literal, get_args

import torch
from torch import Tensor

from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.functional import BurstRule, burst_linear

FeedbackBurst = Literal["random", "symmetric", "tied", "kolen_pollack"]
FeedbackEvent = Literal["symmetric", "tied", "random"]


def _choice(name: str, value: Any, allowed: Any) -> None:
    if value not in get_args(allowed):
        raise InvalidInputError(f"{name} must be one of {get_args(allowed)}, not {value!r}")


class BurstLinear(torch.nn.Module):
    """A fully connected layer of ensembles: e = σ(W x + c), learning from its own bursts.

    Stack these in a ``torch.nn.Sequential`` with a :class:`BurstReadout` on top, apply
    :func:`~lava_bccn.nn.burst_loss`, call ``backward`` and step any optimizer. ``.grad`` holds the
    negated plasticity, the mean over the batch (Greedy et al., NeurIPS 2022).

    Args:
        in_features, out_features: units below, units of this layer.
        bias: learn a somatic bias c.
        p_baseline: p^b, burst probability without a teacher, in (0, 0.5].
        feedback: regime of Y, which this layer sends bursts down through. ``"random"``: fixed and
            random (feedback alignment). ``"symmetric"``: starts as W. ``"tied"``: always W (the
            idealised limit, not local). ``"kolen_pollack"``: starts random and gets W's own
            updates; use the same weight decay for both. None: sends nothing (a first layer).
        feedback_event: regime of Q, which this layer sends events down through. ``"tied"``: always
            p^b Y. ``"symmetric"``: starts as p^b Y. ``"random"``: starts random.
        learn_feedback_burst: Y learns by the homeostatic rule.
        learn_feedback_event: Q learns by the homeostatic rule.
        gain: of the Xavier-normal start of W.
        feedback_std: standard deviation of a random Y; a random Q has p^b times that.
        generator: source of the random start; None is PyTorch's global one.
        device, dtype: as in ``torch.nn.Linear``.

    Raises:
        InvalidInputError: a regime that does not exist, or combinations that contradict (a tied
            matrix cannot learn on its own).
    """

    is_readout = False
    bias: Tensor | None
    _feedback_burst: Tensor | None
    _feedback_event: Tensor | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        bias: bool = True,
        p_baseline: float = 0.5,
        feedback: FeedbackBurst | None = "random",
        feedback_event: FeedbackEvent = "tied",
        learn_feedback_burst: bool = False,
        learn_feedback_event: bool = False,
        gain: float = 1.0,
        feedback_std: float = 0.3,
        generator: torch.Generator | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if not 0 < p_baseline <= 0.5:
            raise InvalidInputError(f"p_baseline must be in (0, 0.5], not {p_baseline!r}")
        if feedback is not None:
            _choice("feedback", feedback, FeedbackBurst)
        _choice("feedback_event", feedback_event, FeedbackEvent)
        if learn_feedback_burst and feedback not in ("random", "symmetric"):
            raise InvalidInputError(
                f"learn_feedback_burst needs feedback 'random' or 'symmetric', not {feedback!r}: "
                "'kolen_pollack' already learns and 'tied' follows W"
            )
        if learn_feedback_event and (feedback is None or feedback_event == "tied"):
            raise InvalidInputError(
                "learn_feedback_event needs feedback and feedback_event 'symmetric' or 'random', "
                f"not {feedback!r} and {feedback_event!r}"
            )
        if not 0 < gain < math.inf or not 0 <= feedback_std < math.inf:
            raise InvalidInputError(
                f"gain must be positive and feedback_std 0 or more, both finite; got {gain!r} and "
                f"{feedback_std!r}"
            )
        self.in_features = in_features
        self.out_features = out_features
        self.p_baseline = p_baseline
        self.feedback = feedback
        self.feedback_event_regime = feedback_event
        self.learn_feedback_burst = learn_feedback_burst
        self.learn_feedback_event = learn_feedback_event

        factory: dict[str, Any] = {"device": device, "dtype": dtype}
        shape = (out_features, in_features)
        self.weight = torch.nn.Parameter(torch.empty(shape, **factory))
        torch.nn.init.xavier_normal_(self.weight, gain=gain, generator=generator)
        self.register_parameter(
            "bias", torch.nn.Parameter(torch.zeros(out_features, **factory)) if bias else None
        )
        burst: Tensor | None = None
        if feedback == "symmetric":
            burst = self.weight.detach().clone()
        elif feedback in ("random", "kolen_pollack"):
            burst = torch.empty(shape, **factory).normal_(0, feedback_std, generator=generator)
        event: Tensor | None = None
        if feedback is not None and feedback_event == "symmetric":
            event = p_baseline * (self.weight.detach() if burst is None else burst)
        elif feedback is not None and feedback_event == "random":
            event = torch.empty(shape, **factory)
            event.normal_(0, p_baseline * feedback_std, generator=generator)
        learns_burst = learn_feedback_burst or feedback == "kolen_pollack"
        self._store("_feedback_burst", burst, learns_burst)
        self._store("_feedback_event", event, learn_feedback_event)
        self.rule = BurstRule(
            p_baseline=p_baseline,
            is_readout=self.is_readout,
            balanced=event is None,
            kolen_pollack=feedback == "kolen_pollack",
        )

    def _store(self, name: str, value: Tensor | None, learns: bool) -> None:
        if value is not None and learns:
            self.register_parameter(name, torch.nn.Parameter(value))
        else:
            self.register_buffer(name, value)

    @property
    def feedback_burst(self) -> Tensor | None:
        """Y, shape (out_features, in_features); W itself where tied; None without feedback."""
        return self.weight if self.feedback == "tied" else self._feedback_burst

    @property
    def feedback_event(self) -> Tensor | None:
        """Q, shape (out_features, in_features); p^b Y where tied; None without feedback."""
        if self._feedback_event is not None or self.feedback is None:
            return self._feedback_event
        burst = self.feedback_burst
        return None if burst is None else self.p_baseline * burst

    def forward(self, inputs: Tensor) -> Tensor:
        """Event rates in [0, 1], shape (batch, out_features), of inputs (batch, in_features)."""
        if inputs.ndim != 2 or inputs.shape[1] != self.in_features:
            raise InvalidInputError(
                f"expected inputs of shape (batch, {self.in_features}), got {tuple(inputs.shape)}; "
                "put torch.nn.Flatten() before the first layer for images"
            )
        # Tied feedback reads W in the backward pass without passing a gradient to it.
        burst = self.weight.detach() if self.feedback == "tied" else self._feedback_burst
        event = None if self.rule.balanced else self._feedback_event
        return burst_linear(inputs, self.weight, self.bias, burst, event, self.rule)

    def description(self) -> dict[str, Any]:
        """The arguments that build a layer of the same kind (without its random start)."""
        return {
            "in_features": self.in_features,
            "out_features": self.out_features,
            "bias": self.bias is not None,
            "p_baseline": self.p_baseline,
            "feedback": self.feedback,
            "feedback_event": self.feedback_event_regime,
            "learn_feedback_burst": self.learn_feedback_burst,
            "learn_feedback_event": self.learn_feedback_event,
        }

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self.description().items())


class BurstReadout(BurstLinear):
    """The output layer: as :class:`BurstLinear`, but its bursts follow the teacher.

    p = p^b (1 + (target − e) (1 − e)). The layer below the loss must be one of these.
    """

    is_readout = True


class Normalize(torch.nn.Module):
    """(x − mean) / std, for data that is standardised for training.

    Mapping folds it into the first layer's weights and bias, so that executors still take event
    rates in [0, 1].

    Args:
        mean, std: scalars or tensors that broadcast against the inputs; std must be positive.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: float | Tensor, std: float | Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", torch.as_tensor(mean, dtype=torch.get_default_dtype()))
        self.register_buffer("std", torch.as_tensor(std, dtype=torch.get_default_dtype()))
        if not bool((self.std > 0).all()):
            raise InvalidInputError(f"std must be positive, not {self.std}")

    def forward(self, inputs: Tensor) -> Tensor:
        return (inputs - self.mean) / self.std

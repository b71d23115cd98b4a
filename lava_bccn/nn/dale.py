"""Layers under Dale's law: one-signed weights and four types of interneurons, learning from bursts.

Equations in ``dynamics.dale``; source: the 2026 follow-up (doi 10.64898/2026.06.16.732595). What
autograd passes down is −(F + E), the negated drive of the dendrites below. The layer that sends
holds everything on the way down (``interneurons``). A PV relays one unit below.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from lava_bccn.dynamics import dale, plasticity
from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.bursts import BurstRule, burst_deviation, events
from lava_bccn.nn.comparators.layer import ComparatorLayer
from lava_bccn.nn.connections import LinearMap
from lava_bccn.nn.geometry import FullyConnected
from lava_bccn.nn.interneurons import Interneurons
from lava_bccn.nn.loss import check_error
from lava_bccn.nn.tied import TiedMatrix
from lava_bccn.settings import FLAG, POSITIVE, check, integer, number

_IN_PARTS = (
    "{} is what Dale's law splits into one-signed parts: write into {} with torch.no_grad() instead"
)
_FIRST = (
    "this layer was built with feedback=None, for the first layer of a network, but the layer "
    "below it learns; give it feedback='random'"
)
_FEEDBACK = ("random", "symmetric")


class _DaleLayer(torch.autograd.Function):
    """Forward: e = f(W⁺ x − W⁻ π + c). Backward: bursts, plasticity and the drive below."""

    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,
        exc: Tensor,
        from_pv: Tensor,
        bias: Tensor | None,
        from_sst_n: Tensor | None,
        from_sst_p: Tensor | None,
        apical_bias: Tensor | None,
        layer: DaleLayer,
    ) -> Tensor:
        # A PV relays one cell, so that both parts weight the same rates.
        weight = dale.somatic_input(exc, from_pv)
        event_rate, _, ctx.product_dtype = events(inputs, weight, bias, layer.rule)
        ctx.layer, ctx.rule = layer, layer.rule
        if layer.is_readout and not torch.compiler.is_compiling():
            ctx.word_of_error = []
        ctx.save_for_backward(inputs, event_rate)
        return event_rate

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        layer: DaleLayer = ctx.layer
        if layer.is_readout:
            check_error(ctx, grad_output)
        inputs, event_rate = ctx.saved_tensors
        needs = ctx.needs_input_grad
        # All of it is odd in what comes down, so what is negated gives what .grad wants.
        deviation = burst_deviation(layer.rule, grad_output, event_rate, event_rate)
        mean = deviation / len(event_rate)
        grads: list[Tensor | None] = [None] * len(needs)
        if needs[1] or needs[2]:
            lower = ctx.product_dtype
            outer = partial(layer.connection.outer, weight=layer.weight_exc)
            change = dale.part_change(mean.to(lower), inputs.to(lower), outer)
            grads[1:3] = change, -change  # a PV hears what the soma does
        if needs[3]:
            grads[3] = plasticity.burst_dependent_bias(mean)
        if any((needs[0], *needs[4:7])):
            down = layer.interneurons
            if down is None:
                raise InvalidInputError(_FIRST)
            grads[0], grads[4:7] = down.send_down(
                event_rate, -deviation, layer.p_baseline, needs[4:7]
            )
        return tuple(grads)


class DaleLayer(ComparatorLayer):
    """A layer whose every weight has one sign.

    Args:
        shape, connection: as for :class:`~lava_bccn.nn.comparators.ComparatorLayer`.
        p_baseline: p^b, burst probability without a teacher, in (0, 0.5].
        bottleneck: how many SST, and VIP, of each kind the bursts go down through: Y is then of
            that rank. None, or as many as the layer has units: one for each.
        learn_from_sst: what SST send to dendrites learns, in plain steps (``feedback_rate``).
        learn_apical_bias: the tonic excitation of the dendrites below learns to silence them, in
            plain steps: on the mean over the batch, so that the published 0.01/128 for each of B
            samples is a ``feedback_rate`` of B · 0.01/128.
        feedback_gain: κ of the layer's own dendrites, where they are not a readout's.
        error_scale: s of a readout: p = p^b (1 + s (target − e) (1 − e)).
        options: of :class:`~lava_bccn.nn.comparators.ComparatorLayer`; ``feedback`` is
            ``"random"`` or ``"symmetric"`` (Y starts as W), and fixed unless ``learn_from_sst``.

    Raises:
        InvalidInputError: feedback that follows W, which no fixed sign allows, or what is about
            feedback in a layer without.
    """

    is_readout = False
    weight_exc: torch.nn.Parameter
    weight_from_pv: torch.nn.Parameter
    interneurons: Interneurons | None

    def __init__(
        self,
        shape: tuple[int, ...],
        connection: LinearMap,
        *,
        p_baseline: float = 0.5,
        bottleneck: int | None = None,
        learn_from_sst: bool = False,
        learn_apical_bias: bool = False,
        feedback_gain: float = 1.0,
        error_scale: float = 1.0,
        **options: Any,
    ) -> None:
        super().__init__(shape, connection, **options)
        if self.feedback not in (None, *_FEEDBACK):
            raise InvalidInputError(
                f"feedback of a layer under Dale's law must be one of {', '.join(_FEEDBACK)}, not "
                f"{self.feedback!r}: signs that follow W would change"
            )
        self.p_baseline: float = check("p_baseline", p_baseline, number("(0, 0.5]"))
        self.feedback_gain = check("feedback_gain", feedback_gain, POSITIVE)
        self.error_scale = check("error_scale", error_scale, POSITIVE)
        if (feedback_gain if self.is_readout else error_scale) != 1:
            raise InvalidInputError(
                "feedback_gain is for hidden layers, error_scale for a readout; leave "
                f"{'feedback_gain' if self.is_readout else 'error_scale'} out here"
            )
        self.bottleneck: int | None = check("bottleneck", bottleneck, integer(1).or_none())
        self.learn_from_sst: bool = check("learn_from_sst", learn_from_sst, FLAG)
        self.learn_apical_bias: bool = check("learn_apical_bias", learn_apical_bias, FLAG)
        if self.feedback is None and (
            bottleneck is not None or learn_from_sst or learn_apical_bias
        ):
            raise InvalidInputError(
                "bottleneck, learn_from_sst and learn_apical_bias are about what a layer sends "
                "down, and with feedback=None it sends nothing; leave them out"
            )
        self.rule: BurstRule = BurstRule(
            p_baseline=p_baseline,
            is_readout=self.is_readout,
            balanced=True,
            kolen_pollack=False,
            connection=connection,
            feedback_gain=self.feedback_gain,
            error_scale=self.error_scale,
        )
        burst = self._feedback_weight
        del self._feedback_weight
        self.register_buffer("_feedback_weight", None)
        self.interneurons = None
        if burst is not None:
            self.interneurons = self._taken_apart(burst)

    def start_weight(self, weight: Tensor) -> None:
        """Take W apart by its signs."""
        self.weight_exc = torch.nn.Parameter(dale.positive_part(weight))
        self.weight_from_pv = torch.nn.Parameter(dale.negative_part(weight))

    @property
    def weight(self) -> Tensor:  # type: ignore[override]
        """W = W⁺ − W⁻, which cannot be written into."""
        effective = dale.somatic_input(self.weight_exc.detach(), self.weight_from_pv.detach())
        return TiedMatrix.of(effective, _IN_PARTS.format("W", "weight_exc or weight_from_pv"))

    @property
    def feedback_weight(self) -> Tensor | None:
        """Y, of what SST and VIP amount to; None without feedback. It cannot be written into."""
        if self.interneurons is None:
            return None
        advice = _IN_PARTS.format("Y", "interneurons.from_sst_n or .from_sst_p")
        return TiedMatrix.of(self.interneurons.burst_matrix(), advice)

    @property
    def feedback_event(self) -> Tensor | None:
        """Q, of what NDNF amount to; None without feedback. It cannot be written into."""
        if self.interneurons is None:
            return None
        advice = _IN_PARTS.format("Q", "interneurons.event_exc or .event_from_ndnf")
        return TiedMatrix.of(-self.interneurons.event_matrix(), advice)

    @property
    def sent_feedback(self) -> Tensor | None:
        """Y."""
        return None if self.interneurons is None else self.interneurons.burst_matrix()

    def set_feedback(self, burst: Tensor) -> None:
        """Another Y, taken apart as at the start.

        Args:
            burst: (units, units below).

        Raises:
            InvalidInputError: the layer sends nothing down.
        """
        if self.interneurons is None:
            raise InvalidInputError(_FIRST)
        self.interneurons = self._taken_apart(burst)

    def _taken_apart(self, burst: Tensor) -> Interneurons:
        return Interneurons(
            burst.detach(),
            self.p_baseline,
            self.bottleneck,
            learn_from_sst=self.learn_from_sst,
            learn_apical_bias=self.learn_apical_bias,
        )

    def weight_gradient(self) -> Tensor:
        """What the gradients of both parts make of W."""
        parts = (self.weight_exc, self.weight_from_pv)
        exc, from_pv = (torch.zeros_like(p) if p.grad is None else p.grad for p in parts)
        return dale.somatic_input(exc, from_pv)

    def one_signed(self) -> list[Tensor]:
        """What learns and may not become negative."""
        parts: list[Tensor] = [self.weight_exc, self.weight_from_pv]
        if self.interneurons is not None and self.learn_from_sst:
            parts += [self.interneurons.from_sst_n, self.interneurons.from_sst_p]
        return parts

    def decayed(self) -> list[Tensor]:
        """Both parts of W."""
        return [self.weight_exc, self.weight_from_pv]

    def plain_steps(self) -> list[Tensor]:
        """What of the interneurons learns."""
        return [] if self.interneurons is None else [*self.interneurons.plastic()]

    def description(self) -> dict[str, Any]:
        """As :meth:`ComparatorLayer.description`."""
        return {
            **super().description(),
            "p_baseline": self.p_baseline,
            "bottleneck": self.bottleneck,
            "learn_from_sst": self.learn_from_sst,
            "learn_apical_bias": self.learn_apical_bias,
            "feedback_gain": self.feedback_gain,
            "error_scale": self.error_scale,
        }

    def forward(self, inputs: Tensor) -> Tensor:
        """Event rates in [0, 1], (batch, out_features), of inputs (batch, in_features)."""
        down = self.interneurons
        plastic: tuple[Tensor | None, ...] = (None, None, None)
        if down is not None:
            plastic = down.from_sst_n, down.from_sst_p, down.apical_bias
        return _DaleLayer.apply(
            inputs,
            self.weight_exc,
            self.weight_from_pv,
            self.bias,
            *plastic,
            self,
        )


class DaleLinear(FullyConnected, DaleLayer):
    """A fully connected hidden layer under Dale's law."""


class DaleReadout(DaleLinear):
    """The output layer under Dale's law, whose bursts follow the teacher."""

    is_readout = True

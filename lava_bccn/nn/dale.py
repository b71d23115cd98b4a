"""Layers under Dale's law: one-signed weights and four types of interneurons, learning from bursts.

Equations in ``dynamics.dale``; source: the 2026 follow-up (doi 10.64898/2026.06.16.732595). What
autograd passes down is −(F + E), the negated drive of the dendrites below, and the dendrites' own
layer multiplies it by its gain. The layer that sends holds everything on the way down, as in
``comparators.error_dendrites``. PV and NDNF interneurons relay one cell each, a VIP reaches one
SST; so neither is stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from lava_bccn.dynamics import dale, plasticity
from lava_bccn.dynamics.dale import KINDS
from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.comparators.layer import ComparatorLayer
from lava_bccn.nn.connections import LinearMap
from lava_bccn.nn.functional import BurstRule, burst_deviation, events
from lava_bccn.nn.geometry import FullyConnected
from lava_bccn.nn.loss import check_error
from lava_bccn.nn.tied import TiedMatrix
from lava_bccn.settings import FLAG, POSITIVE, check, integer, number

_IN_PARTS = (
    "{} is what Dale's law splits into one-signed parts: write into {} with torch.no_grad() instead"
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
            change = layer.connection.outer(
                dale.PART_RATE * mean.to(ctx.product_dtype),
                inputs.to(ctx.product_dtype),
                layer.weight_exc,
            )
            grads[1:3] = change, -change
        if needs[3]:
            grads[3] = plasticity.burst_dependent_bias(mean)
        if any((needs[0], *needs[4:7])):
            grads[0], grads[4:7] = layer.send_down(event_rate, -deviation, needs[4:7])
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
    event_exc: Tensor | None
    event_from_ndnf: Tensor | None
    burst_to_sst_n: Tensor | None
    burst_to_sst_p: Tensor | None
    vip_to_sst_n: Tensor | None
    vip_to_sst_p: Tensor | None
    sst_bias_n: Tensor | None
    sst_bias_p: Tensor | None
    from_sst_n: Tensor | None
    from_sst_p: Tensor | None
    apical_bias: Tensor | None

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
        self._take_apart(burst)

    def start_weight(self, weight: Tensor) -> None:
        """Take W apart by its signs."""
        self.weight_exc = torch.nn.Parameter(dale.positive_part(weight))
        self.weight_from_pv = torch.nn.Parameter(dale.negative_part(weight))

    def _take_apart(self, burst: Tensor | None) -> None:
        """The interneurons on the way down that amount to Y and to Q = p^b Y."""
        factor: Tensor | None = None
        second = burst
        if burst is not None and self.bottleneck is not None and self.bottleneck < len(burst):
            factor, second = reduced(burst, self.bottleneck)
            burst = factor @ second
        parts = (dale.positive_part, dale.negative_part)
        # Of kind n what excites SST is the positive part of the factor, of kind p the negative.
        for kind, part in zip(KINDS, parts, strict=True):
            self.register_buffer(f"burst_to_sst_{kind}", None if factor is None else part(factor))
        event = None if burst is None else self.p_baseline * burst
        self.register_buffer("event_exc", None if event is None else dale.negative_part(event))
        self.register_buffer(
            "event_from_ndnf", None if event is None else dale.positive_part(event)
        )
        ones = None if second is None else second.new_ones(len(second))
        for kind, part in zip(KINDS, reversed(parts), strict=True):
            self.register_buffer(f"vip_to_sst_{kind}", None if ones is None else ones.clone())
            outgoing = None if second is None else part(second)
            self._store(f"from_sst_{kind}", outgoing, self.learn_from_sst)
        tonic = (None, None) if ones is None else self._tonic_rates(factor, ones)
        for kind, rate in zip(KINDS, tonic, strict=True):
            self.register_buffer(f"sst_bias_{kind}", rate)
        start = None
        if tonic[0] is not None:
            start = dale.balanced_apical_bias(self._of_kinds("sst_bias"), self._outgoing())
        self._store("apical_bias", start, self.learn_apical_bias)

    @staticmethod
    def _tonic_rates(factor: Tensor | None, ones: Tensor) -> tuple[Tensor, Tensor]:
        if factor is None:  # SST n are driven, SST p only silenced, each by one cell
            return torch.zeros_like(ones), ones.clone()
        positive, negative = dale.positive_part(factor), dale.negative_part(factor)
        identity = torch.diag(ones)
        return (
            dale.tonic_rate(positive, negative, identity),
            dale.tonic_rate(negative, positive, identity),
        )

    def _store(self, name: str, value: Tensor | None, learns: bool) -> None:
        if value is not None and learns:
            self.register_parameter(name, torch.nn.Parameter(value.detach()))
        else:
            self.register_buffer(name, None if value is None else value.detach())

    def _of_kinds(self, name: str) -> tuple[Tensor, Tensor]:
        first, second = (getattr(self, f"{name}_{kind}") for kind in KINDS)
        return first, second

    def _outgoing(self) -> list[Tensor]:
        return [each.detach() for each in self._of_kinds("from_sst")]

    @property
    def weight(self) -> Tensor:  # type: ignore[override]
        """W = W⁺ − W⁻, which cannot be written into."""
        effective = dale.somatic_input(self.weight_exc.detach(), self.weight_from_pv.detach())
        return TiedMatrix.of(effective, _IN_PARTS.format("W", "weight_exc or weight_from_pv"))

    @property
    def feedback_weight(self) -> Tensor | None:
        """Y, of what SST and VIP amount to; None without feedback. It cannot be written into."""
        if self.feedback is None:
            return None
        # What a burst of each unit adds to the drives below.
        drive = dale.burst_drive(self._inhibition(torch.eye(len(self.weight_exc)).to(self.weight)))
        return TiedMatrix.of(drive, _IN_PARTS.format("Y", "from_sst_n or from_sst_p"))

    @property
    def feedback_event(self) -> Tensor | None:
        """Q, of what NDNF amount to; None without feedback. It cannot be written into."""
        if self.event_exc is None or self.event_from_ndnf is None:
            return None
        effective = self.event_from_ndnf - self.event_exc
        return TiedMatrix.of(effective, _IN_PARTS.format("Q", "event_exc or event_from_ndnf"))

    @property
    def sent_feedback(self) -> Tensor | None:
        """Y as a plain matrix."""
        burst = self.feedback_weight
        return None if burst is None else burst.clone()

    def weight_gradient(self) -> Tensor:
        """What the gradients of both parts make of W."""
        parts = (self.weight_exc, self.weight_from_pv)
        exc, from_pv = (torch.zeros_like(p) if p.grad is None else p.grad for p in parts)
        return dale.somatic_input(exc, from_pv)

    def one_signed(self) -> list[Tensor]:
        """What learns and may not become negative."""
        parts = [self.weight_exc, self.weight_from_pv, *self._of_kinds("from_sst")]
        return [each for each in parts if isinstance(each, torch.nn.Parameter)]

    def decayed(self) -> list[Tensor]:
        """What decays."""
        return [self.weight_exc, self.weight_from_pv]

    def plain_steps(self) -> list[Tensor]:
        """What learns in plain steps, at the feedback rate."""
        parts = (*self._of_kinds("from_sst"), self.apical_bias)
        return [each for each in parts if isinstance(each, torch.nn.Parameter)]

    def sst(self, rates: Tensor) -> tuple[Tensor, Tensor]:
        """What both kinds of SST make of bursts (batch, units), without their tonic rates."""
        gains = self._of_kinds("vip_to_sst")
        if self.burst_to_sst_n is None:
            driven, silenced = rates, torch.zeros_like(rates)
        else:
            driven, silenced = (rates @ each for each in self._of_kinds("burst_to_sst"))
        return (
            dale.sst_input(driven, silenced * gains[0]),
            dale.sst_input(silenced, driven * gains[1]),
        )

    def _inhibition(self, rates: Tensor) -> Iterable[Tensor]:
        pairs = zip(self.sst(rates), self._outgoing(), strict=True)
        return [rates @ outgoing.to(rates.dtype) for rates, outgoing in pairs]

    def send_down(
        self, event_rate: Tensor, deviation: Tensor, needs: tuple[bool, bool, bool]
    ) -> tuple[Tensor, list[Tensor | None]]:
        """−(F + E) below, and minus the plasticity of M_n, M_p and α, the mean over the batch.

        Args:
            event_rate: e.
            deviation: b − p^b e.
            needs: which of the three learns.

        Raises:
            InvalidInputError: it was built for a first layer.
        """
        if self.event_exc is None or self.event_from_ndnf is None or self.apical_bias is None:
            raise InvalidInputError(
                "this layer was built with feedback=None, for the first layer of a network, but "
                "the layer below it learns; give it feedback='random'"
            )
        offset = dale.apical_offset(
            self.apical_bias.detach(), self._of_kinds("sst_bias"), self._outgoing()
        )
        at_baseline = self.p_baseline * event_rate
        events_below = event_rate @ dale.event_drive(self.event_exc, self.event_from_ndnf)
        silent = dale.burst_drive(self._inhibition(at_baseline), offset) + events_below
        drive = silent + dale.burst_drive(self._inhibition(deviation))
        changes: list[Tensor | None] = [None, None, None]
        if needs[0] or needs[1]:
            rates = self.sst((at_baseline + deviation) / len(event_rate))
            changes[:2] = [-dale.sst_change(each, drive, _outer) for each in rates]
        if needs[2]:
            changes[2] = -dale.apical_bias_change(silent) / len(event_rate)
        return -drive, changes

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
        return _DaleLayer.apply(
            inputs,
            self.weight_exc,
            self.weight_from_pv,
            self.bias,
            *self._of_kinds("from_sst"),
            self.apical_bias,
            self,
        )


def _outer(above: Tensor, below: Tensor) -> Tensor:
    return plasticity.outer_sum(above, below)


class DaleLinear(FullyConnected, DaleLayer):
    """A fully connected hidden layer under Dale's law."""


class DaleReadout(DaleLinear):
    """The output layer under Dale's law, whose bursts follow the teacher."""

    is_readout = True


def reduced(burst: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """Two factors of Y through so many interneurons, each with the root of the singular values.

    Their product has the norm of Y.

    Args:
        burst: Y, (units, units below).
        rank: R, of the product.

    Returns:
        (units, R) and (R, units below).
    """
    left, values, right = torch.linalg.svd(burst, full_matrices=False)
    root = values[:rank].sqrt()
    first, second = left[:, :rank] * root, root[:, None] * right[:rank]
    return first, second * (burst.norm() / (first @ second).norm())


def keep_signs(model: torch.nn.Module) -> None:
    """Clip at 0 what may not become negative, after every step of a training loop of one's own.

    :func:`~lava_bccn.nn.train` does it by itself. Models without Dale's law stay as they are.
    """
    clip([each for module in model.modules() for each in one_signed(module)])


def one_signed(module: torch.nn.Module) -> list[Tensor]:
    """What of a module learns and may not become negative."""
    return module.one_signed() if isinstance(module, DaleLayer) else []


@torch.no_grad()
def clip(parameters: list[Tensor]) -> None:
    """Clip all at 0 in place."""
    if parameters:
        torch._foreach_clamp_min_(parameters, 0.0)

"""Trainable BurstCCN layers: ordinary PyTorch modules whose gradients are local plasticity."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from lava_bccn.dynamics.activations import ACTIVATIONS
from lava_bccn.dynamics.learning_rules import Presynaptic
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.options import check_learning
from lava_bccn.network.regimes import BURST_REGIMES, EVENT_REGIMES
from lava_bccn.nn.bursts import BurstRule
from lava_bccn.nn.connections import LinearMap
from lava_bccn.nn.functional import burst_linear
from lava_bccn.nn.geometry import (
    Convolutional,
    FullyConnected,
    Layer,
    LayerOptions,
    Pair,
)
from lava_bccn.nn.layer_options import (
    BurstConv2dOptions,
    BurstOptions,
    check_dtype,
    check_place,
    homeostasis_of,
    shift_of,
)
from lava_bccn.nn.noise import NoiseSource
from lava_bccn.nn.tied import Q_IS_Y, Y_IS_W, TiedMatrix
from lava_bccn.settings import FLAG, NOT_NEGATIVE, POSITIVE, check, number

if TYPE_CHECKING:
    from typing_extensions import Unpack


class BurstLayer(Layer):
    """What all layers of ensembles share: W and c, Y and Q with their regimes.

    Args:
        shape: of W, Y and Q; the first axis are the units, or channels, of this layer.
        connection: how they connect the layer to the one below.
        p_baseline: p^b, burst probability without a teacher, in (0, 0.5].
        feedback: regime of Y, which this layer sends bursts down through. ``"random"``: fixed and
            random (feedback alignment). ``"symmetric"``: starts as W. ``"tied"``: always W (the
            idealised limit, not local). ``"kolen_pollack"``: starts random and gets W's own
            updates; use the same weight decay for both. Or another of
            ``network.regimes.BURST_REGIMES``. None: sends nothing (a first layer).
        feedback_event: regime of Q, which this layer sends events down through. ``"tied"``: always
            p^b Y. ``"symmetric"``: starts as p^b Y. ``"random"``: starts random.
            ``"kolen_pollack"``: starts random and gets p^b times Y's updates. Or another of
            ``network.regimes.EVENT_REGIMES``.
        learn_feedback_burst: Y learns by the homeostatic rule.
        learn_feedback_event: Q learns by the homeostatic rule.
        branches: into which the dendrites of the layer below are cut for the homeostatic rules.
            Each receives from a block of this layer's units (or channels), and its synapses learn
            to silence that one branch, √(units / units of the block) times as fast.
        homeostatic_factor: ``"event_rate"`` or ``"burst_rate"`` of this layer, with which a
            homeostatic Y learns; Q does with event rates.
        forward_noise: standard deviation of the normal noise that W sees at the inputs in training.
            The feedback, and what it learns, sees clean rates.
        feedback_std: standard deviation of a random Y; a random Q has p^b times that.
        activation: a name in ``dynamics.activations.ACTIVATIONS``.
        feedback_gain: k, by which apical potentials of this layer are multiplied: how far errors
            move the burst probability from p^b. Where one is not 1, see ``parameter_groups`` for
            learning rates.
        error_scale: s, by which a readout's errors are multiplied likewise.
        activity_shift: a, tonic event rate of a softmax readout, with which units of an event rate
            near 0 can burst; None: 1 of a softmax, else 0.
        generator: source of the random start; None is PyTorch's global one.
        options: ``bias``, ``gain`` of the Xavier-normal start of W, ``device`` and ``dtype``, as
            for :class:`~lava_bccn.nn.geometry.Layer`.

    Raises:
        InvalidInputError: a regime that does not exist, or combinations that contradict (a tied
            matrix cannot learn on its own), or an activation that does not exist.
    """

    is_readout = False
    _feedback_burst: Tensor | None
    _feedback_event: Tensor | None

    def __init__(
        self,
        shape: tuple[int, ...],
        connection: LinearMap,
        *,
        p_baseline: float = 0.5,
        feedback: str | None = "random",
        feedback_event: str = "tied",
        learn_feedback_burst: bool = False,
        learn_feedback_event: bool = False,
        branches: int = 1,
        homeostatic_factor: Presynaptic = "event_rate",
        forward_noise: float = 0.0,
        feedback_std: float = 0.3,
        activation: str = "sigmoid",
        feedback_gain: float = 1.0,
        error_scale: float = 1.0,
        activity_shift: float | None = None,
        generator: torch.Generator | None = None,
        **options: Unpack[LayerOptions],
    ) -> None:
        super().__init__(shape, connection, generator=generator, **options)
        p_baseline = check("p_baseline", p_baseline, number("(0, 0.5]"))
        check("learn_feedback_burst", learn_feedback_burst, FLAG)
        check("learn_feedback_event", learn_feedback_event, FLAG)
        check("forward_noise", forward_noise, NOT_NEGATIVE)
        if feedback is not None and not ACTIVATIONS[activation].learns:
            raise InvalidInputError(
                f"ensembles with activation {activation!r} infer only: they take feedback=None"
            )
        self.feedback_gain = check("feedback_gain", feedback_gain, POSITIVE)
        self.error_scale = check("error_scale", error_scale, POSITIVE)
        self.activity_shift = shift_of(activation, activity_shift)
        gains = self.feedback_gain, self.error_scale
        check_place(type(self).__name__, self.is_readout, activation, *gains)
        check_dtype(activation, self.weight.dtype)
        burst_regime = None if feedback is None else BURST_REGIMES[feedback]
        event_regime = EVENT_REGIMES[feedback_event]
        check_learning(burst_regime, event_regime, learn_feedback_burst, learn_feedback_event)
        learns = {"Y": learn_feedback_burst, "Q": learn_feedback_event}
        homeostasis = homeostasis_of(shape, connection, branches, homeostatic_factor, learns)
        self.activation = activation
        self.p_baseline = p_baseline
        self.feedback = feedback
        self.feedback_event_regime = feedback_event
        self.learn_feedback_burst = learn_feedback_burst
        self.learn_feedback_event = learn_feedback_event
        self.branches = homeostasis.branches
        self.homeostatic_factor = homeostatic_factor
        self.forward_noise = float(forward_noise)
        self.noise = NoiseSource()
        burst: Tensor | None = None
        event: Tensor | None = None
        if burst_regime is not None:
            weight = self.weight.detach()
            draw = partial(self.random_like_weight, generator=generator)
            first = burst_regime.start(weight, partial(draw, feedback_std))
            if burst_regime.follows != "reference":
                burst = first.clone() if first is weight else first
            if event_regime.follows != "reference":
                draw_event = partial(draw, p_baseline * feedback_std)
                event = event_regime.start(p_baseline * first, draw_event)
        kolen_pollack = burst_regime is not None and burst_regime.follows == "updates"
        event_follows = event_regime.follows == "updates"
        self._store("_feedback_burst", burst, learn_feedback_burst or kolen_pollack)
        self._store("_feedback_event", event, learn_feedback_event or event_follows)
        self.rule: BurstRule = BurstRule(
            p_baseline=p_baseline,
            is_readout=self.is_readout,
            balanced=event is None,
            kolen_pollack=kolen_pollack,
            event_follows=event_follows,
            homeostasis=homeostasis,
            activation=ACTIVATIONS[activation],
            connection=connection,
            feedback_gain=self.feedback_gain,
            error_scale=self.error_scale,
            activity_shift=self.activity_shift,
        )

    def _store(self, name: str, value: Tensor | None, learns: bool) -> None:
        if value is not None and learns:
            self.register_parameter(name, torch.nn.Parameter(value))
        else:
            self.register_buffer(name, value)

    @property
    def feedback_burst(self) -> Tensor | None:
        """Y, shaped as W; None without feedback. Where tied it is W, and cannot be written into."""
        if self._feedback_burst is None and self.feedback is not None:
            return TiedMatrix.of(self.weight, Y_IS_W.format(self.feedback))
        return self._feedback_burst

    @property
    def feedback_event(self) -> Tensor | None:
        """Q, shaped as W; None without feedback. Where tied it is p^b Y and cannot be written."""
        if self._feedback_event is not None or self.feedback is None:
            return self._feedback_event
        burst = self.weight if self._feedback_burst is None else self._feedback_burst
        advice = Q_IS_Y.format(self.feedback_event_regime)
        return TiedMatrix.of(self.p_baseline * burst.detach(), advice)

    @property
    def arrays(self) -> tuple[Tensor, Tensor | None, Tensor | None, Tensor | None]:
        """W, c, Y and Q; None where a layer has none, or it is another by construction."""
        return self.weight, self.bias, self._feedback_burst, self._feedback_event

    def sending(self) -> tuple[Tensor | None, Tensor | None]:
        """Y and Q as the learning rule takes them: Q None where it is p^b Y."""
        # Tied feedback reads W in the backward pass without passing a gradient to it.
        burst = self._feedback_burst
        if burst is None and self.feedback is not None:
            burst = self.weight.detach()
        return burst, None if self.rule.balanced else self._feedback_event

    def forward(self, inputs: Tensor) -> Tensor:
        """Event rates in [0, 1] of inputs, batch first."""
        shown = self.noisy(inputs)
        noisy = None if shown is inputs else shown
        return burst_linear(inputs, self.weight, self.bias, *self.sending(), self.rule, noisy)

    def noisy(self, inputs: Tensor) -> Tensor:
        """What W sees of inputs: in training with new noise, if the layer has any."""
        if not (self.training and self.forward_noise):
            return inputs
        with torch.no_grad():
            return self.noise.draw(inputs).mul_(self.forward_noise).add_(inputs)

    def description(self) -> dict[str, Any]:
        """As :meth:`Layer.description`."""
        return {
            **super().description(),
            "p_baseline": self.p_baseline,
            "feedback": self.feedback,
            "feedback_event": self.feedback_event_regime,
            "learn_feedback_burst": self.learn_feedback_burst,
            "learn_feedback_event": self.learn_feedback_event,
            "branches": self.branches,
            "homeostatic_factor": self.homeostatic_factor,
            "forward_noise": self.forward_noise,
            "activation": self.activation,
            "feedback_gain": self.feedback_gain,
            "error_scale": self.error_scale,
            "activity_shift": self.activity_shift,
        }


class BurstLinear(FullyConnected, BurstLayer):
    """A fully connected layer of ensembles: e = σ(W x + c), learning from its own bursts.

    Stack these in a ``torch.nn.Sequential`` with a :class:`BurstReadout` on top, apply
    :func:`~lava_bccn.nn.burst_loss`, call ``backward`` and step any optimizer. ``.grad`` holds the
    negated plasticity, the mean over the batch (Greedy et al., NeurIPS 2022).

    Args:
        in_features, out_features: units below, units of this layer.
        options: see :class:`BurstLayer`.

    Raises:
        InvalidInputError: see :class:`BurstLayer`.
    """

    def __init__(
        self, in_features: int, out_features: int, **options: Unpack[BurstOptions]
    ) -> None:
        super().__init__(in_features, out_features, **options)


class BurstReadout(BurstLinear):
    """The output layer: as :class:`BurstLinear`, but its bursts follow the teacher.

    p = p^b (1 + (target − e) (1 − e)). The layer below the loss must be one of these, and the loss
    :func:`~lava_bccn.nn.burst_loss`, or ``burst_error`` with an error of one's own: a gradient from
    elsewhere is refused (not under ``torch.compile``, which does not tell where one comes from).
    """

    is_readout = True


class BurstConv2d(Convolutional, BurstLayer):
    """A convolutional layer of ensembles, one for each channel and place of an image.

    W, Y and Q are kernels, (out_channels, in_channels / groups, height, width). Bursts and events
    go down through the transposed convolution, with the kernels Y and Q; the plasticity of a
    synapse that places share is the sum over them. Put ``torch.nn.Flatten()`` between these and a
    fully connected layer.

    Args:
        in_channels, out_channels: of the images below and of this layer.
        kernel_size: in units below.
        options: ``stride``, ``padding`` and ``groups``, see
            :class:`~lava_bccn.nn.geometry.Convolutional`; else see :class:`BurstLayer`.

    Raises:
        InvalidInputError: sizes that no convolution has; else see :class:`BurstLayer`.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        **options: Unpack[BurstConv2dOptions],
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, **options)

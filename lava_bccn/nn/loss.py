"""The losses whose backward pass starts the teacher, and how a readout knows that they did.

A :class:`~lava_bccn.nn.BurstReadout` takes what autograd passes down to it for the error
event_rate − target of each sample. The gradient of any other loss is something else (its mean over
the batch is a hundred times too small), and would train without a word. So these losses leave word
at the readout, in the graph that autograd goes down, and a readout that has none refuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from lava_bccn.dynamics import rate
from lava_bccn.dynamics.activation import Activation
from lava_bccn.dynamics.activations import ACTIVATIONS
from lava_bccn.errors import InvalidInputError

ROUTES = re.compile(
    "(Alias|AsStrided|Cat|Clone|_DDPSink|Flip|Gather|Index|IndexSelect|MaskedSelect|Permute|Reshape"
    "|ReshapeAlias|Roll|Select|Slice|Split|SplitWithSizes|Squeeze|Stack|T|ToCopy|Transpose|Unbind"
    r"|UnsafeView|Unsqueeze|View)Backward\d*"
)
"""Nodes of a graph that hand an error on as it is, to where it belongs."""


DISTRIBUTION_TOLERANCE = 1e-3
"""By which targets of a softmax may miss a sum of 1: what lower precisions round."""


class _BurstLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, event_rate: Tensor, error: Tensor, loss: Tensor) -> Tensor:
        ctx.save_for_backward(error)
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, None, None]:
        if grad_output.item() != 1.0:
            raise InvalidInputError(
                f"burst_loss got an incoming gradient of {grad_output.item():g} instead of 1: "
                "burst probabilities depend on each sample's own error, so the loss must not be "
                "scaled, averaged or passed through a GradScaler. Call loss.backward() on it as it "
                "is and put factors into the learning rate"
            )
        (error,) = ctx.saved_tensors
        return error, None, None


def burst_loss(event_rate: Tensor, target: Tensor | None) -> Tensor:
    """½ Σ (event_rate − target)² over units and samples; its backward pass starts the teacher.

    Hard sigmoids take targets that they cannot reach for the nearest that they can, so their loss
    ends at ½ · 2^−10 a unit.

    Args:
        event_rate: of the output layer, (batch, units).
        target: same shape, in [0, 1]; a negative target leaves a unit without a teacher, None all.

    Returns:
        The loss, a scalar.

    Raises:
        InvalidInputError: a target of another shape or kind, or above 1 or NaN; in the backward
            pass, an incoming gradient other than 1.
    """
    target = _checked_target(event_rate, target)
    error = error_of(event_rate.detach(), target)
    return _sent(event_rate, error, loss_of(error))


def burst_cross_entropy(event_rate: Tensor, target: Tensor | None) -> Tensor:
    """−Σ target · log(event_rate) over units and samples; its backward pass starts the teacher.

    For a readout with activation ``"softmax"``. What it teaches is what :func:`burst_loss` teaches
    such a readout, the error event_rate − target, which is the gradient of this loss with respect
    to v; they differ in the number that they return.

    Args:
        event_rate: of the output layer, (batch, units).
        target: same shape, of each sample a distribution over the units (one class, or smoothed
            labels), or negative for no teacher; None leaves the teacher off.

    Returns:
        The loss, a scalar.

    Raises:
        InvalidInputError: as of :func:`burst_loss`; targets of a sample that do not sum to 1; a
            readout that is no softmax.
    """
    target = _checked_target(event_rate, target)
    rule = getattr(event_rate.grad_fn, "rule", None)
    if rule is not None and not rule.activation.is_readout:
        raise InvalidInputError(
            f"the readout's activation is {rule.activation.name!r}, whose event rates are no "
            "distribution over classes: take burst_loss, or a readout with activation='softmax'"
        )
    if target.device.type == "cpu":
        sums = target.sum(-1)[(target >= 0).all(-1)]
        if not bool(((sums - 1).abs() < DISTRIBUTION_TOLERANCE).all()):
            raise InvalidInputError(
                "targets of a softmax must be a distribution over the classes, which sums to 1 for "
                f"each sample; got sums from {float(sums.min()):g} to {float(sums.max()):g}"
            )
    detached = event_rate.detach()
    return _sent(event_rate, error_of(detached, target), cross_entropy_of(detached, target))


def _checked_target(event_rate: Tensor, target: Tensor | None) -> Tensor:
    _check_tensor("event_rate", event_rate)
    if target is None:
        target = torch.full_like(event_rate, rate.NO_TEACHER)
    _check_tensor("target", target)
    if target.shape != event_rate.shape:
        raise InvalidInputError(
            f"target has shape {tuple(target.shape)}, the output layer {tuple(event_rate.shape)}; "
            "for class labels pass torch.nn.functional.one_hot(labels, classes)"
        )
    # NaN fails this too. Not on a GPU, which would have to stop for it.
    if target.device.type == "cpu" and not bool((target <= 1).all()):
        raise InvalidInputError(
            "targets must be event rates in [0, 1], or negative for no teacher; got values up to "
            f"{float(target.max()):g}"
        )
    return target.detach().to(event_rate)


def error_of(event_rate: Tensor, target: Tensor) -> Tensor:
    """event_rate − target, and 0 without a teacher."""
    return (event_rate - target) * (target >= 0)


def loss_of(error: Tensor) -> Tensor:
    """½ Σ error² over units and samples."""
    return 0.5 * error.square().sum()


def cross_entropy_of(event_rate: Tensor, target: Tensor) -> Tensor:
    """−Σ target · log(event_rate) over units and samples that have a teacher."""
    least = torch.finfo(event_rate.dtype).tiny
    return -(target.clamp_min(0) * event_rate.clamp_min(least).log()).sum()


def loss_between(activation: Activation, event_rate: Tensor, target: Tensor) -> Tensor:
    """The loss that a readout of an activation is taught by: cross entropy of a softmax."""
    if activation.is_readout:
        return cross_entropy_of(event_rate, target)
    return loss_of(error_of(event_rate, target))


def loss_for(activation: str) -> Callable[[Tensor, Tensor | None], Tensor]:
    """The loss of a readout of that activation: cross entropy of a softmax, else squared errors."""
    return burst_cross_entropy if ACTIVATIONS[activation].is_readout else burst_loss


def burst_error(event_rate: Tensor, error: Tensor) -> Tensor:
    """½ Σ error², whose backward pass starts the teacher with an error of one's own.

    For other teachers than a target: the readout bursts with p = p^b (1 − error · (1 − e)), so that
    the error is event_rate − target wherever there is a target. Of another loss, summed over the
    batch and not averaged, it is the gradient:

        leaf = event_rate.detach().requires_grad_()
        (error,) = torch.autograd.grad(cross_entropy(leaf, labels, reduction="sum"), leaf)
        burst_error(event_rate, error).backward()

    Args:
        event_rate: of the output layer, (batch, units).
        error: same shape: of each unit and sample, 0 for no teacher; its gradient is not used.

    Returns:
        A scalar, to call ``backward`` on.

    Raises:
        InvalidInputError: an error of another shape, or that is not finite; in the backward pass,
            an incoming gradient other than 1.
    """
    _check_tensor("event_rate", event_rate)
    _check_tensor("error", error)
    if error.device.type == "cpu" and not bool(error.isfinite().all()):
        raise InvalidInputError("an error must be finite; got NaN or infinity")
    if error.shape != event_rate.shape:
        raise InvalidInputError(
            f"error has shape {tuple(error.shape)}, the output layer {tuple(event_rate.shape)}"
        )
    error = error.detach().to(event_rate)
    return _sent(event_rate, error, loss_of(error))


def _sent(event_rate: Tensor, error: Tensor, value: Tensor) -> Tensor:
    if event_rate.numel() == 0 or not event_rate.is_floating_point():
        raise InvalidInputError(
            f"event_rate has shape {tuple(event_rate.shape)} and dtype {event_rate.dtype}; "
            "expected floating point numbers of at least one sample"
        )
    _leave_word(event_rate, error)
    loss: Tensor = _BurstLoss.apply(event_rate, error, value)
    return loss


def _check_tensor(name: str, value: object) -> None:
    if not isinstance(value, Tensor) or value.is_nested or value.is_meta or value.is_complex():
        is_dense = False
    else:
        is_dense = value.layout is torch.strided
    if not is_dense:
        raise InvalidInputError(
            f"{name} must be a dense tensor of real numbers, not a {type(value).__name__}; make "
            "one of NumPy's with torch.from_numpy"
        )


@torch.compiler.disable
def _leave_word(event_rate: Tensor, error: Tensor) -> None:
    """Tell the readouts that an error goes to that it comes from these losses."""
    direct = event_rate.grad_fn
    nodes: list[Any] = [direct]
    while nodes:
        node = nodes.pop()
        if hasattr(node, "word_of_error"):
            # What passes through another node arrives in another form.
            node.word_of_error.append(error if node is direct else None)
        elif hasattr(node, "rule"):
            raise InvalidInputError(
                "the layer below burst_loss is no BurstReadout: only a readout's bursts follow the "
                "teacher; make the last layer one"
            )
        elif node is not None and ROUTES.fullmatch(node.name()):
            nodes += [below for below, _ in node.next_functions]


def check_error(ctx: Any, grad_output: Tensor) -> None:
    """Refuse, in the backward pass of a readout, an error that none of these losses sent.

    Raises:
        InvalidInputError: says what to call instead.
    """
    if torch.compiler.is_compiling():  # graphs of torch.compile keep no such word
        return
    sent: list[Tensor | None] = ctx.word_of_error
    whole = [error for error in sent if error is not None]
    if len(whole) < len(sent) or any(_is_same(grad_output, error) for error in whole):
        return
    if len(whole) > 1 and torch.allclose(grad_output, torch.stack(whole).sum(0)):
        return
    raise InvalidInputError(
        "a BurstReadout got a gradient that burst_loss did not send: its bursts follow each "
        "sample's own error, and of another loss (mean squared error, cross entropy, a sum of "
        "several) it would learn something else. Call burst_loss(event_rate, target).backward(), "
        "or burst_error(event_rate, error).backward() with an error of your own"
    )


def _is_same(first: Tensor, second: Tensor) -> bool:
    """Whether two tensors are the same numbers; where they share memory, without a look."""
    if first.shape != second.shape:
        return False
    return first.data_ptr() == second.data_ptr() or torch.equal(first, second)

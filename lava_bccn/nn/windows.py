"""The gradient of a convolution's kernels as one matrix product, for narrow images on a CPU."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import pad

CACHED_BYTES = 2**20
"""As much as stays in a CPU's cache between being made and being multiplied."""

NARROW = 8
"""PyTorch's own convolution (oneDNN, AVX2) goes through eight places of a row at once. With the 3 x
3 places of the published CIFAR-10 network's last convolution it takes 1.7 times as long as this."""

FEW_CHANNELS = 16
"""With fewer channels below, the copied pieces are too short for this to be faster."""


def pay_off(above: Tensor, below: Tensor, groups: int) -> bool:
    """Whether :func:`outer_of_windows` can do it, and sooner than PyTorch's own."""
    return (
        below.device.type == "cpu"
        and above.dtype.itemsize >= 4
        and groups == 1
        and above.shape[3] < NARROW
        and below.shape[1] >= FEW_CHANNELS
    )


def outer_of_windows(
    above: Tensor,
    below: Tensor,
    kernel_size: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
) -> Tensor:
    """Σ above · below over the batch and all places, for a convolution of one group.

    Every place above is a row of one matrix, the window below it a row of another. Windows repeat
    what they share, so that only as many samples as fit a cache are laid out at a time.

    Args:
        above: (batch, channels, height, width).
        below: (batch, channels below, height below, width below).
        kernel_size, stride, padding: vertical and horizontal.

    Returns:
        (channels, channels below, *kernel_size).
    """
    if any(padding):
        below = pad(below, (padding[1], padding[1], padding[0], padding[0]))
    images = below.permute(0, 2, 3, 1).contiguous()  # so that windows are copied in long pieces
    windows = images.unfold(1, kernel_size[0], stride[0]).unfold(2, kernel_size[1], stride[1])
    windows = windows.permute(0, 1, 2, 4, 5, 3)
    channels, synapses = above.shape[1], windows[0, 0, 0].numel()
    samples = max(1, CACHED_BYTES // (windows[0].numel() * windows.itemsize))
    total = above.new_zeros(channels, synapses)
    for rates, window in zip(above.split(samples), windows.split(samples), strict=True):
        total.addmm_(rates.transpose(0, 1).reshape(channels, -1), window.reshape(-1, synapses))
    return total.view(channels, *kernel_size, -1).permute(0, 3, 1, 2).contiguous()

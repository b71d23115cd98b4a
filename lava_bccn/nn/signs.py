"""What keeps weights on their side of 0 under Dale's law, after every step."""

from __future__ import annotations

import torch
from torch import Tensor

from lava_bccn.nn.dale import DaleLayer
from lava_bccn.settings import check, instance


def keep_signs(model: torch.nn.Module) -> None:
    """Clip at 0 what may not become negative, after every step of a training loop of one's own.

    :func:`~lava_bccn.nn.train` does it by itself. Models without Dale's law stay as they are.
    """
    check("model", model, instance(torch.nn.Module))
    clip([each for module in model.modules() for each in one_signed(module)])


def one_signed(module: torch.nn.Module) -> list[Tensor]:
    """What of a module learns and may not become negative."""
    return module.one_signed() if isinstance(module, DaleLayer) else []


@torch.no_grad()
def clip(parameters: list[Tensor]) -> None:
    """Clip all at 0 in place."""
    if parameters:
        torch._foreach_clamp_min_(parameters, 0.0)

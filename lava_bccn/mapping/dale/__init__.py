"""Networks under Dale's law: from PyTorch, from weights of both signs, and into integers.

PyTorch is imported when ``from_torch`` is used.
"""

from typing import TYPE_CHECKING

from lava_bccn.lazy import attach
from lava_bccn.mapping.dale.quantise import quantise
from lava_bccn.mapping.dale.signs import from_signed

if TYPE_CHECKING:
    from lava_bccn.mapping.torch.dale import from_torch
else:
    __getattr__, __dir__ = attach(__name__, __file__)

__all__ = ["from_signed", "from_torch", "quantise"]

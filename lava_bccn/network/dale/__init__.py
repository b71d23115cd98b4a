"""The description of a network under Dale's law, with its four types of interneurons."""

from lava_bccn.network.dale.layer import DaleFeedback, DaleLayer
from lava_bccn.network.dale.network import DaleNetwork

__all__ = ["DaleFeedback", "DaleLayer", "DaleNetwork"]

"""Trained networks that come with the package, each a file with its card beside it.

``lava_bccn.load("mnist-500")`` reads one, and so does every command that reads a network. A card
says how a network was made and how good it is. ``benchmarks/networks.py`` makes both again.
"""

from lava_bccn.networks.cards import NetworkCard, cards, find

__all__ = ["NetworkCard", "cards", "find"]

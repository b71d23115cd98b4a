"""Lava imports it with the subcompiler; here the builders are those of the CPU models."""

from lava.magma.compiler.builders.interfaces import AbstractProcessBuilder


class CProcessBuilder(AbstractProcessBuilder):
    """Never made."""

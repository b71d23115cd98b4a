"""Where the stand-in leaves the hardware: from here on it is Lava's own CPU."""

from __future__ import annotations

from lava.magma.compiler.channel_map import ChannelMap
from lava.magma.compiler.subcompilers.py.pyproc_compiler import PyProcCompiler
from lava.magma.core.process.process import AbstractProcess

COMPILED: list[tuple[AbstractProcess, type]] = []
"""Every Process that Lava gave to a subcompiler of the extension, with its selected model."""


class LoweringCompiler(PyProcCompiler):
    """Puts in the place of each hardware model the CPU model that computes it."""

    def compile(self, channel_map: ChannelMap, partitioning: dict | None = None) -> ChannelMap:
        for process in self._proc_group:
            if hasattr(process.model_class, "computed_by"):
                COMPILED.append((process, process.model_class))
                process._model_class = process.model_class.computed_by
        return super().compile(channel_map, partitioning)

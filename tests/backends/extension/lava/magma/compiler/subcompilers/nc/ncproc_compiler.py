"""The subcompiler of neuro cores."""

from lava.magma.compiler.subcompilers.lowering import LoweringCompiler


class NcProcCompiler(LoweringCompiler):
    """What Lava gives the models on neuro cores to."""

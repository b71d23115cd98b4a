"""The subcompiler of embedded processors."""

from lava.magma.compiler.subcompilers.lowering import LoweringCompiler


class CProcCompiler(LoweringCompiler):
    """What Lava gives the models in C to."""

"""What a network became in integers: the numbers of a report."""

from lava_bccn.mapping.report.causes import layers_alone
from lava_bccn.mapping.report.measure import conversion_report
from lava_bccn.mapping.report.numbers import (
    ConversionReport,
    Histogram,
    LayerReport,
    Outcome,
    Sample,
)

__all__ = [
    "ConversionReport",
    "Histogram",
    "LayerReport",
    "Outcome",
    "Sample",
    "conversion_report",
    "layers_alone",
]

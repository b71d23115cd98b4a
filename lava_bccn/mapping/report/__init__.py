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
from lava_bccn.mapping.report.pair import equalised_reference

__all__ = [
    "ConversionReport",
    "Histogram",
    "LayerReport",
    "Outcome",
    "Sample",
    "conversion_report",
    "equalised_reference",
    "layers_alone",
]

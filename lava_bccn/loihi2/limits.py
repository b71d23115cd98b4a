"""What one Loihi 2 core, chip and board hold.

Intel publishes little of Loihi 2 in numbers. Where only Loihi 1 has a published number it stands
here as an assumption, and says so; Intel's NxCore compiler has the last word.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from lava_bccn.settings import check_fields, integer

NEURONS_PER_CORE = 8192
"""Intel, Loihi 2 technology brief, 2021: a million neurons on 128 cores."""

INPUT_AXONS_PER_CORE = 4096
"""Lists of synapses that messages can address. Davies et al., IEEE Micro 38(1), 2018, for Loihi 1;
that Loihi 2 kept it is an assumption."""

OUTPUT_AXONS_PER_CORE = 4096
"""Core-to-core edges that leave a core. Davies et al. 2018, for Loihi 1; an assumption for 2."""

SYNAPTIC_BYTES_PER_CORE = 128 * 1024
"""Synaptic memory. Davies et al. 2018, for Loihi 1; an assumption for Loihi 2, consistent with the
120 million synapses a chip of its technology brief (at one bit each)."""

MEMORY_BYTES_PER_CORE = 192 * 1024
"""Synapses, states and tables together. Quoted for Loihi 2 in secondary sources only: an
assumption."""

CORES_PER_CHIP = 120
"""128 on the die (technology brief); users of Loihi 2 systems report 120 that can be used, so the
smaller number counts here."""

KAPOHO_POINT_CHIPS = 8
"""Chips of a Kapoho Point board (Intel, 2021). Oheo Gulch has one."""

STATE_WORD_BYTES = 4
"""Memory of one 24-bit state variable: an assumption, the next power of two."""

SYNAPSE_BITS = 8
"""Memory of one 8-bit weight in a dense list, without an index: an assumption. Lists that name
their targets need more."""

TAG_BITS = 9
"""Memory of one tag beside it, with its sign: the width that Lava 0.10 computes with, an assumption
of Loihi 2. (On Loihi 1 ``numTagBits=8`` is what lanl/spikingBackprop asks for.)"""


@dataclass(frozen=True)
class Loihi2Limits:
    """The limits that a partition respects; replace one to see what another system would do.

    Attributes:
        neurons, input_axons, output_axons: of a core.
        synaptic_bytes: of a core.
        memory_bytes: of a core, synapses and states together.
        cores: of a chip.
        chips: that there are.

    Raises:
        InvalidInputError: one that is below 1.
    """

    neurons: int = NEURONS_PER_CORE
    input_axons: int = INPUT_AXONS_PER_CORE
    output_axons: int = OUTPUT_AXONS_PER_CORE
    synaptic_bytes: int = SYNAPTIC_BYTES_PER_CORE
    memory_bytes: int = MEMORY_BYTES_PER_CORE
    cores: int = CORES_PER_CHIP
    chips: int = KAPOHO_POINT_CHIPS

    def __post_init__(self) -> None:
        whole = replace(integer(1), expected="1 or more, and whole")
        check_fields(self, **dict.fromkeys((field.name for field in fields(self)), whole))

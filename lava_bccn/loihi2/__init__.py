"""What a mapped network needs on Loihi 2: cores, memory, messages, energy and time. No Lava.

What is exported here is the API; ``boards`` finds those that are visible.
"""

from lava_bccn.loihi2.activity import Activity, measure
from lava_bccn.loihi2.cost import PUBLISHED, Cost, Published, estimate
from lava_bccn.loihi2.form import STOCK, Form
from lava_bccn.loihi2.learning_form import Part, engine_form, engine_parts, missing
from lava_bccn.loihi2.learning_neurons import neuron_programs
from lava_bccn.loihi2.limits import KAPOHO_POINT_CHIPS, Loihi2Limits
from lava_bccn.loihi2.neuron_program import Instruction, NeuronProgram
from lava_bccn.loihi2.partition import CoreLoad, LayerPlacement, Partition, partition
from lava_bccn.loihi2.violations import Violation

__all__ = [
    "KAPOHO_POINT_CHIPS",
    "PUBLISHED",
    "STOCK",
    "Activity",
    "CoreLoad",
    "Cost",
    "Form",
    "Instruction",
    "LayerPlacement",
    "Loihi2Limits",
    "NeuronProgram",
    "Part",
    "Partition",
    "Published",
    "Violation",
    "engine_form",
    "engine_parts",
    "estimate",
    "measure",
    "missing",
    "neuron_programs",
    "partition",
]

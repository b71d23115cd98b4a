"""The simulator: mapped networks without Lava and without a chip, batched, the same bits.

What is exported here, and in ``spiking``, is the API; ``lava_bccn.run`` is all that most need.
"""

from typing import TYPE_CHECKING

from lava_bccn.lazy import attach
from lava_bccn.sim.engine_learner import EngineLearner
from lava_bccn.sim.learner import Learner
from lava_bccn.sim.settled import settle
from lava_bccn.sim.stepwise import hold, steps

if TYPE_CHECKING:
    from . import spiking as spiking
else:
    __getattr__, __dir__ = attach(__name__, __file__)

__all__ = ["EngineLearner", "Learner", "hold", "settle", "steps"]

"""The simulator: mapped networks without Lava and without a chip, batched, the same bits."""

from lava_bccn.sim.settled import settle
from lava_bccn.sim.stepwise import hold, steps

__all__ = ["hold", "settle", "steps"]

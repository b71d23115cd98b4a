"""One call for every backend, and one result type.

A backend is one object in ``BACKENDS`` and knows nothing of the others; it takes a ``Job`` and
returns an ``Execution``. All names are imported when they are first used.
"""

from typing import TYPE_CHECKING

from lava_bccn.lazy import attach

if TYPE_CHECKING:
    from lava_bccn.backends.execution import run, run_continuous
    from lava_bccn.backends.job import Execution, Job, Opening, Session, SpikingJob
    from lava_bccn.backends.registry import BACKENDS, Backend
    from lava_bccn.backends.result import RunResult
    from lava_bccn.backends.running import Running, opened
    from lava_bccn.backends.spikes import run_spikes
else:
    __getattr__, __dir__ = attach(__name__, __file__)

__all__ = [
    "BACKENDS",
    "Backend",
    "Execution",
    "Job",
    "Opening",
    "RunResult",
    "Running",
    "Session",
    "SpikingJob",
    "opened",
    "run",
    "run_continuous",
    "run_spikes",
]

"""Training as TensorBoard shows it: event files in a folder."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lava_bccn.extras import require
from lava_bccn.files import check_writable

_NUMBERED = re.compile(r"_(\d+)$")


class EventLog:
    """The curves of one run in a folder, for ``tensorboard --logdir``.

    What the folder shows of a run before, killed or whole, gives way to this one: an epoch is never
    there twice. Runs that are to be compared have a folder each.

    Args:
        folder: which is made if it is not there.

    Raises:
        MissingExtraError: TensorBoard is not installed.
        OutputPathError: the folder cannot be written.
    """

    def __init__(self, folder: str | Path) -> None:
        require("tensorboard", "torch", "a log for TensorBoard")
        check_writable(Path(folder) / "events")
        writing = require("torch.utils.tensorboard", "torch", "a log for TensorBoard")
        self._writer: Any = writing.SummaryWriter(str(folder), purge_step=0)
        self._written = 0

    def write(self, records: Sequence[Mapping[str, float]], step: str) -> None:
        """Write what has been added to the records.

        Args:
            records: of the whole run, from the first; ``angle_1`` becomes the curve ``angle/1``.
            step: name of the number that says where on the curve one stands.
        """
        for record in records[self._written :]:
            for name, value in record.items():
                if name != step and math.isfinite(value):
                    self._writer.add_scalar(_NUMBERED.sub(r"/\1", name), value, int(record[step]))
        self._written = len(records)
        self._writer.flush()

    def close(self) -> None:
        """Write what is left, and end the thread that writes."""
        self._writer.close()

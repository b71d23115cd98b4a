"""Where training tells how it goes: a progress bar, a CSV log, a log for TensorBoard."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

from lava_bccn.bars import progress_bar
from lava_bccn.nn.events import EventLog
from lava_bccn.nn.training_config import TrainingConfig, log_path
from lava_bccn.tables import write_table

Record = dict[str, float]
"""Of an epoch, by the names of the CSV log."""


class Watch(NamedTuple):
    """What is called with (epoch, batch) after each batch, and with the record of each epoch."""

    on_batch: Callable[[int, int], None]
    on_epoch: Callable[[Record], None]


@contextmanager
def watched(
    description: str, config: TrainingConfig, samples: int, *, quiet: bool = False
) -> Iterator[Watch]:
    """A progress bar of a training run; without one, a line an epoch.

    Args:
        description: stands before the bar.
        config: of the run.
        samples: in the training set.
        quiet: show nothing.
    """
    if quiet:
        yield Watch(lambda *_: None, lambda _: None)
        return
    batches = math.ceil(samples / config.batch_size)
    total = config.epochs * batches
    with progress_bar(description, total, unit="batches", lines=True) as bar:
        position = 0

        def on_batch(epoch: int, batch: int) -> None:
            nonlocal position
            now = epoch * batches + batch + 1
            bar(now - position)
            position = now

        def on_epoch(record: Record) -> None:
            note = f"error {record['held_out_error']:.2%}"
            bar(0, note=note, at=f"epoch {record['epoch']} of {config.epochs}")

        yield Watch(on_batch, on_epoch)


@contextmanager
def logged(
    checkpoint: str | Path | None, log_dir: str | Path | None
) -> Iterator[Callable[[Sequence[Record]], None]]:
    """What writes the history of a run, whenever it has grown.

    Args:
        checkpoint: beside which the CSV log goes; None: there is none.
        log_dir: folder of TensorBoard's events; None: there are none.
    """
    with nullcontext() if log_dir is None else closing(EventLog(log_dir)) as events:

        def write(history: Sequence[Record]) -> None:
            if checkpoint is not None and history:
                write_table(log_path(checkpoint, history), history)
            if events is not None:
                events.write(history, "epoch")

        yield write

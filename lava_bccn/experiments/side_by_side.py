"""Several XOR runs at once, one process each, with their progress in one place."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from functools import partial
from pathlib import Path
from queue import Empty
from typing import Any

from lava_bccn.experiments.xor import XorConfig, XorResult, train

_POLL_SECONDS = 0.2


def train_side_by_side(
    runs: Sequence[tuple[XorConfig, Path]],
    workers: int | None = None,
    on_epoch: Callable[[XorConfig, int, float], None] = lambda *_: None,
) -> list[XorResult]:
    """Train every run, as many at a time as there are cores; each goes on from its checkpoint.

    Args:
        runs: configuration and checkpoint of each.
        workers: runs at a time; None: the cores that this process may use.
        on_epoch: called in this process with the run, the epochs it has done and its ratio.

    Raises:
        BurstCCNError: a run failed; the others end their epoch.
    """
    workers = min(workers or _cores(), len(runs))
    if workers == 1:  # in this process, which spares it starting another
        return [train(config, path, partial(on_epoch, config)) for config, path in runs]
    # Not forked: a forked child would inherit whatever threads have started.
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager:
        news = manager.Queue()
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            futures = [
                pool.submit(_train, config, path, number, news)
                for number, (config, path) in enumerate(runs)
            ]
            try:
                waiting = set(futures)
                while waiting:
                    waiting = wait(waiting, timeout=_POLL_SECONDS).not_done
                    _tell(news, runs, on_epoch)
                    for future in futures:
                        if future.done():
                            future.result()
            except BaseException:
                running = list(pool._processes.values())
                pool.shutdown(wait=False, cancel_futures=True)
                for process in running:
                    process.terminate()
                raise
        return [future.result() for future in futures]


def _train(config: XorConfig, checkpoint: Path, number: int, news: Any) -> XorResult:
    return train(config, checkpoint, lambda epoch, ratio: news.put((number, epoch, ratio)))


def _tell(
    news: Any,
    runs: Sequence[tuple[XorConfig, Path]],
    on_epoch: Callable[[XorConfig, int, float], None],
) -> None:
    while True:
        try:
            number, epoch, ratio = news.get_nowait()
        except Empty:
            return
        on_epoch(runs[number][0], epoch, ratio)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

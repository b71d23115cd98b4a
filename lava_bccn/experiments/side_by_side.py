"""Several runs at once, one process each, with their progress in one place."""

from __future__ import annotations

import multiprocessing
import os
import pickle
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from functools import partial
from multiprocessing.managers import SyncManager
from pathlib import Path
from queue import Empty
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from lava_bccn.children import end_with_parent

_POLL_SECONDS = 0.2

Job = TypeVar("Job")
Result = TypeVar("Result")


def side_by_side(
    work: Callable[[Job, Callable[..., None]], Result],
    jobs: Sequence[Job],
    workers: int | None = None,
    on_news: Callable[..., None] = lambda *_: None,
) -> list[Result]:
    """Do every job in a process of its own, as many at a time as there are cores.

    Args:
        work: of a module, so that a fresh process finds it; called with a job and a function whose
            arguments, as news, come to ``on_news``.
        jobs: what can be pickled.
        workers: jobs at a time; None: the cores that this process may use.
        on_news: called in this process with the job and its news.

    Raises:
        BurstCCNError: a job failed; the others are ended.
    """
    if not jobs:
        return []
    workers = min(workers or _cores(), len(jobs))
    if workers == 1:  # in this process, which spares it starting another
        return [work(job, partial(on_news, job)) for job in jobs]
    # Not forked: a forked child would inherit whatever threads have started.
    context = multiprocessing.get_context("spawn")
    manager = SyncManager(ctx=context)
    manager.start(end_with_parent)
    with manager:
        news = manager.Queue()
        # Jobs go through files: one that is larger than a pipe has room for would wait in it, and
        # with it the end of everything, for a process that has ended.
        with (
            TemporaryDirectory(prefix="lava-bccn-") as folder,
            ProcessPoolExecutor(workers, context, end_with_parent) as pool,
        ):
            futures = []
            for number, job in enumerate(jobs):
                file = Path(folder) / str(number)
                file.write_bytes(pickle.dumps(job))
                futures.append(pool.submit(_work, work, file, number, news))
            try:
                waiting = set(futures)
                while waiting:
                    waiting = wait(waiting, timeout=_POLL_SECONDS).not_done
                    _tell(news, jobs, on_news)
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


def _work(work: Callable[..., Any], file: Path, number: int, news: Any) -> Any:
    job = pickle.loads(file.read_bytes())
    return work(job, lambda *told: news.put((number, told)))


def _tell(news: Any, jobs: Sequence[Any], on_news: Callable[..., None]) -> None:
    while True:
        try:
            number, told = news.get_nowait()
        except Empty:
            return
        on_news(jobs[number], *told)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

"""Several runs at once, one process each."""

import os
import signal
import time
from pathlib import Path

import pytest

from lava_bccn.errors import InvalidInputError
from lava_bccn.experiments.side_by_side import side_by_side
from tests import killed


def square(job, tell):
    tell("begun")
    return job * job


def endless(job, tell):
    tell("begun")
    time.sleep(1000)


def test_every_job_is_done_and_tells_its_news():
    news = []
    squares = side_by_side(square, [1, 2, 3], workers=2, on_news=lambda *told: news.append(told))
    assert squares == [1, 4, 9]
    assert sorted(news) == [(1, "begun"), (2, "begun"), (3, "begun")]


def refused(job, tell):
    raise InvalidInputError(f"a job of {len(job):,} bytes")


def test_one_that_fails_ends_those_that_wait_however_large_they_are():
    with pytest.raises(InvalidInputError, match="a job of 1,000,000 bytes"):
        side_by_side(refused, [bytes(1_000_000)] * 6, workers=2)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_who_started_them(number):
    code = "from lava_bccn.experiments.side_by_side import side_by_side\n"
    code += "from tests.experiments.test_side_by_side import endless\n"
    code += "said = lambda *_: print('running', flush=True)\n"
    code += "if __name__ == '__main__': side_by_side(endless, [1, 2], workers=2, on_news=said)\n"
    program = killed.start("-c", code)
    assert program.stdout.readline() == "running\n"
    os.kill(program.pid, number)
    program.wait(timeout=30)
    assert not killed.left_of(program.pid)
    program.communicate()

"""Data-parallel training: processes started by ``torchrun`` each take a share of every batch.

``.grad`` is a mean over the samples a process has seen. Shares can differ by a sample, so what is
summed over the processes is each mean times its share of the batch: the mean of the whole batch.
"""

# No postponed annotations: DistributedDataParallel reads those of its hook.

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.noise import NoiseSource

Value = TypeVar("Value")


@dataclass(frozen=True)
class Processes:
    """The processes that train one model together; by default there is only this one.

    Attributes:
        rank: number of this process, from 0; process 0 writes files and reports.
        count: how many there are.
        local_rank: number of this process on its machine, which is the GPU it takes.
    """

    rank: int = 0
    count: int = 1
    local_rank: int = 0

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that writes."""
        return self.rank == 0

    def share(self, samples: int) -> slice:
        """Which of so many samples are this process's; shares differ by one at most."""
        return slice(samples * self.rank // self.count, samples * (self.rank + 1) // self.count)

    def total(self, value: Tensor) -> Tensor:
        """The sum of what all processes have."""
        if self.count > 1:
            value = value.clone()
            dist.all_reduce(value)
        return value

    def from_first(self, make: Callable[[], Value]) -> Value:
        """What process 0 makes, in all of them."""
        made = [make() if self.is_first else None]
        if self.count > 1:
            dist.broadcast_object_list(made)
        result: Value = made[0]  # type: ignore[assignment]
        return result

    @contextmanager
    def first_goes_first(self) -> Iterator[None]:
        """The others enter after process 0 has left."""
        if self.count > 1 and not self.is_first:
            dist.barrier()
        yield
        if self.count > 1 and self.is_first:
            dist.barrier()


class SharedModel:
    """A model whose gradients are means over the batch of all processes.

    Args:
        model: on this process's device; all processes get the values of process 0.
        generator: of noise; None is PyTorch's global one.
        processes: that train it together.

    Attributes:
        noise: of its layers; every process draws it for the whole batch.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        processes: Processes,
        generator: torch.Generator | None = None,
    ) -> None:
        self.processes = processes
        self.noise = NoiseSource(generator)
        self.module: torch.nn.Module = model
        self._weight = 1.0
        if processes.count > 1:
            # A fixed Y is a buffer: equal in all processes from now on, and not sent every time.
            for buffer in model.buffers():
                dist.broadcast(buffer, 0)
            with warnings.catch_warnings():  # newer PyTorch has another name for the option
                warnings.simplefilter("ignore", FutureWarning)
                shared = torch.nn.parallel.DistributedDataParallel(model, broadcast_buffers=False)
            shared.register_comm_hook(self, _weighted_sum)
            self.module = shared

    def take_share(self, samples: int) -> slice:
        """This process's part of a batch of so many samples, which weighs the next gradients.

        A batch of fewer samples than processes leaves some without; those see the first with
        weight 0, since every process takes part in every sum.
        """
        share = self.processes.share(samples)
        mine = share.stop - share.start
        self._weight = mine / samples
        share = share if mine else slice(0, 1)
        self.noise.show(samples, share)
        return share

    def average(self, parameters: Sequence[Tensor]) -> None:
        """Make gradients of the model alone means over the batch of all processes."""
        for each in parameters if self.processes.count > 1 else ():
            if each.grad is not None:
                dist.all_reduce(each.grad.mul_(self._weight))

    @property
    def weight(self) -> float:
        """Share of the batch that this process has seen."""
        return self._weight


def _weighted_sum(
    shared: SharedModel, bucket: dist.GradBucket
) -> torch.futures.Future[torch.Tensor]:
    work = dist.all_reduce(bucket.buffer().mul_(shared.weight), async_op=True)
    future: torch.futures.Future[torch.Tensor] = work.get_future().then(
        lambda done: done.value()[0]
    )
    return future


@contextmanager
def started_processes(device_type: str) -> Iterator[Processes]:
    """The processes that ``torchrun`` started, connected to each other; else this one alone.

    Args:
        device_type: ``"cuda"`` connects them by nccl, all others by gloo.

    Raises:
        InvalidInputError: half of torchrun's environment.
    """
    if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ:
        yield Processes()
        return
    missing = [name for name in ("MASTER_ADDR", "MASTER_PORT") if name not in os.environ]
    if missing:
        raise InvalidInputError(
            f"RANK and WORLD_SIZE are set, but {' and '.join(missing)} not; start with torchrun"
        )
    processes = Processes(
        int(os.environ["RANK"]),
        int(os.environ["WORLD_SIZE"]),
        int(os.environ.get("LOCAL_RANK", "0")),
    )
    if processes.count == 1:
        yield processes
        return
    dist.init_process_group("nccl" if device_type == "cuda" else "gloo")
    try:
        yield processes
    finally:
        dist.destroy_process_group()

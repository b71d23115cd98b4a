"""Two processes train as one does: the same weights, one of them writing."""

from __future__ import annotations

import multiprocessing
import os
import socket
import sys
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.nn import ConvolutionSpec, TrainingConfig, cnn, mlp, train
from lava_bccn.nn.parallel import Processes, started_processes

TIMEOUT_SECONDS = 120
TOLERANCE = 1e-6

SAMPLES = 27
CONFIG = TrainingConfig(epochs=2, batch_size=13, learning_rate=5e-3)
"""Batches of 13, 13 and 1: shares that differ, and a process without a sample."""

CASES = {
    "Q learns": ("burstccn", {"feedback_event": "symmetric", "learn_feedback_event": True}),
    "Y learns": ("burstccn", {"learn_feedback_burst": True}),
    "Y is W": ("burstccn", {"feedback": "tied"}),
    "branches, noise and realignment": (
        "burstccn",
        {
            "feedback_event": "random",
            "learn_feedback_event": True,
            "branches": 3,
            "forward_noise": 0.1,
        },
    ),
    "realignment alone": (
        "burstccn",
        {"feedback_event": "random", "learn_feedback_event": True},
    ),
    "Kolen-Pollack": ("burstccn", {"feedback": "kolen_pollack"}),
    "burstprop": ("burstprop", {}),
    "edn": ("edn", {}),
}


def images():
    generator = torch.Generator().manual_seed(5)
    inputs = torch.rand(SAMPLES, 1, 6, 6, generator=generator)
    return inputs, torch.randint(4, (SAMPLES,), generator=generator)


def trained(case, processes, config=CONFIG, **options):
    generator = torch.Generator().manual_seed(3 + processes.rank)  # that of the first counts
    if case == "convolutions":
        own = {"feedback_event": "random", "learn_feedback_event": True}
        specs = [ConvolutionSpec(3, 3)]
        model = cnn("burstccn", (1, 6, 6), specs, (5,), 4, generator=generator, **own)
        config = replace(config, crop_padding=1, flip=True)
    else:
        name, own = CASES[case]
        model = mlp(name, (36, 8, 7, 4), generator=generator, **own)
    if "realignment" in case:
        steps = {"realignment_batches": 3, "realignment_per_batch": 0.5}
        steps["realignment_only"] = "alone" in case
        config = replace(config, feedback_rate=0.05, **steps)
    decayed = replace(config, weight_decay=1e-2)
    return train(model, images(), images(), decayed, processes=processes, **options)


def all_trained(processes, folder):
    """State and history of every case, and of one that was interrupted after an epoch."""
    results = {case: trained(case, processes) for case in (*CASES, "convolutions")}

    def stop(record):
        raise KeyboardInterrupt

    options = {"checkpoint": folder / "resumed.pt", "resume": True}
    with pytest.raises(KeyboardInterrupt):
        trained("convolutions", processes, on_epoch=stop, **options)
    results["resumed"] = trained("convolutions", processes, **options)
    return {
        case: (
            result.model.state_dict(),
            [(record["training_loss"], record["held_out_error"]) for record in result.history],
        )
        for case, result in results.items()
    }


def _work(rank, port, folder):
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": "2"}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.set_num_threads(1)
    with started_processes("cpu") as processes:
        torch.save(all_trained(processes, folder), folder / f"of_{rank}.pt")


def _free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="gloo is tried on Linux")
def test_two_processes_give_the_weights_of_one(tmp_path):
    context = multiprocessing.get_context("spawn")
    port = _free_port()
    workers = [context.Process(target=_work, args=(rank, port, tmp_path)) for rank in (0, 1)]
    for worker in workers:
        worker.start()
    (tmp_path / "alone").mkdir()
    alone = all_trained(Processes(), tmp_path / "alone")
    for worker in workers:
        worker.join(TIMEOUT_SECONDS)
    hung = [worker for worker in workers if worker.is_alive()]
    for worker in hung:
        worker.kill()
        worker.join()
    assert not hung
    assert [worker.exitcode for worker in workers] == [0, 0]
    together = [torch.load(tmp_path / f"of_{rank}.pt") for rank in (0, 1)]
    for case, (state, history) in alone.items():
        for other_state, other_history in (results[case] for results in together):
            for name, value in state.items():
                torch.testing.assert_close(
                    other_state[name], value, rtol=0, atol=TOLERANCE, msg=f"{case}: {name}"
                )
            torch.testing.assert_close(other_history, history, rtol=0, atol=1e-5, msg=case)


@given(samples=st.integers(1, 1000), count=st.integers(1, 16))
def test_shares_are_all_of_a_batch_and_differ_by_one_at_most(samples, count):
    shares = [Processes(rank, count).share(samples) for rank in range(count)]
    covered = [index for share in shares for index in range(samples)[share]]
    assert covered == list(range(samples))
    sizes = [share.stop - share.start for share in shares]
    assert max(sizes) - min(sizes) <= 1


def test_without_torchrun_there_is_one_process(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    with started_processes("cpu") as processes:
        assert processes == Processes(0, 1, 0)

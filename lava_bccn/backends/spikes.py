"""Running a spiking network, by name of the backend."""

from __future__ import annotations

import time
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.recording import Progress
from lava_bccn.errors import BackendUnavailableError, InvalidInputError
from lava_bccn.network.spiking.constants import bias_picoamperes
from lava_bccn.network.spiking.network import SpikingNetwork
from lava_bccn.sim.spiking.result import SpikingResult

SpikingBackend = Literal["sim", "lava", "loihi2"]


def run_spikes(
    network: SpikingNetwork,
    soma: NDArray[np.float64],
    apical: NDArray[np.float64] | None = None,
    targets: NDArray[np.float64] | None = None,
    *,
    sample_steps: int,
    backend: SpikingBackend = "sim",
    learn: bool | NDArray[np.bool_] = False,
    interval_steps: int | None = None,
    record_flags: bool = False,
    seed: int = 0,
    progress: Progress = lambda *_: None,
) -> SpikingResult:
    """Show samples to a spiking network from rest, one after the other.

    To go on from where a run ended, keep a :class:`~lava_bccn.sim.spiking.SpikingSimulator`.

    Args:
        network: in floating point, or in integers after ``mapping.spiking.quantise``.
        soma, apical: (samples, ensembles of all populations) currents in pA.
        targets: (samples, taught ensembles) event rates in Hz; negative, or None: no teacher.
        sample_steps: time steps for which a sample is held.
        backend: ``sim``; or ``lava``, with the same bits in fixed point.
        learn: whether plasticity is on, for all samples or (samples,).
        interval_steps: steps that are counted together; None: a whole sample.
        record_flags: record what every neuron sends in every step.
        seed: of background noise and stochastic rounding.
        progress: called with the number of further samples that are done.

    Raises:
        InvalidInputError: currents or targets have the wrong shape, or are not finite.
        BackendUnavailableError: the backend is not there.
    """
    if sample_steps < 1 or (interval_steps is not None and interval_steps < 1):
        raise InvalidInputError("a sample, and an interval, lasts at least 1 step")
    interval_steps = interval_steps or sample_steps
    options: dict[str, Any] = {"sample_steps": sample_steps, "learn": learn}
    if backend == "sim":
        from lava_bccn.sim.spiking import SpikingSimulator

        result = SpikingSimulator(network, seed).run(
            soma,
            apical,
            targets,
            interval_steps=interval_steps,
            record_flags=record_flags,
            **options,
        )
        progress(len(soma))
        return result
    if backend == "lava":
        return _on_lava(
            network, soma, apical, targets, interval_steps, record_flags, seed, progress, options
        )
    if backend == "loihi2":
        raise BackendUnavailableError(
            "running spiking networks on Loihi 2 is not in this release; use backend='lava', whose "
            "fixed-point models have its arithmetic"
        )
    raise InvalidInputError(f"backend must be sim, lava or loihi2, not {backend!r}")


def _on_lava(
    network: SpikingNetwork,
    soma: NDArray[np.float64],
    apical: NDArray[np.float64] | None,
    targets: NDArray[np.float64] | None,
    interval_steps: int,
    record_flags: bool,
    seed: int,
    progress: Progress,
    options: dict[str, Any],
) -> SpikingResult:
    from lava_bccn import processes  # fails with advice where there is no Lava

    from lava.magma.core.run_configs import Loihi2SimCfg  # isort: skip

    steps, sample_steps = len(soma) * options["sample_steps"], options["sample_steps"]
    kept = min(interval_steps, steps) if record_flags else 1
    process = processes.SpikingBurstCCN(
        network, soma, apical, targets, kept_steps=kept, seed=seed, **options
    )
    counts, released, flags = [], [], []
    seconds = 0.0

    def read(names: tuple[str, ...], var: str) -> list[NDArray[Any]]:
        return [np.asarray(getattr(process, f"{name}_{var}").get()) for name in names]

    populations = tuple(population.name for population in network.populations)
    connections = tuple(connection.name for connection in network.connections)
    with processes.running(process, Loihi2SimCfg(select_tag=process.tag)) as lava:
        for first in range(0, steps, interval_steps):
            count = min(interval_steps, steps - first)
            started = time.perf_counter()
            lava.steps(count)
            seconds += time.perf_counter() - started
            counts.append(np.concatenate(read(populations, "counts")))
            released.append([value.item() for value in read(connections, "released")])
            if record_flags:
                flags.append(np.concatenate(read(populations, "flags"), axis=1)[:count])
            progress((first + count) // sample_steps - first // sample_steps)
        weights = read(connections, "weights")
        biases = read(populations, "bias")
    neurons = sum(population.size for population in network.populations)
    dtype = network.units.dtype
    return SpikingResult(
        network.with_weights(
            [
                weight.astype(connection.weight.dtype)
                for weight, connection in zip(weights, network.connections, strict=True)
            ],
            [
                bias_picoamperes(network, population, bias)
                for population, bias in zip(network.populations, biases, strict=True)
            ],
        ),
        np.diff(np.array(counts, dtype=np.int64), axis=0, prepend=0),
        np.diff(np.array(released, dtype=dtype).reshape(len(counts), -1), axis=0, prepend=0),
        np.concatenate(flags).astype(np.uint8) if flags else np.zeros((0, neurons), np.uint8),
        interval_steps * network.time_step_ms,
        seconds,
    )

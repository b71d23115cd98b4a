"""Running a spiking network on any backend that can."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lava_bccn import bars
from lava_bccn.backends.job import SpikingJob
from lava_bccn.backends.recording import Progress
from lava_bccn.backends.registry import BACKENDS, those
from lava_bccn.errors import BackendUnavailableError, InvalidInputError
from lava_bccn.network.spiking.constants import (
    check_rate_shift,
    check_steps,
    plastic_samples,
    stimulus,
    target_rates,
)
from lava_bccn.network.spiking.network import SpikingNetwork
from lava_bccn.settings import FLAG, PROGRESS, SEED, check
from lava_bccn.sim.spiking.result import SpikingResult
from lava_bccn.sim.spiking.simulator import THREADS


def run_spikes(
    network: SpikingNetwork,
    soma: NDArray[np.float64],
    apical: NDArray[np.float64] | None = None,
    targets: NDArray[np.float64] | None = None,
    *,
    sample_steps: int,
    backend: str = "sim",
    learn: bool | NDArray[np.bool_] = False,
    rate_shift: int = 0,
    interval_steps: int | None = None,
    record_flags: bool = False,
    seed: int = 0,
    threads: int = 1,
    progress: bool | Progress | None = None,
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
        rate_shift: burst-dependent plasticity goes at ``2^−rate_shift`` of its rates;
            homeostasis at its own.
        interval_steps: steps that are counted together; None: a whole sample.
        record_flags: record what every neuron sends in every step.
        seed: of background noise and stochastic rounding.
        threads: of the simulator, see :class:`~lava_bccn.sim.spiking.SpikingSimulator`; Lava has a
            process for each part anyway.
        progress: True shows a bar, in a terminal or a notebook; a function is called with the
            number of further samples that are done.

    Raises:
        InvalidInputError: currents, targets or ``learn`` have the wrong shape or kind, or are not
            finite; numbers of steps below 1.
        BackendUnavailableError: the backend is not there, or cannot run spiking networks.
        BackendExecutionError: it failed while it ran. Of an :class:`InterruptedRunError`
            ``partial`` is the result for the intervals that were done, with the network from
            before: Lava took what was learned with it.
    """
    _check(network, record_flags, progress)
    sample_steps, interval_steps = check_steps(sample_steps, interval_steps)
    currents = stimulus(network, soma, "soma")
    samples = len(currents)
    chosen = BACKENDS[backend]
    if chosen.execute_spikes is None:
        raise BackendUnavailableError(
            f"spiking networks do not run on backend {backend!r} ({chosen.summary}) in this "
            f"release; take one of {those(lambda each: each.execute_spikes)}, which in fixed point "
            "have the chip's arithmetic"
        )
    job = SpikingJob(
        network,
        currents,
        None if apical is None else stimulus(network, apical, "apical", samples),
        target_rates(network, targets, samples),
        sample_steps=sample_steps,
        interval_steps=interval_steps,
        learn=plastic_samples(learn, samples),
        rate_shift=check_rate_shift(rate_shift),
        record_flags=record_flags,
        seed=check("seed", seed, SEED),
        threads=check("threads", threads, THREADS),
        progress=lambda _: None,
    )
    with bars.reported(progress, f"running on {backend}", samples, "samples") as report:
        return chosen.execute_spikes(replace(job, progress=report))


def _check(network: object, record_flags: object, progress: object) -> None:
    check("record_flags", record_flags, FLAG)
    check("progress", progress, PROGRESS)
    if not isinstance(network, SpikingNetwork):
        raise InvalidInputError(
            f"run_spikes takes a SpikingNetwork, not a {type(network).__name__}: read a file with "
            "lava_bccn.network.spiking.load, make one of a rate network with "
            "mapping.spiking.from_rate"
        )

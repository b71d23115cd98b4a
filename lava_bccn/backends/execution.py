"""Running a mapped network on any backend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from lava_bccn.backends.recording import Progress, Recording
from lava_bccn.backends.result import RunResult
from lava_bccn.errors import BackendUnavailableError, InvalidInputError
from lava_bccn.mapping.network import MappedNetwork
from lava_bccn.states import STATE_NAMES
from lava_bccn.validation import event_rates, teacher

Backend = Literal["sim", "lava", "loihi2"]
BACKENDS: tuple[Backend, ...] = ("sim", "lava", "loihi2")


def run(
    network: MappedNetwork,
    inputs: ArrayLike,
    targets: ArrayLike | None = None,
    *,
    backend: Backend = "sim",
    record: Sequence[str] = (),
    progress: Progress | None = None,
) -> RunResult:
    """Present samples to a network, each until it has settled.

    Args:
        network: from :func:`lava_bccn.mapping.from_torch` or :func:`lava_bccn.mapping.load`.
        inputs: event rates in [0, 1], (samples, inputs) or images, which are flattened.
        targets: the teacher's event rates in [0, 1], (samples, outputs), negative where there is
            no teacher; None leaves it off.
        backend: ``"sim"`` (anywhere), ``"lava"`` (Lava on the CPU) or ``"loihi2"`` (a chip).
        record: states to keep of every layer: ``soma``, ``event_rate``, ``apical``, ``burst_prob``,
            ``burst_rate``. The output's event rate is always kept. Lava hands over its numbers
            one by one, so there large recordings can take longer than the run.
        progress: called with the number of samples just done.

    Raises:
        InvalidInputError: inputs, targets or names that do not fit.
        BackendUnavailableError: the backend is not installed here.
        BackendExecutionError: it failed while it ran.
    """
    unknown = [name for name in record if name not in STATE_NAMES]
    if unknown:
        raise InvalidInputError(f"cannot record {unknown}; expected some of {STATE_NAMES}")
    rates = event_rates(inputs, network.input_size)
    samples = network.quantise_inputs(rates)
    quantised_targets = None
    if targets is not None:
        checked = teacher(targets, len(rates), network.output_size)
        quantised_targets = network.quantise_targets(checked)
    recording = Recording(network, len(samples), record)
    if backend == "sim":
        from lava_bccn.backends.sim import run as execute
    elif backend == "lava":
        from lava_bccn.backends.lava import run as execute
    elif backend == "loihi2":
        raise BackendUnavailableError(
            "backend 'loihi2' needs a Loihi 2 board and Intel's lava-loihi extension, and this "
            "release cannot use either yet; backend='sim' gives the chip's integers without one"
        )
    else:
        raise InvalidInputError(f"there is no backend {backend!r}; expected one of {BACKENDS}")
    saturations, seconds = execute(
        network, samples, quantised_targets, recording, progress or (lambda _: None)
    )
    return RunResult(network, backend, recording.states(), np.asarray(saturations), seconds)

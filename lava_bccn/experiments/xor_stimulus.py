"""What XOR's network is shown in an epoch: currents, targets, and when it is plastic."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lava_bccn.errors import InvalidInputError
from lava_bccn.experiments.xor_circuit import (
    ENSEMBLES,
    PATTERNS,
    SYNAPSES,
    TEACHER_SHARE,
    XorCircuit,
    XorConfig,
    pattern_targets,
)

Currents = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Into somata and dendrites (samples, ensembles), in pA."""

TIME_STEP_MS = 1.0

RAMP_STEPS = 50
"""A ramp is a staircase of steps of so many time steps, or of fewer that fit an example."""


@dataclass(frozen=True)
class Stimulus:
    """Samples of an epoch.

    Attributes:
        currents: into somata and dendrites.
        targets: (samples, 1) event rates in Hz; negative: no teacher.
        plastic: (samples,), whether plasticity is on.
        sample_steps, example_steps: time steps of a sample, and of an example of several samples.
    """

    currents: Currents
    targets: NDArray[np.float64]
    plastic: NDArray[np.bool_]
    sample_steps: int
    example_steps: int

    @property
    def steps(self) -> int:
        """Of an epoch."""
        return len(self.targets) * self.sample_steps


def ramped(patterns: NDArray[np.float64], samples: int, ramp: float) -> NDArray[np.float64]:
    """Patterns one after the other, each reached linearly from the one before.

    Args:
        patterns: (patterns, values); the first is reached from the last.
        samples: that each is shown for.
        ramp: share of them until it is reached; 0: at once.

    Returns:
        (patterns · samples, values).
    """
    middle = (np.arange(samples) + 0.5) / samples
    there = np.clip(middle / ramp, 0.0, 1.0) if ramp > 0 else np.ones(samples)
    before = np.roll(patterns, 1, axis=0)
    shown: NDArray[np.float64] = np.einsum("s,pv->psv", 1.0 - there, before)
    shown += np.einsum("s,pv->psv", there, patterns)
    return shown.reshape(-1, patterns.shape[1])


def xor_stimulus(config: XorConfig, offset_hz: float = 0.0) -> Stimulus:
    """The four patterns, once.

    Args:
        config: of the run.
        offset_hz: release that Q leaves of Y at rest.

    Raises:
        InvalidInputError: two phases do not fit an example.
    """
    circuit, steps = config.circuit, round(config.example_ms / TIME_STEP_MS)
    parts = round(1 / TEACHER_SHARE) if config.phases == 2 else 1
    if steps % parts:
        raise InvalidInputError(f"an example of {steps} steps cannot be cut in {parts} equal parts")
    sample_steps = steps // parts
    if circuit.ramp_ms > 0:
        sample_steps = math.gcd(sample_steps, RAMP_STEPS)
    samples = steps // sample_steps
    ramp = min(circuit.ramp_ms / config.example_ms, 1.0)
    soma, apical, targets = (
        ramped(each, samples, ramp)
        for each in (*pattern_currents(circuit, offset_hz), pattern_targets(circuit))
    )
    # In two phases plasticity is on with the teacher only (Payeur et al., 2021).
    plastic = np.arange(len(targets)) % samples >= samples * (parts - 1) // parts
    if config.phases == 2:
        targets[~plastic] = -1.0  # no teacher yet
    return Stimulus((soma, apical), targets, plastic, sample_steps, steps)


def pattern_currents(circuit: XorCircuit, offset_hz: float) -> Currents:
    """Somatic and apical currents (patterns, ``ENSEMBLES``) in pA.

    The patterns go to the somata of the inputs; the dendrites of the hidden ensembles get what is
    left of the balance of their feedback.
    """
    soma, apical = (np.zeros((len(PATTERNS), ENSEMBLES)) for _ in range(2))
    levels = np.array([circuit.input_low, circuit.input_high])
    soma[:, :2] = levels[np.array(PATTERNS)]
    # What a message of 1 Hz makes of a weight of 1 pA in a synapse that decays in steps of 1 ms.
    seconds = 1e-3 / -np.expm1(-TIME_STEP_MS / circuit.neuron.synapse_time)
    apical[:, 2] = -offset_hz * circuit.feedback * SYNAPSES * seconds
    apical[:, 3] = -apical[:, 2]
    return soma, apical

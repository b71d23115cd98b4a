"""Online regression in continuous time: a student follows a fixed random network.

Source: the regression task of Greedy et al., NeurIPS 2022 (arXiv 2206.11769). Three sinusoids of
random frequencies drive a fixed random 3-25-1 network, the teacher, and a 3-50-1 student that
learns while they go on. Published: the error falls from about 0.06 to near 0 within 1000 s.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lava_bccn.backends.execution import run_continuous
from lava_bccn.errors import InvalidInputError
from lava_bccn.mapping.fresh import new_network
from lava_bccn.network.learning import LearningConfig
from lava_bccn.network.network import MappedLayer, MappedNetwork, Precision
from lava_bccn.network.plasticity import plasticity
from lava_bccn.network.time import ContinuousTime

Executor = Literal["nn", "sim", "lava"]
INPUTS, TEACHER_UNITS, OUTPUTS = 3, 25, 1
PUBLISHED_INITIAL_ERROR = 0.06


@dataclass(frozen=True)
class RegressionConfig:
    """One run; the same configuration gives the same numbers.

    Attributes:
        seed: of the frequencies, the teacher and the student.
        seconds: simulated time.
        time: step and time constants of the student and of the teacher.
        hidden: hidden units of the student.
        frequency: lowest and highest frequency of an input, in Hz.
        teacher_gain: standard deviation over time of the output potential of the teacher,
            whose hidden weights are standard normal.
        feedback: regime of Y; Q is p^b Y.
        student_gain, feedback_std: of the student's start (``mapping.new_network``).
        learning: rates per time step.
        precision: ``"float"`` or ``"fixed"`` (Loihi 2 integers; not in ``nn``).
        weight_range, event_bits, burst_extra_bits: of fixed point (``mapping.new_network``).
        window: seconds over which an error is a mean.
    """

    seed: int = 0
    seconds: float = 1000.0
    time: ContinuousTime = field(default_factory=ContinuousTime)
    hidden: int = 50
    frequency: tuple[float, float] = (0.05, 0.2)
    teacher_gain: float = 1.5
    feedback: str = "random"
    student_gain: float = 2.0
    feedback_std: float = 2.0
    learning: LearningConfig = LearningConfig(
        weight_rate=5, bias_rate=5, hidden_boost=(2,), decay=None
    )
    precision: Precision = "float"
    weight_range: tuple[float, float] = (8.0, 4.0)
    event_bits: int = 8
    burst_extra_bits: int = 4
    window: float = 20.0

    def __post_init__(self) -> None:
        if not self.seconds >= 2 * self.window > 0 or self.time.steps(self.window) < 1:
            raise InvalidInputError(
                f"seconds must hold two windows of {self.window} s, each at least a step of "
                f"{self.time.dt} s; got {self.seconds} s"
            )


@dataclass(frozen=True)
class RegressionResult:
    """What a run has shown.

    Attributes:
        config: of the run.
        executor: ``nn``, ``sim`` or ``lava``.
        output, target: event rates at every step, (steps,).
        network: the student after learning.
        initial_error: mean squared error of the student before learning, with learning off.
        frozen_error: the same of the student after learning.
    """

    config: RegressionConfig
    executor: Executor
    output: NDArray[np.float64]
    target: NDArray[np.float64]
    network: MappedNetwork
    initial_error: float
    frozen_error: float

    @property
    def error(self) -> NDArray[np.float64]:
        """Mean squared difference of output and target in each window, (windows,)."""
        steps = self.config.time.steps(self.config.window)
        squared = np.square(self.output - self.target)
        windows = len(squared) // steps
        return squared[: windows * steps].reshape(windows, steps).mean(axis=1)

    @property
    def final_error(self) -> float:
        """While it learns, over the last tenth of the windows, at least one."""
        return float(self.error[-max(1, len(self.error) // 10) :].mean())

    @property
    def ratio(self) -> float:
        """Final error as a share of the initial one."""
        return self.final_error / self.initial_error


def stimuli(config: RegressionConfig) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Inputs (steps, 3) and the teacher's output (steps, 1), both event rates in [0, 1]."""
    random = np.random.default_rng([config.seed, 0])
    frequencies = random.uniform(*config.frequency, INPUTS)
    phases = random.uniform(0, 2 * np.pi, INPUTS)
    seconds = np.arange(config.time.steps(config.seconds)) * config.time.dt
    inputs = 0.5 + 0.5 * np.sin(2 * np.pi * frequencies * seconds[:, None] + phases)
    hidden = random.normal(0, 1, (TEACHER_UNITS, INPUTS))
    output = random.normal(0, 1, (OUTPUTS, TEACHER_UNITS))
    layers = [
        MappedLayer(weight=hidden, bias=-0.5 * hidden.sum(axis=1)),
        MappedLayer(weight=output, bias=np.zeros(OUTPUTS)),
    ]
    first = run_continuous(_network(layers), inputs, time=config.time, record=("soma",))
    potential = first.values("soma", -1)[config.time.steps(config.window) :]
    scale = config.teacher_gain / potential.std()
    layers[1] = MappedLayer(weight=scale * output, bias=-scale * potential.mean(axis=0))
    return inputs, run_continuous(_network(layers), inputs, time=config.time).event_rate


def _network(layers: list[MappedLayer]) -> MappedNetwork:
    return MappedNetwork(tuple(layers), "float")


def student(config: RegressionConfig, inputs: NDArray[np.float64]) -> MappedNetwork:
    """The network before learning."""
    return new_network(
        (INPUTS, config.hidden, OUTPUTS),
        inputs,
        feedback=config.feedback,
        gain=config.student_gain,
        feedback_std=config.feedback_std,
        weight_range=config.weight_range,
        precision=config.precision,
        event_bits=config.event_bits,
        burst_extra_bits=config.burst_extra_bits,
        seed=config.seed,
    )


def regress(config: RegressionConfig, executor: Executor = "sim") -> RegressionResult:
    """Let the student learn for ``config.seconds``.

    ``nn`` integrates without hop delays, ``sim`` and ``lava`` with a step a hop.

    Raises:
        InvalidInputError: a fixed-point network in ``nn``, or an executor that does not exist.
    """
    inputs, targets = stimuli(config)
    network = student(config, inputs)
    if executor == "nn":
        output, network = _in_torch(network, inputs, targets, config)
    elif executor in ("sim", "lava"):
        result = run_continuous(
            network, inputs, targets, config.time, backend=executor, learn=config.learning
        )
        output, network = result.event_rate, result.network
    else:
        raise InvalidInputError(f"executor must be 'nn', 'sim' or 'lava', not {executor!r}")
    return RegressionResult(
        config,
        executor,
        output[:, 0],
        targets[:, 0],
        network,
        _frozen_error(student(config, inputs), inputs, targets, config),
        _frozen_error(network, inputs, targets, config),
    )


def _frozen_error(
    network: MappedNetwork,
    inputs: NDArray[np.float64],
    targets: NDArray[np.float64],
    config: RegressionConfig,
) -> float:
    """Over the last tenth of the run, in ``sim``, without a teacher."""
    last = -max(config.time.steps(config.seconds / 10), 2 * config.time.steps(config.window))
    output = run_continuous(network, inputs[last:], time=config.time).event_rate
    settled = config.time.steps(config.window)
    return float(np.square(output - targets[last:])[settled:].mean())


def _in_torch(
    network: MappedNetwork,
    inputs: NDArray[np.float64],
    targets: NDArray[np.float64],
    config: RegressionConfig,
) -> tuple[NDArray[np.float64], MappedNetwork]:
    import torch

    from lava_bccn.mapping import from_torch
    from lava_bccn.mapping.torch.export import to_torch
    from lava_bccn.nn.continuous import simulate

    if network.number_format is not None:
        raise InvalidInputError("nn has no integers; use precision='float', or executor 'sim'")
    model = to_torch(network, torch.float64)
    if not isinstance(model, torch.nn.Sequential):
        raise InvalidInputError("nn continues networks that can learn; this one only infers")
    rules = plasticity(network, config.learning)
    states = simulate(
        model, torch.from_numpy(inputs), torch.from_numpy(targets), config.time, rules
    )
    learned = from_torch(model, inputs[:1], precision="float")
    return states[-1].event_rate.numpy(), learned

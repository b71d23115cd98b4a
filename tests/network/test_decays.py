"""Time constants in 12-bit decays: near what they should be, or refused with advice that works."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lava_bccn import ContinuousTime
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.decays import MAX_TIME_CONSTANT_ERROR
from lava_bccn.network.spiking import (
    NeuronParameters,
    Population,
    SpikeLearning,
    StpParameters,
    Teacher,
)
from lava_bccn.network.spiking.units import StepUnits

NEURON = NeuronParameters()
STEPS_MS = (0.1, 0.25, 0.5, 1.0)


def constants(name, time, units):
    """What an executor gets of a description with this time constant."""
    if name == "teacher":
        return Teacher("a", 1.0, time).constants(Population("a", 1, 100, NEURON), units)
    if name == "trace_time":
        return SpikeLearning(1.0, low=-10, high=10, trace_time=time).constants(units)
    if name in ("depression_time", "facilitation_time"):
        times = {"depression_time": 20.0, "facilitation_time": 20.0, name: time}
        return StpParameters(**times, baseline=0.5, facilitation=0.1).constants(units)
    return replace(
        NEURON, gain_rate=40.0 if name == "gain_time" else np.inf, **{name: time}
    ).constants(units)


DECAYS = (
    *("soma_time", "synapse_time", "threshold_time", "adaptation_time", "dendrite_time"),
    *("dendrite_adaptation_time", "gain_time", "depression_time", "facilitation_time"),
    *("trace_time", "teacher"),
)


@given(st.floats(1, 10_000), st.sampled_from(STEPS_MS))
@example(3000.0, 1.0)  # becomes 4095.5
@example(7000.0, 1.0)
@example(390.0, 1.0)
def test_what_is_not_refused_is_within_5_percent(steps, step_ms):
    wanted = steps * step_ms
    assume(wanted >= step_ms)
    try:
        kept = StepUnits(step_ms, "fixed").retention("tau", wanted) / 4096
    except InvalidInputError:
        assert steps > 390  # below, 12 bits always hold it
        return
    assert -step_ms / math.log(kept) == pytest.approx(wanted, rel=MAX_TIME_CONSTANT_ERROR)


@pytest.mark.parametrize("name", DECAYS)
@pytest.mark.parametrize("time", [3000.0, 7000.0, 1e6])
def test_every_decay_is_refused_by_name_and_what_is_advised_works(name, time):
    units = StepUnits(1.0, "fixed")
    with pytest.raises(InvalidInputError) as refused:
        constants(name, time, units)
    message = str(refused.value)
    assert ("time of the teacher" if name == "teacher" else name) in message
    assert f"{time:g} ms" in message
    advised = re.search(r"take ([\d.]+)(?: or ([\d.]+))? ms .* at least ([\d.e+]+) ms", message)
    *times, step = (float(number) for number in advised.groups() if number)
    for each in times:
        constants(name, each, units)
    StepUnits(step, "fixed").retention(name, time)
    constants(name, time, StepUnits(1.0, "float"))


@pytest.mark.parametrize("step_ms", STEPS_MS)
@pytest.mark.parametrize("name", DECAYS)
def test_published_time_constants_are_held(name, step_ms):
    """Up to 1 s at 0.25 ms, the facilitation of depressing synapses."""
    constants(name, 100.0 if step_ms < 0.25 else 1000 * step_ms, StepUnits(step_ms, "fixed"))


@given(st.floats(1, 9000))
def test_euler_steps_of_continuous_time(steps):
    time = ContinuousTime(dt=0.02, tau_soma=0.02 * steps, tau_apical=0.02)
    try:
        fraction, _ = time.integer_step_fractions
    except InvalidInputError as error:
        assert steps > 390 and "tau_soma" in str(error)
        for near in re.search(r"take ([\d.]+)(?: or ([\d.]+))? s", str(error)).groups():
            if near is not None:
                _ = replace(time, tau_soma=float(near)).integer_step_fractions
    else:
        assert 4096 / fraction == pytest.approx(steps, rel=MAX_TIME_CONSTANT_ERROR)


def test_floats_hold_any_time_constant():
    for time in np.geomspace(1, 1e9, 20):
        assert StepUnits(1.0, "float").retention("tau", time) == math.exp(-1 / time)

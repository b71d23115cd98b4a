"""The continuous-time model: the published trajectory, and the discrete model as its limit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics import plasticity, rate, sigmoid
from lava_bccn.dynamics.constants import FLOATING, floating_constants, integer_constants
from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.dynamics.rate import relax
from lava_bccn.dynamics.sigmoid import SIGMOID


def _event_rate(soma):
    return SIGMOID.event_rate(soma, FLOATING)


def published_run(file):
    """One hidden layer and an output, in the order of the published code (its README)."""
    p_baseline = float(file["p_baseline"])
    constants = floating_constants(p_baseline)
    soma_step = float(file["dt"] / file["tau_soma"])
    apical_step = float(file["dt"] / file["tau_apical"])
    weight_step = float(file["dt"] / file["tau_weight"])
    weight = {i: file[f"weight_{i}"].astype(np.float64) for i in (1, 2)}
    bias = {i: file[f"bias_{i}"].astype(np.float64) for i in (1, 2)}
    feedback_burst = file["feedback_burst_2"].astype(np.float64)
    feedback_event = file["feedback_event_2"].astype(np.float64)
    hidden, outputs = weight[1].shape[0], weight[2].shape[0]
    soma = {1: np.zeros((1, hidden)), 2: np.zeros((1, outputs))}
    apical = np.zeros((1, hidden))
    event_rate = np.zeros((1, outputs))
    burst_prob_1, burst_prob_2 = np.zeros((1, hidden)), np.zeros((1, outputs))
    burst_rate = np.zeros((1, outputs))
    record = {"output_event_rate": [], "hidden_apical": [], "hidden_burst_prob": []}
    for step, (inputs, target) in enumerate(zip(file["inputs"], file["targets"], strict=True)):
        teaching = step >= int(file["teacher_on_from"])
        inputs, target = inputs[None], target[None]
        before_event_rate, before_burst_rate = event_rate, burst_rate
        before_prob_1, before_prob_2 = burst_prob_1, burst_prob_2

        drive = rate.soma(inputs @ weight[1].T, bias[1])
        soma[1] = relax(soma[1], drive, soma_step)
        hidden_rate = _event_rate(soma[1])
        drive = rate.soma(hidden_rate @ weight[2].T, bias[2])
        soma[2] = relax(soma[2], drive, soma_step)
        event_rate = _event_rate(soma[2])

        teacher = target if teaching else np.full_like(target, rate.NO_TEACHER)
        burst_prob_2 = rate.burst_prob(rate.teacher_modulation(teacher, event_rate), constants)
        burst_rate = rate.burst_rate(burst_prob_2, event_rate)

        drive = rate.gated_apical(
            rate.apical(before_burst_rate @ feedback_burst, before_event_rate @ feedback_event),
            hidden_rate,
        )
        apical = relax(apical, drive, apical_step)
        burst_prob_1 = rate.burst_prob(sigmoid.hidden_modulation(apical, constants), constants)

        if teaching:
            for layer, deviation, below in (
                (1, rate.burst_rate(before_prob_1 - p_baseline, hidden_rate), inputs),
                (2, rate.burst_rate(before_prob_2 - p_baseline, before_event_rate), hidden_rate),
            ):
                change = plasticity.burst_dependent(deviation, below)
                weight[layer] += weight_step * change  # τ_W dW/dt = change
                change = plasticity.burst_dependent_bias(deviation)
                bias[layer] += weight_step * change
            feedback_burst, feedback_event = weight[2], p_baseline * weight[2]
        record["output_event_rate"].append(event_rate[0])
        record["hidden_apical"].append(2 / p_baseline * apical[0])  # the file includes the factor
        record["hidden_burst_prob"].append(burst_prob_1[0])
    return record, weight, bias


def test_published_trajectory_to_1e_4(golden):
    file = golden("continuous_fc")
    record, weight, bias = published_run(file)
    for name, values in record.items():
        np.testing.assert_allclose(np.stack(values), file[name], atol=1e-4, err_msg=name)
    for layer in (1, 2):
        np.testing.assert_allclose(weight[layer], file[f"final_weight_{layer}"], atol=1e-4)
        np.testing.assert_allclose(bias[layer], file[f"final_bias_{layer}"], atol=1e-4)
        moved = np.abs(weight[layer] - file[f"weight_{layer}"]).max()
        assert moved > 1e-5  # otherwise agreement of the final weights would mean nothing


@given(st.floats(-10, 10), st.floats(-10, 10))
def test_a_step_as_long_as_the_time_constant_is_the_discrete_model(state, drive):
    assert relax(state, drive, 1.0) == pytest.approx(drive)


@given(st.floats(-10, 10), st.floats(-10, 10), st.floats(0.001, 1))
def test_relaxation_moves_towards_the_drive_and_not_past_it(state, drive, step):
    after = relax(state, drive, step)
    assert min(state, drive) - 1e-12 <= after <= max(state, drive) + 1e-12


STATE = st.integers(-(2**23), 2**23 - 1)


@given(STATE, STATE, st.integers(1, 4096))
def test_integer_relaxation_rounds_the_exact_step(state, drive, fraction):
    after = relax(np.int64(state), np.int64(drive), fraction)
    exact = relax(float(state), float(drive), fraction / 4096)
    assert abs(after - exact) <= 0.5
    assert relax(np.int64(state), np.int64(drive), 4096) == drive


@given(STATE, STATE)
def test_integer_relaxation_arrives_as_near_as_its_rounding_allows(state, drive):
    value = np.int64(state)
    for _ in range(400):
        value = relax(value, np.int64(drive), 400)
    assert abs(value - drive) <= 4096 / 400 / 2 + 1


@pytest.mark.parametrize("fraction", [4096, 410, 41])
@pytest.mark.parametrize("baseline_shift", [1, 2])
def test_integer_bursts_follow_the_floating_point_trajectory(fraction, baseline_shift):
    """Somata and dendrites of an ensemble under a drive that changes at every step."""
    bits, units = 16, FixedPointFormat(event_bits=12, baseline_shift=baseline_shift)
    fixed = integer_constants(
        units, SIGMOID.integers, soma_fraction_bits=bits, apical_fraction_bits=bits
    )
    steps = (fraction / 4096, fraction / 4096)
    floating = Ensembles(SIGMOID, floating_constants(units.p_baseline), steps)
    integer = Ensembles(SIGMOID, fixed, (fraction, fraction))
    soma = apical = np.zeros(20)
    soma_integer = apical_integer = np.zeros(20, dtype=np.int64)
    for step in range(200):
        phase = step / 10 + np.arange(20)
        drive, current = 2 * np.sin(phase), 0.2 * np.cos(0.7 * phase)
        soma, _ = floating.soma(drive, 0.0, soma)
        event_rate = floating.event_rate(soma)
        apical, _ = floating.apical(current, 0 * current, event_rate, apical)
        burst_prob = floating.hidden_burst_prob(apical, event_rate)

        integer_drive, integer_current = (
            np.rint(values * 2**bits).astype(np.int64) for values in (drive, current)
        )
        soma_integer, _ = integer.soma(integer_drive, 0, soma_integer)
        events = integer.event_rate(soma_integer)
        apical_integer, _ = integer.apical(
            integer_current, 0 * integer_current, events, apical_integer
        )
        bursts = integer.hidden_burst_prob(apical_integer, events)
        np.testing.assert_allclose(events * units.event_unit, event_rate, atol=2e-3)
        np.testing.assert_allclose(bursts * units.probability_unit, burst_prob, atol=2e-3)

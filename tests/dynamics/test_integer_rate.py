"""The integer rate model: exact at rest, close to the floating-point one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics.constants import floating_constants, integer_constants
from lava_bccn.dynamics.ensembles import Ensembles
from lava_bccn.dynamics.fixed_point import PROBABILITY_BITS, STATE_BITS, FixedPointFormat
from lava_bccn.dynamics.sigmoid import SIGMOID, sigmoid

formats = st.builds(
    FixedPointFormat,
    event_bits=st.integers(6, 12),
    burst_extra_bits=st.integers(4, 11),
    baseline_shift=st.integers(1, 4),
)
STATE = st.integers(-(2 ** (STATE_BITS - 1)), 2 ** (STATE_BITS - 1) - 1)


def ensembles(
    units: FixedPointFormat, fraction_bits: int = 16, soma_places: int = 0, apical_places: int = 0
) -> Ensembles:
    constants = integer_constants(
        units,
        SIGMOID.integers,
        soma_places=soma_places,
        soma_fraction_bits=fraction_bits,
        apical_places=apical_places,
        apical_fraction_bits=fraction_bits,
    )
    return Ensembles(SIGMOID, constants)


@given(formats, st.data())
def test_bursts_at_rest_are_exactly_the_baseline(units, data):
    event_rate = np.int64(data.draw(st.integers(0, units.max_event)))
    layer = ensembles(units)
    at_rest = layer.hidden_burst_prob(np.int64(0), event_rate)
    no_teacher = layer.teacher_burst_prob(np.int64(-1), event_rate)
    assert at_rest == no_teacher == 2 ** (PROBABILITY_BITS - units.baseline_shift)
    burst_rate = layer.burst_rate(at_rest, event_rate)
    assert burst_rate == event_rate << (units.burst_extra_bits - units.baseline_shift)
    assert burst_rate <= units.max_burst
    assert layer.burst_deviation(burst_rate, event_rate) == 0


@given(formats, STATE, STATE, st.integers(0, 16), st.data())
def test_every_state_is_close_to_the_floating_point_model(units, soma, apical, bits, data):
    fixed, floating = (
        ensembles(units, bits),
        Ensembles(SIGMOID, floating_constants(units.p_baseline)),
    )
    unit = 2.0**-bits
    event_rate = fixed.event_rate(np.int64(soma))
    exact = floating.event_rate(np.array(soma * unit))
    assert 0 <= event_rate <= units.max_event
    assert abs(event_rate * units.event_unit - exact) <= units.event_unit + 5e-4

    exact_event_rate = np.array(event_rate * units.event_unit)
    burst_prob = fixed.hidden_burst_prob(np.int64(apical), event_rate)
    exact_prob = floating.hidden_burst_prob(np.array(apical * unit), exact_event_rate)
    assert burst_prob * units.probability_unit == pytest.approx(exact_prob, abs=1e-3)
    target = data.draw(st.integers(0, 2**units.event_bits))
    taught = fixed.teacher_burst_prob(np.int64(target), event_rate)
    exact_taught = floating.teacher_burst_prob(
        np.array(target * units.event_unit), exact_event_rate
    )
    assert taught * units.probability_unit == pytest.approx(exact_taught, abs=1e-4)
    burst_rate = fixed.burst_rate(burst_prob, event_rate)
    exact_burst_rate = burst_prob * units.probability_unit * exact_event_rate
    assert abs(burst_rate * units.burst_unit - exact_burst_rate) <= units.burst_unit / 2


@given(STATE, st.integers(-(2**31), 2**31 - 1), st.integers(-10, 4))
def test_somata_saturate_once_and_say_so(bias, synaptic_input, places):
    layer = ensembles(FixedPointFormat(), soma_places=places)
    potential, saturated = layer.soma(np.array([synaptic_input]), np.array([bias]))
    exact = (synaptic_input << places if places >= 0 else synaptic_input >> -places) + bias
    limit = 2 ** (STATE_BITS - 1)
    assert potential[0] == max(-limit, min(limit - 1, exact))
    assert saturated == (potential[0] != exact)


@given(formats, st.integers(-(2**29), 2**29), st.integers(-16, 0))
def test_balanced_feedback_cancels_exactly(units, event_input, places):
    layer = ensembles(units, apical_places=places)
    burst_input = np.array([event_input << (units.burst_extra_bits - units.baseline_shift)])
    potential, saturated = layer.apical(burst_input, np.array([event_input]), np.array([0]))
    assert potential[0] == 0 and saturated == 0


def test_error_of_the_whole_step_shrinks_with_the_number_of_bits():
    soma = np.linspace(-6, 6, 1001)
    errors = []
    for bits in (6, 8, 10, 12):
        layer = ensembles(FixedPointFormat(event_bits=bits))
        event_rate = layer.event_rate(np.rint(soma * 2**16).astype(np.int64))
        errors.append(np.abs(event_rate * 2.0**-bits - sigmoid(soma)).max())
    assert errors == sorted(errors, reverse=True)
    assert errors[1] < 2.0**-8

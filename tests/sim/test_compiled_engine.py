"""Epochs of the learning engine, compiled for a rule, have the bits of ``dynamics.engine``."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lava_bccn.dynamics.engine import (
    LAVA,
    NENGO_LOIHI,
    EngineArithmetic,
    EngineSaturations,
    EngineSynapses,
    EngineTraces,
    hashed_chances,
    lava_chance,
    learned,
    payload_trace,
)
from lava_bccn.dynamics.engine_plasticity import EnginePlasticity, rectified, sent_trace
from lava_bccn.dynamics.engine_rule import EngineRule
from lava_bccn.dynamics.integer_plasticity import synapse_index
from lava_bccn.dynamics.stochastic_rounding import connection_key, draw
from lava_bccn.sim.compiled.engine import BLOCK, Chances, learn_rows, rows
from lava_bccn.sim.compiled.engine_form import rule_numbers
from tests.engine_rules import RULES, engine_rules, fresh_synapses, messages, traces_of

PRESYNAPTIC, POSTSYNAPTIC, EPOCHS = 9, 7, 40
POSTSYNAPTIC_ROW = 40
"""Long enough for vectors and for what is left over."""
KEY = connection_key(*(np.array([word], dtype=np.uint32) for word in (3, 1, 4)))
INDICES = synapse_index(np.arange(POSTSYNAPTIC)[:, None], np.arange(PRESYNAPTIC), POSTSYNAPTIC)


def chances_of(kind, epoch, by_unit):
    """The same two ways: for the compiled form and for the plain one."""
    if kind == "shared":
        return Chances(lava_chance(epoch)), lava_chance(epoch)
    drawn = hashed_chances(draw(KEY + np.uint32(epoch), INDICES.astype(np.uint32)))
    steps = (1, POSTSYNAPTIC) if by_unit else (POSTSYNAPTIC, 1)
    return Chances(-1, np.uint32(KEY[0] + np.uint32(epoch)), *steps), drawn


def assert_same(rule, arithmetic, kind, generator, by_unit=False):
    numbers = rule_numbers(rule, arithmetic)
    weight, tag = fresh_synapses(PRESYNAPTIC, POSTSYNAPTIC, generator)
    synapses = EngineSynapses(
        weight.clip(*arithmetic.weight_limits), tag.clip(*arithmetic.tag_limits)
    )
    sent = messages(EPOCHS, PRESYNAPTIC, POSTSYNAPTIC, generator)
    compiled = rows(synapses, by_unit)
    traces = EngineTraces(0, np.zeros(PRESYNAPTIC, dtype=int))
    for epoch in range(1, EPOCHS + 1):
        traces = traces_of(sent, epoch - 1, traces.x1)
        here, there = chances_of(kind, epoch, by_unit)
        read = np.array(traces[:2], dtype=np.int32), np.array(traces[2:], dtype=np.int32)
        found = EngineSaturations(*learn_rows(numbers, compiled, *read, epoch, here))
        synapses, lost = learned(rule, synapses, traces, epoch, there, arithmetic)
        assert all(map(np.array_equal, compiled.copy(), synapses))
        assert found == lost


@pytest.mark.parametrize("name", ["integer tag, Kolen-Pollack", "integer tag, decay", "coarse"])
def test_rules_that_networks_learn_by(name, generator):
    for kind in ("shared", "synapse"):
        for by_unit in (False, True):
            assert_same(RULES[name], LAVA, kind, generator, by_unit)


@pytest.mark.slow
@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("arithmetic", [NENGO_LOIHI, EngineArithmetic(3, True, True, True)])
def test_in_other_arithmetic(name, arithmetic, generator):
    for by_unit in (False, True):
        assert_same(RULES[name], arithmetic, "synapse", generator, by_unit)


@pytest.mark.slow
@settings(max_examples=15)
@given(engine_rules(), st.integers(0, 2**32 - 1), st.booleans())
def test_any_rule(rule, seed, by_unit):
    assert_same(rule, LAVA, "shared", np.random.default_rng(seed), by_unit)


ARITHMETIC = st.builds(
    EngineArithmetic,
    mantissa_bits=st.sampled_from((3, 4)),
    truncates_products=st.booleans(),
    rounds_magnitudes=st.booleans(),
    even_weights=st.booleans(),
)
PLASTICITY = st.one_of(
    st.builds(
        EnginePlasticity, half=st.sampled_from((16, 32, 64)), decay=st.sampled_from((None, 2))
    ),
    st.builds(
        EnginePlasticity,
        engine=st.just("tag"),
        exponent=st.integers(-7, 1),
        half=st.sampled_from((16, 32, 64)),
    ),
    st.builds(EnginePlasticity, engine=st.just("direct"), exponent=st.integers(-7, 1)),
)


@st.composite
def learning_rows(draw, shapes):
    """Synapses of a network in any state, and what they read in some epochs; also the extremes."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    arithmetic, follows = draw(ARITHMETIC), draw(st.booleans())
    units, inputs = shape = draw(shapes)
    weight = 2 * np.rint(generator.normal(0, draw(st.sampled_from((10, 100))), shape))
    tag = np.rint(generator.normal(0, draw(st.sampled_from((5, 40, 150))), shape))
    synapses = EngineSynapses(
        weight.clip(*arithmetic.weight_limits).astype(int),
        tag.clip(*arithmetic.tag_limits).astype(int),
    )
    scale, epochs = draw(st.sampled_from((0.3, 3, 30, 100))), []
    for _ in range(8):
        sent = generator.integers(0, 256, inputs)
        trace = np.rint(generator.normal(0, scale, units)).astype(int).clip(-127, 127)
        if follows:
            sent = sent_trace((sent - 128).clip(-63, 63))
        sent = np.where(generator.random(inputs) < 0.7, sent, 0)
        none, (positive, negative) = np.zeros_like(trace), rectified(trace)
        above = (np.abs(trace), none, none) if follows else (none, positive, negative)
        epochs.append(EngineTraces(sent, payload_trace(sent), none, *above))
    return arithmetic, follows, synapses, epochs


CHANCES = st.sampled_from((*range(-1, 256, 16), 0, 254))
"""A shared number or, where it is negative, a draw a synapse."""


def assert_same_rows(given_rows, plasticity, by_unit, chance):
    arithmetic, follows, synapses, epochs = given_rows
    rule = plasticity.following_rule if follows else plasticity.weight_rule
    numbers, compiled = rule_numbers(rule, arithmetic), rows(synapses, by_unit)
    units, inputs = synapses.weight.shape
    indices = synapse_index(np.arange(units)[:, None], np.arange(inputs), units)
    steps = (1, units) if by_unit else (units, 1)
    for epoch, traces in enumerate(epochs, start=1):
        drawn = hashed_chances(draw(KEY + np.uint32(epoch), indices.astype(np.uint32)))
        here = Chances(chance, np.uint32(KEY[0] + np.uint32(epoch)), *steps)
        read = np.array(traces[:2], dtype=np.int32), np.array(traces[2:], dtype=np.int32)
        found = EngineSaturations(*learn_rows(numbers, compiled, *read, epoch, here))
        there = drawn if chance < 0 else chance
        synapses, lost = learned(rule, synapses, traces, epoch, there, arithmetic)
        assert all(map(np.array_equal, compiled.copy(), synapses))
        assert found == lost
    assert not compiled.synapses[:, :, compiled.columns :].any()


@settings(max_examples=60, deadline=None)
@given(learning_rows(st.just((POSTSYNAPTIC_ROW, PRESYNAPTIC))), PLASTICITY, st.booleans(), CHANCES)
def test_rules_of_networks_in_any_state(given_rows, plasticity, by_unit, chance):
    """Rows of either end."""
    assert_same_rows(given_rows, plasticity, by_unit, chance)


ABOUT_BLOCKS = st.sampled_from(
    (1, *(BLOCK * count + rest for count in (1, 2) for rest in (-1, 0, 1)))
)


@settings(max_examples=40, deadline=None)
@given(learning_rows(st.tuples(ABOUT_BLOCKS, ABOUT_BLOCKS)), PLASTICITY, st.booleans(), CHANCES)
def test_columns_that_fill_blocks_or_do_not(given_rows, plasticity, by_unit, chance):
    """What a connection has not stays 0, and is not counted."""
    assert_same_rows(given_rows, plasticity, by_unit, chance)


def test_rules_of_networks_have_the_fast_form():
    for arithmetic in (LAVA, NENGO_LOIHI, EngineArithmetic(3, True, True, True)):
        for plasticity in (
            EnginePlasticity(),
            EnginePlasticity(decay=7),
            *(EnginePlasticity("tag", exponent) for exponent in (-6, -2)),
            *(EnginePlasticity("direct", exponent) for exponent in (-7, -3)),
        ):
            for rule in (plasticity.weight_rule, plasticity.following_rule):
                numbers = rule_numbers(rule, arithmetic).numbers
                assert numbers["is_fast"] and numbers["largest"] > 0


@pytest.mark.parametrize(
    "rule",
    [
        EngineRule(dw="2^-5*y0*x1*y2"),
        EngineRule(dw="3*2^-5*x0*x1*y2"),
        EngineRule(dw="2^-5*x0*x1*y2 - 2^-4*x0*x1*y3"),
        EngineRule(dt="x0*x1*y2 - 64*x0*sgn(t - 65) - 64*x0*sgn(t + 65)"),
        EngineRule(dw="2^0*x0*sgn(t - 65) + 2^0*x0*sgn(t + 64)", dt="x0*x1*y2"),
        EngineRule(dw="2^0*x0*sgn(t - 65) + 2^0*x0*sgn(t + 65)"),
        EngineRule(dt="2^8*x0*x1*y2"),
    ],
)
def test_other_rules_have_not(rule, generator):
    assert not rule_numbers(rule, LAVA).numbers["is_fast"]
    for by_unit in (False, True):
        assert_same(rule, LAVA, "synapse", generator, by_unit)

"""Epochs of the learning engine, compiled for a rule, have the bits of ``dynamics.engine``."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lava_bccn.dynamics.engine import (
    LAVA,
    NENGO_LOIHI,
    EngineArithmetic,
    EngineSynapses,
    EngineTraces,
    hashed_chances,
    lava_chance,
    learned,
)
from lava_bccn.dynamics.integer_plasticity import synapse_index
from lava_bccn.dynamics.stochastic_rounding import connection_key, draw
from lava_bccn.sim.compiled.engine import Chances, epoch_of, rows
from lava_bccn.sim.compiled.engine_form import rule_numbers
from tests.engine_rules import RULES, engine_rules, fresh_synapses, messages, traces_of

PRESYNAPTIC, POSTSYNAPTIC, EPOCHS = 9, 7, 40
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
        found = epoch_of(numbers, compiled, *read, epoch, here)
        synapses, lost = learned(rule, synapses, traces, epoch, there, arithmetic)
        assert all(map(np.array_equal, compiled.copy(), synapses))
        assert found == lost


@pytest.mark.parametrize("name", ["integer tag, Kolen-Pollack", "integer tag, decay", "coarse"])
def test_rules_that_networks_learn_by(name, generator):
    for kind in ("shared", "synapse"):
        assert_same(RULES[name], LAVA, kind, generator)


@pytest.mark.slow
@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("arithmetic", [NENGO_LOIHI, EngineArithmetic(3, True, True, True)])
def test_in_other_arithmetic(name, arithmetic, generator):
    assert_same(RULES[name], arithmetic, "synapse", generator)


@pytest.mark.slow
@settings(max_examples=15)
@given(engine_rules(), st.integers(0, 2**32 - 1))
def test_any_rule(rule, seed):
    assert_same(rule, LAVA, "shared", np.random.default_rng(seed))

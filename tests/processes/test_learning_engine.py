"""The learning engine in integers against Lava's own, ``LearningDense``: not a bit is different."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lava.magma.core.learning.constants import GradedSpikeCfg
from lava.magma.core.learning.learning_rule import Loihi3FLearningRule
from lava.proc.dense.models import PyLearningDenseModelBitApproximate
from lava.proc.dense.process import LearningDense
from lava.proc.io.source import RingBuffer
from lava.utils.weightutils import SignMode

from lava_bccn import processes
from lava_bccn.dynamics.engine import EngineSynapses, EngineTraces, lava_chance, learned
from lava_bccn.dynamics.engine_rule import EngineRule, SumOfProducts
from lava_bccn.processes.runtime import on_cpu
from tests.engine_rules import RULES, engine_rules, fresh_synapses, messages, traces_of

NO_DECAY = 2**62
"""A time constant with which traces stay: exp(−1/2^62) is exactly 1."""

SIGNALS = ("s_in", "s_in_bap", "s_in_y1", "s_in_y2", "s_in_y3")


def stock_synapses(rule: EngineRule, synapses: EngineSynapses, epoch_steps: int = 1):
    stock = Loihi3FLearningRule(
        dw=rule.dw, dt=rule.dt, x1_tau=NO_DECAY, t_epoch=epoch_steps, rng_seed=0
    )
    for trace in ("x2", "y1", "y2", "y3"):
        setattr(stock, f"_{trace}_tau", NO_DECAY)
    return LearningDense(
        weights=synapses.weight.copy(),
        tag_1=synapses.tag.copy(),
        learning_rule=stock,
        num_message_bits=8,
        graded_spike_cfg=GradedSpikeCfg.OVERWRITE,
        sign_mode=SignMode.MIXED,
    )


def here(rule, synapses, sent, epoch_steps=1):
    """Synapses after each epoch."""
    steps = len(sent["s_in"])
    traces = EngineTraces(0, np.zeros(sent["s_in"].shape[1], dtype=int))
    x0, y0 = (np.zeros(sent[each].shape[1], dtype=int) for each in ("s_in", "s_in_bap"))
    for step in range(steps):
        traces = traces_of(sent, step, traces.x1)
        x0, y0 = x0 | traces.x0, y0 | traces.y0
        if (step + 1) % epoch_steps == 0:
            epoch = (step + 1) // epoch_steps
            read = traces._replace(x0=x0, y0=y0)
            synapses, _ = learned(rule, synapses, read, epoch, lava_chance(epoch))
            x0, y0 = np.zeros_like(x0), np.zeros_like(y0)
            yield synapses


def in_lava(rules, synapses, sent, epoch_steps=1):
    """The same by a run of Lava, of all rules side by side: after each epoch, a list."""
    stock = [stock_synapses(rule, synapses, epoch_steps) for rule in rules]
    for port, data in sent.items():
        source = RingBuffer(data=data.T.copy())
        for each in stock:
            source.s_out.connect(getattr(each, port))
    with processes.running(stock[0], on_cpu("fixed_pt")) as run:
        for _ in range(len(sent["s_in"]) // epoch_steps):
            run.steps(epoch_steps)
            yield [EngineSynapses(each.weights.get(), each.tag_1.get()) for each in stock]


class _Port:
    """A port of a model that runs on its own."""

    def __init__(self):
        self.sent = None

    def recv(self):
        return self.sent

    def send(self, data):
        pass


def in_lavas_model(rule, synapses, sent):
    """The same by Lava's model alone, without a runtime: for thousands of rules."""
    stock = stock_synapses(rule, synapses)
    model = PyLearningDenseModelBitApproximate(stock.proc_params)
    for variable in stock.vars:
        init = np.asarray(variable.init)
        setattr(model, variable.name, np.broadcast_to(init, variable.shape).copy())
    model.x0, model.y0 = model.x0.astype(bool), model.y0.astype(bool)
    ports = {name: _Port() for name in (*SIGNALS, "a_out")}
    for name, port in ports.items():
        setattr(model, name, port)
    model.num_message_bits, model.weights_set = np.array([8]), False
    for step in range(len(sent["s_in"])):
        model.time_step = step + 1
        for name in SIGNALS:
            ports[name].sent = sent[name][step]
        model.run_spk()
        model.run_lrn()
        yield EngineSynapses(model.weights, model.tag_1)


def different(ours, theirs):
    """Values compared, and how many of them differ."""
    compared = unlike = 0
    for one, other in zip(ours, theirs, strict=True):
        for mine, its in zip(one, other, strict=True):
            compared += mine.size
            unlike += int(np.count_nonzero(mine != its))
    return compared, unlike


@given(engine_rules(), st.integers(0, 2**32 - 1))
def test_any_rule_does_what_lavas_model_does(rule, seed):
    generator = np.random.default_rng(seed)
    synapses, sent = fresh_synapses(5, 4, generator), messages(6, 5, 4, generator)
    both = here(rule, synapses, sent), in_lavas_model(rule, synapses, sent)
    assert different(*both) == (6 * 40, 0)


@given(engine_rules())
def test_any_rule_is_read_as_lava_reads_it(rule):
    stock = Loihi3FLearningRule(dw=rule.dw, dt=rule.dt)
    for ours, theirs in ((rule.weight_change, stock.dw), (rule.tag_change, stock.dt)):
        assert (ours is None) == (theirs is None)
        if ours is None:
            continue
        assert isinstance(ours, SumOfProducts)
        assert [
            (
                product.dependency,
                product.mantissa,
                product.exponent + 7,
                [(each.name, each.constant, each.is_sign) for each in product.factors],
            )
            for product in ours.products
        ] == [
            (
                product.dependency,
                product.s_mantissa,
                product.s_exp,
                [(each.state_var, each.const or 0, each.is_sgn) for each in product.factors],
            )
            for product in theirs.products
        ]


@pytest.mark.parametrize("epoch_steps", [1, 4])
def test_learning_dense_learns_the_same(epoch_steps, generator):
    synapses, sent = fresh_synapses(12, 10, generator), messages(24, 12, 10, generator)
    assert side_by_side(synapses, sent, epoch_steps) == (24 // epoch_steps * 240 * len(RULES), 0)


@pytest.mark.slow
def test_a_million_values_of_learning_dense(generator):
    synapses, sent = fresh_synapses(60, 60, generator), messages(20, 60, 60, generator)
    compared, unlike = side_by_side(synapses, sent)
    assert compared >= 1_000_000
    assert unlike == 0


def side_by_side(synapses, sent, epoch_steps=1):
    """Values of all rules that are compared with Lava's, and how many of them differ."""
    ours = [here(rule, synapses, sent, epoch_steps) for rule in RULES.values()]
    theirs = in_lava(RULES.values(), synapses, sent, epoch_steps)
    found = [different(*epoch) for epoch in zip(zip(*ours, strict=True), theirs, strict=True)]
    return tuple(map(sum, zip(*found, strict=True)))

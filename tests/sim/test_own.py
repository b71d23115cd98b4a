"""What tells the compiled loops of one activation from those of another."""

from dataclasses import replace

from lava_bccn.dynamics import rate
from lava_bccn.dynamics.sigmoid import SIGMOID
from lava_bccn.sim.compiled.own import key_of


def test_one_source_may_make_several_activations():
    other = replace(SIGMOID, name="of the same source")
    (key, keep), (other_key, other_keep) = (key_of(each, (rate,)) for each in (SIGMOID, other))
    assert key != other_key
    assert keep and other_keep
    assert key_of(SIGMOID, (rate,)) == (key, True)


def test_what_has_no_source_is_not_kept():
    names = {}
    exec("def event_rate(soma, constants): return soma", names)
    assert not key_of(replace(SIGMOID, event_rate=names["event_rate"]), (rate,))[1]

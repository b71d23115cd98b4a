"""Rules of the learning engine are read from the text that Lava is given, or refused."""

import pytest
from hypothesis import given

from lava_bccn.dynamics.engine_rule import EngineRule, Factor, Product, read_sum
from lava_bccn.errors import InvalidInputError
from tests.engine_rules import engine_rules


def test_a_sum_is_read_product_by_product():
    series = read_sum("-64*x0*sgn(t - 65) + 2^-3 * x0*(x1 + 2)*y2 - 2^-7*u7*w")
    assert series.products == (
        Product("x0", -4, 4, (Factor("t", -65, is_sign=True),)),
        Product("x0", 1, -3, (Factor("x1", 2), Factor("y2"))),
        Product("u", -1, -7, (Factor("w"),)),
    )
    assert series.every == 7


@pytest.mark.parametrize(
    ("text", "scaling"),
    [
        ("x0", (1, 0)),
        ("-x0", (-1, 0)),
        ("3*2^-2*x0*2^4", (3, 2)),
        ("4*2^-2*x0", (4, -2)),  # not 2^0: a mantissa keeps bits that a power of two shifts away
        ("8*x0", (4, 1)),
        ("-8*x0", (-4, 1)),
        ("-8*2^8*x0", (-8, 8)),
        ("896*x0", (7, 7)),
    ],
)
def test_numbers_become_one_scaling(text, scaling):
    (product,) = read_sum(text).products
    assert (product.mantissa, product.exponent) == scaling


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "ends too early"),
        ("x0*x1 -", "ends too early"),
        ("x0*x1 y2", "before 'y2' a sign is missing"),
        ("x0*x1*y4", "'y4' is no factor"),
        ("x0*x2", "'x2' is no factor"),
        ("x0*d", "'d' is no factor"),
        ("x0*x1^2", "'\\^2' is not part"),
        ("x0*4^2", "'4\\^2' is not part"),
        ("x0*(x1 - y1)", "x1 - y1 needs an integer"),
        ("x0*(x1 - 2", "x1 does not close"),
        ("x0*(3 - x1)", "is none of x1, y1"),
        ("x0*sgn(x1)", "is none of w, t"),
        ("x0*sgn", "'sgn' is no factor"),
        ("x1*y2", "needs one of x0, y0, u0 to u9"),
        ("x0*u3*w", "u3 must be the only dependency"),
        ("u10*w", "u10 is none of u0 to u9"),
        ("u1*w + u2*w", "both u1 and u2"),
        ("2^-8*x0", r"1 \* 2\^-8 is none of its rates, which are -8 to 7 times 2\^-7 to 2\^8"),
        ("9*x0", r"9 \* 2\^0 is none of its rates"),
        ("2^9*x0", "is none of its rates"),
        ("x0*w*t*w*x1", "34 bits"),
    ],
)
def test_what_the_engine_does_not_have_is_refused(text, reason):
    with pytest.raises(InvalidInputError, match=f"cannot compute .*{reason}") as refused:
        EngineRule(dw=text)
    advised = str(refused.value).split("such as ")[1]
    assert EngineRule(dw=advised).weight_change is not None


def test_weight_and_tag_count_the_same_epochs():
    with pytest.raises(InvalidInputError, match=r"different u<k>"):
        EngineRule(dw="u1*t", dt="u2*w")
    assert EngineRule(dw="u1*t", dt="u1*w + x0*t").tag_change.every == 1


def test_a_rule_changes_something():
    with pytest.raises(InvalidInputError, match="needs dw, dt or both"):
        EngineRule()


@given(engine_rules())
def test_spaces_mean_nothing(rule):
    for text in filter(None, (rule.dw, rule.dt)):
        assert read_sum(text) == read_sum(text.replace(" ", "")) == read_sum(f" {text} ")

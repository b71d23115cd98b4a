"""Rules of the learning engine, and what their synapses read, that several test folders use."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from lava_bccn.dynamics.engine import EngineSynapses, EngineTraces, payload_trace
from lava_bccn.dynamics.engine_rule import FACTOR_BITS, MAX_PRODUCT_BITS, EngineRule

TRANSFER = "-64*x0*sgn(t - 65) - 64*x0*sgn(t + 65)"
STEP = "2^0*x0*sgn(t - 65) + 2^0*x0*sgn(t + 65)"
UPDATE = "+ 2^0*x0*x1*y2 - 2^0*x0*x1*y3"
FOLLOWING = "+ 2^0*x0*(x1 - 64)*y1"

RULES = {
    "direct": EngineRule(dw="2^-5*x0*x1*y2 - 2^-5*x0*x1*y3"),
    "direct, Kolen-Pollack": EngineRule(dw="2^-5*x0*(x1 - 64)*y1"),
    "tag": EngineRule(
        dw="2^0*x0*sgn(t - 17) + 2^0*x0*sgn(t + 17)",
        dt="-16*x0*sgn(t - 17) - 16*x0*sgn(t + 17) + 2^-3*x0*x1*y2 - 2^-3*x0*x1*y3",
    ),
    "integer tag": EngineRule(dw=STEP, dt=TRANSFER + UPDATE),
    "integer tag, Kolen-Pollack": EngineRule(dw=STEP, dt=TRANSFER + FOLLOWING),
    "integer tag, decay": EngineRule(dw=STEP, dt=f"{TRANSFER} {UPDATE} - 2^-7*u3*w"),
    "coarse": EngineRule(dw="-7*2^5*y0*w*sgn(t + 3)", dt="2^8*u0*x1*y3 - 2^8*u0*y2*t + x0*t"),
}
"""Those that networks learn by, and one that reaches every end."""


@st.composite
def sums(draw: st.DrawFn, every: int) -> str:
    """Any sum of products with u<every>, as text."""

    def factor() -> tuple[str, int]:
        name = draw(st.sampled_from([each for each in FACTOR_BITS if each[1:] != "0"]))
        constant = draw(st.sampled_from(("", f" - {draw(NUMBERS)}", f" + {draw(NUMBERS)}")))
        if name in "wt" and draw(st.booleans()):
            return f"sgn({name}{constant})", FACTOR_BITS[name]
        return (f"({name}{constant})" if constant else name), FACTOR_BITS[name]

    def product() -> str:
        dependency = draw(st.sampled_from(("x0", "y0", f"u{every}")))
        items, bits = [dependency], 0
        for _ in range(draw(st.integers(0, 3))):
            text, width = factor()
            if bits + width <= MAX_PRODUCT_BITS:
                bits += width
                items.append(text)
        exponent = draw(st.integers(-7, 8))
        mantissa = draw(st.integers(0, 7))
        items.insert(draw(st.integers(0, len(items))), f"2^{exponent}")
        if mantissa != 1:
            items.insert(draw(st.integers(0, len(items))), str(mantissa))
        return "*".join(items)

    count = draw(st.integers(1, 4))
    signs = [draw(st.sampled_from((" + ", " - "))) for _ in range(count)]
    text = "".join(sign + product() for sign in signs)
    return text.removeprefix(" + ")


NUMBERS = st.integers(0, 300)


@st.composite
def engine_rules(draw: st.DrawFn) -> EngineRule:
    """Any rule."""
    every = draw(st.integers(0, 3))
    kind = draw(st.sampled_from(("dw", "dt", "both")))
    return EngineRule(
        dw=draw(sums(every)) if kind != "dt" else None,
        dt=draw(sums(every)) if kind != "dw" else None,
    )


def messages(
    steps: int, presynaptic: int, postsynaptic: int, generator: np.random.Generator
) -> dict[str, np.ndarray]:
    """What the two ends send at each of ``steps``, every value of their ranges among them."""
    payload = generator.integers(0, 256, (steps, presynaptic))
    traces = generator.integers(0, 128, (3, steps, postsynaptic))
    rectified = np.rint(generator.normal(0, 60, (steps, postsynaptic))).astype(int)
    as_learned = generator.random((steps, 1)) < 0.5
    return {
        "s_in": payload * (generator.random(payload.shape) < 0.6),
        "s_in_bap": generator.integers(0, 2, (steps, postsynaptic)),
        "s_in_y1": traces[0],
        "s_in_y2": np.where(as_learned, rectified.clip(0, 127), traces[1]),
        "s_in_y3": np.where(as_learned, (-rectified).clip(0, 127), traces[2]),
    }


def traces_of(sent: dict[str, np.ndarray], step: int, x1: np.ndarray) -> EngineTraces:
    """What synapses read after a step, with the x1 of before where nothing came."""
    payload = sent["s_in"][step]
    return EngineTraces(
        x0=payload,
        x1=np.where(payload > 0, payload_trace(payload), x1),
        y0=sent["s_in_bap"][step],
        y1=sent["s_in_y1"][step],
        y2=sent["s_in_y2"][step],
        y3=sent["s_in_y3"][step],
    )


def fresh_synapses(
    presynaptic: int, postsynaptic: int, generator: np.random.Generator
) -> EngineSynapses:
    """Even weights and tags of their whole ranges, a part of them at the ends."""
    shape = (postsynaptic, presynaptic)
    weight = 2 * generator.integers(-128, 128, shape)
    tag = generator.integers(-257, 256, shape)
    at_end = generator.random(shape) < 0.2
    weight = np.where(at_end, generator.choice((-256, 254), shape), weight)
    tag = np.where(at_end, generator.choice((-257, -256, 255), shape), tag)
    return EngineSynapses(weight, tag)

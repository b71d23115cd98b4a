"""Fixtures and strategies that several test folders share."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st

import lava_bccn
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.lava_nc import why_not
from lava_bccn.mapping import MappedLayer, MappedNetwork, new_network

NO_LAVA = why_not()
"""Why Lava cannot be imported; None where it was, which tests that import parts of it rely on."""

settings.register_profile("default", deadline=None, print_blob=True)
settings.load_profile("default")

DATA = Path(__file__).resolve().parent / "data"
PROCESSES = Path(__file__).resolve().parent / "processes"
SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what the folder or a fixture tells; skip what runs Lava where there is none."""
    for item in items:
        if "golden" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.golden)
        if PROCESSES in item.path.parents:
            item.add_marker(pytest.mark.lava)
        if NO_LAVA and item.get_closest_marker("lava"):
            item.add_marker(pytest.mark.skip(reason=f"Lava {NO_LAVA}: bccn doctor says what to do"))


def _folder(variable: str, default: Path, what: str) -> Path:
    folder = Path(os.environ.get(variable, default))
    if not folder.is_dir():
        pytest.skip(f"{what} not found in {folder}; name their folder in {variable}")
    return folder


@pytest.fixture(scope="session")
def golden():
    """Loads the numbers of the published code by file name."""

    def load(name: str) -> dict[str, np.ndarray]:
        with np.load(DATA / "golden" / f"{name}.npz") as file:
            return dict(file)

    return load


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder that torchvision's MNIST reads."""
    return _folder("LAVA_BCCN_DATA", SHARED / "data", "data sets")


@pytest.fixture(autouse=True)
def _pytorch_is_deterministic():
    """The same weights every time; and one thread, since small networks only wait for a second."""
    torch.manual_seed(0)
    torch.set_num_threads(1)


@pytest.fixture
def generator() -> np.random.Generator:
    return np.random.default_rng(0)


@st.composite
def integer_networks(draw: st.DrawFn, max_layers: int = 4, max_units: int = 6) -> MappedNetwork:
    """Fixed-point networks of any shape, format and weights, extremes included."""
    units = FixedPointFormat(
        event_bits=draw(st.sampled_from((6, 8, 10))),
        burst_extra_bits=draw(st.integers(3, 6)),
        baseline_shift=draw(st.integers(1, 3)),
        weight_bits=draw(st.sampled_from((2, 4, 8))),
    )
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sizes = draw(st.lists(st.integers(1, max_units), min_size=2, max_size=max_layers + 1))
    spread = draw(st.sampled_from((1, units.max_weight // 4 + 1, units.max_weight)))
    has_feedback, balanced = draw(st.booleans()), draw(st.booleans())

    def weights(shape: tuple[int, int]) -> np.ndarray:
        values = random.integers(-spread, spread + 1, shape)
        return (np.abs(values) if draw(st.booleans()) else values).astype(np.int8)

    layers = []
    for index, shape in enumerate(zip(sizes[1:], sizes[:-1], strict=True)):
        burst = weights(shape) if index and has_feedback else None
        layers.append(
            MappedLayer(
                weight=weights(shape),
                bias=random.integers(-(2**18), 2**18, shape[0]).astype(np.int32),
                feedback_burst=burst,
                feedback_event=burst if burst is None or balanced else weights(shape),
                weight_exponent=draw(st.integers(-9, 3)),
                feedback_exponent=draw(st.integers(-9, 3)),
                soma_fraction_bits=draw(st.integers(8, 16)),
                apical_fraction_bits=draw(st.integers(8, 16)),
                feedback=None if burst is None else "random",
            )
        )
    return MappedNetwork(tuple(layers), "fixed", units.p_baseline, units)


REGIMES = [
    {"feedback": "random"},
    {"feedback": "kolen_pollack"},
    {"feedback": "tied"},
    {"feedback": "symmetric", "feedback_event": "symmetric"},
    {"feedback": "random", "learn_feedback_burst": True},
    {"feedback": "random", "feedback_event": "random", "learn_feedback_event": True},
    {"feedback": "kolen_pollack", "feedback_event": "random", "learn_feedback_event": True},
    {
        "feedback": "symmetric",
        "feedback_event": "symmetric",
        "learn_feedback_burst": True,
        "learn_feedback_event": True,
    },
]
"""Every regime of Y and Q, and every rule by which they learn."""

BRANCHED = [
    {"feedback": "kolen_pollack", "feedback_event": "kolen_pollack"},
    {"feedback": "random", "learn_feedback_burst": True, "branches": 3},
    {
        "feedback": "random",
        "feedback_event": "random",
        "learn_feedback_burst": True,
        "learn_feedback_event": True,
        "branches": 2,
        "homeostatic_factor": "burst_rate",
    },
    {
        "feedback": "kolen_pollack",
        "feedback_event": "random",
        "learn_feedback_event": True,
        "branches": 5,
    },
]
"""Those that the 2026 follow-up adds."""


def regime_name(regime: dict) -> str:
    """Such as ``symmetric-symmetric-learn_feedback_event``."""
    return "-".join(name if value is True else str(value) for name, value in regime.items())


@st.composite
def learning_networks(draw: st.DrawFn) -> MappedNetwork:
    """Fixed-point networks of any shape and regime that can learn."""
    sizes = draw(st.lists(st.integers(1, 7) | st.just(40), min_size=2, max_size=4))
    seed = draw(st.integers(0, 2**32 - 1))
    network = new_network(
        sizes,
        np.random.default_rng(seed).random((20, sizes[0])),
        **draw(st.sampled_from((*REGIMES, *BRANCHED))),
        p_baseline=draw(st.sampled_from((0.5, 0.25))),
        weight_bits=draw(st.sampled_from((4, 8))),
        event_bits=draw(st.sampled_from((6, 8, 10))),
        burst_extra_bits=draw(st.sampled_from((3, 4, 6))),
        seed=seed,
    )
    if len(sizes) > 2 and draw(st.booleans()):  # a file may hold a "tied" Q that is not Y
        last = network.layers[-1]
        other = replace(last, feedback_event=-last.feedback_event)
        network = replace(network, layers=(*network.layers[:-1], other))
    return network


def samples_for(
    network: MappedNetwork, count: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Random inputs and targets (some without a teacher) in the network's own units."""
    inputs = generator.random((count, network.input_size))
    targets = generator.random((count, network.output_size))
    targets[generator.random(targets.shape) < 0.2] = -1
    return network.quantise_inputs(inputs), network.quantise_targets(targets)


@pytest.fixture
def without_lava(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lava cannot be imported, as if it were not installed."""
    for module in [name for name in sys.modules if name.partition(".")[0] == "lava"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "lava", None)
    for module in [name for name in sys.modules if name.startswith("lava_bccn.processes")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.delitem(vars(lava_bccn), "processes", raising=False)

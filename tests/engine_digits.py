"""Digits, and the network of which it is known how well it learns them in the engine."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lava_bccn import datasets
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.mapping import MappedLayer, MappedNetwork
from lava_bccn.network.engine_options import EngineOptions
from lava_bccn.network.learning import LearningConfig
from lava_bccn.sim.engine_learner import EngineLearner

DATA = datasets.load("digits")
"""Digits."""


def configuration(engine: str, rate: int, boost: int) -> LearningConfig:
    """Two constant inputs, and traces that are rounded to the nearest."""
    options = EngineOptions(engine=engine, constants=2, rounds_traces="nearest")
    return LearningConfig(weight_rate=rate, hidden_boost=(boost,), rule="engine", engine=options)


def digits_network(config: LearningConfig) -> tuple[MappedNetwork, NDArray[np.int64]]:
    """64-64-10 with a Kolen–Pollack Y, and constants whose synapses do not start at 0; and the
    order of the digits in two epochs."""
    random = np.random.default_rng(0)
    order = np.concatenate([random.permutation(len(DATA.train_labels)) for _ in range(2)])

    def weights(rows: int, columns: int) -> NDArray[np.int8]:
        return np.rint(random.normal(0, 12, (rows, columns))).clip(-127, 127).astype(np.int8)

    hidden, output, feedback = weights(64, 66), weights(10, 66), weights(64, 10).T
    layers = (
        MappedLayer(
            hidden[:, :64],
            np.zeros(64, np.int32),
            weight_exponent=-8,
            soma_fraction_bits=12,
            apical_fraction_bits=16,
        ),
        MappedLayer(
            output[:, :64],
            np.zeros(10, np.int32),
            feedback_burst=feedback,
            feedback_event=feedback,
            weight_exponent=-7,
            feedback_exponent=-7,
            soma_fraction_bits=12,
            feedback="kolen_pollack",
            deviation_exponent=2,
        ),
    )
    learner = EngineLearner(MappedNetwork(layers, "fixed", 0.5, FixedPointFormat()), config)
    for connections, start in zip(learner.connections, (hidden, output), strict=True):
        connections.weight.weight[:, 64:] = 2 * start[:, 64:]
    return learner.network(), order


def rates(network: MappedNetwork, images: NDArray[np.generic]) -> NDArray[np.generic]:
    """Images in a network's own units."""
    return network.quantise_inputs(np.reshape(images, (len(images), -1)))


def accuracy(learner: EngineLearner, network: MappedNetwork) -> float:
    """Of the test set."""
    states = learner.settle(rates(network, DATA.test_inputs))
    return float((states[-1].soma.argmax(axis=1) == DATA.test_labels).mean())

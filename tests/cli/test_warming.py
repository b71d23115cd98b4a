"""``bccn doctor --warm``: afterwards nothing is left to compile."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from lava_bccn import mapping
from lava_bccn.cli.warming import _options, _steps
from lava_bccn.dynamics.activations import ACTIVATIONS, learning_activations

USES = """
import numpy as np
import lava_bccn.sim.batch
from lava_bccn import LearningConfig, mapping
from lava_bccn.nn import ConvolutionSpec

random = np.random.default_rng(0)
images = random.random((20, 1, 28, 28))
convolutions = (ConvolutionSpec(16, 3, 2), ConvolutionSpec(32, 3, 2))
independent = {"feedback": "random", "feedback_event": "random"}
for activation in ("sigmoid", "hard_sigmoid"):
    for sizes, options in (
        ((784, 500, 500, 10), {}),
        ((784, 500, 500, 10), independent),
        ((784, 300, 10), {"event_bits": 12, "gain": 2, **independent}),
        ((784, 10), {"convolutions": convolutions}),
        ((784, 10), {"convolutions": convolutions, "event_bits": 12, "gain": 3, **independent}),
    ):
        network = mapping.new_network(sizes, images, activation=activation, **options)
        targets = np.eye(10)[np.arange(20) % 10]
        for given in (None, targets):
            lava_bccn.run(network, images, given)
            lava_bccn.run(network, images, given, record=("apical", "burst_rate"))
        lava_bccn.run(network, images, targets, learn=True)
    for sizes in ((784, 50, 10), (784, 50, 50, 10)):
        network = mapping.new_network(sizes, images, activation=activation)
        lava_bccn.run(network, images, targets, learn=LearningConfig(rule="engine", weight_rate=2))
"""
"""Networks of other sizes and widths, which are taught and learn."""


def test_everything_that_integers_learn_by_is_used_once():
    names = [name for name, _ in _steps()]
    integers = {
        name
        for name in learning_activations().names
        if ACTIVATIONS[name].integers is not None and not ACTIVATIONS[name].is_readout
    }
    assert integers >= {"sigmoid", "hard_sigmoid", "bounded_relu"}
    inputs = np.random.default_rng(0).random((8, 9))
    for activation in integers:
        assert f"learning online, {activation}" in names
        mapping.new_network((9, 3, 2), inputs, **_options(activation))


@pytest.mark.slow
@pytest.mark.timeout(900)  # compiles everything there is
def test_doctor_compiles_everything_beforehand(tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}

    def python(*arguments):
        return subprocess.check_output([sys.executable, *arguments], env=environment)

    def seconds():
        report = json.loads(python("-m", "lava_bccn", "doctor", "--warm", "--json"))
        assert all(folder.startswith(str(tmp_path)) for folder in report["folders"])
        return report["seconds"]

    def compiled():
        return {path.name for path in tmp_path.rglob("*.nbc")}

    cold = seconds()
    before = compiled()
    warm = seconds()
    assert sum(warm.values()) < sum(cold.values()) / 4
    assert any("rule engine" in name for name in warm) and any("spikes" in name for name in warm)
    python("-c", USES)
    assert compiled() == before

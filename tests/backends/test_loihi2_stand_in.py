"""The loihi2 backend with a stand-in for Intel's extension: selected, built, run and torn down.

Nothing of Lava or of the backend is replaced: ``extension/`` stands on the path where lava-loihi
would, and a command ``ping`` that answers stands for a board. What lava-nc 0.10 does alone, and
where the stand-in must take over:

- models on neuro cores are known by ``AbstractNcProcessModel``, of the extension; without it every
  module of Lava's compiler has an empty class of its own by that name;
- ``Loihi2HwCfg`` needs ``CLoihiProcessModel``, of the extension, to choose among several models;
  without it, a NameError (lava/magma/core/run_configs.py, line 469);
- ``Compiler`` gives such models to ``NcProcCompiler``, of the extension; without it, an empty class
  (lava/magma/compiler/compiler.py, lines 36 and 337) that has no ``compile`` (line 441).

So in lava-nc alone no model on a neuro core can be compiled. The stand-in has these classes; its
subcompilers put the CPU models that compute the same in the place of the hardware's, after Lava has
selected and grouped them. A board's own runtime service and channels are not reached.
"""

import collections
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("lava.magma.core.process.process", reason="needs Lava: see bccn doctor")

from lava.magma.compiler import compiler
from lava.magma.core.run_configs import Loihi2HwCfg
from lava.proc.dense.models import PyDenseModelBitAcc, PyDenseModelFloat
from lava.proc.dense.process import Dense
from lava.utils import loihi

import lava_bccn
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.processes import BurstCCN
from lava_bccn.processes.hardware_burst_ccn.models import HardwareBurstCCNModel
from tests.backends import on_a_stand_in_board as stand_in

pytestmark = pytest.mark.lava

HARDWARE_MODELS = {
    "Dense": "NcDenseModel",
    "GradedReluVec": "NcGradedReluVecModel",
    "GradedVec": "NcGradedVecModel",
    "LIF": "NcLIFModel",
    "ProdNeuron": "NcProdNeuronModel",
    "Sparse": "NcSparseModel",
}
STEPS = 16
"""For which two layers hold a sample."""

NOTHING = {"processes": [], "threads": [], "named memory": []}


def of_sim(count, learn=False):
    inputs, targets = stand_in.samples()
    result = lava_bccn.run(
        stand_in.a_network(),
        inputs[:count],
        targets[:count],
        learn=stand_in.LEARNING if learn else False,
        record=STATE_NAMES,
    )
    return stand_in.arrays_of(result)


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """Four samples, from which the network learns."""
    return stand_in.run_on_board(tmp_path_factory.mktemp("commands"), learn=True)


def test_every_process_of_the_graph_gets_the_model_of_the_hardware(learned):
    parts = HardwareBurstCCNModel(BurstCCN(stand_in.a_network(), host_learns=True))
    expected = collections.Counter(type(part).__name__ for part in parts.find_sub_procs().values())
    assert set(expected) == set(HARDWARE_MODELS)
    on_cores = collections.Counter()
    for process, model, kind in learned["selected"]:
        if kind == "AbstractNcProcessModel":
            assert model == HARDWARE_MODELS[process]
            on_cores[process] += 1
    assert on_cores == expected


def test_only_the_source_is_on_the_host(learned):
    others = [each for each in learned["selected"] if each[2] != "AbstractNcProcessModel"]
    assert sorted(others) == [
        ["BurstCCN", "HardwareBurstCCNModel", "AbstractSubProcessModel"],
        ["PyToNxAdapter", "CPyToNxAdapterModel", "CLoihiProcessModel"],
        ["PyToNxAdapter", "CPyToNxAdapterModel", "CLoihiProcessModel"],
        ["SampleSource", "PySampleSourceModelFixed", "AbstractPyProcessModel"],
    ]


def test_lava_is_directed_to_the_board(learned):
    assert learned["board"] == {"NXSDKHOST": "10.0.0.7", "NOSLURM": "1", "LOIHI_GEN": "N3B3"}


def test_with_the_host_in_the_loop_it_learns_the_simulators_bits(learned):
    assert learned["error"] is None and learned["learned"] == 4
    assert learned["arrays"] == of_sim(4, learn=True)
    assert learned["arrays"]["weight_1"] != of_sim(4)["weight_1"]


def test_nothing_of_lava_is_left(learned):
    assert learned["left"] == NOTHING and learned["segments"] > 100


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("raises", "ConnectionError: the board does not answer"),
        pytest.param("dies", "ended unexpectedly", marks=pytest.mark.slow),
    ],
)
def test_a_board_that_goes_away_leaves_what_was_done_and_nothing_else(tmp_path, how, reason):
    gone = {"STAND_IN_BOARD_GONE_AT": str(2 * STEPS + 5), "STAND_IN_BOARD_GONE_HOW": how}
    run = stand_in.run_on_board(tmp_path, learn=True, **gone)
    assert reason in run["error"] and "after 2 of 4 samples" in run["error"]
    assert run["done"] == run["learned"] == 2
    assert run["arrays"] == of_sim(2, learn=True)
    assert run["left"] == NOTHING and run["segments"] > 100


@pytest.mark.slow
def test_without_learning_it_has_the_simulators_integers(tmp_path):
    run = stand_in.run_on_board(tmp_path)
    assert run["error"] is None and run["left"] == NOTHING
    assert run["arrays"] == of_sim(4)


@pytest.mark.slow
def test_it_stays_open_from_one_call_to_the_next(tmp_path):
    run = stand_in.run_on_board(tmp_path, learn=True, opened=True)
    assert run["error"] is None and run["left"] == NOTHING and run["learned"] == 4
    assert run["arrays"] == of_sim(4, learn=True)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["lava-hardware", "lava"])
def test_runs_on_the_cpu_keep_to_its_models_beside_the_extension(tmp_path, backend):
    run = stand_in.run_on_board(tmp_path, backend)
    kinds = {kind for _, _, kind in run["selected"]}
    assert kinds == {"AbstractPyProcessModel", "AbstractSubProcessModel"}
    assert run["arrays"] == of_sim(4)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_from_the_command_line_it_needs_the_extension_and_a_board(tmp_path):
    inputs, _ = stand_in.samples()
    stand_in.a_network().save(tmp_path / "net.safetensors")
    np.save(tmp_path / "inputs.npy", inputs)

    command = [sys.executable, "-m", "lava_bccn", "run", tmp_path / "net.safetensors"]

    def bccn(**variables):
        return subprocess.run(
            [*command, "--inputs", tmp_path / "inputs.npy", "--backend", "loihi2"],
            env=stand_in.environment(tmp_path, **variables),
            capture_output=True,
            text=True,
            timeout=110,
        )

    assert bccn().returncode == 0
    without_extension = bccn(PYTHONPATH=str(stand_in.REPOSITORY))
    without_board = bccn(NXSDKHOST="")
    gone = bccn(STAND_IN_BOARD_GONE_AT="20", STAND_IN_BOARD_GONE_HOW="raises")
    for finished, reason in (
        (without_extension, "lava-loihi is not installed here"),
        (without_board, "none is visible"),
        (gone, "the board does not answer (after 1 of 4 samples)"),
    ):
        assert finished.returncode == 2
        assert reason in finished.stderr and len(finished.stderr.splitlines()) == 1


def test_here_the_extension_is_not_there():
    """So no other test can meet it: it is only ever in a process of its own."""
    assert not loihi.is_installed()


def test_lava_alone_has_no_way_to_the_hardware():
    dense = Dense(weights=np.ones((1, 1)))
    with pytest.raises(NameError, match="CLoihiProcessModel"):
        Loihi2HwCfg().select(dense, [PyDenseModelFloat, PyDenseModelBitAcc])
    assert not hasattr(compiler.NcProcCompiler, "compile")

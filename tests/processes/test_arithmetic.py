"""The two models of every Process, and which of them its constants fit."""

import importlib
import inspect
import pickle
from pathlib import Path

import numpy as np
import pytest
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.run_configs import Loihi2SimCfg

from lava_bccn import ContinuousTime, mapping, processes
from lava_bccn.errors import InvalidInputError
from lava_bccn.processes.apical_dendrite.models import (
    PyApicalDendriteModelFixed,
    PyApicalDendriteModelFloat,
)
from lava_bccn.processes.arithmetic import Step

FOLDERS = sorted(path.parent.name for path in Path(processes.__file__).parent.glob("*/models.py"))
INPUTS = np.random.default_rng(0).random((5, 4))


def steps():
    """Every step, for each Process that it is one of, with the two models that its module has."""
    for folder in FOLDERS:
        module = importlib.import_module(f"lava_bccn.processes.{folder}.models")
        classes = [each for _, each in inspect.getmembers(module, inspect.isclass)]
        for step in classes:
            is_step = Step in step.__mro__[1:] and not hasattr(step, "precision")
            if is_step and step.__module__ == module.__name__:
                models = [each for each in classes if step in each.__bases__]
                for process in dict.fromkeys(model.implements_process for model in models):
                    of_process = [each for each in models if each.implements_process is process]
                    yield process, of_process


@pytest.mark.parametrize(
    ("process", "models"), list(steps()), ids=lambda value: getattr(value, "__name__", "")
)
def test_a_process_has_one_model_of_each_precision(process, models):
    fixed, floating = models  # in alphabetical order
    assert fixed.__name__ == f"Py{process.__name__}ModelFixed" and fixed.tags == ["fixed_pt"]
    assert floating.__name__ == f"Py{process.__name__}ModelFloat"
    assert floating.tags == ["floating_pt"]
    for model in models:
        assert pickle.loads(pickle.dumps(model)) is model  # found by its name, as by Lava


def test_ports_and_vars_have_the_numbers_of_the_precision():
    floating, fixed = PyApicalDendriteModelFloat, PyApicalDendriteModelFixed
    assert floating.event_in == LavaPyType(PyInPort.VEC_DENSE, float)
    assert fixed.event_in == LavaPyType(PyInPort.VEC_DENSE, np.int64, precision=24)
    assert floating.burst_out == LavaPyType(PyOutPort.VEC_DENSE, float)
    assert fixed.burst_out == LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    assert floating.apical == LavaPyType(np.ndarray, float)
    assert fixed.apical == LavaPyType(np.ndarray, np.int64, precision=24)
    assert floating.saturations == fixed.saturations == LavaPyType(np.ndarray, np.int64)


@pytest.mark.parametrize("time", [None, ContinuousTime()])
@pytest.mark.parametrize("precision", ["fixed", "float"])
def test_constants_of_the_other_precision_name_the_tag_to_select(precision, time):
    tags = {"fixed": "fixed_pt", "float": "floating_pt"}
    wrong = tags["float" if precision == "fixed" else "fixed"]
    network = mapping.new_network((4, 3, 2), INPUTS, precision=precision)
    soma = processes.Soma(bias=network.layers[0].bias, ensembles=network.ensembles(0, time))
    with (
        pytest.raises(InvalidInputError, match=f"select_tag='{tags[precision]}'"),
        processes.running(soma, Loihi2SimCfg(select_tag=wrong)),
    ):
        pass

"""No public function takes what it cannot work with, or fails with an error of another library."""

from __future__ import annotations

import types
import warnings

import numpy as np
import pytest

import lava_bccn
from lava_bccn import loihi2, mapping, metrics, network, nn, online, sim, view
from lava_bccn.errors import BurstCCNError
from lava_bccn.mapping import spiking as spiking_mapping
from lava_bccn.network import spiking
from lava_bccn.nn import comparators
from lava_bccn.sim import spiking as spiking_sim
from tests.doors.configurations import CONFIGURATIONS
from tests.doors.dale import DALE
from tests.doors.fitting import FLOATING, SAMPLES
from tests.doors.misfits import misfits
from tests.doors.running import MAPPING, RUNNING
from tests.doors.training import MODELS

DOORS = [*CONFIGURATIONS, *MODELS, *MAPPING, *RUNNING, *DALE]

FITS_AFTER_ALL = {
    ("LearningConfig", "hidden_boost"): "()",
    ("LearningConfig", "halve_at"): "()",
    ("Lesson", "classes"): "()",
    ("SpikingNetwork", "connections"): "()",
    ("burst_cnn", "hidden"): "()",
    ("cnn", "hidden"): "()",
    ("run", "record"): "()",
    ("opened", "record"): "()",
    ("Running.stream", "samples"): "{}",
    ("activity_page", "title"): "'no such name'",
    ("MappedNetwork", "metadata"): "{}",
    ("steps", "stimuli"): "{}",
    ("from_torch", "metadata"): "{}",
    ("dale.from_torch", "metadata"): "{}",
    ("DaleNetwork", "metadata"): "{}",
    ("new_network", "metadata"): "{}",
    **{
        (kind, name): "'no such name'"
        for kind, name in (
            ("Population", "name"),
            ("Connection", "name"),
            ("Connection", "source"),
            ("Connection", "target"),
            ("FeedbackChannel", "name"),
            ("Teacher", "population"),
        )
    },
}
"""Values that some arguments may have, although others of their kind may not."""

RESULTS = {
    "Activity",
    "ConversionReport",
    "CoreLoad",
    "Cost",
    "FeedbackBalance",
    "LayerAlignment",
    "LayerPlasticity",
    "LayerPlacement",
    "LayerRounding",
    "Form",
    "Instruction",
    "Learned",
    "NeuronProgram",
    "Notes",
    "Part",
    "Partition",
    "Progression",
    "Published",
    "RunResult",
    "Running",
    "SpikingResult",
    "TrainingResult",
    "Violation",
}
"""What functions return and users do not make."""

ELSEWHERE = {
    "BurstLayer": "a base of layers",
    "ComparatorLayer": "a base of layers",
    "FeedbackRegime": "objects of functions, for extensions",
    "Checkpoint": "test_wrappers",
    "save_checkpoint": "test_wrappers",
    "load_checkpoint": "a file",
    "load": "a file",
    "read_nir": "a file",
    "write_nir": "a file",
    "from_nir": "a graph of nir",
    "curve_path": "a path",
    "burst_linear": "the autograd function of the layers",
    "balance_feedback": "below",
    "check_teacher_gain": "below",
    "from_rate": "below",
    "to_rate": "below",
    "input_currents": "below",
    "decode": "below",
    "estimate": "takes what partition and measure return",
    "neurobench_counts": "takes the package, in test_neurobench",
    "neurobench_model": "takes the package, in test_neurobench",
    "missing": "takes what engine_parts returns",
    "Normalize": "below, for it takes numbers of any shape",
}


def fits_after_all(name, argument, misfit):
    """Whether this is one of the values that are no misfits there."""
    if (name, argument) == ("MappedLayer in MappedNetwork", "weight"):
        return isinstance(misfit, np.ndarray) and misfit.shape == (3, 5)  # of fewer inputs
    if name == "angle_degrees":  # is NaN where a number is
        is_array = isinstance(misfit, np.ndarray) and misfit.dtype == float
        return is_array and misfit.shape == (8, 3)
    return FITS_AFTER_ALL.get((name, argument)) == repr(misfit)


def call(door, arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return door(**arguments)


@pytest.mark.parametrize(("name", "door", "fitting"), DOORS, ids=[name for name, *_ in DOORS])
def test_what_fits_is_taken_and_what_does_not_is_refused(name, door, fitting):
    call(door, fitting())
    for argument, value in fitting().items():
        for misfit in misfits(value):
            if fits_after_all(name, argument, misfit):
                call(door, fitting() | {argument: misfit})
                continue
            told = f"{name}({argument}={misfit!r})"
            try:
                call(door, fitting() | {argument: misfit})
            except BurstCCNError as error:
                assert "\n" not in str(error), told
            except Exception as error:
                raise AssertionError(f"{told} raised {error!r}") from error
            else:
                raise AssertionError(f"{told} was accepted")


@pytest.mark.parametrize(
    "package",
    [
        *(lava_bccn, loihi2, mapping, network, nn, comparators, online, sim, view),
        *(spiking, spiking_mapping, spiking_sim),
    ],
)
def test_every_public_function_is_tried(package):
    tried = {name.partition(" ")[0].removeprefix("spiking.") for name, *_ in DOORS}
    for name in package.__all__:
        exported = getattr(package, name)
        if callable(exported) and not isinstance(exported, types.ModuleType):
            assert name in tried | RESULTS | set(ELSEWHERE), name
    assert {"accuracy", "angle_degrees"} <= tried & set(vars(metrics))


@pytest.mark.parametrize("name", ["mean", "std"])
@pytest.mark.parametrize("value", ["0.5", None, [], [0.5, float("nan")], float("inf"), 1j, {}])
def test_a_normalize_of_no_numbers_is_refused(name, value):
    with pytest.raises(BurstCCNError):
        nn.Normalize(**{"mean": 0.0, "std": 1.0, name: value})


@pytest.mark.slow  # neurons are measured
def test_networks_of_spikes_refuse_what_does_not_fit():
    def fitting():
        options = {
            "neurons": 4,
            "input_neurons": 2,
            "connection_probability": 1.0,
            "max_rate_hz": 40.0,
            "seed": 0,
        }
        return {"network": FLOATING, "current_per_unit": 400.0, "time_step_ms": 1.0, **options}

    made = call(spiking_mapping.from_rate, fitting())
    neuron = made.population("output").neuron
    currents = spiking_mapping.input_currents(made, SAMPLES)
    result = lava_bccn.run_spikes(made, currents, sample_steps=20)
    for door, arguments in (
        (spiking_mapping.from_rate, fitting()),
        (spiking_mapping.input_currents, {"network": made, "samples": SAMPLES}),
        (spiking_mapping.decode, {"result": result, "samples": 8, "skip": 0}),
        (
            spiking_mapping.to_rate,
            {"learned": made, "network": FLOATING, "start": made, "current_per_unit": 400.0},
        ),
        (
            spiking_mapping.balance_feedback,
            {
                "neuron": neuron,
                "facilitating": spiking.FAST_FACILITATING,
                "channels": spiking_mapping.FEEDBACK_CHANNELS,
                "lowest_hz": 0.8,
                "highest_hz": 20.0,
                "apical_pa": 30.0,
                "max_residual_hz": 0.4,
            },
        ),
        (spiking_mapping.check_teacher_gain, {"neuron": neuron, "gain": 1.0, "error_hz": 5.0}),
    ):
        call(door, arguments)
        for argument, value in arguments.items():
            for misfit in misfits(value):
                with pytest.raises(BurstCCNError):
                    call(door, arguments | {argument: misfit})

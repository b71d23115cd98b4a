# /// script
# requires-python = ">=3.10,<3.13"
# dependencies = ["brian2>=2.9", "numpy<2"]
# ///
"""The coupled ensembles of ``experiments.coupled`` in Brian2, built as a C++ program.

    uv run --no-project benchmarks/brian2_ensembles.py PARAMETERS.json SYNAPSES.npz FOLDER

For ``benchmarks/spiking_speed.py``, which writes the files: the same equations, parameters
and synapses. Brian2 gets what makes it fast: short-term plasticity as state of the presynaptic
neuron instead of each synapse, forward Euler (with white noise of a strength by which the currents
vary as given, in spite of its steps), its own optimisation flags. The program prints
the seconds of processor time of the simulation, without what sets it up, then spikes of both
ensembles.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from brian2 import (
    Network,
    NeuronGroup,
    SpikeMonitor,
    Synapses,
    defaultclock,
    device,
    ms,
    mV,
    nS,
    pA,
    pF,
    prefs,
    second,
    set_device,
)

UNITS = {
    mV: "rest threshold threshold_jump plateau_half plateau_width",
    pF: "soma_capacitance dendrite_capacitance",
    nS: "dendrite_adaptation",
    pA: "adaptation_jump dendrite_to_soma plateau pulse soma_background soma_noise "
    "dendrite_background dendrite_noise rate low high",
    ms: "soma_time threshold_time adaptation_time refractory dendrite_time pulse_delay "
    "pulse_duration dendrite_adaptation_time synapse_time burst_window depression_time "
    "facilitation_time trace_time",
    1: "baseline facilitation p_baseline",
}
"""Of every parameter that the equations read."""

NEURON = """
f = 1 / (1 + exp(-(v_dendrite - plateau_half) / plateau_width)) : 1
dv/dt = -(v - rest) / soma_time
    + (dendrite_to_soma * f + i_soma + soma_background - w) / soma_capacitance
    : volt (unless refractory)
dw/dt = -w / adaptation_time : amp
dtheta/dt = -theta / threshold_time : volt
dv_dendrite/dt = -(v_dendrite - rest) / dendrite_time
    + (plateau * f + i_apical + dendrite_background - w_dendrite
       + pulse * int(since >= pulse_delay and since < pulse_delay + pulse_duration))
    / dendrite_capacitance : volt
dw_dendrite/dt = (dendrite_adaptation * (v_dendrite - rest) - w_dendrite)
    / dendrite_adaptation_time : amp
di_soma/dt = -i_soma / synapse_time + soma_noise * white * xi_soma : amp
di_apical/dt = -i_apical / synapse_time + dendrite_noise * white * xi_dendrite : amp
dutilisation/dt = -utilisation / facilitation_time : 1
ddepletion/dt = -depletion / depression_time : 1
dtrace/dt = -trace / trace_time : 1
white = sqrt((2 - dt / synapse_time) / synapse_time) : hertz**0.5
since = t - last : second
last : second
bursting : boolean
released : 1
"""

CROSSES = "v >= threshold + theta and not_refractory"

RESET = """
v = rest
last = t
w += adaptation_jump
theta += threshold_jump
released = (1 - depletion) * (baseline + utilisation)
utilisation += facilitation * (1 - baseline - utilisation)
depletion += released
"""


EVENT = f"({CROSSES}) and since >= burst_window"
BURST = f"({CROSSES}) and since < burst_window and not bursting"


def main(description: Path, synapses: Path, folder: str) -> None:
    """Build the program in a folder."""
    given, arrays = json.loads(description.read_text()), np.load(synapses)
    set_device("cpp_standalone", build_on_run=False)
    prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O3", "-march=native", "-ffast-math"]
    defaultclock.dt = given["time_step_ms"] * ms
    below, above = (_ensemble(given["neurons"], given[name]) for name in ("below", "above"))
    counts = [SpikeMonitor(group, record=False) for group in (below, above)]
    up = _synapses(arrays, "up", (below, above), "i_soma", _quantities(given["learning"]))
    down = _synapses(arrays, "down", (above, below), "i_apical", None)
    device.insert_code("before_network_run", "std::clock_t began = std::clock();")
    spikes = (f"{device.get_array_name(each.variables['N'])}[0]" for each in counts)
    device.insert_code(
        "after_network_run",
        'std::printf("%.6f %d %d\\n", double(std::clock() - began) / CLOCKS_PER_SEC, '
        f"{', '.join(f'int({each})' for each in spikes)});",
    )
    Network(below, above, up, down, *counts).run(given["seconds"] * second)
    device.build(directory=folder, compile=True, run=False, with_output=False)


def _quantities(parameters: dict[str, float]) -> dict[str, Any]:
    """The parameters that are read, with their units."""
    units = {name: unit for unit, names in UNITS.items() for name in names.split()}
    return {name: value * units[name] for name, value in parameters.items() if name in units}


def _ensemble(neurons: int, parameters: dict[str, float]) -> Any:
    """An ensemble and what its synapses release."""
    group = NeuronGroup(
        neurons,
        NEURON,
        threshold=CROSSES,
        reset=RESET,
        refractory="refractory",
        events={"event": EVENT, "burst": BURST},
        method="euler",
        namespace=_quantities(parameters),
    )
    group.v = group.v_dendrite = parameters["rest"] * mV
    group.last = -1 * second
    group.run_on_event("event", "bursting = False; trace += 1")
    group.run_on_event("burst", "bursting = True")
    return group


def _synapses(
    arrays: Any, name: str, ends: tuple[Any, Any], into: str, learning: dict[str, Any] | None
) -> Any:
    plastic: dict[str, Any] = {}
    if learning is not None:
        plastic = {
            "on_post": {
                "rise": "weight = clip(weight + rate * trace_pre, low, high)",
                "fall": "weight = clip(weight - rate * p_baseline * trace_pre, low, high)",
            },
            "on_event": {"pre": "spike", "rise": "burst", "fall": "event"},
            "namespace": learning,
        }
    made = Synapses(
        *ends, "weight : amp", on_pre=f"{into}_post += weight * released_pre", **plastic
    )
    made.connect(i=arrays[f"{name}/presynaptic"], j=arrays[f"{name}/postsynaptic"])
    made.weight = arrays[f"{name}/weight"] * pA
    return made


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])

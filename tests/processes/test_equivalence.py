"""Lava against the simulator and against PyTorch: the same network, the same states."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from lava.magma.core.run_configs import Loihi2SimCfg

from lava_bccn import datasets, mapping, processes
from lava_bccn.mapping import MappedLayer, MappedNetwork
from lava_bccn.nn import burst_mlp, burst_states
from lava_bccn.sim import hold, settle, steps
from tests.conftest import integer_networks, samples_for


def present(network, inputs, targets, every_step=False):
    """What Lava's Vars hold at the end of each presentation, or after every time step."""
    count = network.presentation_steps
    source = processes.SampleSource(
        samples=inputs,
        targets=targets,
        output_size=network.output_size,
        presentation_steps=count,
    )
    bccn = processes.BurstCCN(network)
    source.sample_out.connect(bccn.sample_in)
    source.target_out.connect(bccn.target_in)
    names = [
        f"{name}_{index}"
        for index in range(1, len(network.layers) + 1)
        for name in bccn.state_names(is_output=index == len(network.layers))
    ]
    record = {name: [] for name in names}
    with processes.running(bccn, Loihi2SimCfg(select_tag=bccn.tag)) as lava:
        for _ in range(len(inputs) * (count if every_step else 1)):
            lava.steps(1 if every_step else count)
            for name in names:
                record[name].append(getattr(bccn, name).get())
    return {name: np.stack(values) for name, values in record.items()}


def assert_same_integers(record, states):
    compared = 0
    for index, state in enumerate(states, start=1):
        for name, value in vars(state).items():
            if value is not None:
                np.testing.assert_array_equal(record[f"{name}_{index}"], value, err_msg=name)
                compared += 1
    assert compared == 5 * len(states) - 1  # an output layer has no apical potential


def assert_same_saturations(record, saturations):
    for index, expected in enumerate(saturations, start=1):
        counted = record[f"soma_saturations_{index}"][-1]
        if f"apical_saturations_{index}" in record:
            counted = counted + record[f"apical_saturations_{index}"][-1]
        assert counted == expected


@settings(max_examples=8)
@given(integer_networks(), st.integers(0, 2**32 - 1), st.booleans())
def test_random_networks_have_the_same_integers(network, seed, teacher):
    inputs, targets = samples_for(network, 3, np.random.default_rng(seed))
    record = present(network, inputs, targets if teacher else None)
    states, saturations = settle(network, inputs, targets if teacher else None)
    assert_same_integers(record, states)
    assert_same_saturations(record, saturations)


ARCHITECTURES = [(64, 10), (64, 32, 10), (64, 40, 30, 20, 10)]
ONE_AND_SLOW_OTHERS = [
    ARCHITECTURES[0],
    *(pytest.param(sizes, marks=pytest.mark.slow) for sizes in ARCHITECTURES[1:]),
]


@pytest.mark.parametrize("teacher", [True, False])
@pytest.mark.parametrize("sizes", ONE_AND_SLOW_OTHERS)
def test_fifty_digits_have_the_same_integers(sizes, teacher):
    data = datasets.load("digits")
    model = burst_mlp(sizes, gain=3.0, feedback_std=1.0, feedback_event="random")
    network = mapping.from_torch(model, data.train_inputs)
    inputs = network.quantise_inputs(data.test_inputs[:50].reshape(50, -1))
    targets = network.quantise_targets(np.eye(10)[data.test_labels[:50]])
    record = present(network, inputs, targets if teacher else None)
    states, saturations = settle(network, inputs, targets if teacher else None)
    assert_same_integers(record, states)
    assert_same_saturations(record, saturations)


def test_every_time_step_has_the_same_integers(generator):
    model = burst_mlp((9, 8, 7, 4), gain=3.0, feedback_std=1.0, feedback_event="random")
    network = mapping.from_torch(model, generator.random((50, 9)))
    inputs, targets = samples_for(network, 3, generator)
    record = present(network, inputs, targets, every_step=True)
    stimuli = [
        stimulus
        for sample in range(3)
        for stimulus in hold(network, inputs[sample : sample + 1], targets[sample : sample + 1])
    ]
    for step, states in enumerate(steps(network, stimuli)):
        now = {name: values[step : step + 1] for name, values in record.items()}
        assert_same_integers(now, states)


def test_without_a_teacher_every_apical_potential_is_exactly_zero(generator):
    model = burst_mlp((9, 8, 7, 4), gain=3.0, feedback_std=1.0)
    network = mapping.from_torch(model, generator.random((50, 9)))
    inputs, _ = samples_for(network, 10, generator)
    record = present(network, inputs, None)
    assert not record["apical_1"].any() and not record["apical_2"].any()
    assert record["event_rate_2"].any()


def assert_is_pytorch(model, samples, generator):
    """Lava's states in floating point are those of a model; what Lava's Vars held."""
    network = mapping.from_torch(model, precision="float")
    inputs = generator.random((samples, network.input_size))
    outputs = network.output_size
    targets = np.eye(outputs)[generator.integers(outputs, size=samples)]
    record = present(network, inputs, targets)
    expected = burst_states(model, torch.from_numpy(inputs), torch.from_numpy(targets))
    for index, state in enumerate(expected, start=1):
        for name, value in vars(state).items():
            if value is not None:
                np.testing.assert_allclose(record[f"{name}_{index}"], value, atol=1e-6)
    return record


@pytest.mark.parametrize("sizes", ONE_AND_SLOW_OTHERS)
@pytest.mark.parametrize("p_baseline", [0.5, pytest.param(0.2, marks=pytest.mark.slow)])
def test_floating_point_is_pytorch_to_1e_6(generator, sizes, p_baseline):
    options = {"gain": 3.0, "feedback_std": 1.0, "feedback_event": "random"}
    model = burst_mlp(sizes, p_baseline=p_baseline, **options).double()
    assert_is_pytorch(model, 10, generator)


@pytest.mark.parametrize("activation", ["unbounded_relu", "relu_rms"])
def test_floating_point_of_rectified_layers_is_pytorch_to_1e_6(generator, activation):
    hidden = {"feedback_event": "random", "gain": 2.0, "activation": activation}
    readout = {"readout_activation": "softmax", "error_scale": 0.1, "feedback_gains": (4.0, 2.0)}
    model = burst_mlp((16, 12, 8, 4), **hidden, **readout).double()
    record = assert_is_pytorch(model, 5, generator)
    assert np.ptp(record["burst_prob_1"]) > 0.1


def test_a_network_without_feedback_only_infers(generator):
    weights = [generator.normal(size=shape) for shape in ((5, 9), (4, 5))]
    layers = tuple(MappedLayer(weight, np.zeros(len(weight))) for weight in weights)
    network = mapping.quantise(MappedNetwork(layers, "float"), generator.random((20, 9)))
    inputs, targets = samples_for(network, 5, generator)
    record = present(network, inputs, targets)
    assert_same_integers(record, settle(network, inputs, targets)[0])
    assert not record["apical_1"].any()

"""The neurons of networks that learn in the engine, in floating point: they learn the gradient."""

import numpy as np
import pytest
import torch
from lava.magma.core.run_configs import Loihi2SimCfg

from lava_bccn import mapping, processes
from lava_bccn.dynamics.engine import EngineSynapses
from lava_bccn.dynamics.engine_rule import EngineRule
from lava_bccn.dynamics.fixed_point import FixedPointFormat
from lava_bccn.dynamics.schedule import Schedule
from lava_bccn.errors import InvalidInputError
from lava_bccn.network.engine_learning import EngineLayer
from lava_bccn.network.engine_network import with_constants
from lava_bccn.network.engine_options import EngineOptions
from lava_bccn.nn import burst_loss, burst_mlp
from lava_bccn.nn.models import burst_layers
from lava_bccn.processes import stock

RATE = 2.0**-3  # of 2^-2 x1 y, where x1, as y1, is half of an event rate
WEIGHT = EngineRule(dw="2^-2*x0*x1*y2 - 2^-2*x0*x1*y3")
FOLLOWING = EngineRule(dw="2^-2*x0*(x1 - 64)*y1")


def model_and_gradient():
    """9-7-4 with a Kolen–Pollack Y, its gradients of one sample, and the sample."""
    torch.set_default_dtype(torch.float64)
    try:
        model = burst_mlp((9, 7, 4), feedback="kolen_pollack")
        inputs, label = torch.rand(1, 9), torch.tensor([2])
        burst_loss(model(inputs), torch.nn.functional.one_hot(label, 4)).backward()
    finally:
        torch.set_default_dtype(torch.float32)
    return model, inputs.numpy(), np.eye(4)[[2]]


def neurons(network, index, presentation, constants):
    options = EngineOptions(engine="direct", constants=constants)
    arguments = {
        "bias": network.layers[index].bias,
        "ensembles": network.ensembles(index),
        "plasticity": EngineLayer(
            options, Schedule(0), 0, 0, FixedPointFormat(), follows=index == 1, seed=0, number=index
        ),
        "presentation": presentation,
    }
    if index:
        return processes.EngineOutput(**arguments)
    return processes.EngineEnsemble(constants=constants, **arguments)


def synapses(rule, weight, constants=0):
    weight = np.pad(weight, ((0, 0), (0, constants)))
    return stock.learning(rule, EngineSynapses(weight, np.zeros(weight.shape)), epoch_steps=4)


def test_in_floating_point_a_sample_changes_weights_by_the_gradient_times_the_rate():
    model, inputs, targets = model_and_gradient()
    network = mapping.from_torch(model, precision="float")
    held, constants = processes.Presentation(network.presentation_steps), 1
    hidden, output = (neurons(network, index, held, constants) for index in range(2))
    first, second = (synapses(WEIGHT, layer.weight, constants) for layer in network.layers)
    following = synapses(FOLLOWING, network.layers[1].feedback_burst.T)
    source = processes.SampleSource(
        samples=with_constants(inputs, constants),
        targets=targets,
        output_size=4,
        presentation_steps=held.steps,
    )
    source.sample_out.connect(first.s_in)
    first.a_out.connect(hidden.a_in)
    hidden.s_out.connect(second.s_in)
    second.a_out.connect(output.a_in)
    source.target_out.connect(output.target_in)
    output.s_out_deviation.connect(following.s_in)
    following.a_out.connect(hidden.a_third_factor_in)
    for end, connection in ((hidden, first), (output, second), (hidden, following)):
        for trace in ("bap", "y1", "y2", "y3"):
            port = getattr(connection, f"s_in_{trace}")
            getattr(end, f"s_out_{trace}").connect(port)
    with processes.running(first, Loihi2SimCfg(select_tag="floating_pt")) as lava:
        lava.steps(held.steps)
        learned = [each.weights.get() for each in (first, second, following)]
    layers = burst_layers(model)
    for layer, before, after in zip(layers, network.layers, learned, strict=False):
        change = after - np.pad(before.weight, ((0, 0), (0, constants)))
        for found, parameter in ((change[:, :-1], layer.weight), (change[:, -1], layer.bias)):
            expected = -RATE * parameter.grad.numpy()
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
            assert np.abs(found).max() > 1e-9
    change = learned[2].T - network.layers[1].feedback_burst
    np.testing.assert_allclose(change, -RATE * layers[1].weight.grad.numpy(), rtol=0, atol=1e-12)


def test_their_arithmetic_must_be_that_of_the_model():
    model, _, _ = model_and_gradient()
    network = mapping.from_torch(model, precision="float")
    output = neurons(network, 1, processes.Presentation(4), 0)
    with (
        pytest.raises(InvalidInputError, match="select_tag='floating_pt'"),
        processes.running(output, Loihi2SimCfg(select_tag="fixed_pt")),
    ):
        pass

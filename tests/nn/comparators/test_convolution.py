"""Comparators with convolutions, against PyTorch's own gradients and a sum written out."""

import pytest
import torch

from lava_bccn.errors import InvalidInputError
from lava_bccn.nn import ConvolutionSpec, alignment, burst_loss, cnn
from lava_bccn.nn.comparators import CONVOLUTIONAL, BurstpropConv2d
from lava_bccn.nn.description import build, describe
from lava_bccn.nn.models import comparator_layers, learning_layers
from tests.nn.comparators.observed import observed

SHAPE = (2, 9, 9)
SPECS = (ConvolutionSpec(4, 3, stride=2, padding=1), ConvolutionSpec(3, 3))
CLASSES = 4


def network(name, seed=0, **options):
    generator = torch.Generator().manual_seed(seed)
    return cnn(name, SHAPE, SPECS, (6,), CLASSES, generator=generator, **options).double()


def batch(samples=5):
    generator = torch.Generator().manual_seed(1)
    inputs = torch.rand(samples, *SHAPE, generator=generator, dtype=torch.float64)
    labels = torch.randint(CLASSES, (samples,), generator=generator)
    return inputs, torch.nn.functional.one_hot(labels, CLASSES).double()


def gradients(model, inputs, targets):
    model.zero_grad(set_to_none=True)
    burst_loss(model(inputs), targets).backward()
    return {name: value.grad.clone() for name, value in model.named_parameters()}


def test_backprop_is_pytorchs_gradient():
    model, (inputs, targets) = network("backprop"), batch()
    learned = gradients(model, inputs, targets)
    plain = torch.nn.Sequential()
    for module in model:
        if isinstance(module, torch.nn.Flatten):
            plain.append(torch.nn.Flatten())
            continue
        if hasattr(module, "kernel_size"):
            sizes = module.in_channels, module.out_channels, module.kernel_size
            layer = torch.nn.Conv2d(*sizes, module.stride, module.padding, dtype=torch.float64)
        else:
            layer = torch.nn.Linear(module.in_features, module.out_features, dtype=torch.float64)
        layer.load_state_dict({"weight": module.weight, "bias": module.bias})
        plain.extend([layer, torch.nn.Sigmoid()])
    (0.5 * (plain(inputs) - targets).square().sum(1).mean()).backward()
    for grad, parameter in zip(learned.values(), plain.parameters(), strict=True):
        torch.testing.assert_close(grad, parameter.grad, rtol=0, atol=1e-14)


def test_feedback_alignment_through_w_is_backprop():
    inputs, targets = batch()
    tied = gradients(network("feedback_alignment", feedback="tied"), inputs, targets)
    for name, grad in gradients(network("backprop"), inputs, targets).items():
        assert torch.equal(tied[name], grad)


def test_feedback_alignment_sends_errors_through_the_kernels_of_y():
    model, (inputs, targets) = network("feedback_alignment"), batch()
    layers = comparator_layers(model)
    _, sent = observed(model, inputs, targets)
    rates = layers[0](inputs)
    above = layers[1](rates)
    # The second layer's deltas, put where its kernels read; place by place.
    error = sent[1] * above * (1 - above)
    expected = torch.zeros_like(rates)
    for row in range(above.shape[2]):
        for column in range(above.shape[3]):
            place = torch.einsum(
                "bo,oihw->bihw", error[:, :, row, column], layers[1].feedback_weight
            )
            expected[:, :, row : row + 3, column : column + 3] += place
    torch.testing.assert_close(sent[0], expected)


def _matrix(layer, weight, shape):
    """A layer's map as a dense matrix: what it does to each unit below alone."""
    units = torch.eye(shape.numel(), dtype=weight.dtype).view(-1, *shape)
    return layer.connection.up(units, weight).flatten(1).T


def _naive_burstprop(model, inputs, targets, p_baseline):
    """Gradients of every W and c from the two phases as they are written, a sample at a time."""
    layers = comparator_layers(model)
    with torch.no_grad():
        shapes, rates = [inputs.shape[1:]], [inputs]
        for layer in layers:
            below = rates[-1] if layer.weight.ndim == 4 else rates[-1].flatten(1)
            rates.append(layer.connection.up(below, layer.weight, layer.bias).sigmoid())
            shapes.append(rates[-1].shape[1:])
        total = {layer: [torch.zeros_like(layer.weight), 0] for layer in layers}
        for sample in range(len(inputs)):
            e = [rate[sample].flatten() for rate in rates[1:]]
            error = (targets[sample] - e[-1]) * (1 - e[-1])
            bursts = [p_baseline * e[-1], p_baseline * (1 + error) * e[-1]]
            for index in reversed(range(len(layers))):
                layer, change = layers[index], bursts[1] - bursts[0]
                shape = shapes[index + 1]
                total[layer][1] -= change.view(len(layer.bias), -1).sum(1)
                below = rates[index][sample]
                for unit, amount in enumerate(change):
                    # The units of a kernel's window, by autograd of one unit's potential.
                    weight = layer.weight.detach().clone().requires_grad_()
                    with torch.enable_grad():
                        potential = layer.connection.up(below[None], weight).flatten()[unit]
                        total[layer][0] -= amount * torch.autograd.grad(potential, weight)[0]
                if index == 0:
                    break
                matrix = _matrix(layer, layer.feedback_weight, shapes[index])
                rate = e[index - 1]
                assert shape.numel() == len(matrix)
                received = [matrix.T @ burst for burst in bursts]
                recurrent = layers[index - 1].recurrent
                leak = 0 if recurrent is None else recurrent @ (received[0].sigmoid() * rate)
                bursts = [(g * (1 - rate) - leak).sigmoid() * rate for g in received]
    return [(weight / len(inputs), bias / len(inputs)) for weight, bias in total.values()]


def test_burstprop_is_its_equations_unfolded():
    model, (inputs, targets) = network("burstprop"), batch(3)
    with torch.no_grad():
        recurrent = comparator_layers(model)[2].recurrent
        recurrent.normal_(0, 0.3, generator=torch.Generator().manual_seed(2))
    learned = gradients(model, inputs, targets)
    expected = _naive_burstprop(model, inputs, targets, p_baseline=0.2)
    for (name, _), (weight, bias) in zip(
        [item for item in model.named_children() if item[0] != "2"], expected, strict=True
    ):
        torch.testing.assert_close(learned[f"{name}.weight"], weight, rtol=1e-6, atol=1e-12)
        torch.testing.assert_close(learned[f"{name}.bias"], bias, rtol=1e-6, atol=1e-12)


def test_burstprop_has_r_where_it_is_fully_connected():
    layers = comparator_layers(network("burstprop"))
    assert [layer.recurrent is not None for layer in layers] == [False, False, True, False]


def test_one_seed_gives_all_models_the_same_w():
    starts = [
        torch.cat([layer.weight.flatten() for layer in learning_layers(network(name))])
        for name in ("burstccn", *CONVOLUTIONAL)
    ]
    assert all(torch.equal(start, starts[0]) for start in starts)


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_gradients_are_means_over_the_batch(name):
    model, (inputs, targets) = network(name), batch()
    together = gradients(model, inputs, targets)
    alone = [gradients(model, inputs[i : i + 1], targets[i : i + 1]) for i in range(len(inputs))]
    for key, grad in together.items():
        expected = torch.stack([one[key] for one in alone]).mean(0)
        torch.testing.assert_close(grad, expected, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_a_description_builds_the_same_network(name):
    model, (inputs, targets) = network(name), batch()
    other = build(describe(model))
    other.load_state_dict(model.state_dict())
    assert torch.equal(other(inputs), model(inputs))
    assert len(alignment(model, inputs, targets)) == len(SPECS) + 2


def test_updates_of_backprop_are_at_no_angle_to_backprop():
    angles = alignment(network("backprop"), *batch())
    assert all(max(layer.to_backprop, layer.to_feedback_alignment) < 1e-5 for layer in angles)


def test_edn_has_no_convolutions():
    with pytest.raises(InvalidInputError, match="edn has fully connected layers only"):
        network("edn")


def test_burstprop_takes_the_rates_of_two_phases():
    with pytest.raises(InvalidInputError, match="layers of one rule"):
        BurstpropConv2d(2, 3, 3)(torch.rand(3, 1, 2, 5, 5))

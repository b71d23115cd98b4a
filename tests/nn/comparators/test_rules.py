"""What each rule sends and learns, against references that know nothing of it."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn.dynamics import rate
from lava_bccn.dynamics.sigmoid import sigmoid, sigmoid_change
from lava_bccn.errors import InvalidInputError
from lava_bccn.metrics import angle_degrees
from lava_bccn.nn import alignment, burst_loss, mlp
from lava_bccn.nn.comparators import COMPARATORS
from lava_bccn.nn.model_options import MODEL_OPTIONS
from lava_bccn.nn.models import comparator_layers, learning_layers
from tests.nn.comparators.observed import observed

SIZES = (9, 8, 7, 4)


def network(name, *, sizes=SIZES, seed=0, **options):
    generator = torch.Generator().manual_seed(seed)
    return mlp(name, sizes, generator=generator, **options).double()


def batch(samples=5, seed=1):
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.rand(samples, SIZES[0], generator=generator, dtype=torch.float64)
    labels = torch.randint(SIZES[-1], (samples,), generator=generator)
    return inputs, torch.nn.functional.one_hot(labels, SIZES[-1]).double()


def gradients(model, inputs, targets):
    model.zero_grad(set_to_none=True)
    burst_loss(model(inputs), targets).backward()
    return {name: value.grad.clone() for name, value in model.named_parameters()}


@given(
    potential=st.floats(-30, 30),
    shift=st.floats(-1e4, 1e4) | st.floats(-1e-9, 1e-9),
    kind=st.sampled_from((np.float64, torch.tensor)),
)
def test_the_change_of_a_sigmoid_keeps_its_precision(potential, shift, kind):
    def value(number):
        return kind(number) if kind is np.float64 else kind(number, dtype=torch.float64)

    change = float(sigmoid_change(sigmoid(value(potential)), value(shift)))
    a, b = potential, potential + shift
    # sigma(b) - sigma(a) = sinh((b - a) / 2) / (2 cosh(a / 2) cosh(b / 2)), through exponentials.
    largest = (abs(shift) - abs(a) - abs(b)) / 2
    expected = np.sign(shift) * -np.expm1(-abs(shift)) * np.exp(largest)
    expected /= (1 + np.exp(-abs(a))) * (1 + np.exp(-abs(b)))
    # The sigmoid near 1 has lost what the potential still had: 1 − σ is off by two units of 2^−53.
    lost = np.finfo(float).eps * np.exp(abs(potential))
    assert change == pytest.approx(expected, rel=1e-9 + lost, abs=1e-300)


def test_the_change_of_a_saturated_sigmoid_is_finite():
    saturated = torch.tensor([0.0, 0.0, 1.0, 1.0])
    change = sigmoid_change(saturated, torch.tensor([80.0, -80.0, 80.0, -80.0]))
    assert torch.equal(change, torch.zeros(4))


def test_backprop_is_pytorchs_gradient():
    model, (inputs, targets) = network("backprop"), batch()
    learned = gradients(model, inputs, targets)
    plain = torch.nn.Sequential()
    for layer in comparator_layers(model):
        linear = torch.nn.Linear(layer.in_features, layer.out_features, dtype=torch.float64)
        linear.load_state_dict({"weight": layer.weight, "bias": layer.bias})
        plain.extend([linear, torch.nn.Sigmoid()])
    (0.5 * (plain(inputs) - targets).square().sum(1).mean()).backward()
    for grad, parameter in zip(learned.values(), plain.parameters(), strict=True):
        torch.testing.assert_close(grad, parameter.grad, rtol=0, atol=1e-14)


def test_feedback_alignment_through_w_is_backprop():
    inputs, targets = batch()
    tied = gradients(network("feedback_alignment", feedback="tied"), inputs, targets)
    backprop = gradients(network("backprop"), inputs, targets)
    for name, grad in backprop.items():
        assert torch.equal(tied[name], grad)


def test_feedback_alignment_sends_errors_through_y():
    model, (inputs, targets) = network("feedback_alignment", sizes=(9, 6, 4)), batch()
    learned = gradients(model, inputs, targets)
    _, hidden, readout = model
    below = hidden(inputs)
    output = readout(below)
    delta = (output - targets) * output * (1 - output)
    delta = (delta @ readout.feedback_weight) * below * (1 - below)
    torch.testing.assert_close(learned["1.weight"], delta.T @ inputs / len(inputs))


@pytest.mark.parametrize("name", COMPARATORS)
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_gradients_are_means_over_the_batch(name, depth):
    model = network(name, sizes=(*SIZES[:depth], SIZES[-1]))
    inputs, targets = batch()
    together = gradients(model, inputs, targets)
    alone = [gradients(model, inputs[i : i + 1], targets[i : i + 1]) for i in range(len(inputs))]
    for key, grad in together.items():
        expected = torch.stack([one[key] for one in alone]).mean(0)
        torch.testing.assert_close(grad, expected, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("name", COMPARATORS)
def test_without_a_teacher_no_w_learns(name):
    model, (inputs, targets) = network(name), batch()
    learned = gradients(model, inputs, torch.full_like(targets, rate.NO_TEACHER))
    for key, grad in learned.items():
        if not key.endswith("recurrent"):  # R balances the dendrites with or without a teacher
            assert grad.abs().max() < 1e-15, key


@pytest.mark.parametrize("name", ["burstprop", "edn"])
def test_with_y_as_w_the_update_points_along_backprop(name):
    """Where dendrites and output are in their linear range: small feedback, targets close by."""
    model, (inputs, _) = network(name, feedback="tied"), batch()
    with torch.no_grad():
        for layer in comparator_layers(model):
            layer.weight.mul_(0.05)
    output = model(inputs).detach()
    targets = output + 0.01 * torch.randn_like(output).sign()
    if name == "edn":  # whose targets are 0.2 to 0.8
        with torch.no_grad():
            for layer in comparator_layers(model)[1:]:
                layer.to_interneuron.copy_(layer.weight)
                layer.from_interneuron.copy_(layer.weight)
        targets = (targets - 0.2) / 0.6
    learned = gradients(model, inputs, targets)
    softened = 0.2 + 0.6 * targets if name == "edn" else targets
    reference = gradients(_as_backprop(model), inputs, softened)
    for key in learned:
        if key.endswith(".weight"):
            assert angle_degrees(learned[key], reference[key]) < 3, key


def _as_backprop(model):
    other = network("backprop")
    for mine, theirs in zip(comparator_layers(other), comparator_layers(model), strict=True):
        mine.load_state_dict({"weight": theirs.weight, "bias": theirs.bias})
    return other


def test_burstprop_shrinks_errors_by_four_a_layer():
    """sigma has slope 1/4 where p rests, and u = 0 where Y sends nothing on average."""
    model, (inputs, targets) = network("burstprop", feedback="tied"), batch()
    backprop = gradients(_as_backprop(model), inputs, targets)
    with torch.no_grad():
        for layer in comparator_layers(model)[1:]:
            layer.weight.mul_(1e-3)
    learned, backprop = (
        gradients(network, inputs, targets) for network in (model, _as_backprop(model))
    )
    for index, factor in ((3, 0.2), (2, 0.2 / 4), (1, 0.2 / 16)):
        key = f"{index}.weight"
        assert learned[key].norm() / backprop[key].norm() == pytest.approx(factor, rel=0.02)


def test_ideal_interneurons_cancel_what_comes_down_without_a_teacher():
    model, (inputs, targets) = network("edn"), batch()
    layers = comparator_layers(model)
    _, apical = observed(layers, inputs, torch.full_like(targets, rate.NO_TEACHER))
    assert [float(potential.abs().max()) for potential in apical[:-1]] == [0, 0]
    _, apical = observed(layers, inputs, targets)
    assert all(float(potential.abs().max()) > 1e-6 for potential in apical[:-1])


def test_interneurons_learn_to_cancel():
    model, (inputs, targets) = network("edn"), batch(50)
    layers = comparator_layers(model)
    with torch.no_grad():
        for layer in layers[1:]:
            layer.from_interneuron.add_(0.2 * torch.randn_like(layer.from_interneuron))
    optimizer = torch.optim.SGD([layer.from_interneuron for layer in layers[1:]], lr=0.1)
    sizes = []
    for _ in range(100):
        optimizer.zero_grad()
        _, apical = observed(layers, inputs, torch.full_like(targets, rate.NO_TEACHER))
        sizes.append(float(apical[1].abs().mean()))
        optimizer.step()
    assert sizes[-1] < 0.4 * sizes[0]


def test_one_seed_gives_all_models_the_same_w():
    starts = [
        torch.cat([layer.weight.flatten() for layer in learning_layers(network(name))])
        for name in MODEL_OPTIONS
    ]
    assert all(torch.equal(start, starts[0]) for start in starts)


@pytest.mark.parametrize("name", COMPARATORS)
def test_angles_to_backprop_and_feedback_alignment(name):
    model, (inputs, targets) = network(name), batch()
    learned = gradients(model, inputs, targets)
    reference = gradients(_as_backprop(model), inputs, targets)
    angles = alignment(model, inputs, targets)
    for index, layer in enumerate(angles, start=1):
        key = f"{index}.weight"
        expected = angle_degrees(learned[key], reference[key])
        assert layer.to_backprop == pytest.approx(expected, abs=1e-6)
    if name in ("backprop", "feedback_alignment"):
        assert all(layer.to_feedback_alignment < 1e-6 for layer in angles)
    after = {key: value.grad for key, value in model.named_parameters()}
    assert all(torch.equal(after[key], learned[key]) for key in learned), "looking changes nothing"


@pytest.mark.parametrize("name", COMPARATORS)
def test_autocast_keeps_the_direction_of_updates(name):
    inputs, targets = batch()
    model = network(name).float()
    full = gradients(model, inputs.float(), targets.float())
    with torch.autocast("cpu", torch.bfloat16):
        output = model(inputs.float())
    model.zero_grad(set_to_none=True)
    burst_loss(output, targets.float()).backward()
    for key, value in model.named_parameters():
        assert value.grad.dtype == torch.float32
        if key.endswith(".weight"):
            assert angle_degrees(full[key], value.grad) < 3, key


def test_what_does_not_fit_is_refused_by_name():
    with pytest.raises(InvalidInputError, match="model must be one of burstccn, backprop"):
        mlp("hebb", SIZES)
    with pytest.raises(InvalidInputError, match="feedback_event does not apply to edn"):
        mlp("edn", SIZES, feedback_event="tied")
    with pytest.raises(InvalidInputError, match=r"must be one of .*'kolen_pollack'"):
        mlp("burstprop", SIZES, feedback="kolen_pollack")
    with pytest.raises(InvalidInputError, match="p_baseline"):
        mlp("burstprop", SIZES, p_baseline=0.7)
    with pytest.raises(InvalidInputError, match="nudging"):
        mlp("edn", SIZES, nudging=0)
    with pytest.raises(InvalidInputError, match="sizes"):
        mlp("edn", (3,))


def test_rules_are_not_mixed():
    hidden, readout = network("burstprop"), network("edn")
    with pytest.raises(InvalidInputError, match="one learning rule"):
        comparator_layers(torch.nn.Sequential(hidden[1], readout[3]))
    with pytest.raises(InvalidInputError, match="layers of one rule"):
        torch.nn.Sequential(hidden[1], readout[2])(batch()[0])


def test_a_first_layer_has_nothing_to_send_down():
    first, second = network("backprop")[1], network("edn", sizes=(8, 4))[1]
    with pytest.raises(InvalidInputError, match="feedback=None"):
        burst_loss(second(first(batch()[0])), batch()[1]).backward()

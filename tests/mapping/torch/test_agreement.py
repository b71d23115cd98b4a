"""A model is mapped only if the network computes what the model itself does."""

import warnings

import numpy as np
import pytest
import torch
import torch.nn.utils.prune
from torch.ao.quantization import get_default_qat_qconfig, prepare_qat
from torch.nn.utils import parametrizations

import lava_bccn
from lava_bccn import mapping
from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.mapping.torch.agreement import check_agreement
from lava_bccn.nn import Normalize, burst_cnn, burst_mlp, mlp
from lava_bccn.nn.model_options import ConvolutionSpec

INPUTS = torch.rand(40, 6, generator=torch.Generator().manual_seed(0))
IMAGES = torch.rand(20, 1, 6, 6, generator=torch.Generator().manual_seed(1))


def net(first=None, *, last=None):
    return torch.nn.Sequential(
        first or torch.nn.Linear(6, 8),
        torch.nn.Sigmoid(),
        torch.nn.Dropout(0.5),
        torch.nn.Linear(8, 3),
        last or torch.nn.Sigmoid(),
    )


def mapped(model, inputs=INPUTS):
    return mapping.from_torch(model, inputs, precision="float", feedback=None)


def snapshot(model):
    return {name: (each, each.clone()) for name, each in model.state_dict(keep_vars=True).items()}


class Scaled(torch.nn.Sequential):
    def forward(self, inputs):
        return super().forward(2 * inputs - 1)


class Sharpened(torch.nn.Sequential):
    def forward(self, inputs):
        return super().forward(inputs) ** 2


class Extra(torch.nn.Linear):
    def forward(self, inputs):
        return super().forward(inputs) + inputs.sum(1, keepdim=True)


class Steep(torch.nn.Sigmoid):
    def forward(self, inputs):
        return torch.sigmoid(2 * inputs)


class AlwaysOn(torch.nn.Dropout):
    def forward(self, inputs):
        return torch.nn.functional.dropout(inputs, self.p, training=True)


class Pair(torch.nn.Sequential):
    def forward(self, inputs):
        return super().forward(inputs), inputs


def hooked(kind, hook, index=0):
    model = net()
    getattr(model[index], f"register_{kind}")(hook)
    return model


def with_dropout_that_stays():
    model = net()
    model[2] = AlwaysOn(0.5)
    return model


def fake_quantised():
    model = net().train()
    model.qconfig = get_default_qat_qconfig("fbgemm")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = prepare_qat(model)
    model(INPUTS)
    return model


class Switched(torch.nn.Sequential):
    """Something else while it is followed than when it is called."""

    def forward(self, inputs):
        return super().forward(inputs if torch.compiler.is_exporting() else 1 - inputs)


def saturated():
    """The output is 1, whatever the hidden layer does."""
    model = hooked("forward_hook", lambda _module, _inputs, output: 1 - output, index=1)
    torch.nn.init.constant_(model[3].weight, 10)
    torch.nn.init.constant_(model[3].bias, 100)
    return model


@pytest.mark.parametrize(
    "make",
    [
        lambda: Scaled(*net()),
        lambda: net(Extra(6, 8)),
        lambda: net(last=Steep()),
        lambda: hooked("forward_hook", lambda _m, _i, output: 3 * output),
        lambda: hooked("forward_hook", lambda _m, _i, output: 3 * output, 3),
        lambda: hooked("forward_pre_hook", lambda _m, inputs: (1 - inputs[0],), 3),
        lambda: hooked("forward_hook", lambda _m, _i, output: output[:, :2], 4),
        lambda: hooked("forward_pre_hook", lambda _m, inputs: (inputs[0] * torch.arange(6.0),)),
        saturated,
    ],
)
@pytest.mark.parametrize("inputs", [INPUTS, torch.zeros(5, 6)])
def test_what_forwards_and_hooks_of_ones_own_compute_is_mapped(make, inputs):
    model = make()
    found = lava_bccn.run(mapped(model, inputs), INPUTS)
    np.testing.assert_allclose(found.outputs, model.eval()(INPUTS).detach(), atol=1e-5)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (lambda: Sharpened(*net()), r"pow at .*test_agreement.py, line \d+: return super"),
        (lambda: hooked("forward_hook", lambda _m, _i, output: output * np.nan), "not finite|NaN"),
        (with_dropout_that_stays, r"dropout in 2 \(AlwaysOn\) at .*draws anew in each call"),
        (fake_quantised, "cannot follow Sequential.*FakeQuantize"),
        (lambda: Pair(*net()), "Pair gives 2 outputs for 1 inputs"),
        (lambda: Scaled(*burst_mlp((6, 8, 3))), "module '1'"),
        (lambda: Switched(*net()), "output of the Switched"),
    ],
)
def test_what_has_no_mapping_is_refused_where_it_stands(model, reason):
    with pytest.raises((MappingError, InvalidInputError), match=reason):
        mapped(model())


def test_the_difference_is_told_as_it_is():
    model = Switched(*net()).eval()
    with torch.no_grad():
        largest = float((model(INPUTS) - model(1 - INPUTS)).abs().max())
    with pytest.raises(MappingError) as refusal:
        mapped(model)
    told = float(str(refusal.value).partition("up to ")[2].split()[0])
    assert largest - 1e-3 <= told < 2 * largest  # the random inputs may differ by a little more


def reparametrised():
    model = net()
    parametrizations.weight_norm(model[0])
    parametrizations.spectral_norm(model[3])
    return model


def reparametrised_by_hooks():
    """As older code does it: the weight is computed anew only when the module is called."""
    model = net()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.nn.utils.weight_norm(model[0])
    torch.nn.utils.prune.l1_unstructured(model[3], "weight", 0.5)
    with torch.no_grad():
        model[0].weight_g *= 2
        model[3].weight_orig *= 2
    return model


def watched():
    model = net()
    model[0].register_full_backward_hook(lambda *_: None)
    model[0].register_forward_hook(lambda *_: None)
    return model


def sharing():
    """One module at two places, and two modules with one weight."""
    layer, like = torch.nn.Linear(6, 6), torch.nn.Linear(6, 6)
    like.weight = layer.weight
    parts = (layer, torch.nn.Sigmoid(), layer, torch.nn.Sigmoid(), like, torch.nn.Sigmoid())
    return torch.nn.Sequential(*parts)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
@pytest.mark.parametrize(
    "make",
    [
        net,
        reparametrised,
        reparametrised_by_hooks,
        watched,
        sharing,
        lambda: burst_mlp((6, 8, 3)),
        lambda: burst_mlp((6, 8, 3), activation="hard_sigmoid", normalize=(0.1, 0.3)),
        lambda: mlp("feedback_alignment", (6, 8, 3)),
        lambda: torch.nn.Sequential(Normalize(torch.rand(6), torch.rand(6) + 0.5), *net()),
    ],
)
def test_what_computes_the_same_is_mapped_and_left_as_it_was(make, dtype):
    model = make().to(dtype).train()
    before, state = snapshot(model), torch.get_rng_state()
    network = mapped(model)
    assert all(module.training for module in model.modules())
    for name, (tensor, value) in before.items():
        assert model.state_dict(keep_vars=True)[name] is tensor
        assert torch.equal(tensor, value), name
    assert torch.equal(torch.get_rng_state(), state)
    found = lava_bccn.run(network, INPUTS).event_rate
    exact = model.eval().double()(INPUTS.double())
    tolerance = 1e-5 if dtype.itemsize > 2 else 1e-2  # of weights that were computed in half
    np.testing.assert_allclose(found, exact.detach(), atol=tolerance)


def test_an_exported_program_is_refused_by_name():
    program = torch.export.export(net().eval(), (INPUTS,)).module()
    with pytest.raises(MappingError, match="map the model that it was made of"):
        mapped(program)


def test_what_observes_its_inputs_observes_nothing_here():
    model = fake_quantised()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(MappingError):
        mapped(model, 0.1 * INPUTS)
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), name


class Single(torch.nn.Sequential):
    """Takes nothing but single precision."""

    def forward(self, inputs):
        assert inputs.dtype == torch.float32
        self.register_buffer("seen", inputs.sum())
        return super().forward(inputs)


def test_a_model_that_takes_its_own_precision_only_is_run_in_that():
    model = Single(*net())
    names = set(model.state_dict())
    assert mapped(model).sizes == (6, 8, 3)
    assert set(model.state_dict()) == names
    model.register_forward_hook(
        lambda _m, _i, output: output if torch.compiler.is_exporting() else output + 1e-3
    )
    with pytest.raises(MappingError, match="output of the Single"):
        mapped(model)


@pytest.mark.parametrize("shown", [IMAGES, IMAGES.flatten(1), None])
def test_images_may_come_flat_or_not_at_all(shown):
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(36, 4), torch.nn.Sigmoid())
    assert mapped(model, shown).sizes == (36, 4)
    assert mapped(model[1:], shown).sizes == (36, 4)  # without a Flatten


def test_convolutions_are_compared_too():
    model = burst_cnn((1, 6, 6), [ConvolutionSpec(2, 3)], (5,), 3, normalize=(0.5, 0.2))
    assert mapped(model, IMAGES).architecture == "1x6x6-2x4x4-5-3"
    model[1].register_forward_hook(lambda _m, _i, output: output.flip(-1))
    with pytest.raises(MappingError, match=r"module '1'.*has hooks"):
        mapped(model, IMAGES)


def test_any_callable_can_be_compared_by_its_output():
    model = net().eval()
    network = mapped(model)
    check_agreement(lambda inputs: model(inputs.float()), network, None)
    with pytest.raises(MappingError, match="differs"):
        check_agreement(lambda inputs: 0.99 * model(inputs.float()), network, None)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_outputs_of_any_size_are_compared_in_their_own(scale):
    model = torch.nn.Sequential(
        torch.nn.Linear(6, 40), torch.nn.BatchNorm1d(40), torch.nn.ReLU(), torch.nn.Linear(40, 3)
    ).eval()
    with torch.no_grad():
        model[3].weight *= scale
        model[3].bias *= scale
    network = mapped(model)
    found = lava_bccn.run(network, INPUTS).outputs / scale
    np.testing.assert_allclose(found, model(INPUTS).detach() / scale, atol=1e-5)
    model.register_forward_hook(
        lambda _m, _i, output: output if torch.compiler.is_exporting() else 1.001 * output
    )
    with pytest.raises(MappingError, match="output of the Sequential"):
        mapped(model)

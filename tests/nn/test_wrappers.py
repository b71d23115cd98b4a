"""A model in a wrapper is the model inside: to be trained, saved, looked at and mapped."""

import numpy as np
import pytest
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from lava_bccn import mapping
from lava_bccn.errors import InvalidInputError, MappingError
from lava_bccn.nn import (
    Checkpoint,
    TrainingConfig,
    alignment,
    burst_mlp,
    burst_states,
    centre,
    load_checkpoint,
    save_checkpoint,
    train,
)
from lava_bccn.nn.sources import classification_accuracy
from lava_bccn.nn.wrappers import unwrapped

INPUTS = torch.rand(40, 6, generator=torch.Generator().manual_seed(3))
LABELS = (INPUTS[:, 0] > INPUTS[:, 1]).long()
SAMPLES = (INPUTS, LABELS)


class Shell(torch.nn.Module):
    """As moving averages and sharding of other libraries are written."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, *inputs, **options):
        return self.module(*inputs, **options)


class Doubling(Shell):
    def forward(self, inputs):
        return self.module(2 * inputs - 1)


WRAPPERS = {
    "compile": lambda model: torch.compile(model, backend="eager"),
    "data parallel": torch.nn.DataParallel,
    "moving average": lambda model: AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn()),
    "shell": Shell,
    "nested": lambda model: torch.compile(Shell(torch.nn.DataParallel(model)), backend="eager"),
}


@pytest.fixture(params=WRAPPERS)
def pair(request):
    """A model and, in a wrapper, the like."""
    models = [burst_mlp((6, 5, 2), generator=torch.Generator().manual_seed(0)) for _ in range(2)]
    return models[0], WRAPPERS[request.param](models[1])


def assert_same_weights(first, second):
    assert first.state_dict().keys() == second.state_dict().keys()
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name])


def test_it_is_saved_without_its_wrapper(pair, tmp_path):
    plain, wrapped = pair
    for stored in (wrapped, Checkpoint(wrapped)):
        save_checkpoint(tmp_path / "model.pt", stored)
        assert_same_weights(load_checkpoint(tmp_path / "model.pt").model, plain)


def test_it_trains(pair, tmp_path):
    plain, wrapped = pair
    path, config = tmp_path / "run.pt", TrainingConfig(epochs=2)
    expected = train(plain, SAMPLES, SAMPLES, config)
    found = train(wrapped, SAMPLES, SAMPLES, config, checkpoint=path)
    assert_same_weights(found.model, expected.model)
    assert_same_weights(load_checkpoint(path).model, expected.model)
    assert classification_accuracy(wrapped, SAMPLES) == classification_accuracy(plain, SAMPLES)
    again = train(wrapped, SAMPLES, SAMPLES, config, checkpoint=path, resume=True)
    assert_same_weights(again.model, expected.model)


def test_it_is_looked_at_and_mapped(pair):
    plain, wrapped = pair
    for model in pair:
        centre(model, INPUTS)
    targets = torch.eye(2)[LABELS]
    assert alignment(plain, INPUTS, targets) == alignment(wrapped, INPUTS, targets)
    states = [burst_states(model, INPUTS)[-1].event_rate for model in pair]
    assert torch.equal(*states)
    networks = [mapping.from_torch(model, INPUTS) for model in pair]
    for a, b in zip(networks[0].layers, networks[1].layers, strict=True):
        np.testing.assert_array_equal(a.weight, b.weight)


def test_what_changes_the_inputs_or_outputs_is_no_wrapper(tmp_path):
    model = burst_mlp((6, 5, 2))
    with_hook = torch.nn.DataParallel(model)
    with_hook.register_forward_hook(lambda _module, _inputs, output: 2 * output)
    for wrapped in (Doubling(model), with_hook):
        assert unwrapped(wrapped) is wrapped
        for door in (
            lambda wrapped=wrapped: save_checkpoint(tmp_path / "model.pt", wrapped),
            lambda wrapped=wrapped: train(wrapped, SAMPLES, SAMPLES),
            lambda wrapped=wrapped: mapping.from_torch(wrapped, INPUTS),
        ):
            with pytest.raises((InvalidInputError, MappingError), match=type(wrapped).__name__):
                door()
    assert not (tmp_path / "model.pt").exists()


def test_a_parametrised_layer_wraps_nothing():
    layer = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(3, 3))
    assert unwrapped(layer) is layer


class Scaled(torch.nn.Sequential):
    def forward(self, inputs):
        return super().forward(2 * inputs - 1)


class OtherReadout(type(burst_mlp((2, 2))[-1])):
    """A layer that no file can name."""


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda: Scaled(*burst_mlp((6, 2))), "forward of a Scaled"),
        (lambda: torch.nn.Sequential(OtherReadout(6, 2)), "OtherReadout"),
        (lambda: torch.nn.Linear(6, 2), "Linear"),
        (lambda: burst_mlp((6, 2)).state_dict(), "OrderedDict"),
        (lambda: Checkpoint(burst_mlp((6, 2)), data={"mean": np.ones(3)}), r"data\['mean'\] is a"),
    ],
)
def test_what_could_not_be_read_again_is_not_written(tmp_path, model, message):
    with pytest.raises(InvalidInputError, match=message):
        save_checkpoint(tmp_path / "model.pt", model())
    assert not (tmp_path / "model.pt").exists()


def test_arguments_in_the_other_order_are_told_so(tmp_path):
    with pytest.raises(InvalidInputError, match="takes a path, then a model"):
        save_checkpoint(burst_mlp((6, 2)), tmp_path / "model.pt")

"""Steps that are recorded and replayed leave what they leave otherwise; tried without a GPU."""

import copy

import pytest
import torch

from lava_bccn.nn import burst_mlp
from lava_bccn.nn.direct import DirectStep
from lava_bccn.nn.replay import ReplayedStep, step_of

LEARNED_Q = {"feedback_event": "symmetric", "learn_feedback_event": True}


class Recorder:
    """Does as a CUDA graph does: calls again, and writes all results where they were at first."""

    def __init__(self, model):
        self.model, self.recordings, self.replays = model, 0, 0

    def __call__(self, call):
        self.recordings += 1
        loss = call()
        gradients = [each.grad for each in self.model.parameters()]

        def replay():
            self.replays += 1
            loss.copy_(call())
            for parameter, first in zip(self.model.parameters(), gradients, strict=True):
                if first is not None:
                    first.copy_(parameter.grad)
                parameter.grad = None

        return replay, loss


@pytest.fixture
def model():
    return burst_mlp((5, 4, 4, 3), generator=torch.Generator().manual_seed(0), **LEARNED_Q)


def compare(model, step, sizes):
    """Losses and gradients of batches with those of a model of its own that is never recorded."""
    plain = copy.deepcopy(model)
    expected = DirectStep(plain)
    for size in sizes:
        inputs, targets = torch.rand(size, 5), torch.rand(size, 3)
        assert torch.equal(step(inputs, targets), expected(inputs, targets))
        for own, other in zip(model.parameters(), plain.parameters(), strict=True):
            assert (own.grad is None) == (other.grad is None)
            assert own.grad is None or torch.equal(own.grad, other.grad)
            with torch.no_grad():
                for each in (own, other):
                    each -= 0 if each.grad is None else 0.1 * each.grad


def test_each_shape_is_recorded_once_after_a_first_batch(model):
    recorder = Recorder(model)
    compare(model, ReplayedStep(DirectStep(model), model, recorder), (4, 4, 4, 2, 4, 2, 2))
    assert (recorder.recordings, recorder.replays) == (2, 5)


def test_a_loss_is_kept_when_the_next_is_computed(model):
    step = ReplayedStep(DirectStep(model), model, Recorder(model))
    losses = [step(torch.rand(4, 5), torch.rand(4, 3)) for _ in range(4)]
    assert len({float(loss) for loss in losses}) == 4


def test_what_is_frozen_or_replaced_is_recorded_anew(model):
    recorder = Recorder(model)
    step = ReplayedStep(DirectStep(model), model, recorder)
    compare(model, step, (4, 4))
    model[1].requires_grad_(False)
    compare(model, step, (4, 4))
    model.load_state_dict(copy.deepcopy(model.state_dict()), assign=True)
    compare(model, step, (4, 4))
    assert recorder.recordings == 3


def test_what_cannot_be_recorded_is_computed_step_by_step(model):
    def refuse(call):
        raise RuntimeError("operation not permitted when stream is capturing\nmore")

    step = ReplayedStep(DirectStep(model), model, refuse)
    with pytest.warns(UserWarning, match="capturing") as caught:
        compare(model, step, (4, 4, 4, 2, 2))
    assert len(caught) == 1


def test_a_cpu_computes_step_by_step(model):
    assert isinstance(step_of(model), DirectStep)

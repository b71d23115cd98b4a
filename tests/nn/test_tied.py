"""A matrix that follows another can be read and not be written."""

import copy
import io

import numpy as np
import pytest
import torch

from lava_bccn.errors import InvalidInputError
from lava_bccn.nn import BurstLinear
from lava_bccn.nn.comparators import BackpropLinear

VALUES = torch.rand(3, 4)


def layer(**options):
    return BurstLinear(4, 3, **options)


WRITES = {
    "copy_": lambda matrix: matrix.copy_(VALUES),
    "data": lambda matrix: matrix.data.copy_(VALUES),
    "detach": lambda matrix: matrix.detach().zero_(),
    "data =": lambda matrix: setattr(matrix, "data", VALUES),
    "[0] =": lambda matrix: matrix.__setitem__(0, 1.0),
    "+=": lambda matrix: matrix.__iadd__(VALUES),
    "a row": lambda matrix: matrix[0].zero_(),
    "transposed": lambda matrix: matrix.T.fill_(1),
    "unbound": lambda matrix: matrix.unbind()[0].zero_(),
    "init": torch.nn.init.normal_,
    "out": lambda matrix: torch.add(VALUES, VALUES, out=matrix),
    "foreach": lambda matrix: torch._foreach_add_([matrix], 1),
    "optimizer": lambda matrix: (
        torch.optim.SGD([matrix], lr=1).param_groups[0]["params"][0].mul_(2)
    ),
    "requires_grad": lambda matrix: matrix.requires_grad_(),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize(
    ("options", "name", "what"),
    [
        ({}, "feedback_event", "Q is p.b Y.*feedback_event='symmetric'"),
        ({"feedback": "tied"}, "feedback_event", "Q is p.b Y"),
        ({"feedback": "tied"}, "feedback_burst", "Y is W.*feedback='random'"),
    ],
)
def test_writing_into_it_is_refused(write, options, name, what):
    tied = layer(**options)
    before = copy.deepcopy(tied.state_dict())
    with torch.no_grad(), pytest.raises(InvalidInputError, match=what):
        write(getattr(tied, name))
    for key, value in tied.state_dict().items():
        assert torch.equal(value, before[key])


def test_so_is_writing_through_numpy():
    for array in (layer().feedback_event.numpy(), np.asarray(layer().feedback_event)):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_comparators_refuse_it_too():
    with torch.no_grad(), pytest.raises(InvalidInputError, match="Y is W"):
        BackpropLinear(4, 3).feedback_weight.zero_()


@pytest.mark.parametrize("name", ["feedback_burst", "feedback_event"])
@pytest.mark.parametrize("value", [VALUES, torch.nn.Parameter(VALUES), None])
@pytest.mark.parametrize("options", [{}, {"feedback_event": "random"}])
def test_matrices_are_written_into_and_not_replaced(name, value, options):
    matrices = layer(**options)
    with pytest.raises(InvalidInputError, match="cannot be replaced") as refusal:
        setattr(matrices, name, value)
    # What is to be written into is not what would refuse that.
    is_tied = name == "feedback_event" and not options
    assert ("would be lost" in str(refusal.value)) == is_tied


def test_the_advice_works():
    free = layer(feedback_event="symmetric")
    with torch.no_grad():
        free.feedback_event.copy_(VALUES)
        free.feedback_burst += 1  # stored as well, so that it can be written into
    assert torch.equal(free.feedback_event, VALUES)
    following = layer()
    with torch.no_grad():
        following.feedback_burst.copy_(VALUES)
    assert torch.equal(following.feedback_event, 0.5 * VALUES)


def test_it_reads_as_any_tensor():
    matrix = layer(feedback="tied").feedback_event
    plain = torch.tensor(matrix.tolist())
    assert torch.equal(matrix, plain) and "0." in repr(matrix)
    for made in (2 * matrix, matrix.clone(), matrix.double(), copy.deepcopy(matrix)):
        assert type(made) is torch.Tensor
        made.zero_()
    assert torch.equal(VALUES.T @ matrix, VALUES.T @ plain)
    np.testing.assert_array_equal(matrix.numpy(), plain.numpy())
    file = io.BytesIO()
    torch.save(matrix, file)
    file.seek(0)
    assert torch.equal(torch.load(file, weights_only=True), plain)

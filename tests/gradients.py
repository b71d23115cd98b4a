"""One sample learned in floating point against PyTorch's gradient of the same sample."""

from __future__ import annotations

import numpy as np
import torch

import lava_bccn
from lava_bccn import LearningConfig, mapping
from lava_bccn.nn import burst_loss, burst_mlp
from lava_bccn.nn.models import burst_layers

RATES = {"weight": 3, "bias": 2, "feedback_burst": 4, "feedback_event": 5}


def assert_one_sample_learns_the_gradient(regime: dict, backend: str) -> None:
    """Each weight changes by the negated ``.grad`` times its learning rate, to 1e-12."""
    torch.set_default_dtype(torch.float64)
    try:
        model = burst_mlp((9, 8, 7, 4), **regime)
        inputs, label = torch.rand(1, 9), torch.tensor([2])
        burst_loss(model(inputs), torch.nn.functional.one_hot(label, 4)).backward()
    finally:
        torch.set_default_dtype(torch.float32)
    network = mapping.from_torch(model, precision="float")
    config = LearningConfig(
        **{f"{name}_rate": rate for name, rate in RATES.items()}, hidden_boost=()
    )
    result = lava_bccn.run(network, inputs.numpy(), np.eye(4)[[2]], backend=backend, learn=config)
    for source, before, after in zip(
        burst_layers(model), network.layers, result.network.layers, strict=True
    ):
        own = {"weight": source.weight, "bias": source.bias}
        own |= {"feedback_burst": source._feedback_burst, "feedback_event": source._feedback_event}
        for name, parameter in own.items():
            if parameter is None or not parameter.requires_grad:
                continue
            is_follower = name == "feedback_burst" and source.feedback == "kolen_pollack"
            rate = 2.0 ** -RATES["weight" if is_follower else name]
            if name.startswith("feedback") and not is_follower:  # 7 or 4 ensembles send
                rate /= {7: 8, 4: 4}[len(after.weight)]
            change = getattr(after, name) - getattr(before, name)
            expected = -rate * parameter.grad.numpy()
            np.testing.assert_allclose(change, expected, rtol=0, atol=1e-12, err_msg=name)
            assert np.abs(change).max() > 1e-9

"""Networks of the published code, from their state_dict."""

import numpy as np
import pytest
import torch

from lava_bccn import mapping
from lava_bccn.sim import settle


def published_state(golden):
    """Golden weights under the published code's names: Y and Q with the layer that receives."""
    file = golden("discrete_fc_small")
    state = {}
    for i in (1, 2, 3):
        for name in ("weight", "bias"):
            state[f"out.{i}.{name}"] = torch.from_numpy(file[f"{name}_{i}"])
            state[f"out.{i}.delta_{name}"] = torch.zeros_like(state[f"out.{i}.{name}"])
        if i < 3:
            state[f"out.{i}.weight_Y"] = torch.from_numpy(file[f"feedback_burst_{i + 1}"])
            state[f"out.{i}.weight_Q"] = torch.from_numpy(file[f"feedback_event_{i + 1}"])
    return file, state


@pytest.mark.parametrize("as_file", [False, True])
def test_a_state_dict_of_the_published_code(golden, tmp_path, as_file):
    file, state = published_state(golden)
    source = state
    if as_file:
        source = tmp_path / "published.pt"
        torch.save(state, source)
    network = mapping.from_torch(source, precision="float")
    states, _ = settle(network, file["x"].astype(np.float64), file["target"].astype(np.float64))
    for i, layer in enumerate(states, start=1):
        for name in ("event_rate", "burst_prob", "burst_rate"):
            np.testing.assert_allclose(getattr(layer, name), file[f"{name}_{i}"], atol=1e-5)
        if layer.apical is not None:
            np.testing.assert_allclose(layer.apical, file[f"apical_{i}"], atol=1e-5)


def test_a_published_network_without_hidden_layers():
    state = {"out.1.weight": torch.ones(2, 3), "out.1.bias": torch.zeros(2)}
    state["out.1.delta_weight"] = torch.zeros(2, 3)
    assert mapping.from_torch(state, precision="float").sizes == (3, 2)

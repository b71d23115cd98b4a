"""Burstprop and EDN against the numbers of the golden files, every array of them."""

import numpy as np
import torch

from lava_bccn.dynamics.sigmoid import logit
from lava_bccn.nn.comparators import (
    BurstpropLinear,
    BurstpropReadout,
    DendriticLinear,
    DendriticReadout,
)
from lava_bccn.nn.comparators.burstprop import hidden_bursts, output_bursts
from tests.nn.comparators.observed import load, observed

TOLERANCE = 1e-5


class Comparison:
    """Compares arrays of a file, and knows in the end which were not."""

    def __init__(self, file, given):
        self.file, self.seen = file, set(given)

    def __call__(self, key, value):
        value = value.detach().numpy()
        np.testing.assert_allclose(value, self.file[key], rtol=0, atol=TOLERANCE, err_msg=key)
        self.seen.add(key)


def test_burstprop(golden):
    file = golden("burstprop")
    check = Comparison(file, {"x", "target", "p_baseline"})
    p_baseline = float(file["p_baseline"])
    model = []
    for i in (1, 2, 3):
        kind = BurstpropReadout if i == 3 else BurstpropLinear
        units, below = file[f"weight_{i}"].shape
        feedback = "random" if i > 1 else None
        layer = kind(below, units, p_baseline=p_baseline, feedback=feedback)
        load(layer, weight=file[f"weight_{i}"], bias=file[f"bias_{i}"])
        if i < 3:
            load(layer, recurrent=file[f"recurrent_{i}"])
        if i > 1:
            load(layer, feedback_weight=file[f"feedback_burst_{i}"])
        model.append(layer)
    inputs, target = torch.from_numpy(file["x"]), torch.from_numpy(file["target"])
    rates, gradients = observed(model, inputs, target)
    for i, layer in enumerate(model, start=1):
        event_rate = rates[i - 1] if layer.is_readout else rates[i - 1][1]
        if layer.is_readout:
            bursts = output_bursts(target - event_rate, event_rate, p_baseline)
        else:
            bursts = hidden_bursts(gradients[i - 1], event_rate, layer.recurrent)
            check(f"apical_without_teacher_{i}", bursts.apical)
            check(f"recurrent_{i}", layer.recurrent)
            check(f"grad_recurrent_{i}", layer.recurrent.grad)
        check(f"event_rate_{i}", event_rate)
        check(f"burst_rate_without_teacher_{i}", bursts.burst_rate)
        check(f"burst_rate_with_teacher_{i}", bursts.burst_rate + bursts.change)
        if i > 1:
            check(f"feedback_burst_{i}", layer.feedback_weight)
        for name in ("weight", "bias"):
            check(f"{name}_{i}", getattr(layer, name))
            check(f"grad_{name}_{i}", getattr(layer, name).grad)
    assert check.seen == set(file)


def test_edn(golden):
    file = golden("edn")
    check = Comparison(file, {"x", "target", "nudging"})
    nudging = float(file["nudging"])
    model = []
    for i in (1, 2, 3):
        kind = DendriticReadout if i == 3 else DendriticLinear
        units, below = file[f"weight_{i}"].shape
        layer = kind(below, units, nudging=nudging, feedback="random" if i > 1 else None)
        load(layer, weight=file[f"weight_{i}"], bias=file[f"bias_{i}"])
        if i > 1:  # the interneurons of the layer below
            load(
                layer,
                feedback_weight=file[f"feedback_{i}"],
                to_interneuron=file[f"pyramidal_to_interneuron_{i - 1}"],
                interneuron_bias=file[f"interneuron_bias_{i - 1}"],
                from_interneuron=file[f"interneuron_to_pyramidal_{i - 1}"],
            )
        model.append(layer)
    inputs, target = torch.from_numpy(file["x"]), torch.from_numpy(file["target"])
    rates, gradients = observed(model, inputs, target)
    for i, layer in enumerate(model, start=1):
        check(f"rate_{i}", rates[i - 1])
        soma = logit(rates[i - 1].double())
        if layer.is_readout:
            taught = (1 - nudging) * soma + nudging * torch.logit(0.2 + 0.6 * target)
        else:
            check(f"apical_{i}", -gradients[i - 1])
            taught = soma - nudging * gradients[i - 1]
        check(f"rate_with_teacher_{i}", taught.sigmoid())
        for name in ("weight", "bias"):
            check(f"{name}_{i}", getattr(layer, name))
            check(f"grad_{name}_{i}", getattr(layer, name).grad)
        if i > 1:
            check(f"feedback_{i}", layer.feedback_weight)
            for key, name in (
                ("pyramidal_to_interneuron", "to_interneuron"),
                ("interneuron_bias", "interneuron_bias"),
                ("interneuron_to_pyramidal", "from_interneuron"),
            ):
                check(f"{key}_{i - 1}", getattr(layer, name))
                check(f"grad_{key}_{i - 1}", getattr(layer, name).grad)
    assert check.seen == set(file)

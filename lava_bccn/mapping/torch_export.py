"""From mapped networks back to PyTorch: what learned on a chip, to train or examine further."""

from __future__ import annotations

from typing import Any

import torch

from lava_bccn.mapping.network import MappedLayer, MappedNetwork
from lava_bccn.nn.layers import BurstLinear, BurstReadout


def to_torch(network: MappedNetwork, dtype: torch.dtype = torch.float32) -> torch.nn.Sequential:
    """The network as ``Flatten`` and burst layers with the same weights, regimes and rules.

    Integers become the numbers they stand for, exactly.

    Args:
        network: any mapped network.
        dtype: of the parameters.
    """
    modules: list[torch.nn.Module] = [torch.nn.Flatten()]
    for index, layer in enumerate(network.layers):
        kind = BurstReadout if index == len(network.layers) - 1 else BurstLinear
        module = kind(
            layer.units_below,
            layer.units,
            p_baseline=network.p_baseline,
            activation=network.activation,
            feedback=layer.feedback,  # type: ignore[arg-type]
            feedback_event=layer.feedback_event_regime,  # type: ignore[arg-type]
            learn_feedback_burst=layer.learn_feedback_burst,
            learn_feedback_event=layer.learn_feedback_event,
            dtype=dtype,
        )
        values = _values(network, index, layer)
        with torch.no_grad():
            module.weight.copy_(values["weight"])
            assert module.bias is not None
            module.bias.copy_(values["bias"])
            for name in ("feedback_burst", "feedback_event"):
                stored = getattr(module, f"_{name}")
                if stored is not None:
                    stored.copy_(values[name])
        modules.append(module)
    return torch.nn.Sequential(*modules)


def _values(network: MappedNetwork, index: int, layer: MappedLayer) -> dict[str, Any]:
    """What the arrays of a layer stand for."""
    units = dict.fromkeys(("weight", "bias", "feedback_burst", "feedback_event"), 1.0)
    if network.number_format is not None:
        units["weight"] = 2.0**layer.weight_exponent
        units["bias"] = network.state_unit("soma", index)
        units["feedback_burst"] = 2.0**layer.feedback_exponent
        units["feedback_event"] = network.p_baseline * units["feedback_burst"]
    return {
        name: torch.from_numpy(getattr(layer, name) * unit)
        for name, unit in units.items()
        if getattr(layer, name) is not None
    }

"""A mapped network as the package ``neurobench`` takes models, with the same integers."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from lava_bccn.extras import require
from lava_bccn.network.layer import MappedLayer
from lava_bccn.network.network import MappedNetwork
from lava_bccn.settings import check, instance


class _Linear(torch.nn.Linear):
    """W of a layer, in the bytes that it has; what it computes in holds its sums exactly."""

    def forward(self, input: Tensor) -> Tensor:
        return functional.linear(input, self.weight.to(input.dtype))


class _Convolution(torch.nn.Conv2d):
    """The same of a layer that is a convolution."""

    shape_below: tuple[int, int, int]

    def forward(self, input: Tensor) -> Tensor:
        images = input.unflatten(1, self.shape_below)
        weight = self.weight.to(input.dtype)
        return functional.conv2d(
            images, weight, None, self.stride, self.padding, groups=self.groups
        ).flatten(1)


class EventRates(torch.nn.Module):
    """The somata of a layer and their event rates: its biases, and the network's own arithmetic."""

    bias: Tensor

    def __init__(self, network: MappedNetwork, index: int) -> None:
        super().__init__()
        self._ensembles = network.ensembles(index)
        self._dtype = network.no_teacher.dtype
        self.register_buffer("bias", torch.from_numpy(network.layers[index].bias.copy()))

    def forward(self, sums: Tensor) -> Tensor:
        """Event rates of synaptic sums, (samples, units)."""
        soma, _ = self._ensembles.soma(sums.numpy().astype(self._dtype), self.bias.numpy())
        return torch.from_numpy(self._ensembles.event_rate(soma).astype(np.float64))


class _InUnits(torch.nn.Module):
    """Event rates in [0, 1] as the integers that the network takes."""

    def __init__(self, network: MappedNetwork) -> None:
        super().__init__()
        self._network = network

    def forward(self, inputs: Tensor) -> Tensor:
        rates = self._network.quantise_inputs(inputs.flatten(1).numpy())
        return torch.from_numpy(rates.astype(np.float64))


def neurobench_model(network: MappedNetwork) -> Any:
    """A network as a ``NeuroBenchModel``, for ``neurobench.benchmarks.Benchmark``.

    It takes event rates in [0, 1], (samples, ...), and gives the event rates of the output in the
    network's own units. Feedback and bursts, of which NeuroBench knows nothing, are left out; see
    :func:`lava_bccn.neurobench.neurobench_metrics`.

    Args:
        network: a mapped one.

    Raises:
        MissingExtraError: ``neurobench`` is not installed.
    """
    check("network", network, instance(MappedNetwork))
    models = require("neurobench.models", "neurobench", "NeuroBench's harness")
    stages: list[torch.nn.Module] = [_InUnits(network)]
    for index, layer in enumerate(network.layers):
        stages += [_connection(layer), EventRates(network, index)]
    model = models.TorchModel(torch.nn.Sequential(*stages))
    model.add_activation_module(EventRates)
    return model


def neurobench_counts(network: MappedNetwork, inputs: NDArray[Any]) -> dict[str, Any]:
    """What the package's own harness says of a network on samples, in one batch.

    Args:
        network: a mapped one.
        inputs: event rates in [0, 1], (samples, ...).

    Returns:
        ``Footprint``, ``ConnectionSparsity`` (of four decimals), ``ActivationSparsity`` and
        ``SynapticOperations``.

    Raises:
        MissingExtraError: ``neurobench`` is not installed.
    """
    model = neurobench_model(network)
    package = [
        require(f"neurobench.{name}", "neurobench", "NeuroBench's harness")
        for name in ("benchmarks", "metrics.static", "metrics.workload")
    ]
    benchmarks, static, workload = package
    samples = torch.from_numpy(np.asarray(inputs, dtype=np.float64))
    labels = torch.zeros(len(samples))
    loader = DataLoader(TensorDataset(samples, labels), batch_size=len(samples))
    asked = [
        [static.Footprint, static.ConnectionSparsity],
        [workload.ActivationSparsity, workload.SynapticOperations],
    ]
    found: dict[str, Any] = benchmarks.Benchmark(model, loader, [], [], asked).run(quiet=True)
    return found


def _connection(layer: MappedLayer) -> torch.nn.Module:
    """The module of W."""
    geometry, shape = layer.geometry, layer.weight.shape
    if geometry is None:
        module: torch.nn.Module = _Linear(shape[1], shape[0], bias=False, device="meta")
    else:
        module = kernels = _Convolution(
            shape[1] * geometry.groups,
            shape[0],
            (shape[2], shape[3]),
            geometry.stride,
            geometry.padding,
            groups=geometry.groups,
            bias=False,
            device="meta",
        )
        kernels.shape_below = geometry.input_shape
    weight = torch.from_numpy(layer.weight.copy())
    module.weight = torch.nn.Parameter(weight, requires_grad=False)
    return module

"""Whether a mapped network computes what the model that it was read from computes.

A graph is what a model did once, while it was followed; of layers of ``nn`` the type is trusted.
What a model does otherwise when it is called, and what a BurstCCN's own ``forward``, hooks or fake
quantisation add, would be lost without a word; so both are run, and compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.parametrize import is_parametrized

from lava_bccn.dynamics.states import LayerStates
from lava_bccn.errors import MappingError
from lava_bccn.mapping.quantise import CALIBRATION_SAMPLES
from lava_bccn.mapping.torch.samples import RANDOM_SAMPLES, with_random_samples
from lava_bccn.mapping.torch.untouched import evaluated, kept, tensors_of
from lava_bccn.network.network import MappedNetwork
from lava_bccn.nn.geometry import Layer
from lava_bccn.sim.settled import settle

MOST_PRODUCTS, FEWEST_SAMPLES, FEWEST_IMAGES = 5 * 10**8, 64, 4
"""Calibration inputs are compared as long as this takes a second, but so many in any case; of
images fewer, since each shows a kernel many places."""

MOST_COPIED = 2**22
"""Numbers of a model that are copied in double precision all at once."""

TOLERANCE = {
    torch.float64: 1e-6,
    torch.float32: 1e-4,
    torch.float16: 2.0**-7,
    torch.bfloat16: 2.0**-4,
}
"""Largest difference of an event rate that rounding alone may make, by the coarsest precision in
which the model was run; the network itself is in double. A sum of n products in single precision is
off by some n · 2^−24 of its terms: 1e−4 is a thousand of them. Products in half precision are added
up in single, and each event rate is rounded once: 8 times the distance of neighbouring numbers. In
double precision, in which most models can be run whatever theirs is, nothing near 1e−6 is left."""

FOLDED = 1e-5
"""The same of weights in single precision that others were folded into: each was rounded once more,
by 2^−24 of itself."""

Model = Callable[[Tensor], Any]


def check_agreement(
    model: Model,
    network: MappedNetwork,
    inputs: NDArray[np.floating[Any]] | None,
    sample_shape: tuple[int, ...] | None = None,
    last: str | None = None,
    of_potentials: bool = False,
) -> None:
    """Refuse a network that computes something else than the model.

    The model is run as it is, with its own ``forward`` and hooks, in evaluation mode and without
    gradients; afterwards it is as before. It gets double precision where it takes that, so that
    rounding hides nothing. Of a ``torch.nn.Sequential`` all layers of ``nn`` are compared, of any
    other callable its output.

    Args:
        model: gives what the event rates of the output stand for, (samples, outputs), of (samples,
            *sample_shape).
        network: in floating point.
        inputs: (samples, ...) event rates in [0, 1]; None: random ones.
        sample_shape: of one input of the model; None: that of the network.
        last: softmax or log_softmax, which the model ends with and the network does not.
        of_potentials: the model gives the potentials of the output, whose activation it lacks.

    Raises:
        MappingError: they differ, by how much and from which module on; or the model cannot be run.
    """
    samples = _samples(network, inputs, sample_shape or network.input_shape)
    calls = _run(model, samples)
    states, _ = settle(network, network.quantise_inputs(samples.reshape(len(samples), -1)))
    rates = states[-1].event_rate
    outputs = rates if network.output is None else network.output.of(rates)
    outputs = states[-1].soma if of_potentials else outputs
    unit = 1.0 if network.output is None else abs(network.output.scale)
    if last is not None:
        outputs, unit = getattr(torch, last)(torch.from_numpy(outputs), -1).numpy(), 1.0
    for call, expected in _side_by_side(calls, states, outputs):
        difference = np.inf
        if expected is not None and call.output.size == expected.size:
            distance = np.abs(call.output.reshape(expected.shape) - expected).max(axis=0)
            # In event rates, or of numbers far from 0 in what those have left for them.
            one = 1.0 if call.is_layer else unit
            difference = float((distance / np.maximum(one, np.abs(expected).max(axis=0))).max())
        tolerance = call.tolerance
        if not call.is_layer and any(each.weight.dtype == np.float32 for each in network.layers):
            tolerance = max(tolerance, FOLDED)
        if not difference <= tolerance:  # NaN neither
            raise MappingError(
                f"the model computes something else than its layers: {call.place} differs from "
                f"them by {_told(difference)} on {len(samples)} inputs, and rounding explains "
                f"{tolerance:.2g}. Fake quantisation, what changes from call to call, and a "
                "forward or hooks of one's own around the layers of lava_bccn.nn have no mapping; "
                f"take them out, or into the weights{_suspects(model)}"
            )


def _told(difference: float) -> str:
    """A difference in words."""
    if np.isfinite(difference):
        return f"up to {difference:.3g}"
    return "its shape, or by numbers that are not finite,"


def _suspects(model: Model) -> str:
    """Modules that may do more than their types tell, for the end of an error."""
    found = []
    for name, module in model.named_modules() if isinstance(model, torch.nn.Module) else ():
        place = f"module {name!r}" if name else "the model"
        if module._forward_hooks or module._forward_pre_hooks:
            found.append(f"{place} has hooks")
        elif not type(module).__module__.startswith(("torch.nn.", "lava_bccn.")):
            found.append(f"{place} is a {type(module).__name__}")
    return f" ({', '.join(found)})" if found else ""


def _samples(
    network: MappedNetwork, inputs: NDArray[np.floating[Any]] | None, shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """The inputs, evenly chosen where they are many, and random ones."""
    fewest = FEWEST_IMAGES if network.convolutions else FEWEST_SAMPLES
    work = sum(layer.products for layer in network.layers)
    most = min(max(MOST_PRODUCTS // work, fewest), CALIBRATION_SAMPLES)
    return with_random_samples(inputs, shape, most, min(most, RANDOM_SAMPLES))


@dataclass(frozen=True)
class _Call:
    """What a module gave.

    Attributes:
        place: the module, for an error.
        is_layer: it is a layer of ``nn``; else the model itself.
        output: in double precision.
        tolerance: within which it must be.
    """

    place: str
    is_layer: bool
    output: NDArray[np.float64]
    tolerance: float


def _side_by_side(
    calls: Sequence[_Call], states: Sequence[LayerStates], outputs: NDArray[np.float64]
) -> Iterator[tuple[_Call, NDArray[np.float64] | None]]:
    """Each call with what the network has there; None where it has nothing."""
    layers = iter(states)
    for call in calls:
        if not call.is_layer:
            yield call, outputs
        else:
            state = next(layers, None)
            yield call, None if state is None else state.event_rate


def _run(model: Model, samples: NDArray[np.float64]) -> list[_Call]:
    """Run a model in double precision or else in its own, on samples as they are or else flat.

    Raises:
        MappingError: none of that works; with PyTorch's reason.
    """
    flat = samples.reshape(len(samples), -1)
    shapes = [samples] if flat.shape == samples.shape else [samples, flat]
    reasons = []
    ways: list[tuple[torch.dtype | None, bool]] = [(torch.float64, False), (None, False)]
    if sum(each.numel() for each in tensors_of(model).values()) > MOST_COPIED:
        ways.insert(0, (torch.float64, True))
    for dtype, by_module in ways:
        for shown in shapes:
            try:
                return _recorded(model, shown, dtype, by_module)
            except Exception as error:  # whatever a model of the user's raises
                reasons.append(next(iter(str(error).splitlines()), type(error).__name__))
    raise MappingError(
        f"the model itself cannot be run on inputs of shape {samples.shape} ({reasons[-1]}), so "
        "nothing shows what it computes; pass calibration inputs in the shape that it takes"
    )


def _recorded(
    model: Model, samples: NDArray[np.float64], dtype: torch.dtype | None, by_module: bool
) -> list[_Call]:
    """What modules of a model, and then the model itself, give in this or their own precision.

    ``by_module``, no module's numbers are there twice but while it runs.
    """
    calls: list[_Call] = []
    tensors = tensors_of(model)
    first = next((each for each in tensors.values() if each.is_floating_point()), torch.empty(0))
    device, precision = first.device, dtype or first.dtype
    # Weights that are computed were read in the precision in which the model does that.
    rounded = first.dtype if _computes_weights(model) else precision

    def note(place: str, is_layer: bool, output: Tensor) -> None:
        tolerance = max(TOLERANCE.get(each, 2.0**-4) for each in (precision, rounded, output.dtype))
        if device.type != "cpu" and precision == torch.float32:  # perhaps TF32, with 10 bits
            tolerance = TOLERANCE[torch.float16]
        numbers = output.detach().to("cpu", torch.float64).numpy()
        calls.append(_Call(place, is_layer, numbers, tolerance))

    with ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        stack.enter_context(torch.autocast(device.type, enabled=False))
        stack.enter_context(torch.random.fork_rng([device] if device.type == "cuda" else []))
        presented = torch.from_numpy(samples).to(device, precision)
        if isinstance(model, torch.nn.Module):
            stack.enter_context(evaluated(model))
            for name, module in _standing_for_layers(model):
                stack.callback(module.register_forward_hook(_noting(name, note)).remove)
            if dtype is not None and by_module:
                for module in model.modules():
                    stack.enter_context(_in_precision(module, dtype))
                output = model(presented)
            elif dtype is not None:  # with others in the place of the model's own tensors
                stand_ins = {name: _copy(tensor, dtype) for name, tensor in tensors.items()}
                call = partial(torch.func.functional_call, tie_weights=False)
                output = call(model, stand_ins, (presented,))
            else:
                stack.enter_context(kept(model))
                output = model(presented)
        else:
            output = model(presented)
    note(f"the output of the {getattr(model, '__name__', type(model).__name__)}", False, output)
    return calls


@contextmanager
def _in_precision(module: torch.nn.Module, dtype: torch.dtype) -> Iterator[None]:
    """While a module runs, it has copies of its own tensors in this precision in their place."""
    places = ("_parameters", "_buffers")
    before: list[dict[str, Any]] = []

    def enter(module: torch.nn.Module, _: Any) -> None:
        before.append({place: vars(module)[place] for place in places})
        for place, tensors in before[-1].items():
            vars(module)[place] = {
                name: None if each is None else _copy(each, dtype) for name, each in tensors.items()
            }

    def leave(module: torch.nn.Module, *_: Any) -> None:
        if before:
            vars(module).update(before.pop())

    entering = module.register_forward_pre_hook(enter, prepend=True)
    leaving = module.register_forward_hook(leave, always_call=True)
    try:
        yield
    finally:
        entering.remove()
        leaving.remove()
        while before:
            vars(module).update(before.pop())


def _noting(name: str, note: Callable[[str, bool, Tensor], None]) -> Callable[..., None]:
    """A forward hook that notes what a module gives."""

    def hook(module: torch.nn.Module, _: Any, output: Tensor) -> None:
        note(f"the output of module {name!r} (a {type(module).__name__})", True, output)

    return hook


def _standing_for_layers(model: torch.nn.Module) -> list[tuple[str, torch.nn.Module]]:
    """The layers of ``nn`` in a Sequential."""
    if not isinstance(model, torch.nn.Sequential):
        return []
    return [(name, module) for name, module in model.named_children() if isinstance(module, Layer)]


def _computes_weights(model: Model) -> bool:
    modules = model.modules() if isinstance(model, torch.nn.Module) else ()
    return any(is_parametrized(each) or each._forward_pre_hooks for each in modules)


def _copy(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """What a tensor stands for, in this precision where it is one of floating point."""
    dense = tensor.dequantize() if tensor.is_quantized else tensor.detach()
    dense = dense if dense.layout is torch.strided else dense.to_dense()
    return dense.to(dtype if dense.is_floating_point() else None, copy=True)

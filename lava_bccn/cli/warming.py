"""``bccn doctor --warm``: what compiles when it is first used, compiled."""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from lava_bccn.cli.printing import print_json, print_table, progress_bar


def warm(options: argparse.Namespace) -> None:
    """Use everything once, with the smallest networks; tell how long it took and where it is."""
    from lava_bccn.sim import notices
    from lava_bccn.sim.jit import cache_folders

    steps, seconds = dict(_steps()), {}
    logging.getLogger(notices.__name__).setLevel(logging.WARNING)  # the bar tells
    with progress_bar("compiling", len(steps), unit="kinds") as bar:
        for name, use in steps.items():
            bar(0, note=name)
            started = time.perf_counter()
            use()
            seconds[name] = time.perf_counter() - started
            bar()
    if options.json:
        print_json({"seconds": seconds, "folders": cache_folders()})
        return
    print_table(
        "compiled, or read because it was compiled before",
        [{"what": name, "seconds": f"{each:.1f}"} for name, each in seconds.items()],
    )
    print("kept in: " + (", ".join(cache_folders()) or "no folder, for none can be written"))


def _steps() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Every kind of use that compiles something of its own."""
    from lava_bccn.dynamics.activations import ACTIVATIONS
    from lava_bccn.nn import ConvolutionSpec

    small = (ConvolutionSpec(2, 2, 1),)
    hidden = {
        name: kind
        for name, kind in ACTIVATIONS.items()
        if kind.integers is not None and not kind.is_readout
    }
    for activation in hidden:
        yield f"many samples at once, {activation}", partial(_infer, activation)
    for activation, kind in hidden.items():
        if not kind.learns:
            continue
        yield f"many samples at once, taught, {activation}", partial(_teach, activation)
        yield f"learning online, {activation}", partial(_learn, "hash", activation)
        yield (
            f"learning online, convolutions, {activation}",
            partial(_learn, "hash", activation, small),
        )
        if kind.deviation is None:
            engine = partial(_learn, "engine", activation)
            yield f"learning online, rule engine, {activation}", engine
    yield "many samples at once, taught, convolutions", _teach_convolutions
    for precision in ("float", "fixed"):
        yield f"spikes, {precision}", partial(_spike, precision)
        for decoding in ("ideal", "stp"):
            yield (
                f"spikes learning XOR, {precision}, {decoding}",
                partial(_xor, precision, decoding),
            )


def _options(activation: str) -> dict[str, Any]:
    """Of a network that learns: where all layers cannot be such, the readout is a softmax."""
    from lava_bccn.dynamics.activations import ACTIVATIONS

    needs_readout = ACTIVATIONS[activation].gate is not None
    return {"activation": activation, "readout_activation": "softmax" if needs_readout else None}


_NARROW_AND_WIDE: Any = ({}, {"event_bits": 12, "gain": 3.0})
"""Networks whose sums float32 holds, and networks of so many units that only float64 does."""


def _infer(activation: str) -> None:
    from lava_bccn import mapping

    inputs = np.random.default_rng(0).random((8, 256))
    for options in _NARROW_AND_WIDE:
        network = mapping.new_network((256, 2), inputs, **options)
        _settle(replace(network, activation=activation), inputs)


def _teach(activation: str) -> None:
    from lava_bccn import mapping

    inputs = np.random.default_rng(0).random((8, 256))
    for options in _NARROW_AND_WIDE:
        sizes = (256, 256, 256)
        options = {**_options(activation), "feedback_event": "random", **options}
        network = mapping.new_network(sizes, inputs, feedback="random", **options)
        _settle(network, inputs, np.eye(256)[:8])


def _teach_convolutions() -> None:
    from lava_bccn import mapping
    from lava_bccn.nn import ConvolutionSpec

    inputs = np.random.default_rng(0).random((8, 1, 6, 6))
    for options in _NARROW_AND_WIDE:
        network = mapping.new_network(
            (36, 8),
            inputs,
            convolutions=(ConvolutionSpec(32, 3, 1),) * 2,
            feedback="random",
            feedback_event="random",
            **options,
        )
        _settle(network, inputs, np.eye(8))


def _settle(network: Any, inputs: Any, targets: Any = None) -> None:
    import lava_bccn

    import_module("lava_bccn.sim.batch")  # once it is there few samples are worth it too
    record = () if targets is None else ("burst_rate",)
    lava_bccn.run(network, inputs, targets, record=record)


def _learn(rule: Any, activation: str, convolutions: Any = ()) -> None:
    import lava_bccn
    from lava_bccn import LearningConfig, mapping

    shape = (1, 3, 3) if convolutions else (9,)
    inputs = np.random.default_rng(0).random((8, *shape))
    sizes = (9, 2) if convolutions else (9, 3, 2)
    network = mapping.new_network(sizes, inputs, convolutions=convolutions, **_options(activation))
    config = LearningConfig(rule=rule, weight_rate=2)
    lava_bccn.run(network, inputs[:2], np.eye(2), learn=config)


def _spike(precision: Any) -> None:
    from lava_bccn.experiments.coupled import coupled_ensembles
    from lava_bccn.sim.spiking import SpikingSimulator

    network = coupled_ensembles(5, connection_probability=1.0, precision=precision)
    SpikingSimulator(network).run(np.zeros((1, 2)), sample_steps=1, learn=True)


def _xor(precision: Any, decoding: Any) -> None:
    from lava_bccn.experiments.xor import compile_for
    from lava_bccn.experiments.xor_circuit import XorConfig

    config = XorConfig(precision=precision, decoding=decoding)
    compile_for(replace(config, neurons=5, connection_probability=1.0))

"""``bccn doctor --warm``: what compiles when it is first used, compiled."""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
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
    from lava_bccn.nn import ConvolutionSpec

    yield "many samples at once", _settle
    yield "learning online", partial(_learn, "hash")
    yield "learning online, convolutions", partial(_learn, "hash", (ConvolutionSpec(2, 2, 1),))
    yield "learning online, rule engine", partial(_learn, "engine")
    for precision in ("float", "fixed"):
        yield f"spikes, {precision}", partial(_spike, precision)
        for decoding in ("ideal", "stp"):
            yield (
                f"spikes learning XOR, {precision}, {decoding}",
                partial(_xor, precision, decoding),
            )


def _settle() -> None:
    import lava_bccn
    from lava_bccn import mapping

    inputs = np.random.default_rng(0).random((8, 9))
    with lava_bccn.opened(
        mapping.new_network((9, 3, 2), inputs), record=("burst_rate",)
    ) as running:
        running.run(inputs, np.eye(2)[np.zeros(8, dtype=int)])


def _learn(rule: Any, convolutions: Any = ()) -> None:
    import lava_bccn
    from lava_bccn import LearningConfig, mapping

    shape = (1, 3, 3) if convolutions else (9,)
    inputs = np.random.default_rng(0).random((8, *shape))
    sizes = (9, 2) if convolutions else (9, 3, 2)
    network = mapping.new_network(sizes, inputs, convolutions=convolutions)
    targets = np.eye(2)[[0, 1]]
    lava_bccn.run(network, inputs[:2])
    lava_bccn.run(network, inputs[:2], targets, learn=LearningConfig(rule=rule, weight_rate=2))


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

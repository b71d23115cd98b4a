"""What several tests of networks that stay open compare: a handle in parts, and one run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

import lava_bccn
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.network.learning import PATHWAYS


def check_like_one_run(
    network: lava_bccn.MappedNetwork,
    inputs: np.ndarray,
    targets: np.ndarray | None,
    parts: Sequence[int],
    **options: Any,
) -> None:
    """Samples in parts of these sizes do, bit by bit, what they do in one run.

    Floats that are settled many at a time are summed in another order than one by one.
    """
    options = {"record": STATE_NAMES, **options}
    whole = lava_bccn.run(network, inputs, targets, **options)
    is_settled = not (options.get("learn") or options.get("time"))
    tolerance = 1e-12 if network.number_format is None and is_settled else 0
    ends = [0, *np.cumsum(parts)]
    with lava_bccn.opened(network, **options) as running:
        results = [
            running.run(inputs[first:last], None if targets is None else targets[first:last])
            for first, last in pairwise(ends)
        ]
        assert running.learned == whole.learned == results[-1].learned
        check_same_weights(running.network, whole.network)
        assert running.learning_saturations == whole.learning_saturations
    for index, expected in enumerate(whole.states):
        for name, array in vars(expected).items():
            got = [getattr(result.states[index], name) for result in results]
            if array is None:
                assert got == [None] * len(results)
            else:
                np.testing.assert_allclose(np.concatenate(got), array, 0, tolerance, err_msg=name)
    saturations = sum(result.saturations for result in results)
    np.testing.assert_array_equal(saturations, whole.saturations)
    assert all(result.backend == whole.backend for result in results)


def check_same_weights(first: lava_bccn.MappedNetwork, second: lava_bccn.MappedNetwork) -> None:
    """Two networks have the same W, c, Y and Q."""
    for ours, theirs in zip(first.layers, second.layers, strict=True):
        for name in PATHWAYS:
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name), name)

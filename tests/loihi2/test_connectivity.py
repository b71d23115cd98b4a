"""Connections counted by one rule for dense and convolutional layers."""

from types import SimpleNamespace

import numpy as np

from lava_bccn.loihi2 import connectivity


def test_a_dense_layer_is_one_position():
    layer = SimpleNamespace(weight=np.zeros((30, 20)), units=30, units_below=20)
    assert connectivity.connections(layer) == 600
    assert (connectivity.fan_in(layer), connectivity.fan_out(layer)) == (20, 30)
    assert not connectivity.is_shared(layer)
    assert [connectivity.senders_below(layer, units) for units in (1, 30)] == [20, 20]


def test_a_convolution_shares_its_weights_over_positions():
    # 8 channels of 5 x 5 kernels, stride 2, on 3 x 32 x 32: 14 x 14 positions.
    layer = SimpleNamespace(weight=np.zeros((8, 3, 5, 5)), units=8 * 14 * 14, units_below=3 * 1024)
    assert connectivity.is_shared(layer)
    assert connectivity.connections(layer) == 8 * 14 * 14 * 75
    assert connectivity.fan_in(layer) == 75
    # The channels of one position see the same inputs.
    assert connectivity.senders_below(layer, 8) == 75
    assert connectivity.senders_below(layer, 9) == 150
    assert connectivity.senders_below(layer, layer.units) == 3 * 1024

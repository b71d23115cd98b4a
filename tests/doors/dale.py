"""What takes networks under Dale's law, with arguments that fit."""

from __future__ import annotations

import numpy as np

from lava_bccn import network, nn
from lava_bccn.mapping import dale
from tests.doors.fitting import FLOATING, SAMPLES, Door

SENT = dict(p_baseline=0.5, feedback="random", feedback_std=0.3, gain=1.0, bias=True)
ONE_SIGNED = dale.from_signed(FLOATING)


def model():
    """A network of two layers."""
    return nn.mlp("dale", (6, 4, 3))


DALE: list[Door] = [
    (
        "DaleLinear",
        nn.DaleLinear,
        lambda: dict(
            in_features=4,
            out_features=3,
            bottleneck=2,
            learn_from_sst=True,
            learn_apical_bias=True,
            feedback_gain=2.0,
            **SENT,
        ),
    ),
    (
        "DaleReadout",
        nn.DaleReadout,
        lambda: dict(in_features=4, out_features=3, error_scale=0.5, **SENT),
    ),
    (
        "DaleLayer in DaleNetwork",
        lambda **layer: network.DaleNetwork((network.DaleLayer(**layer),), "float"),
        lambda: dict(weight_exc=np.ones((3, 6)), weight_from_pv=np.ones((3, 6)), bias=np.zeros(3)),
    ),
    (
        "DaleFeedback in DaleNetwork",
        lambda **sent: network.DaleNetwork(
            (
                ONE_SIGNED.layers[0],
                network.DaleLayer(
                    np.ones((3, 4)),
                    np.ones((3, 4)),
                    np.zeros(3),
                    None,
                    network.DaleFeedback(**sent),
                ),
            ),
            "float",
        ),
        lambda: dict(
            event_exc=np.ones((3, 4)),
            event_from_ndnf=np.ones((3, 4)),
            from_sst_n=np.ones((3, 4)),
            from_sst_p=np.ones((3, 4)),
            apical_bias=np.zeros(4),
        ),
    ),
    (
        "DaleNetwork",
        network.DaleNetwork,
        lambda: dict(
            layers=ONE_SIGNED.layers,
            precision="float",
            p_baseline=0.5,
            error_scale=1.0,
            metadata={},
        ),
    ),
    ("dale.from_signed", dale.from_signed, lambda: dict(network=FLOATING, bottleneck=2)),
    (
        "dale.quantise",
        dale.quantise,
        lambda: dict(
            network=ONE_SIGNED,
            inputs=SAMPLES,
            weight_bits=8,
            event_bits=8,
            burst_extra_bits=4,
            weight_range=(4.0, 4.0),
        ),
    ),
    (
        "dale.from_torch",
        dale.from_torch,
        lambda: dict(model=model(), inputs=SAMPLES, precision="fixed", metadata={}),
    ),
    ("keep_signs", nn.keep_signs, lambda: dict(model=model())),
]

"""What can be said of layers whatever they learn by: their options and what they refuse."""

import inspect

import pytest

from lava_bccn.nn import BurstConv2d, BurstLinear, BurstReadout
from lava_bccn.nn.description import LAYER_KINDS
from lava_bccn.nn.geometry import Convolutional, ConvolutionOptions, Layer, LayerOptions
from lava_bccn.nn.layers import BurstConv2dOptions, BurstLayer, BurstOptions


@pytest.mark.parametrize("kind", LAYER_KINDS.values(), ids=LAYER_KINDS)
def test_a_signature_shows_every_option_with_its_default(kind):
    parameters = inspect.signature(kind).parameters
    assert "options" not in parameters and "shape" not in parameters
    sizes = [name for name, each in parameters.items() if each.default is each.empty]
    of_dense = ["in_features", "out_features"]
    of_convolution = ["in_channels", "out_channels", "kernel_size"]
    assert sizes == (of_convolution if issubclass(kind, Convolutional) else of_dense)
    defaults = {name: each.default for name, each in parameters.items() if name not in sizes}
    assert {"feedback", "feedback_std", "generator", "bias", "gain", "device", "dtype"} <= {
        *defaults
    }
    kind(*(1 for _ in sizes), **defaults)


def test_the_first_class_that_names_an_option_says_its_default():
    defaults = {
        name: inspect.signature(LAYER_KINDS[name]).parameters["feedback"].default
        for name in ("BackpropLinear", "FeedbackAlignmentLinear", "BurstReadout")
    }
    assert defaults == {
        "BackpropLinear": "tied",
        "FeedbackAlignmentLinear": "random",
        "BurstReadout": "random",
    }


@pytest.mark.parametrize(
    ("options", "kind", "others"),
    [
        (LayerOptions, Layer, {"self", "shape", "connection", "generator"}),
        (ConvolutionOptions, Convolutional.__init__, {"self", "in_channels", "out_channels"}),
        (BurstOptions, BurstLayer, {"shape", "connection"}),
        (BurstOptions, BurstLinear, {"in_features", "out_features"}),
        (BurstOptions, BurstReadout, {"in_features", "out_features"}),
        (BurstConv2dOptions, BurstConv2d, {"in_channels", "out_channels", "kernel_size"}),
    ],
)
def test_options_that_type_checkers_see_are_those_of_the_signature(options, kind, others):
    others = others | {"options", "kernel_size"}
    parameters = inspect.signature(kind).parameters
    shown = {name: each.annotation for name, each in parameters.items() if name not in others}
    assert shown == {name: each.__forward_arg__ for name, each in options.__annotations__.items()}

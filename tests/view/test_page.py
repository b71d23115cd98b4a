"""A page holds the numbers that it claims to show, and stays small."""

import re

import numpy as np
import pytest

import lava_bccn
from lava_bccn import mapping
from lava_bccn.dynamics.convolution import ConvolutionGeometry
from lava_bccn.errors import InvalidInputError
from lava_bccn.network import MappedLayer, MappedNetwork
from lava_bccn.view import activity_page
from tests.dale_networks import SIZES, one_signed
from tests.view.reading import array, told


@pytest.fixture
def network(generator):
    return mapping.new_network((9, 7, 5, 3), generator.random((20, 9)))


def test_its_last_step_is_what_the_network_settles_to(network, generator):
    inputs, labels = generator.random((4, 9)), np.array([0, 1, 2, 0])
    result = lava_bccn.run(network, inputs, np.eye(3)[labels], record=("event_rate", "burst_prob"))
    page = told(activity_page(network, inputs, labels))
    for index, layer in enumerate(page["layers"]):
        shape = (4, page["steps"], layer["shown"])
        events = array(layer["events"], np.uint8, *shape)[:, -1] / 255
        np.testing.assert_allclose(events, result.values("event_rate", index), atol=0.5 / 255)
        reach = np.array(layer["reach"])[:, None]
        bursts = array(layer["taught"], np.int8, *shape)[:, -1] / 127 * reach
        expected = result.values("burst_prob", index) - network.p_baseline
        assert (np.abs(bursts - expected) <= reach * 0.51 / 127).all()
        assert layer["quiet"] is None  # every dendrite stays at its baseline
    assert [each["answer"] for each in page["samples"]] == result.predictions.tolist()
    assert [each["label"] for each in page["samples"]] == labels.tolist()


def test_it_begins_with_the_sample_that_is_most_wrong(network, generator):
    inputs, labels = generator.random((6, 9)), np.arange(6) % 3
    errors = np.abs(np.eye(3)[labels] - lava_bccn.run(network, inputs).event_rate).max(axis=1)
    assert told(activity_page(network, inputs, labels))["first"] == errors.argmax()


def test_of_a_large_layer_it_shows_what_bursts_most(network, generator):
    inputs, labels = generator.random((4, 9)), np.array([0, 1, 2, 0])
    whole, part = (
        told(activity_page(network, inputs, labels, max_units=most))["layers"][0] for most in (7, 3)
    )
    steps = 8
    all_bursts = (
        array(whole["taught"], np.int8, 4, steps, 7) * np.array(whole["reach"])[:, None, None]
    )
    shown = np.argsort(-np.abs(all_bursts).sum(axis=(0, 1)))[:3]
    assert part["indices"] == sorted(shown) and part["shown"] == 3
    assert part["told"] == "7 units; the 3 that change most" and whole["told"] == "7 units"
    np.testing.assert_array_equal(
        array(part["events"], np.uint8, 4, steps, 3),
        array(whole["events"], np.uint8, 4, steps, 7)[:, :, part["indices"]],
    )


def test_of_a_convolution_it_shows_whole_channels(generator):
    geometry = ConvolutionGeometry((1, 5, 5), (1, 1), (0, 0), 1)
    kernel, fan = generator.normal(size=(4, 1, 3, 3)), 4 * 9
    network = MappedNetwork(
        (
            MappedLayer(kernel, np.zeros(36), geometry=geometry),
            MappedLayer(generator.normal(size=(2, fan)), np.zeros(2), **feedback(generator, fan)),
        ),
        "float",
    )
    images = generator.random((3, 1, 5, 5))
    page = told(activity_page(network, images, np.array([0, 1, 1]), max_units=20))
    layer = page["layers"][0]
    assert (layer["maps"], layer["shown"]) == ([2, 3, 3], 18)
    assert layer["told"] == "4 channels of 3x3; the 2 that change most"
    assert np.diff(np.reshape(layer["indices"], (2, 9)), axis=1).tolist() == [[1] * 8] * 2
    assert page["input"]["shape"] == [1, 5, 5]
    assert len(told(activity_page(network, images, max_units=1))["layers"][0]["indices"]) == 9


def feedback(generator, below):
    burst = generator.normal(size=(2, below))
    return {"feedback_burst": burst, "feedback_event": 0.5 * burst, "feedback": "random"}


def test_without_labels_nothing_teaches(network, generator):
    page = told(activity_page(network, generator.random((2, 9))))
    assert not page["taught"] and page["first"] == 0
    assert all(layer["taught"] is None for layer in page["layers"])


def test_networks_under_dales_law_are_shown_too(generator):
    page = told(activity_page(one_signed(), generator.random((2, SIZES[0])), np.array([0, 1])))
    assert [layer["shown"] for layer in page["layers"]] == list(SIZES[1:])


def test_it_needs_nothing_but_itself_and_no_name_ends_it(network, generator):
    names = ("</script><b>", "{{script}}", "c")
    page = activity_page(network, generator.random((1, 9)), class_names=names, title="<i>{{data}}")
    assert told(page)["classes"] == list(names)
    assert "<b>" not in page and "<i>{{data}}" not in page
    assert not re.search(r"https?://|\bsrc=|@import|\burl\(", page)
    assert "default-src 'none'" in page


@pytest.mark.parametrize("names", [("a",), "abc", 3])
def test_names_that_are_not_one_for_each_output_are_refused(network, generator, names):
    with pytest.raises(InvalidInputError, match="class_names"):
        activity_page(network, generator.random((1, 9)), class_names=names)

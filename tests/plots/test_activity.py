"""Pictures show the numbers they claim to show."""

import numpy as np

from lava_bccn import mapping, plots
from lava_bccn.nn import burst_mlp
from lava_bccn.sim import settle
from tests.plots.figures import unlabelled


def test_travelling_activity_starts_blank_and_ends_settled(generator):
    network = mapping.from_torch(burst_mlp((9, 5, 3)), generator.random((20, 9)))
    image, target = generator.random((3, 3)), np.array([1.0, 0.0, 0.0])
    figure = plots.travelling_activity(network, image, target, ("a", "b", "c"))
    assert not unlabelled(figure)
    drawn = {axes.get_title(): axes.images[0].get_array() for axes in figure.axes if axes.images}
    inputs = network.quantise_inputs(image.reshape(1, 9))
    blank, _ = settle(network, np.zeros_like(inputs))
    states, _ = settle(network, inputs, network.quantise_targets(target[None]))
    events = drawn["event rate e"]
    np.testing.assert_allclose(events[:, 0], blank[-1].event_rate[0] / 256)
    np.testing.assert_allclose(events[:, -1], states[-1].event_rate[0] / 256)
    taught = drawn["burst probability p, teacher on"]
    np.testing.assert_allclose(taught[:, -1], states[-1].burst_prob[0] / 2**15)
    assert (drawn["burst probability p, no teacher"] == 0.5).all()

"""The description of a network under Dale's law: what it refuses, and that a file holds it."""

from dataclasses import replace

import numpy as np
import pytest

import lava_bccn
from lava_bccn import network as networks
from lava_bccn.errors import FileFormatError, InvalidInputError
from lava_bccn.network.dale.layer import BIASES, arrays_of
from tests import dale_networks


def changed(network, index, part=None, **fields):
    """A network with other fields of a layer, or of its feedback."""
    layers = list(network.layers)
    layer = layers[index]
    if part == "feedback":
        fields = {"feedback": replace(layer.feedback, **fields)}
    layers[index] = replace(layer, **fields)
    return replace(network, layers=tuple(layers))


def parts(network):
    for index, layer in enumerate(network.layers):
        for part, held in (("layer", layer), ("feedback", layer.feedback)):
            for name, array in () if held is None else arrays_of(held).items():
                yield index, part, name, array


@pytest.mark.parametrize("precision", ["float", "fixed"])
def test_every_sign_that_the_law_forbids_is_refused_in_one_line(precision):
    network = dale_networks.dense()
    if precision == "fixed":
        network = dale_networks.fixed(network)
    for index, part, name, array in parts(network):
        if name in BIASES:
            continue
        wrong = array.astype(int if precision == "fixed" else float)
        wrong[0, 0] = -1
        with pytest.raises(
            InvalidInputError, match=f"{name} of layer {index + 1} has 1 weights"
        ) as e:
            changed(network, index, part, **{name: wrong})
        assert "\n" not in str(e.value) and "Dale's law" in str(e.value)


def test_arrays_of_other_shapes_are_refused():
    network = dale_networks.dense()
    for index, part, name, array in parts(network):
        if name.startswith(("weight_exc", "burst_to", "event_to", "weight_to")):
            continue  # these say how many there are
        with pytest.raises(InvalidInputError, match=rf"layer {index + 1}"):
            changed(network, index, part, **{name: np.zeros((*array.shape, 2))})


@pytest.mark.parametrize("make", [dale_networks.one_signed, dale_networks.dense])
@pytest.mark.parametrize("in_integers", [False, True])
def test_a_file_holds_every_array(make, in_integers, tmp_path):
    network = dale_networks.fixed(make()) if in_integers else make()
    network.save(tmp_path / "net.safetensors")
    back = lava_bccn.load(tmp_path / "net.safetensors")
    assert repr(back) == repr(network)
    for (*_, name, array), (*_, same, read) in zip(parts(network), parts(back), strict=True):
        assert name == same and array.dtype == read.dtype and (array == read).all()


def test_a_file_with_a_forbidden_sign_is_refused(tmp_path, monkeypatch):
    network = dale_networks.one_signed()
    monkeypatch.setattr("lava_bccn.network.dale.network.check_numbers", lambda *_: None)
    layer = network.layers[0]
    wrong = changed(network, 0, weight_from_pv=-layer.weight_from_pv)
    wrong.save(tmp_path / "net.safetensors")
    monkeypatch.undo()
    with pytest.raises(FileFormatError, match="PV inhibit"):
        lava_bccn.load(tmp_path / "net.safetensors")


def test_other_readers_say_who_reads_it(tmp_path):
    dale_networks.one_signed().save(tmp_path / "net.safetensors")
    with pytest.raises(FileFormatError, match=r"lava_bccn\.load"):
        networks.load(tmp_path / "net.safetensors")


def test_integers_are_unsigned_and_take_all_their_bits():
    network = dale_networks.fixed(dale_networks.one_signed())
    for *_, name, array in parts(network):
        assert array.dtype == (np.int32 if name in BIASES else np.uint8)
    assert max(int(layer.weight_exc.max()) for layer in network.layers) > 127


def test_gains_of_integers_are_powers_of_two_and_the_nearest_is_named():
    network = dale_networks.fixed(dale_networks.one_signed())
    with pytest.raises(InvalidInputError, match=r"no power of two.* take 4"):
        changed(network, 0, feedback_gain=3.0)
    assert changed(network, 0, feedback_gain=4.0)
    with pytest.raises(InvalidInputError, match="at most 1"):
        replace(network, error_scale=2.0)


def test_sums_that_could_leave_their_bits_are_refused():
    network = dale_networks.fixed(dale_networks.dense())
    with pytest.raises(InvalidInputError, match="rates of PV of layer 1"):
        changed(network, 0, pv_exponent=20)


def test_events_take_two_hops_a_layer_and_bursts_three():
    assert dale_networks.one_signed().presentation_steps == 2 * 3 + 3 * 2 + 1

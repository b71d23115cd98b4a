"""The networks that come with the package are what their cards and their page say."""

import re
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

import lava_bccn
from lava_bccn import datasets, mapping
from lava_bccn.errors import MissingDataError
from lava_bccn.networks import cards, find

CARDS = cards()
PAGE = Path(__file__).parents[2] / "docs" / "networks.md"
EACH = pytest.mark.parametrize("card", CARDS, ids=[card.name for card in CARDS])


def test_which_there_are():
    assert [card.name for card in CARDS] == [
        *("digits", "lenet-5", "mnist-500", "mnist-500-500-500")
    ]


@EACH
def test_a_file_is_the_one_that_its_card_describes(card):
    content = card.path.read_bytes()
    assert (len(content), sha256(content).hexdigest()) == (card.bytes, card.sha256)
    assert card.bytes < 1_000_000


@EACH
def test_a_network_is_loaded_by_its_name(card, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    network = lava_bccn.load(card.name)
    assert network.architecture == card.architecture
    assert network.metadata["dataset"] == card.dataset
    assert len(network.metadata["class_names"]) == network.output_size == 10


def test_digits_is_as_good_as_its_card_says():
    assert accuracy(next(card for card in CARDS if card.name == "digits")) == 1


@pytest.mark.slow
@EACH
def test_each_is_as_good_as_its_card_says(card):
    try:
        assert accuracy(card) == 1
    except MissingDataError as error:
        pytest.skip(str(error))


def accuracy(card):
    """That in the simulator, as part of the card's."""
    data = datasets.load(card.dataset)
    assert card.samples == len(data.test_labels)
    predictions = lava_bccn.run(lava_bccn.load(card.name), data.test_inputs).predictions
    return (predictions == data.test_labels).mean() / card.accuracy


def test_y_of_the_tied_one_is_w_without_being_in_the_file_twice():
    network = lava_bccn.load("mnist-500-500-500")
    for layer in network.layers[1:]:
        np.testing.assert_array_equal(layer.feedback_burst, layer.weight)
        np.testing.assert_array_equal(layer.feedback_event, layer.weight)


def test_a_file_of_the_name_in_the_folder_wins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("digits").mkdir()  # of pictures perhaps, and no network
    assert find("digits") == CARDS[0].path
    Path("digits").rmdir()
    lava_bccn.load("digits").save("digits")
    assert find("digits") == Path("digits")
    assert mapping.load("digits").architecture == CARDS[0].architecture


@pytest.mark.parametrize("path", ["mnist-500.safetensors", "./mnist-500", Path("a/digits"), ""])
def test_what_has_an_ending_or_a_folder_is_a_path(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find(path) == Path(path)


def test_an_unknown_name_lists_those_there_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ", ".join(card.name for card in CARDS)
    with pytest.raises(MissingDataError, match=re.escape(f"expected a file or one of {names}")):
        lava_bccn.load("mnist-5000")


@EACH
def test_the_page_shows_the_card(card):
    """Written by ``bccn networks --markdown``."""
    assert card.as_markdown() in PAGE.read_text("utf-8")

"""Options made from dataclasses and functions: types, defaults, help, and back."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pytest

from lava_bccn.cli.fields import add_fields, given
from lava_bccn.nn.training_config import TrainingConfig


@dataclass(frozen=True)
class Settings:
    """Of a test.

    Attributes:
        rate: of learning, in ``"units"``. A second sentence is for readers of the code.
        rounds: how often, 100 % of them;
            and on.
        first, second: of two.
        kind: ``"a"`` or ``"b"``.
        sizes: of layers.
        limit: None for none.
        loud: to be heard.

    Raises:
        ValueError: never.
    """

    rate: float = 1e-4
    rounds: int = 0
    first: str = "one"
    second: str = "two"
    kind: Literal["a", "b"] = "a"
    sizes: tuple[int, ...] = (3, 2)
    limit: int | None = None
    loud: bool = False


NAMES = tuple(Settings.__dataclass_fields__)


def parser_of(owner, *names, **keywords):
    parser = argparse.ArgumentParser(prog="test")
    add_fields(parser, owner, *names, **keywords)
    return parser


def test_help_is_the_first_sentence_and_the_default():
    text = " ".join(parser_of(Settings, *NAMES).format_help().split())
    for part in (
        "--rate X of learning, in units (default: 0.0001)",
        "--rounds N how often, 100 % of them; and on (default: 0)",
        "--first FIRST of two (default: one)",
        "--second SECOND of two (default: two)",
        "--kind {a,b} a or b (default: a)",
        "of layers (default: 3 2)",
        "--limit N None for none --loud to be heard",
    ):
        assert part in text
    assert "never" not in text and "readers" not in text


def test_what_is_not_given_is_left_to_the_dataclass():
    parser = parser_of(Settings, *NAMES)
    assert given(Settings, parser.parse_args([])) == {}
    words = ["--rate", "2", "--kind", "b", "--sizes", "5", "6", "--limit", "7", "--loud"]
    options = parser.parse_args(words)
    assert Settings(**given(Settings, options)) == Settings(
        rate=2.0, kind="b", sizes=(5, 6), limit=7, loud=True
    )


@pytest.mark.parametrize("words", ["--kind c", "--rounds 1.5", "--sizes a"])
def test_values_of_another_type_are_refused(words):
    with pytest.raises(SystemExit):
        parser_of(Settings, *NAMES).parse_args(words.split())


def test_arguments_of_functions_are_options_too():
    def make(path: str, *, ranges: Sequence[float] | None = None, gain: float = 0.5) -> None:
        """Make it.

        Args:
            path: of the file.
            ranges: of each layer.
            gain: of all.
        """

    parser = parser_of(make, "ranges", "gain")
    options = parser.parse_args(["--ranges", "1", "0.5"])
    assert given(make, options) == {"ranges": (1.0, 0.5)}
    assert "of all (default: 0.5)" in parser.format_help()


def test_a_command_can_say_it_better():
    text = parser_of(Settings, "rate", help="how fast", metavar="F").format_help()
    assert "--rate F    how fast (default: 0.0001)" in text


def test_every_field_of_training_has_a_description():
    names = tuple(TrainingConfig.__dataclass_fields__)
    for line in parser_of(TrainingConfig, *names).format_help().splitlines():
        assert line.strip() != "--" and not line.endswith("  ")
    assert given(TrainingConfig, argparse.Namespace(epochs=3, json=True)) == {"epochs": 3}

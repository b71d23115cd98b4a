"""``bccn networks``.

examples:
  bccn networks                          all of them
  bccn networks mnist-500                the card of one
  bccn run mnist-500 --data-dir data     a name stands for its file in every command
"""

from __future__ import annotations

import argparse
from dataclasses import asdict

from lava_bccn.cli.parsing import add_json_option
from lava_bccn.cli.printing import print_facts, print_json, print_table
from lava_bccn.errors import InvalidInputError
from lava_bccn.networks import NetworkCard, cards


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="show the card of this one")
    parser.add_argument(
        "--markdown", action="store_true", help="the cards as sections of a page of documentation"
    )
    add_json_option(parser)


def execute(options: argparse.Namespace) -> None:
    """List the networks, or show one's card."""
    known = {card.name: card for card in cards()}
    if options.markdown:
        chosen = known.values() if options.name is None else [_known(known, options.name)]
        print("\n".join(card.as_markdown() for card in chosen), end="")
        return
    if options.name is None:
        if options.json:
            print_json([_facts(card) for card in known.values()])
            return
        print_table("networks that come with the package", [_row(card) for card in known.values()])
        return
    facts = _facts(_known(known, options.name))
    if options.json:
        print_json(facts)
        return
    facts["accuracy"] = f"{facts['accuracy']:.2%}"
    for number, command in enumerate(facts.pop("commands"), start=1):
        facts[f"command {number}"] = command
    print_facts(facts)


def _known(known: dict[str, NetworkCard], name: str) -> NetworkCard:
    if name not in known:
        raise InvalidInputError(f"there is no network {name!r}; expected one of {', '.join(known)}")
    return known[name]


def _facts(card: NetworkCard) -> dict[str, object]:
    return {**asdict(card), "file": str(card.path)}


def _row(card: NetworkCard) -> dict[str, str]:
    return {
        "name": card.name,
        "architecture": card.architecture,
        "data": card.dataset,
        "accuracy": f"{card.accuracy:.2%}",
        "kB": f"{card.bytes / 1000:,.0f}",
    }

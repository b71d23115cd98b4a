"""The parser of ``bccn``, and the options that commands share. Imports nothing heavy."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import Any, NoReturn

from lava_bccn.cli.plugins import load_installed
from lava_bccn.registry import Registry


class HelpFormatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Keeps the examples as they are and adds defaults where there is one worth telling."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default in (None, argparse.SUPPRESS, []) or action.default is False:
            return action.help
        if isinstance(action, argparse.BooleanOptionalAction) or "(default" in (action.help or ""):
            return action.help
        if isinstance(action.default, list):
            return f"{action.help} (default: {' '.join(map(str, action.default))})"
        return super()._get_help_string(action)


class Parser(argparse.ArgumentParser):
    """Reports a usage error as one line."""

    def error(self, message: str) -> NoReturn:
        """Of ``ArgumentParser``."""
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


class CommandParser(Parser):
    """Parser of a command, which gets its options when it is first asked to parse something.

    A command's module has ``add_options(parser)`` and ``execute(options)``, and examples below the
    first line of its docstring.

    Args:
        command: its name.
        summary: what it does, in a line.
        keywords: see ``ArgumentParser``.
    """

    def __init__(self, *, command: str, summary: str, **keywords: Any) -> None:
        super().__init__(
            description=summary[0].upper() + summary[1:] + ".",
            formatter_class=HelpFormatter,
            **keywords,
        )
        self._module: str | None = command + "_" * iskeyword(command)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Of ``ArgumentParser``."""
        if self._module is not None:
            load_installed()
            module: Any = import_module(f"lava_bccn.cli.{self._module}")
            self._module = None
            self.epilog = (module.__doc__ or "").partition("\n\n")[2]
            self.set_defaults(execute=module.execute, help_of_command=self.format_help)
            module.add_options(self)
        return super().parse_known_args(args, namespace)


def count(text: str) -> int:
    """A number of at least 1, as the type of an option."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, not {text}")
    return value


def add_input(parser: argparse.ArgumentParser, name: str, metavar: str, what: str) -> None:
    """The file that a command reads."""
    parser.add_argument(name, type=Path, metavar=metavar, help=what)


def add_network(parser: argparse.ArgumentParser, name: str, metavar: str, what: str) -> None:
    """The network that a command reads: a file, or the name of one that comes with the package."""
    parser.add_argument(
        name, type=network_file, metavar=metavar, help=f"{what}, or a name of bccn networks"
    )


def network_file(text: str) -> Path:
    """The file of a network that is named by its path or, if it comes with the package, its name.

    Raises:
        MissingDataError: a name of no network.
    """
    from lava_bccn.networks import find

    return find(text)


def add_output(parser: argparse.ArgumentParser, metavar: str, what: str = "to write") -> None:
    """``--output`` and ``--overwrite``."""
    parser.add_argument("-o", "--output", type=Path, required=True, metavar=metavar, help=what)
    parser.add_argument(
        "--overwrite", action="store_true", help="replace the output if it is there"
    )


def add_overwrite(parser: argparse.ArgumentParser) -> None:
    """``--overwrite`` of a command that goes on by itself where it was."""
    parser.add_argument(
        "--overwrite", action="store_true", help="start anew instead of going on where it was"
    )


def chosen_from(registry: Registry[Any], what: str) -> dict[str, Any]:
    """Keywords of an option that chooses among what is registered, by plugins too.

    Args:
        registry: that lists the choices and what each means.
        what: help before that list.
    """
    return {"choices": registry.names, "help": f"{what}. {registry.help}".replace("%", "%%")}


def add_data_dir(parser: argparse.ArgumentParser) -> None:
    """``--data-dir``."""
    from lava_bccn.datasets import DATA_DIR_VARIABLE

    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        help=f"where the data sets are (default: ${DATA_DIR_VARIABLE} or ./data)",
    )


def add_data_options(parser: argparse.ArgumentParser, default: str | None) -> None:
    """``--dataset``, how it is read, ``--data-dir`` and ``--download``."""
    from lava_bccn.datasets import DATA_SETS

    parser.add_argument(
        "--dataset",
        default=default,
        metavar="NAME",
        help=f"{', '.join(DATA_SETS)}; a folder of pictures, train/CLASS/* and test/CLASS/* (or "
        "val/CLASS/*), or CLASS/* alone; a .npz of inputs and labels (test_inputs and test_labels "
        "if there are some); a .csv table, scaled to [0, 1] by its training set; or a folder of "
        "recordings of events "
        f"(default: {default or 'the one it was trained on'})",
    )
    as_before = "" if default else ", or as it was trained"
    parser.add_argument(
        "--test-share",
        type=float,
        metavar="X",
        help="of your own data without a test set: share of each class that is held out for "
        f"testing (default: 0.2{as_before})",
    )
    parser.add_argument(
        "--label",
        metavar="COLUMN",
        help="of a .csv: name of the column of the labels, or its number from 1 (default: the last"
        f"{as_before})",
    )
    parser.add_argument(
        "--held-out",
        action="store_true",
        help="test on a sixth of the training samples (the last 10,000 of MNIST), which are held "
        "out, instead of the test set: for choices",
    )
    parser.add_argument(
        "--frames",
        type=count,
        metavar="N",
        help=f"of recordings of events: frames that each is cut into (default: 3{as_before})",
    )
    add_data_dir(parser)
    parser.add_argument(
        "--download", action="store_true", help="fetch a missing data set into the data folder"
    )


def add_inputs_option(parser: argparse.ArgumentParser, what: str) -> None:
    """``--inputs``."""
    parser.add_argument("--inputs", type=Path, metavar="FILE.npy", help=what)


def add_labels_option(parser: argparse.ArgumentParser) -> None:
    """``--labels``."""
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE.npy",
        help="of --inputs: the class of each, or what its outputs should be",
    )


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """``--json``."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def add_convolutions(add: Callable[..., Any]) -> None:
    """``--conv``: tuples of the fields of ``nn.ConvolutionSpec``, or None.

    Args:
        add: ``add_argument`` of a parser or group.
    """
    add(
        "--conv",
        type=_convolution,
        nargs="+",
        metavar="CxK[/S][+P]",
        help="convolutional layers before the hidden ones: channels, kernel size, stride, padding; "
        "the published CIFAR-10 network is --conv 64x5/2 128x5/2 256x3 --hidden 1480",
    )


def _convolution(text: str) -> tuple[int, int, int, int]:
    """Channels, kernel size, stride and padding of ``64x5/2+1``."""
    match = re.fullmatch(r"(\d+)x(\d+)(?:/(\d+))?(?:\+(\d+))?", text)
    if match is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no convolution; expected CHANNELSxKERNEL, then /STRIDE and +PADDING if "
            "any, such as 64x5/2"
        )
    channels, kernel, stride, padding = match.groups()
    return int(channels), int(kernel), int(stride or 1), int(padding or 0)

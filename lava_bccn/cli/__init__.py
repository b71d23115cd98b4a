"""``bccn``: train, map, run and inspect networks from the command line."""

from __future__ import annotations

import argparse
import os
import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import metadata

from lava_bccn.cli.fields import option_of
from lava_bccn.cli.parsing import CommandParser, Parser
from lava_bccn.cli.plugins import PluginAction
from lava_bccn.cli.printing import show_notices
from lava_bccn.errors import BurstCCNError, RoundingWarning
from lava_bccn.extras import explained

_DESCRIPTION = """\
Bursting cortico-cortical networks (BurstCCN): train in PyTorch, map to Loihi 2
integers, run on Lava or in a simulator that gives the same bits."""

_EXAMPLES = """\
examples:
  bccn demo                                  the whole path on handwritten digits
  bccn train --dataset digits -o digits.pt   train a network
  bccn map digits.pt -o digits.safetensors   convert it to 8-bit weights
  bccn run digits.safetensors                run it in the simulator
  bccn run digits.safetensors --backend lava run it on Lava: the same bits
  bccn view digits.safetensors -o digits.html    events up, bursts down, as a page
  bccn inspect digits.safetensors            what is in it
  bccn inspect digits.safetensors --loihi2   what it needs on a chip
  bccn export digits.safetensors -o digits.nir   for other tools (also .pt)
  bccn run mnist-500 --data-dir data         a trained network that comes with the package
  bccn doctor                                what is installed, and what to do next
  bccn new -o fresh.safetensors              a network that has learned nothing yet
  bccn run fresh.safetensors --learn -o learned.safetensors   let it learn, in 8 bits
  bccn xor                                   spiking ensembles learn XOR in a single phase
  bccn spikes                                and handwritten digits
  bccn reproduce --list                      experiments of the paper, to rerun
  bccn bench learning                        the simulator against Lava, side by side
  bccn --plugin my_rules train --help        with what my_rules.py registers"""

COMMANDS = {
    "demo": "train on handwritten digits, map, run everywhere, compare",
    "train": "train a BurstCCN, or a model it is compared with, in PyTorch",
    "map": "convert a trained network to a mapped network that every backend runs",
    "new": "make a mapped network that has learned nothing yet, to learn online",
    "run": "run a mapped network on a backend",
    "view": "write a page that shows events going up and bursts coming down",
    "inspect": "show what is in a checkpoint or a mapped network",
    "export": "write a mapped network for another tool: NIR, or a PyTorch checkpoint",
    "import": "read a mapped network from a NIR file",
    "networks": "list the trained networks that come with the package",
    "doctor": "say what is installed, which boards are visible, and what to do next",
    "bench": "time the simulator against Lava on the same samples, in one run",
    "xor": "let spiking ensembles learn XOR, in a single phase",
    "spikes": "let spiking ensembles learn to classify images, in a single phase",
    "reproduce": "rerun an experiment of the paper, published beside measured values",
}
"""The commands, each in a module of its name here, which is imported when it is chosen."""


def build_parser() -> argparse.ArgumentParser:
    """The parser of ``bccn`` with all its commands."""
    parser = Parser(
        prog="bccn",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    version = metadata.version("lava-bccn")
    parser.add_argument("--version", action="version", version=f"bccn {version}")
    parser.add_argument(
        "--plugin",
        action=PluginAction,
        metavar="MODULE",
        help="import a module first, for the activations, feedback regimes and backends that it "
        "registers; give it before the command",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=CommandParser)
    for name, summary in COMMANDS.items():
        commands.add_parser(name, help=summary, command=name, summary=summary)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``bccn``; returns 0, 2 for bad input, 130 after Ctrl-C, 141 where nobody reads on."""
    try:
        try:
            return _run(arguments)
        finally:
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
    except BrokenPipeError:
        _mute()
        return _BROKEN_PIPE
    except SystemExit as left:
        if isinstance(left.__context__, BrokenPipeError):  # rich leaves so
            return _BROKEN_PIPE
        raise
    except OSError as error:  # standard output on a full disk
        _mute()
        print(f"bccn: error: cannot write the result: {error.strerror}", file=sys.stderr)
        return 2


_BROKEN_PIPE = 141
"""What a shell says of a program that SIGPIPE has ended."""


def _run(arguments: Sequence[str] | None) -> int:
    options = argparse.Namespace(command=None)
    try:
        parser = build_parser()
        parser.parse_args(arguments, options)
        if options.command is None:
            parser.print_help()
            return 0
        show_notices()
        with _warnings_in_one_line(options):
            options.execute(options)
    except BrokenPipeError:
        raise
    except BurstCCNError as error:
        return _refuse(options, str(error))
    except ModuleNotFoundError as error:
        explanation = explained(error)
        if explanation is error:
            raise
        return _refuse(options, str(explanation))
    except OSError as error:
        return _refuse(options, f"{error.filename or 'the system says'}: {error.strerror or error}")
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "can't allocate memory" not in str(error):
            raise
        return _refuse(options, f"not enough memory ({error}); make something smaller")
    except KeyboardInterrupt:
        how = getattr(options, "continued_by", None)
        advice = "" if how is None else f"; what is done is saved, and {how} continues"
        print(f"{_called(options)}: interrupted{advice}", file=sys.stderr)
        return 130
    return 0


@contextmanager
def _warnings_in_one_line(options: argparse.Namespace) -> Iterator[None]:
    """Those of rounding as errors are shown, without the line of code that called."""
    usual = warnings.formatwarning

    def one_line(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        line: str | None = None,
    ) -> str:
        if issubclass(category, RoundingWarning):
            return f"{_called(options)}: warning: {_in_options(options, str(message))}\n"
        return usual(message, category, filename, lineno, line)

    warnings.formatwarning = one_line
    try:
        yield
    finally:
        warnings.formatwarning = usual


def _refuse(options: argparse.Namespace, message: str) -> int:
    line = _in_options(options, " ".join(message.split()))
    print(f"{_called(options)}: error: {line}", file=sys.stderr)
    return 2


def _in_options(options: argparse.Namespace, message: str) -> str:
    """Advice of what is taken in Python, ``event_bits=12`` or ``realignment_rate``, as options."""
    message = re.sub(
        r"\b(precision|weight_bits|event_bits|burst_extra_bits|readout_activation)='?(\w+)'?",
        lambda found: f"{option_of(found[1])} {found[2]}",
        message,
    )
    if "help_of_command" not in options:
        return message
    known = {*re.findall(r"--[a-z0-9-]+", options.help_of_command())}
    return re.sub(
        r"(?<![\w.'\"/-])[a-z]+(?:_[a-z0-9]+)+(?![\w.'\"/=(-])",
        lambda found: name if (name := option_of(found[0])) in known else found[0],
        message,
    )


def _mute() -> None:
    """Let what is still to be written to standard output go nowhere."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _called(options: argparse.Namespace) -> str:
    return "bccn" if options.command is None else f"bccn {options.command}"

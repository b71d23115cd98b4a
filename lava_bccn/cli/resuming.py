"""What a run finds where it writes: it goes on from there, replaces it, or refuses to touch it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lava_bccn.cli.printing import say
from lava_bccn.errors import InvalidInputError, OtherRunError, OutputPathError
from lava_bccn.files import is_there


def goes_on(options: argparse.Namespace, *outputs: Path) -> bool:
    """Whether a run continues what an earlier one left.

    With ``--resume`` it does, and what is there is refused without ``--resume`` or ``--overwrite``.
    Commands without ``--resume`` continue by themselves, unless ``--overwrite`` says otherwise.

    Args:
        options: of the command. From now on they say by what it is continued if it is interrupted.
        outputs: what the run writes while it goes on, first of all what it continues from.

    Raises:
        InvalidInputError: ``--resume`` and ``--overwrite``.
        OutputPathError: something is there, and neither was given.
    """
    resume, overwrite = getattr(options, "resume", None), options.overwrite
    if resume and overwrite:
        raise InvalidInputError("--resume continues the output and --overwrite replaces it")
    options.continued_by = "the same command" if resume is None else "--resume"
    if resume is None:
        for path in outputs if overwrite else ():
            if is_there(path):
                path.unlink()
        return True
    for path in outputs:
        if is_there(path) and not (resume or overwrite):
            raise OutputPathError(
                f"{path} exists; continue that run with --resume or replace it with --overwrite"
            )
    if resume and not is_there(outputs[0]):
        say(f"{outputs[0]} is not there yet: nothing to resume, starting anew")
    return bool(resume)


@contextmanager
def settings_are_options(names: Mapping[str, str] = {}) -> Iterator[None]:
    """Say of a run that cannot be resumed which options are others, not which settings.

    Args:
        names: of the options that are not named as the settings that they give.

    Raises:
        InvalidInputError: instead of ``OtherRunError``.
    """
    try:
        yield
    except OtherRunError as error:

        def option(setting: str) -> str:
            name = setting.rpartition(" ")[2]
            return "--" + names.get(name, name).replace("_", "-")

        raise InvalidInputError(error.told(option)) from error

"""Errors that a user can act on: each says what was expected, what came and what to do.

``bccn`` prints them as one line and exits with code 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any


class BurstCCNError(Exception):
    """Base of every error that lava-bccn raises on purpose."""


class InvalidInputError(BurstCCNError, ValueError):
    """An argument, array or file content is not what the call can work with."""


class OtherRunError(InvalidInputError):
    """What an earlier run has left cannot be resumed with other settings than its own.

    Attributes:
        path: of what it left.
        settings: that are different: what each is there and here.
        others: what else is different, in words.
    """

    def __init__(
        self, path: str, settings: Mapping[str, tuple[Any, Any]], others: Sequence[str]
    ) -> None:
        super().__init__(path, settings, others)
        self.path, self.settings, self.others = path, settings, others

    def __str__(self) -> str:
        """With the settings by their names."""
        return self.told()

    def told(self, named: Callable[[str], str] = str) -> str:
        """What is wrong, and what to do, with other names for the settings."""
        differences = [
            f"{named(name)} is {there!r} there and {here!r} here"
            for name, (there, here) in self.settings.items()
        ]
        return (
            f"{self.path} is of another run ({'; '.join([*differences, *self.others])}), so it "
            "cannot be resumed with these; give the options it was started with, another output, "
            "or --overwrite"
        )


class FileFormatError(BurstCCNError, ValueError):
    """A file is truncated, foreign or of a version that this release cannot read."""


class MissingDataError(BurstCCNError, FileNotFoundError):
    """A data set or file that the call needs is not there."""


class MissingExtraError(BurstCCNError, ModuleNotFoundError):
    """A library is not installed that an extra of this package brings.

    Attributes:
        name: of the module that cannot be imported.
        extra: of lava-bccn that brings it.
        what: needs it.
    """

    def __init__(self, module: str, extra: str, what: str) -> None:
        super().__init__(module, extra, what, name=module)
        self.extra, self.what = extra, what

    def __str__(self) -> str:
        """With what to type."""
        library = str(self.name).partition(".")[0]
        return (
            f"{self.what} needs {library}, which is not installed: type pip install "
            f"'lava-bccn[{self.extra}]' (in a copy of the repository: uv sync)"
        )


class OutputPathError(BurstCCNError, OSError):
    """A result cannot be written where it was asked for."""


class MappingError(BurstCCNError, ValueError):
    """A model cannot be expressed as a mapped network."""


class RoundingWarning(UserWarning):
    """Integers are too coarse for a network; ``bccn`` prints it as one line."""


class BackendUnavailableError(BurstCCNError, RuntimeError):
    """The requested executor is not installed or has no hardware to run on."""


class BackendExecutionError(BurstCCNError, RuntimeError):
    """An executor failed while it ran; the message is that of the part that failed."""


class InterruptedRunError(BackendExecutionError):
    """An executor failed after some samples.

    Attributes:
        done: samples that were completed.
        partial: what the executor knows of them; ``run`` makes it a ``RunResult`` of these samples.
    """

    def __init__(self, message: str, done: int, partial: Any) -> None:
        super().__init__(message)
        self.done = done
        self.partial = partial


class DataWarning(UserWarning):
    """Samples were read, though not simply as they stand in their file; says what was done."""

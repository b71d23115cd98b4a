"""Errors that a user can act on: each says what was expected, what came and what to do.

``bccn`` prints them as one line and exits with code 2.
"""

from __future__ import annotations

from typing import Any


class BurstCCNError(Exception):
    """Base of every error that lava-bccn raises on purpose."""


class InvalidInputError(BurstCCNError, ValueError):
    """An argument, array or file content is not what the call can work with."""


class FileFormatError(BurstCCNError, ValueError):
    """A file is truncated, foreign or of a version that this release cannot read."""


class MissingDataError(BurstCCNError, FileNotFoundError):
    """A data set or file that the call needs is not there."""


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
